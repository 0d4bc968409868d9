"""Settings: where values come from, and that every problem is named at once."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from app.settings.schema import BadSettings, Settings
from support.intake.models import ChannelSettings
from support.settings import SupportSettings


def load(**overrides: object) -> Settings:
    return Settings.load(overrides, environ={})


def test_without_a_file_or_environment_the_defaults_hold() -> None:
    settings = load()

    assert settings.default_lang == "en"
    assert settings.data_dir == Path("var").absolute()
    assert settings.database.startswith("sqlite:///")
    assert not settings.json_logs


def test_the_environment_is_over_the_file_and_overrides_are_over_both(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('site_name = "File"\nteam_email = "file@example.com"\nthreads = 3\n', encoding="utf-8")
    environ = {"SIGNPOST_CONFIG": str(file), "SIGNPOST_SITE_NAME": "Environment", "SIGNPOST_THREADS": "4"}

    settings = Settings.load({"threads": 5}, environ)

    assert (settings.team_email, settings.site_name, settings.threads) == ("file@example.com", "Environment", 5)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    environ = {
        "SIGNPOST_CONFIG": str(tmp_path / "absent.toml"),
        "SIGNPOST_THREADS": "many",
        "SIGNPOST_TIME_ZONE": "Mars/Olympus",
        "SIGNPOST_LANGUAGES": "en,not a tag",
        "SIGNPOST_COLOUR": "blue",
        "SIGNPOST_SMTP_URL": "mail.example.com",
        "SIGNPOST_DATABASE_URL": "mysql://x",
        "SIGNPOST_OPENING_HOURS": '{"mon": "9-5"}',
    }

    with pytest.raises(BadSettings) as caught:
        Settings.load({}, environ)

    text = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == len(environ)
    for name in environ:
        assert name in text


def test_other_spellings_of_a_language_become_the_one_tag() -> None:
    settings = load(languages="zh-TW,tr_TR,en", default_lang="zh-HK")

    assert settings.languages == ("zh-Hant", "tr", "en")
    assert settings.default_lang == "zh-Hant"


def test_a_default_language_that_is_not_offered_is_a_problem() -> None:
    with pytest.raises(BadSettings, match="not among languages"):
        load(languages="en", default_lang="tr")


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ({"kind": "pigeon", "value": "x"}, "pigeon"),
        ({"kind": "phone"}, "needs a value"),
        ({"kind": "chat", "url": "javascript:alert(1)"}, "url \\(chat\\) must be an address"),
        ({"kind": "chat", "url": "https://x.example", "colour": "red"}, "unknown keys: colour"),
        ({"kind": "phone", "value": "1", "hours": {"mon": "25:00-26:00"}}, "mon"),
        ({"kind": "phone", "value": "1", "label": 3}, "label"),
    ],
)
def test_a_wrong_channel_is_refused_with_its_number_and_reason(channel: dict[str, object], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        load(channels=[{"kind": "form"}, channel])


def test_no_channel_at_all_is_refused() -> None:
    with pytest.raises(BadSettings, match="a person has to be reachable"):
        load(channels=[])


def test_tables_may_be_json_in_the_environment() -> None:
    settings = Settings.load({}, {"SIGNPOST_CHANNELS": '[{"kind": "email", "value": "a@example.com"}]'})

    assert settings.channels == (ChannelSettings("email", "a@example.com"),)


@pytest.mark.parametrize("text", ["@", "help@", "two words@example.org", "help@exam_ple.org", "Help <help>"])
def test_a_mail_address_is_a_whole_one(text: str) -> None:
    with pytest.raises(BadSettings, match="must be a mail address"):
        load(mail_from=text)


@pytest.mark.parametrize("text", ["team@localhost", "Tonfell <help@mail.local>", "助 <help@müzik.example>"])
def test_a_mail_address_may_be_of_the_own_network_and_in_any_script(text: str) -> None:
    assert load(team_email=text).team_email == text


@pytest.mark.parametrize(
    "field",
    [{"name": "two words"}, {"name": "x", "type": "colour"}, {"name": "x", "pattern": "("}, {"name": "x", "size": 3}],
)
def test_a_wrong_ticket_field_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(BadSettings, match="ticket_fields"):
        load(ticket_fields=[field])


def test_off_may_be_written_as_false_in_toml(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("rate_limits = false\n", encoding="utf-8")

    assert Settings.load(environ={"SIGNPOST_CONFIG": str(file)}).rate_limits == "off"


def test_logs_are_json_in_production_unless_said_otherwise() -> None:
    production = {"environment": "production", "base_url": "https://help.example"}
    assert load(**production).json_logs
    assert not load(**production, log_format="readable").json_logs


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"smtp_url": "smtp://mail.example:25?starttls=maybe"}, "starttls"),
        ({"webhook_secret": "not base64!"}, "whsec_"),
        ({"webhook_secret": "whsec_c2hvcnQ="}, "16 bytes"),
        ({"webhook_url": "http://hooks.example/x"}, "https://"),
        ({"kb_remote": "ssh://git@git.example/kb.git"}, "needs kb_remote_key"),
        ({"kb_remote": "git@git.example:kb.git", "kb_remote_key": "/key"}, "needs kb_remote_known_hosts"),
    ],
)
def test_what_delivery_cannot_use_is_said_before_the_start(given: dict[str, str], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        Settings.load(given, {})


def test_a_receiver_on_this_machine_is_allowed_when_asked_for() -> None:
    given = {"webhook_url": "http://127.0.0.1:9000/hook", "allow_private_webhooks": True}
    assert Settings.load(given, {}).webhook_url == "http://127.0.0.1:9000/hook"


def test_five_mistakes_in_five_tables_are_reported_at_once_each_with_its_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        [[forms]]
        name = "contact"

        [[forms]]
        name = "repair"
        fields = [{name = "model"}, {name = "order", pattern = "("}]

        [[teams]]
        name = "billing"
        channels = [{kind = "email", to = "billing@example.org"}, {kind = "slack", url = "ftp://chat.example.org"}]

        [[routes]]
        team = "default"
        fields = {order = "TF-("}

        [[sites]]
        key = "shop"
        origins = ["https://shop.example.com"]
        identity_keys = ["nonsense"]

        [[channels]]
        kind = "phone"
        value = "+44 1632 960 110"
        hours = {mon = "9-5"}
        """,
        encoding="utf-8",
    )

    with pytest.raises(BadSettings) as caught:
        Settings.load({}, {"SIGNPOST_CONFIG": str(file)})

    begin = {problem.split(f" in {file} ")[0] for problem in caught.value.problems}
    assert len(caught.value.problems) == 5
    assert begin == {
        "forms[1].fields[1].pattern (repair, order)",
        "teams[0].channels[1].url (billing, slack)",
        "routes[0].fields",
        "sites[0].identity_keys (shop)",
        "channels[0].hours.mon (phone)",
    }


def test_several_mistakes_in_one_table_are_all_named_with_their_variable() -> None:
    teams = '[{"name": "a", "time_zone": "Mars", "first_reply_hours": 0, "colour": "red"}, {"label": "b"}]'

    with pytest.raises(BadSettings) as caught:
        Settings.load({}, {"SIGNPOST_TEAMS": teams})

    assert sorted(caught.value.problems) == [
        "SIGNPOST_TEAMS[0] (a) has unknown keys: colour",
        "SIGNPOST_TEAMS[0].first_reply_hours (a) must be a whole number from 1 to 1000, not 0",
        "SIGNPOST_TEAMS[0].time_zone (a) must be a time zone of the IANA list, like Europe/Amsterdam, not “Mars”",
        "SIGNPOST_TEAMS[1].name is missing",
    ]


def test_a_name_that_does_not_exist_is_reported_where_it_stands() -> None:
    given: dict[str, Any] = {
        "forms": [{"name": "repair", "routes": [{"team": "ghost", "lang": "en"}]}],
        "sites": [{"key": "shop", "origins": ["https://shop.example.com"], "form": "orders"}],
    }

    with pytest.raises(BadSettings) as caught:
        load(**given)

    assert caught.value.problems == [
        "forms[0].routes[0].team (repair) names the team ghost, which teams does not have",
        "sites[0].form (shop) names the form orders, which forms does not have",
    ]


def test_no_secret_is_repeated_in_a_problem() -> None:
    secret = "short-and-private"
    given: dict[str, Any] = {
        "sites": [{"key": "shop", "origins": ["https://shop.example.com"], "identity_secrets": [secret]}],
        "servers": [{"name": "shop", "secrets": [secret]}, {"name": "x", "secrets": secret}],
        "teams": [
            {"name": "a", "channels": [{"kind": "webhook", "url": "https://x.example", "secret": secret}]},
            {
                "name": "b",
                "channels": [{"kind": "zammad", "url": "https://x.example", "group": "x", "token": f"{secret}é"}],
            },
        ],
        "identity_secret": secret,
        "webhook_secret": secret,
    }
    with pytest.raises(BadSettings) as caught:
        load(**given)

    assert len(caught.value.problems) == 7
    assert secret not in str(caught.value)


def test_what_the_domain_reads_has_types_of_its_own_and_no_tables() -> None:
    annotations = get_type_hints(SupportSettings)

    assert [name for name, kind in annotations.items() if "Mapping" in str(kind) or "dict" in str(kind)] == []
    settings = load(
        teams=[{"name": "billing", "channels": [{"kind": "email", "to": "b@example.org"}]}],
        forms=[{"name": "contact", "categories": ["Money"], "consents": [{"name": "terms", "text": "Yes"}]}],
        routes=[{"team": "billing", "category": "Money"}],
        sites=[{"key": "shop", "origins": ["https://shop.example.com"], "theme": {"mode": "dark"}}],
        servers=[{"name": "shop", "secrets": "s" * 32}],
    )
    for name in ("teams", "forms", "routes", "sites", "servers", "ticket_fields"):
        for row in getattr(settings, name):
            assert is_dataclass(row), name
            assert not any(isinstance(getattr(row, one.name), Mapping | list) for one in fields(row)), row
    assert is_dataclass(settings.opening_hours)


def test_the_demos_topics_come_with_the_demos_articles_only(tmp_path: Path) -> None:
    assert [one.value for one in load().ticket_topics][-2:] == ["business", "complaint"]
    assert load(kb_dir=tmp_path).ticket_topics == ()
    assert [one.value for one in load(kb_dir=tmp_path, ticket_topics=["Left", "Right"]).ticket_topics] == [
        "Left",
        "Right",
    ]
