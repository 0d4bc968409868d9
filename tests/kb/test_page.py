import re

import pytest

from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import Page, read_page
from kb.models import ArticleRef, Section

CONVERTER = Converter()
PLACES = LinkTargets(
    {
        "en/setup/pair.md": ArticleRef("en", "pair"),
        "en/returns/refund.md": ArticleRef("en", "refund-status"),
        "tr/setup/esle.md": ArticleRef("tr", "esle"),
    },
    frozenset({"en/setup/pair.png", "en/setup/guide.pdf", "en/setup/film.mp4"}),
    lambda path: (640, 480) if path.endswith(".png") else None,
)


def page(markdown: str, title: str = "", lang: str = "en", path: str = "en/setup/pair.md", **more: object) -> Page:
    return read_page(CONVERTER.html(markdown, lang), title, Resolver(path, PLACES), **more)  # type: ignore[arg-type]


def texts(markdown: str) -> list[str]:
    return [section.text for section in page(markdown).sections]


# Headings


def test_a_heading_is_the_anchor_of_the_text_below_it() -> None:
    found = page("Intro.\n\n## First step\n\nDo it.\n").sections
    assert found == (Section("", "", 0, "Intro."), Section("first-step", "First step", 2, "Do it."))


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Şifremi unuttum, ÇALIŞMIYOR", "sifremi-unuttum-calismiyor"),
        ("IĞDIR İade Işığı", "igdir-iade-isigi"),
        ("退款多久會到？", "退款多久會到"),
        ("Don't panic (really)", "dont-panic-really"),
        ("`ERR_2041` – update", "err-2041-update"),
        ("!!!", "section"),
    ],
)
def test_anchors_are_stable_in_every_language(heading: str, anchor: str) -> None:
    assert f'<h2 id="{anchor}">' in page(f"Text.\n\n## {heading}\n").html


def test_repeated_headings_are_numbered() -> None:
    found = page("## Step\n\na\n\n## Step\n\nb\n\n## Step\n\nc\n")
    assert [s.anchor for s in found.sections] == ["step", "step-2", "step-3"]


def test_an_anchor_an_author_chose_is_not_taken_by_an_earlier_heading() -> None:
    found = page("## Pay\n\n## Costs {#pay}\n")
    assert [s.anchor for s in found.sections] == ["pay-2", "pay"]


def test_an_anchor_chosen_twice_is_told() -> None:
    found = page("## A {#x}\n\n## B {#x}\n")
    assert found.repeated_ids == ("x",)
    assert [s.anchor for s in found.sections] == ["x", "x-2"]


def test_the_first_heading_is_the_title_and_not_repeated_on_the_page() -> None:
    found = page("# Pair a phone\n\nText.\n")
    assert (found.title, found.html) == ("Pair a phone", "<p>Text.</p>\n")


def test_a_page_has_no_second_heading_of_level_one() -> None:
    assert "<h1" not in page("# One\n\n# Two\n", title="Other").html


# Text for search


def test_lists_tables_and_code_stay_readable_as_text() -> None:
    markdown = (
        "Before.\n\n1. Hold the\n   button.\n2. Wait:\n    - blue\n    - white\n\n"
        "| Code | Meaning |\n|---|---|\n| E-17 | Charging fault |\n\n```sh\nreset --all\n  now\n```\n\nAfter.\n"
    )
    (text,) = texts(markdown)
    assert "1. Hold the button.\n2. Wait:\n  - blue\n  - white" in text
    assert "Code | Meaning\nE-17 | Charging fault" in text
    assert "reset --all\n  now" in text
    assert text.endswith("\n\nAfter.")


def test_a_list_that_begins_at_nought_and_a_bar_at_the_end_of_a_sentence_are_text_as_they_are_shown() -> None:
    assert texts("0. Plug.\n1. Wait.\n") == ["0. Plug.\n1. Wait."]
    assert texts("Type this: |\n") == ["Type this: |"]
    assert texts("# Type |\n\n## And |\n\nThis.\n") == ["This."]
    assert page("## Type |\n\nThis.\n").sections[0].heading == "Type |"
    assert texts("| A | B |\n|---|---|\n| 1 | |\n") == ["A | B\n1"]


def test_lines_wrapped_in_chinese_text_join_without_a_space() -> None:
    assert texts("請按住電源鍵\n五秒鐘。\n") == ["請按住電源鍵五秒鐘。"]


def test_marks_of_footnotes_are_no_text() -> None:
    (text,) = texts("A claim[^1].\n\n[^1]: The source.\n")
    assert text.startswith("A claim.")
    assert "↩" not in text


def test_definitions_and_boxes_are_text() -> None:
    (text,) = texts('Term\n:   What it means.\n\n!!! warning "Hot"\n    Stop charging.\n')
    assert text == "Term\nWhat it means.\n\nHot\n\nStop charging."


def test_boxes_without_a_title_get_one_in_the_language_of_the_article() -> None:
    assert "Uyarı" in page("!!! warning\n    Dur.\n", lang="tr").html
    assert "警告" in page("> [!WARNING]\n> 停止。\n", lang="zh-Hant").html


# What authors expect


def test_steps_with_a_picture_between_them_stay_one_list() -> None:
    html = page("1. One\n\n   ![Phone](pair.png)\n\n2. Two\n\n   ```\n   code\n   ```\n\n3. Three\n").html
    assert html.count("<ol") == 1
    assert len(re.findall("<li>", html)) == 3
    assert "<code>code\n</code>" in html


def test_lists_nest_by_two_three_or_four_spaces() -> None:
    for indent in ("  ", "   ", "    "):
        html = page(f"- a\n{indent}- b\n{indent}- c\n- d\n").html
        assert html.count("<ul>") == 2, indent


def test_code_in_a_list_written_with_four_spaces_stays_code() -> None:
    assert "<pre" in page("1. One\n\n        code\n\n2. Two\n").html


def test_a_list_in_a_box_stays_in_the_box() -> None:
    html = page("- out\n\n!!! note\n    - in\n    - side\n\n    Text.\n").html
    box = html[html.index("admonition") :]
    assert box.count("<li>") == 2 and "Text." in box


def test_code_is_highlighted_by_classes_not_styles() -> None:
    html = page("```python\nreturn 1\n```\n").html
    assert '<span class="k">return</span>' in html
    assert "style=" not in html


def test_task_lists_have_no_form_controls() -> None:
    html = page("- [x] Done\n- [ ] Open\n").html
    assert "☑" in html and "☐" in html
    assert "<input" not in html


def test_columns_of_tables_are_aligned_without_styles() -> None:
    assert '<td align="right">' in page("| a |\n|--:|\n| 1 |\n").html


# Links, pictures, videos


def test_a_link_to_an_article_file_becomes_its_address() -> None:
    found = page("[Refund](../returns/refund.md#how-long) [too](../returns/refund)")
    assert 'href="/en/a/refund-status#how-long"' in found.html
    assert found.links[0].ref == ArticleRef("en", "refund-status")
    assert found.links[1].href == "/en/a/refund-status"


def test_a_link_that_leads_nowhere_is_no_link_for_the_reader() -> None:
    found = page("[Gone](gone.md) [Out](../../../../secret.md)")
    assert "href" not in found.html
    assert [link.href for link in found.links] == [None, None]


def test_what_a_link_that_leads_nowhere_holds_is_text_and_an_anchor_stays_one() -> None:
    found = page('See [**the** notes](gone.md) and <a href="gone.md" id="x">more</a>, [here](../returns/refund.md).')
    assert found.html == (
        '<p>See <strong>the</strong> notes and <a id="x">more</a>, <a href="/en/a/refund-status">here</a>.</p>\n'
    )
    assert [section.text for section in found.sections] == ["See the notes and more, here."]


def test_a_file_beside_the_article_is_served_from_there() -> None:
    assert 'href="/kb-files/en/setup/guide.pdf"' in page("[Guide](guide.pdf)").html
    assert page("[Script](../../secrets.env)").links[0].href is None


def test_a_picture_has_its_address_size_and_loads_late() -> None:
    html = page("![The phone](pair.png)").html
    assert 'src="/kb-files/en/setup/pair.png"' in html
    assert 'width="640" height="480" loading="lazy"' in html


def test_a_picture_of_another_language_can_be_shared() -> None:
    html = page("![Telefon](../../en/setup/pair.png)", path="tr/setup/esle.md").html
    assert 'src="/kb-files/en/setup/pair.png"' in html


def test_a_missing_picture_leaves_its_description() -> None:
    found = page("![The phone](none.png)")
    assert "<img" not in found.html and "The phone" in found.html
    assert found.images[0].href is None


def test_a_video_of_an_allowed_host_is_framed_without_cookies() -> None:
    html = page("![How to pair](https://www.youtube.com/watch?v=dQw4w9WgXcQ)").html
    assert 'src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ" title="How to pair"' in html


def test_a_video_of_another_host_is_a_card_that_links_to_it() -> None:
    html = page("![How to pair](https://video.example/w/9c9de5e8-0a1e)", video_hosts=()).html
    assert "<iframe" not in html
    assert 'class="video-card" href="https://video.example/w/9c9de5e8-0a1e"' in html


def test_a_peertube_host_on_the_list_is_framed() -> None:
    html = page("![How](https://video.example/w/9c9de5e8-0a1e)", video_hosts=("video.example",)).html
    assert '<iframe src="https://video.example/videos/embed/9c9de5e8-0a1e"' in html


def test_a_video_file_has_controls_and_does_not_load_by_itself() -> None:
    html = page("![How to pair](film.mp4)").html
    assert '<video controls preload="metadata" src="/kb-files/en/setup/film.mp4" aria-label="How to pair">' in html
