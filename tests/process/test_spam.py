"""The spam check against real senders, in small: `python -m bench.spam` is the same at full length."""

from concurrent.futures import ThreadPoolExecutor

from bench.spam import table, texts
from bench.spam.__main__ import measure, record

SIZES = {"direct": 10, "replayed": 10, "honeypot": 6, "templated": 12, "browser": 2, "honest": 12}


def test_robots_are_held_back_and_no_honest_person_is() -> None:
    # In a thread of its own: Playwright allows one browser session a thread, and the tests in a browser have theirs.
    with ThreadPoolExecutor(1) as apart:
        found = apart.submit(measure, SIZES, ("tuned",), seed=3, apart=False).result()["tuned"]

    assert {kind: count.failed for kind, count in found.items() if count.failed} == {}
    assert found["honest"].stopped == 0, found["honest"].reasons
    for kind in ("direct", "replayed", "honeypot", "templated"):
        assert found[kind].stopped >= found[kind].sent - 1, (kind, found[kind])  # the first of a template may pass
    # A browser that solves the challenge is told by its words alone: none of it is held for the challenge.
    assert not {"no_proof", "replayed", "no_form"} & found["browser"].reasons.keys()


def test_both_parts_have_texts_in_every_language_and_none_in_common() -> None:
    for read in (texts.honest, texts.templates):
        tuned, held_out = (read(part) for part in texts.PARTS)
        assert all({"en", "tr", "zh-Hant", "zh-Hans"} <= {t.lang for t in part} for part in (tuned, held_out))
        assert not {t.message for t in tuned} & {t.message for t in held_out}


def test_the_table_of_the_page_is_made_of_what_a_run_wrote() -> None:
    counts = {"sent": 200, "held": 197, "limited": 2, "through": 1, "failed": 0, "reasons": {"tool": 3}}
    made = table.table({**record({}, 1), "parts": {"tuned": {"direct": counts}, "held_out": {"direct": counts}}})
    assert "| direct | held out | 200 | 197 | 2 | 99.5 % |" in made
