"""Which language the texts of some articles read as, where that is not the one they are filed under."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.texts.languages import is_chinese
from index.analysis import is_stop_word, words
from index.query import other_languages
from index.query.language import detect
from kb.findings import Finding, warning
from kb.models import Article

# So much of a text tells its language; fewer words than this do not.
_READ, _LEAST_WORDS = 4000, 20
# Of the words of a text in a language, so many are small or listed ones of it at least: of 805 real pages, many of them
# half code, all Turkish ones have 5.8 % and more, 98 % of the English ones 10 %.
_LEAST_SHARE = {"tr": 0.05}
_SHARE = 0.1
# And so many times as many as of the language that the article is filed under.
_TIMES = 2
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")

_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_KANA_SHARE = 0.1


def doubtful_languages(articles: Sequence[Article]) -> Mapping[tuple[str, str], tuple[Article, ...]]:
    """(language filed under, language read) -> the articles, most first. The scripts of Chinese count as one language
    here: a page quotes the other."""
    found: dict[tuple[str, str], list[Article]] = defaultdict(list)
    for article in articles:
        read = language_of(" ".join(section.text for section in article.sections)[:_READ], article.lang)
        if read.split("-")[0] != article.lang.split("-")[0]:
            found[article.lang, read].append(article)
    return {pair: tuple(own) for pair, own in sorted(found.items(), key=lambda one: -len(one[1]))}


def check_languages(articles: Sequence[Article]) -> list[Finding]:
    """What lint says of them."""
    return [
        warning(
            article.source,
            1,
            "other-language",
            f"The article is filed under {filed} and reads as {read}, so search takes its words for {filed}. Move it to"
            f" {read}/, or translate it.",
        )
        for (filed, read), own in doubtful_languages(articles).items()
        for article in own
    ]


def language_of(text: str, lang: str) -> str:
    """The language of a page by most of its letters and words; `lang` where they do not tell. A question's is told by
    less (index/query/language.py): one foreign name says nothing about a page."""
    east_asian = "".join(_EAST_ASIAN.findall(text))
    rest = _EAST_ASIAN.sub(" ", text)
    lowered = [word.lower() for word in words(rest)]
    if len(east_asian) + len(lowered) < _LEAST_WORDS:
        return lang
    if len(east_asian) > len(lowered):
        return _east_asian_language(east_asian, lang)
    if sum(word.isascii() for word in lowered) * 2 < len(lowered):
        return detect(rest, lang)
    counts = other_languages.counts(lowered)
    counts["en"] = sum(is_stop_word(word, "en") for word in lowered)
    counts["tr"] = sum(is_stop_word(word, "tr") and not is_stop_word(word, "en") for word in lowered)
    best = max(counts, key=counts.__getitem__)
    own = counts.get(lang.split("-")[0], 0)
    is_told = counts[best] >= _LEAST_SHARE.get(best, _SHARE) * len(lowered) and counts[best] > _TIMES * own
    return best if is_told else lang


def _east_asian_language(letters: str, lang: str) -> str:
    own = "".join(_KANA_OR_HANGUL.findall(letters))
    if len(own) < _KANA_SHARE * len(letters):
        # Chinese may quote a word of Japanese, and no Japanese text is without its small words.
        return detect(_KANA_OR_HANGUL.sub("", letters), lang if is_chinese(lang) else "zh-Hans")
    return detect(own, lang)
