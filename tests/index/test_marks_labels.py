"""The labelled marks of the demo (bench/marks.tsv)."""

from bench.marks import LABELS, Labelled, Mark, read
from index.models import ArticleHit
from kb.markup.quote import squeezed
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder

_ARTICLES = LABELS.parent.parent / "kb" / "articles"


def test_every_labelled_sentence_stands_in_an_article_of_the_demo() -> None:
    texts = [squeezed("".join(section.text for section in one.sections) + one.summary)
             for one in read_folder(_ARTICLES).articles]  # fmt: skip
    missing = [said for one in read() for said in one.sentences if not any(squeezed(said) in text for text in texts)]
    assert missing == []


def test_a_mark_is_right_that_covers_a_labelled_sentence() -> None:
    def hit(highlight: tuple[int, int] | None) -> ArticleHit:
        return ArticleHit(ArticleRef("en", "van"), "van", "Van", "", "", "", "It is red. It is fast.", (), 1.0,
                          highlight=highlight)  # fmt: skip

    one = Labelled("en", "how fast", ("It is fast.",))
    assert [one.mark(hit(at)) for at in ((11, 22), (0, 22), (0, 10), None)] == [
        Mark.RIGHT, Mark.RIGHT, Mark.WRONG, Mark.NONE,
    ]  # fmt: skip
    assert Labelled("en", "how slow", ("It is slow.",)).mark(hit(None)) is Mark.MOVED
    assert Labelled("en", "how old", ()).mark(hit((0, 10))) is Mark.IN_VAIN
