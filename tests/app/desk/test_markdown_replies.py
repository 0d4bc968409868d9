"""An answer in Markdown: previewed at the desk, read on the status page, and never more than marks and links."""

import re

import pytest
from flask import Flask

from support.agents.models import Role
from tests.app.desk.test_desk_pages import Join, reload, seen, ticket_in

ANSWER = "Hello **Ada**,\nit is free:\n\n1. Open [Returns](https://help.example/en/returns)\n2. Print it"
EVIL = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) ![y](https://evil.example/p.png)"
)


def test_an_answer_is_previewed_sent_and_read_the_same(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/reply"
    preview = bo.post(path, text=ANSWER, seen=seen(ticket), action="preview")
    assert preview.status_code == 200
    shown = "<strong>Ada</strong>,<br>"
    assert shown in preview.text
    assert "**Ada**" in preview.text, "and the text can still be changed"
    assert len(reload(desk_app, ticket).messages) == 1
    bo.post(path, text=ANSWER, seen=seen(ticket), action="send")
    customer = desk_app.test_client().get(f"/t/{ticket.token}").text
    for page in (customer, bo.get(f"/desk/t/{ticket.reference}").text):
        assert shown in page
        assert '<a href="https://help.example/en/returns" rel="noopener noreferrer nofollow">Returns</a>' in page
        assert "**Ada**" not in page


def test_the_customers_stars_stay_stars(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app, message="It says **ERROR** [1](https://x.example)")
    for page in (desk_app.test_client().get(f"/t/{ticket.token}").text, bo.get(f"/desk/t/{ticket.reference}").text):
        assert "It says **ERROR** [1](https://x.example)" in page


@pytest.mark.parametrize("action", ["preview", "send"])
def test_no_answer_brings_in_a_script_or_a_picture(desk_app: Flask, member: Join, action: str) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    page = bo.post(f"/desk/t/{ticket.reference}/reply", text=EVIL, seen=seen(ticket), action=action).text
    if action == "send":
        page = desk_app.test_client().get(f"/t/{ticket.token}").text
    assert "<script>alert" not in page
    assert "<img src=" not in page
    assert "evil.example/p.png" in page, "it is there to be read, not to be loaded"
    assert not re.search(r"<[^>]+\s(on\w+)=", page)
    assert not re.search(r'href="\s*javascript', page)


def test_a_name_like_a_link_is_a_name_in_a_canned_reply(desk_app: Flask, member: Join) -> None:
    admin = member(Role.ADMIN)
    ticket = ticket_in(desk_app, name="[Win](https://evil.example)")
    admin.post("/desk/canned", action="save", id="new", name="Hello", lang="en", text="Hello {name}!")
    path = f"/desk/t/{ticket.reference}/reply"
    filled = admin.post(path, text="", action="canned", canned="1").text
    text = re.search(r'<textarea id="text"[^>]*>([^<]*)</textarea>', filled)
    assert text is not None
    assert ">Win</a>" not in admin.post(path, text=text[1], action="preview").text
