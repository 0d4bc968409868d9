"""The sentence that is marked, and how many results are shown, with vectors one can draw on paper."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from index.models import ArticleHit, SearchQuery, SearchResult
from index.parts.passages import IndexedPassage
from index.presentation import PLAUSIBLE_GAP, in_danger, plausible
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from index.wanted_words import WantedWords, word_evidence
from kb.markup.excerpt import SentencePlace, excerpt, sentence_places
from kb.models import Article, ArticleRef, Section
from kb.source.folder_reader import read_folder
from tests.index.builders import CompassEmbedder, article, everything

COMPASS = CompassEmbedder(
    {"refund": 90, "iade": 90, "退款": 90, "parcel": 180, "pairing": 270, "warranty": 0, "money": 90}
)
_FILLER = "Nothing of that kind is said in this sentence, which is here to be long. "
# Two windows: the first points to the warranty, the second to refunds.
REFUND = "We pay every refund within five days after the goods have come back to us."
LONG = f"The warranty lasts two years. {_FILLER * 3}{REFUND} {_FILLER}"
OTHERS = [article(word, f"{word} text", title=word) for word in ("parcel", "pairing", "refund")]


def asked(text: str, folder: Path, *articles: Article, lang: str = "en") -> SearchResult:
    bring_up_to_date([*articles, *OTHERS], COMPASS, folder)
    return Search(LiveIndex(folder), COMPASS, everything, 60_000).search(SearchQuery(text, lang))


def marked(result: SearchResult, slug: str) -> str:
    hit = next(h for h in result.hits if h.ref.slug == slug)
    assert hit.highlight is not None
    return hit.passage[slice(*hit.highlight)]


@pytest.mark.parametrize(("text", "lang"), [("money", "en"), ("iade", "tr"), ("退款", "zh-Hant")])
def test_the_window_that_means_the_question_has_the_sentence(text: str, lang: str, tmp_path: Path) -> None:
    found = asked(text, tmp_path, article("long", LONG), lang=lang)
    assert marked(found, "long") == REFUND


def test_among_sentences_of_one_window_the_questions_rare_words_decide(tmp_path: Path) -> None:
    text = "The parcel comes by van. It is left with Mallory, the parcel keeper. The parcel is safe."
    found = asked("parcel Mallory", tmp_path, article("van", text))
    assert marked(found, "van") == "It is left with Mallory, the parcel keeper."


def test_what_the_whole_passage_speaks_of_marks_no_sentence(tmp_path: Path) -> None:
    said = "It is left with Mallory. Parcel after parcel after parcel comes in this way. The parcel is a parcel here."
    assert marked(asked("parcel Mallory", tmp_path, article("said", said)), "said") == "It is left with Mallory."


@pytest.mark.parametrize(
    ("question", "lang", "text", "expected"),
    [
        ("How long does the parcel take?", "en",
         "The parcel comes by van, as you would expect of it. The parcel is there in 5 days at most.", 1),
        ("When does the parcel van come?", "en",
         "The parcel comes as soon as we have packed it for you. The van leaves us on 4 May and reaches you soon.", 1),
        ("Where is the parcel?", "en",
         "The parcel comes by van, as you would expect of it here. The parcel has 5 kg at most.", 0),
        ("Kargo kaç günde gelir?", "tr",
         "Kargo kapınıza gelir ve size teslim edilir, merak etmeyin. Kargo 3 günde gelir, bayramda değil.", 1),
        ("包裹多久會到？", "zh-Hant", "包裹由貨運公司送到您府上，請放心等候。包裹三天之內會送到您府上。", 1),
    ],
)  # fmt: skip
def test_a_number_speaks_for_a_sentence_where_the_question_asks_for_one(
    question: str, lang: str, text: str, expected: int, tmp_path: Path
) -> None:
    found = asked(question, tmp_path, article("van", text, lang=lang), lang=lang)
    assert next(h for h in found.hits if h.ref.slug == "van").sentence == expected


_ALIKE = "Nothing of that is said in here. "


@pytest.mark.parametrize(("sentences", "expected"), [(2, 0), (3, 0), (8, None)])
def test_where_only_their_place_tells_sentences_apart_the_first_of_few_is_marked(
    sentences: int, expected: int | None, tmp_path: Path
) -> None:
    found = asked("money", tmp_path, article("van", _ALIKE * sentences, title="refund"))
    assert next(h for h in found.hits if h.ref.slug == "van").sentence == expected


@pytest.mark.parametrize(
    ("question", "lang", "text", "expected"),
    [
        # A word of the question in one sentence, and in the first one that says as much.
        ("lorry parcel", "en", "The lorry brings a parcel. It is ours. The lorry brings a parcel again.", 0),
        ("kamyon kargo", "tr", "Kamyon kargo getirir. Bizim olur. Kamyon yine kargo getirir.", 0),
        ("貨車包裹", "zh-Hant", "貨車會載包裹來。是我們的。貨車又會載包裹來。", 0),
        # Nothing of it anywhere in many: none is likelier than the others.
        ("zeppelin", "en", "One. " + "Of that nothing is said. " * 9, None),
        # Several rare words tell more than one.
        ("lorry parcel Ghent", "en",
         "The parcel is ours. It is red. The lorry from Ghent has the parcel. It is blue.", 2),
        # A quantity of the kind that is asked for tells more than another number.
        ("Wie lange ist das Paket unterwegs?", "de",
         "Das Paket hat die Nummer 5 und ist rot. Das Paket kommt in drei Tagen an. Das Paket ist hier.", 1),
        ("how long is the parcel on its way", "en",
         "The parcel has number 12 on it. The parcel is on its way for 3 days. The parcel is here.", 1),
    ],
)  # fmt: skip
def test_what_stands_above_answers_before_what_says_no_more_of_it(
    question: str, lang: str, text: str, expected: int | None, tmp_path: Path
) -> None:
    found = asked(question, tmp_path, article("van", text, lang=lang), lang=lang)
    assert next(h for h in found.hits if h.ref.slug == "van").sentence == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [("How do I fold the van?", "Push the van's red pedal."), ("fold the van", "You can fold the van.")],
)
def test_who_asks_for_steps_is_shown_one_before_what_stands_beside_them(
    question: str, expected: str, tmp_path: Path
) -> None:
    markdown = "You can fold the van.\n\n1. Push the van's red pedal.\n2. Hook it in.\n\nIt is small then."
    found = asked(question, tmp_path / "index", written("hot", markdown, tmp_path / "kb"))
    assert marked(found, "hot") == expected


def test_words_outside_of_all_sentences_count_for_none(tmp_path: Path) -> None:
    found = asked("parcel Mallory", tmp_path, article("van", "It comes by van. The parcel is safe with Mallory."))
    hit = next(h for h in found.hits if h.ref.slug == "van")
    stored = IndexedPassage(0, "", "", hit.passage, "", ((0, 16, 0), (17, 31, 0)))  # the last words are in none
    generation = LiveIndex(tmp_path).current()
    assert generation is not None
    wanted = WantedWords(frozenset({"parcel", "mallori", "van"}), "en", generation)
    shares, whole = word_evidence(stored, hit.highlights, wanted)
    assert len(hit.highlights) == 2 and 0 <= shares[0] < shares[1] <= 1 and whole > 0


def test_what_is_marked_in_the_quotation_is_the_highlight(tmp_path: Path) -> None:
    found = asked("refund", tmp_path, article("long", LONG))
    hit = next(h for h in found.hits if h.ref.slug == "long")
    assert f"<mark>{REFUND}</mark>" in excerpt(hit.html, hit.sentence).html


_LOCKED = "Locked out? It happens in every warranty."
_MORE = {
    "steps": "1. Press the key.\n2. Wait.",
    "a table": "| Key | Light |\n|---|---|\n| A | red |",
    "text": "Press the key.",
}


@pytest.mark.parametrize(
    ("intro", "more", "joined"),
    [
        (_LOCKED, "steps", True),
        (_LOCKED, "a table", True),
        (_LOCKED, "text", False),
        (f"{_LOCKED} {_FILLER * 6}", "steps", False),
        (f"{_LOCKED}\n\n1. Ask us.", "steps", False),
    ],
)
def test_a_short_introduction_is_shown_with_the_steps_or_the_table_that_it_leads_to(
    intro: str, more: str, joined: bool, tmp_path: Path
) -> None:
    (folder := tmp_path / "kb" / "en" / "help").mkdir(parents=True)
    (folder / "locked.md").write_text(
        f"---\ntitle: Warranty\nsummary: Help.\n---\n{intro}\n\n## What to do <now>\n\n{_MORE[more]}\n"
    )
    found = asked(
        "locked out, warranty", tmp_path / "index", *(one.whole() for one in read_folder(tmp_path / "kb").articles)
    )
    assert found.hits[0].passage.startswith("Locked out?")
    html = excerpt(found.hits[0].html, found.hits[0].sentence).html
    assert ("<strong>What to do &lt;now&gt;</strong>" in html) is joined
    assert ("<li>Press the key.</li>" in html or "<td>red</td>" in html) is joined


_STEP = "Take the {} screw out of the warranty lid with the small key, and lay it where you will find it again."
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_STEPS = "\n".join(f"{n}. {_STEP.format(word)}" for n, word in enumerate(_ORDINALS, 1))


def test_a_first_result_has_all_steps_of_its_section_and_their_warning(tmp_path: Path) -> None:
    (folder := tmp_path / "kb" / "en" / "help").mkdir(parents=True)
    danger = '!!! danger "Poison"\n    Never open the inner tank.\n\n'
    text = f"Intro.\n\n## Open the warranty lid\n\n{_STEPS}\n\n{danger}{_FILLER * 12}\n\n{_FILLER * 12}\n"
    (folder / "lid.md").write_text(f"---\ntitle: Lid\nsummary: A lid.\n---\n{text}")
    articles = [one.whole() for one in read_folder(tmp_path / "kb").articles]
    hit = asked("warranty lid first screw", tmp_path / "index", *articles).hits[0]
    assert "first screw" in hit.passage and "twelfth screw" not in hit.passage, "they are more than a passage"
    shown = excerpt(hit.html, hit.sentence).html
    assert shown.count("<li>") == len(_ORDINALS) and shown.count("<mark>") == 1
    assert shown.index("Never open the inner tank.") < shown.index("first screw")
    assert hit.continues, "there is more below the warning"


def test_a_first_result_that_is_a_whole_section_does_not_go_on(tmp_path: Path) -> None:
    (folder := tmp_path / "kb" / "en" / "help").mkdir(parents=True)
    text = f"Intro.\n\n## Open the warranty lid\n\n{_STEPS}\n\n## Close it\n\n1. Close it.\n"
    (folder / "lid.md").write_text(f"---\ntitle: Lid\nsummary: A lid.\n---\n{text}")
    articles = [one.whole() for one in read_folder(tmp_path / "kb").articles]
    hit = asked("warranty lid first screw", tmp_path / "index", *articles).hits[0]
    assert "twelfth screw" in hit.html and "Close it" not in hit.html and not hit.continues


def test_in_danger_nothing_is_added_below_a_warning(tmp_path: Path) -> None:
    (folder := tmp_path / "kb" / "en" / "help").mkdir(parents=True)
    warned = f"{_LOCKED}\n\n!!! warning\n    {_FILLER * 6}\n\n## Ways\n\n{_MORE['a table']}\n"
    (folder / "locked.md").write_text(f"---\ntitle: Warranty\nsummary: Help.\n---\n{warned}")
    articles = [one.whole() for one in read_folder(tmp_path / "kb").articles]
    found = asked("locked out, warranty", tmp_path / "index", *articles)
    assert "<td>" in found.hits[0].html
    assert "<td>" not in in_danger(found.hits[0]).html
    assert "admonition warning" in in_danger(found.hits[0]).html


def test_without_a_model_only_words_can_mark_a_sentence(tmp_path: Path) -> None:
    bring_up_to_date([article("van", "It comes. The parcel is safe."), *OTHERS], COMPASS, tmp_path)
    found = Search(LiveIndex(tmp_path), None, everything, 60_000).search(SearchQuery("parcel safe", "en"))
    assert marked(found, "van") == "The parcel is safe."


def _hit(score: float, *, pinned: bool = False) -> ArticleHit:
    return ArticleHit(ArticleRef("en", "x"), "x", "X", "help", "", "", "", (), score, pinned=pinned)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], 0),
        ([5.0], 1),
        ([5.0, -9.0, -9.0, -9.0, -9.0], 1),
        ([5.0, 1.5, -9.0, -9.0, -9.0], 2),
        ([5.0, 1.5, 1.4, 1.3, -9.0], 3),
        ([5.0, 5.0, 4.0, 5.0 - PLAUSIBLE_GAP, 4.9 - PLAUSIBLE_GAP, -3.0], 4),
        ([0.0] * 10, 5),
    ],
)
def test_results_far_below_the_best_are_not_shown_unasked(scores: list[float], expected: int) -> None:
    assert plausible([_hit(score) for score in scores]) == expected


def test_a_pinned_article_does_not_hide_the_others() -> None:
    assert plausible([_hit(99.0, pinned=True), *(_hit(s) for s in (3.0, 2.5, 2.0, 1.5, -5.0))]) == 5


PAIRING = """---
title: Parcel
---
## What pairing changes

Pairing is pairing. Pairing changes which phone pairing chose.

## Which buttons to hold

{steps}

## Something else

1. The parcel comes.
2. The parcel goes.
"""


@pytest.mark.parametrize(
    ("question", "steps", "shown"),
    [
        ("how do I start pairing", "1. Hold the pairing button.\n2. Let it go.", "Which buttons to hold"),
        ("does pairing pairing pairing matter", "1. Hold the pairing button.\n2. Let it go.", "What pairing changes"),
        ("how do I start pairing", "Hold the pairing button, then let it go.", "What pairing changes"),
    ],
)  # fmt: skip
def test_how_to_do_something_is_answered_by_steps_that_mean_it(
    question: str, steps: str, shown: str, tmp_path: Path
) -> None:
    file = tmp_path / "kb" / "en" / "help" / "pairing-guide.md"
    file.parent.mkdir(parents=True)
    file.write_text(PAIRING.format(steps=steps), encoding="utf-8")
    found = asked(question, tmp_path / "index", *read_folder(tmp_path / "kb").articles)
    hit = next(h for h in found.hits if h.ref.slug == "pairing-guide")
    assert hit.heading == shown


SECTIONS = """---
title: Pairing guide
summary: {summary}
lang: {lang}
status: published
---
## {named}
Blue means ready.

1. Press both buttons.

## {other}
Pairing, pairing: the pairing of a refund.
"""


@pytest.mark.parametrize(
    ("question", "named", "other", "lang"),
    [
        ("light of the left earbud", "The light of the left earbud", "More", "en"),
        ("how do I read the lights of the left earbuds", "The light of the left earbud", "More", "en"),
        ("pairing light of left earbud", "The light of the left earbud", "More", "en"),
        ("troubleshooting pairing", "Troubleshooting", "More", "en"),
        ("sol kulaklığın ışığı", "Sol kulaklığın ışığı", "Diğer", "tr"),
        ("左耳機的燈號", "左耳機的燈號", "其他", "zh-Hant"),
    ],
)
def test_the_section_whose_heading_is_the_question_is_shown(
    question: str, named: str, other: str, lang: str, tmp_path: Path
) -> None:
    found = _sections(question, named, other, lang, tmp_path, summary=f"{question} {question} pairing")
    assert next(h for h in found.hits if h.ref.slug == "guide").heading == named


@pytest.mark.parametrize(
    "question",
    [
        "pairing guide",  # nothing but the title
        "is the refund of the left earbud paid in euro by the bank",  # two words of many
        "light pairing",  # one word of three
    ],
)
def test_a_heading_that_says_little_of_the_question_changes_nothing(question: str, tmp_path: Path) -> None:
    found = _sections(
        question, "The light of the left earbud", "More", "en", tmp_path, summary=f"{question} {question}"
    )
    assert next(h for h in found.hits if h.ref.slug == "guide").heading == ""


def _sections(question: str, named: str, other: str, lang: str, folder: Path, *, summary: str) -> SearchResult:
    file = folder / "kb" / lang / "help" / "guide.md"
    file.parent.mkdir(parents=True)
    file.write_text(SECTIONS.format(named=named, other=other, lang=lang, summary=summary), encoding="utf-8")
    return asked(question, folder / "index", *read_folder(folder / "kb").articles, lang=lang)


ACTIONS = """---
title: {title}
summary: {question} {question}
lang: {lang}
status: published
---
{question}, {question}.

## {opposite}
The refund, the pairing: {question}.

1. Press both buttons.
2. Wait.

## {named}
Blue means ready. Refund, pairing.
"""


@pytest.mark.parametrize(
    ("question", "title", "named", "opposite", "lang"),
    [
        ("how do I turn off pairing", "Pairing guide", "Disable XQ", "Enable XQ", "en"),
        ("switch pairing on", "Pairing guide", "Enable XQ", "Disable XQ", "en"),
        ("how do I log out", "Pairing guide", "Signing out", "Sign in", "en"),
        ("delete a pairing", "Pairing guide", "Remove one", "Add one", "en"),
        ("pairing nasıl kapatılır", "Pairing", "Devre dışı bırakma", "Etkinleştirme", "tr"),
        ("關閉 pairing", "pairing", "停用 XQ", "啟用 XQ", "zh-Hant"),
        ("怎麼開啟 pairing", "pairing", "啟用 XQ", "停用 XQ", "zh-Hant"),
    ],
)
def test_a_section_about_the_action_goes_before_one_about_its_opposite(
    question: str, title: str, named: str, opposite: str, lang: str, tmp_path: Path
) -> None:
    file = tmp_path / "kb" / lang / "help" / "guide.md"
    file.parent.mkdir(parents=True)
    text = ACTIONS.format(question=question, title=title, named=named, opposite=opposite, lang=lang)
    file.write_text(text, encoding="utf-8")
    found = asked(question, tmp_path / "index", *read_folder(tmp_path / "kb").articles, lang=lang)
    assert next(h for h in found.hits if h.ref.slug == "guide").heading == named


def test_steps_to_the_opposite_are_not_shown_for_an_answer_without_steps(tmp_path: Path) -> None:
    body = "## Enable XQ\nRefund.\n\n1. Press both.\n2. Wait.\n\n## Questions\nTo turn off pairing, pairing, wait.\n"
    found = asked("how do I turn off pairing", tmp_path / "index", written("guide", body, tmp_path / "kb"))
    assert next(h for h in found.hits if h.ref.slug == "guide").heading == "Questions"


ROWS = """---
title: Pairing guide
summary: Many pairing kinds refund money.
status: published
---
Many pairing kinds refund money.

## More

Refund, pairing, money: the money of a refund.

## Kinds

| Kind | Days |
|---|---|
| Zebra crossing | 5 |
| Yak shaving | 7 |

## Terms

Walrus
:   A big one.
"""


@pytest.mark.parametrize(
    ("question", "heading", "mark"),
    [
        ("zebra crossing", "Kinds", "Zebra crossing | 5"),
        ("pairing yak shaving?", "Kinds", "Yak shaving | 7"),
        ("walrus", "Terms", "Walrus A big one."),
    ],
)
def test_the_passage_is_shown_whose_row_the_question_calls_by_its_name(
    question: str, heading: str, mark: str, tmp_path: Path
) -> None:
    file = tmp_path / "kb" / "en" / "help" / "guide.md"
    file.parent.mkdir(parents=True)
    file.write_text(ROWS, encoding="utf-8")
    found = asked(question, tmp_path / "index", *read_folder(tmp_path / "kb").articles)
    hit = next(h for h in found.hits if h.ref.slug == "guide")
    assert hit.heading == heading
    assert " ".join(marked(found, "guide").split()) == mark


# What is quoted and marked of code, summaries, announcements and warnings


def written(slug: str, body: str, folder: Path, header: str = "", lang: str = "en") -> Article:
    """An article as it is read from a folder."""
    (folder / lang / "help").mkdir(parents=True, exist_ok=True)
    text = f"---\ntitle: {slug}\nslug: {slug}\nlang: {lang}\nstatus: published\n{header}---\n{body}\n"
    (folder / lang / "help" / f"{slug}.md").write_text(text, encoding="utf-8")
    return next(one for one in read_folder(folder).articles if one.ref.slug == slug)


def quoted(result: SearchResult, slug: str, budget: int = 0) -> str:
    hit = next(h for h in result.hits if h.ref.slug == slug)
    return excerpt(hit.html, hit.sentence, budget).html


CODE = "Change the settings like this.\n\n```\n{}\n```\n\nThen wait for some minutes, please."


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("refund: yes\nmoney: back\nrefund: at once", "<mark>Change the settings like this.</mark>"),
        ("refund: yes.\nmoney: back\nrefund: at once.", "<mark>Change the settings like this.</mark>"),
        ("refund --money", "<mark><code>refund --money\n</code></mark>"),
    ],
)
def test_no_code_block_is_marked_but_a_line_of_it_or_the_prose_above(code: str, expected: str, tmp_path: Path) -> None:
    found = asked("refund money", tmp_path / "index", written("coded", CODE.format(code), tmp_path / "kb"))
    assert expected in quoted(found, "coded").replace("<span></span>", "")
    hit = next(h for h in found.hits if h.ref.slug == "coded")
    assert hit.highlight is not None
    assert hit.passage[slice(*hit.highlight)].strip() in expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello there.\n\n**Does the money of a refund come back?** It does, soon enough.", "It does, soon enough."),
        ("**Does the money of a refund come back?**\n\nIt does. Soon.\n\nMore.", "It does."),
        ("Refund money: do so:\n\n- Press the button.\n- Wait.", "Press the button."),
        ("Hello there.\n\n```yaml title=\"refund-money.yml\"\na: 1\nb: 2\n```\n", "Hello there."),
        ("Some money comes by a van.\n\nFor the refund money see [refund](https://example.org).",
         "Some money comes by a van."),
        ("For the refund money see [refund](https://example.org).\n\nHello there.",
         "For the refund money see refund."),
        ("| Is it |\n|---|\n| the refund money? |\n| green? |\n\nHello there.", "the refund money?"),
    ],
)  # fmt: skip
def test_what_answers_is_marked_not_what_asks_announces_or_points_to_it(
    body: str, expected: str, tmp_path: Path
) -> None:
    found = asked("refund money", tmp_path / "index", written("asks", body, tmp_path / "kb"))
    assert marked(found, "asks").strip() == expected


def test_where_there_is_only_code_nothing_is_marked(tmp_path: Path) -> None:
    found = asked("refund", tmp_path / "index", written("coded", "```\nrefund\nmoney\n```\n", tmp_path / "kb"))
    assert "<mark>" not in quoted(found, "coded")


@pytest.mark.parametrize("words", [20, 400])
def test_of_a_summary_that_nobody_wrote_the_article_itself_is_quoted(words: int, tmp_path: Path) -> None:
    body = f"Ask for the **refund** with this:\n\n```\nrefund now\n```\n\n{'And more of it. ' * (words // 4)}\n"
    found = asked("refund", tmp_path / "index", written("made", body, tmp_path / "kb"))
    html = quoted(found, "made")
    assert "<strong>refund</strong>" in html
    assert "<pre" in html
    assert "…" not in html


def test_a_written_summary_is_quoted(tmp_path: Path) -> None:
    article = written("made", "Something else.", tmp_path / "kb", header="summary: The refund takes five days.\n")
    assert "The refund takes five days." in quoted(asked("refund", tmp_path / "index", article), "made")


def test_what_a_passage_announces_at_its_end_is_quoted_from_the_next(tmp_path: Path) -> None:
    lines = "\n".join(f"line {n} of a long code block" for n in range(30))
    body = f"The refund is asked for like this:\n\n```\n{lines}\n```\n"
    header = "summary: Something else.\n"
    found = asked("refund", tmp_path / "index", written("long", body, tmp_path / "kb", header=header))
    html = quoted(found, "long", 320)
    assert html.startswith("<p><mark>The refund is asked for like this:</mark></p>")
    assert "line 0 of" in html
    assert "line 29 of" not in html


def test_what_another_section_has_was_not_announced(tmp_path: Path) -> None:
    body = "See the refund:\n\n![](refund.mp4)\n\n## Money {#money}\n\nThe parcel comes first.\n"
    found = asked("refund", tmp_path / "index", written("long", body, tmp_path / "kb", header="summary: Else.\n"))
    assert "parcel" not in quoted(found, "long")


WARNED = '{}\n\n!!! warning "The pairing case smokes"\n    Put it outdoors at once, away from everything. Call us.\n'


@pytest.mark.parametrize(
    ("below", "question", "expected"),
    [
        (_FILLER * 3 + REFUND, "money smokes", "Put it outdoors"),
        ("A pairing case comes with every parcel that we send.", "pairing case", "A pairing case comes"),
        ("The warranty is nothing to finish before you call us.", "warranty", "The warranty is nothing"),
    ],
)
def test_a_sentence_that_says_nothing_gives_way_to_the_warning_above_it(
    below: str, question: str, expected: str, tmp_path: Path
) -> None:
    article = written("hot", WARNED.format(below), tmp_path / "kb", header="summary: Else.\n")
    assert f"<mark>{expected}" in quoted(asked(question, tmp_path / "index", article), "hot")


def test_in_danger_nothing_below_a_warning_is_marked(tmp_path: Path) -> None:
    article = written("hot", WARNED.format("A pairing case is sent."), tmp_path / "kb", header="summary: Else.\n")
    found = asked("pairing case", tmp_path / "index", article)
    (hit,) = (h for h in found.hits if h.ref.slug == "hot")
    assert hit.sentence is not None
    shown = in_danger(hit)
    assert (shown.sentence, shown.highlight) == (None, None)
    first = sentence_places(hit.html).index(SentencePlace.WARNING)
    inside = replace(hit, sentence=first)
    assert in_danger(inside) is inside


# Rows, definitions and tabs

_ROWS = """Prices of the parcel van are in euros.

| City | Unlocking | Per minute |
|---|---|---|
| Ghent | 1 EUR | 0.25 EUR |
| Izmir | 0.50 EUR | 0.10 EUR |
| Model A | 2 EUR | 0.50 EUR |
| Model B | 3 EUR | 0.60 EUR |
"""
_TERMS = """These rules hold everywhere.

Slow zones
:   The van goes 10 km/h.

Parking
:   Only inside of the blue frames.
"""
_TABS = """How to fold depends on the model of the van.

=== "Model A"

    1. Fold the van by the red pedal.
    2. Hook it in.

=== "Model B"

    1. Open the grey clip.
"""
_SCHNELL = (
    "價格如下。\n\n| 城市 | 解鎖費 | 每分鐘 |\n|---|---|---|\n| 台北 | 15 元 | 2.5 元 |\n| 高雄 | 10 元 | 2 元 |\n"
)
_TURKISH = (
    "Ücretler.\n\n| Şehir | Hızlı | Yavaş |\n|---|---|---|\n| Ankara | 1 gün | 2 gün |\n| Van | 4 gün | 6 gün |\n"
)


@pytest.mark.parametrize(
    ("question", "lang", "markdown", "expected"),
    [
        ("how much per minute in Ghent", "en", _ROWS, "Ghent | 1 EUR | 0.25 EUR"),
        ("price Izmir", "en", _ROWS, "Izmir | 0.50 EUR | 0.10 EUR"),
        ("how much is model b per minute", "en", _ROWS, "Model B | 3 EUR | 0.60 EUR"),
        ("how much per minute in Berlin", "en", _ROWS, ""),
        ("price of the parcel van", "en", _ROWS, "Prices of the parcel van are in euros."),
        ("speed in slow zones", "en", _TERMS, "Slow zones\nThe van goes 10 km/h."),
        ("how do I fold the van model b", "en", _TABS, "Open the grey clip."),
        ("fold the van model A", "en", _TABS, "Fold the van by the red pedal."),
        ("高雄每分鐘多少錢", "zh-Hant", _SCHNELL, "高雄 | 10 元 | 2 元"),
        ("Van hızlı kaç gün", "tr", _TURKISH, "Van | 4 gün | 6 gün"),
        ("Ankara'ya kaç günde", "tr", _TURKISH, "Ankara | 1 gün | 2 gün"),
    ],
)
def test_the_row_the_definition_or_the_tab_that_answers_is_marked(
    question: str, lang: str, markdown: str, expected: str, tmp_path: Path
) -> None:
    article = written("hot", markdown, tmp_path / "kb", lang=lang)
    found = asked(question, tmp_path / "index", article, lang=lang)
    hit = next(h for h in found.hits if h.ref.slug == "hot")
    said = hit.passage[slice(*hit.highlight)] if hit.highlight else ""
    assert said == expected
    marks = re.findall("<mark>(.*?)</mark>", excerpt(hit.html, hit.sentence).html)
    assert "".join(marks) == said.replace(" | ", "").replace("\n", "")


def test_a_heading_of_the_title_s_words_and_more_is_a_case_of_its_article(tmp_path: Path) -> None:
    sections = (
        Section("", "", 0, f"{REFUND} Open the menu and choose it."),
        Section("without", "Refund without warranty", 2, "Write to us, and we look at it by hand."),
    )
    asked_for = replace(article("refunds", "", title="Refund"), sections=sections)

    hits = asked("refund", tmp_path, asked_for).hits
    assert next(hit for hit in hits if hit.ref.slug == "refunds").heading == ""


def test_who_tells_of_trouble_is_shown_the_section_on_it(tmp_path: Path) -> None:
    text = "Sign in with the code of the refund."
    sections = (
        Section("set-up", "Set up", 2, f"Install it. {text}"),
        Section("missing", "The code does not come", 2, f"Wait a minute. {text}"),
    )
    both = replace(article("codes", "", title="Refund"), sections=sections)

    for question, anchor in (
        ("the refund of the code is lost", "missing"),
        ("install the refund of the code", "set-up"),
    ):
        hits = asked(question, tmp_path / anchor, both).hits
        assert next(hit for hit in hits if hit.ref.slug == "codes").anchor == anchor


ASKED = """---
title: Parcel guide
summary: {question} {question}
lang: {lang}
status: published
---
## Pairing
1. {question}
2. {words} pairing.

## {others}
{faq}
"""
# The question of an FAQ, its answer, and the same in other words.
FAQ = [
    ("Can the buyer cancel the order too?", "No, only the seller can.", "can buyer cancel the order too", "en"),
    ("O comprador também pode cancelar o pedido?", "Não, só o vendedor.", "comprador pode cancelar o pedido", "pt-BR"),
    ("Paket hasarlı geri gelirse ne olur?", "Para iade edilir.", "paket hasarlı geri gelirse ne olur", "tr"),
    ("买家也可以取消订单吗？", "不可以，只有卖家可以。", "买家可以取消订单吗", "zh-Hans"),
]
FORMS = {
    "paragraph": "**{q}** {a}\n\nPairing, more of it.",
    "apart": "**{q}**\n\n{a}\n\nPairing, more of it.",
    "item": "- **{q}** {a}\n- **Pairing?** Yes.",
    "term": "{q}\n:   {a}\n\nPairing?\n:   Yes.",
    "box": "<details><summary>{q}</summary>\n\n{a}\n\n</details>",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("asks", "answers", "asked_so", "lang"), FAQ)
def test_the_question_of_an_faq_shows_the_passage_that_asks_it(
    asks: str, answers: str, asked_so: str, lang: str, form: str, tmp_path: Path
) -> None:
    file = tmp_path / "kb" / lang / "help" / "guide.md"
    file.parent.mkdir(parents=True)
    faq = FORMS[form].format(q=asks, a=answers)
    file.write_text(ASKED.format(question=asked_so, words=asks, others="FAQ", lang=lang, faq=faq), encoding="utf-8")
    articles = read_folder(tmp_path / "kb").articles
    for text in (asks, asked_so):
        found = asked(text, tmp_path / "index", *articles, lang=lang)
        hit = next(h for h in found.hits if h.ref.slug == "guide")
        assert (hit.heading, answers in hit.passage) == ("FAQ", True), text


@pytest.mark.parametrize(
    ("question", "heading", "shown"),
    [
        (
            "Can the buyer cancel the order too?",
            "Can the buyer cancel the order too?",
            "Can the buyer cancel the order too?",
        ),
        ("can the seller pay for a parcel that never came", "Pairing", ""),
    ],
)
def test_a_heading_that_says_as_much_goes_before_and_another_question_changes_nothing(
    question: str, heading: str, shown: str, tmp_path: Path
) -> None:
    file = tmp_path / "kb" / "en" / "help" / "guide.md"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"---\ntitle: Guide\nsummary: {question} {question}\nlang: en\nstatus: published\n---\n"
        f"## {heading}\nThe lamp is blue.\n\n## FAQ\n**Can the buyer cancel the order too?** No.\n",
        encoding="utf-8",
    )
    found = asked(question, tmp_path / "index", *read_folder(tmp_path / "kb").articles)
    assert next(h for h in found.hits if h.ref.slug == "guide").heading == shown
