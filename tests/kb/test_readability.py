"""Readability: formulas made for a language, held against published examples."""

import pytest

from kb.models import Section
from kb.readability import Ease, Scale, atesman, english_syllables, flesch, read_text, reading_of, turkish_syllables

# Scores as https://en.wikipedia.org/wiki/Flesch%E2%80%93Kincaid_readability_tests gives them for these sentences.
PUBLISHED = [
    ("The cat sat on the mat.", 116),
    ("This sentence, taken as a reading passage unto itself, is being used to prove a point.", 69),
    ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 37.5),
]


@pytest.mark.parametrize(("sentence", "score"), PUBLISHED)
def test_published_sentences_have_their_score_by_flesch(sentence: str, score: float) -> None:
    found = read_text(sentence, "en")
    assert found is not None and found.scale is Scale.FLESCH
    assert found.score == pytest.approx(score, abs=0.3)


def test_words_of_a_help_centre_have_the_syllables_they_are_spoken_with() -> None:
    spoken = {
        1: "take takes saved used closed changed choose", 2: "table boxes wanted science create refund parcel people"
        " business special damaged device software quiet", 3: "idea area packages previous purchases video customer",
        4: "delivery available material usually situation variable", 5: "association",
    }  # fmt: skip
    wrong = {
        word: english_syllables(word)
        for count, words in spoken.items()
        for word in words.split()
        if english_syllables(word) != count
    }
    assert wrong == {}


def test_a_turkish_word_has_a_syllable_for_each_vowel() -> None:
    assert [turkish_syllables(word) for word in ("İade", "IŞIK", "ürününüzü", "kargo", "km")] == [3, 2, 5, 2, 1]


def test_the_formulas_are_those_of_their_papers() -> None:
    assert flesch(words=100, sentences=5, syllables=150) == pytest.approx(206.835 - 20.3 - 126.9)
    # Atesman (1997): 2.6 syllables a word and 9 to 10 words a sentence are usual, and between medium and easy.
    assert atesman(words=95, sentences=10, syllables=247) == pytest.approx(69.575)
    found = read_text("Ürünü iade etmek kolaydır. Kutuyu açın ve etiketi yapıştırın.", "tr")
    assert found is not None and found.scale is Scale.ATESMAN and (found.words, found.sentences) == (9, 2)
    assert found.score == pytest.approx(198.825 - 40.175 * 25 / 9 - 2.61 * 4.5)


def test_chinese_is_measured_in_characters_a_sentence_and_others_in_words() -> None:
    found = read_text("請打開盒子，取出耳機。然後按住按鈕 5 秒。", "zh-Hant")
    assert found is not None and (found.scale, found.sentences, found.words) == (Scale.CHARACTERS, 2, 17)
    assert found.score == 8.5 and found.ease is Ease.EASY
    long = read_text("如果" + "您在使用我們的產品時遇到了任何問題或者" * 4 + "，請聯絡我們。", "zh-Hans")
    assert long is not None and long.ease is Ease.HARD
    german = read_text("Öffnen Sie die Schachtel. Nehmen Sie das Gerät heraus.", "de")
    assert german is not None and (german.scale, german.score) == (Scale.WORDS, 4.5)


def test_too_little_text_says_nothing_and_items_of_lists_are_sentences() -> None:
    assert all(read_text(text, lang) is None for text, lang in (("", "en"), ("Open it.", "en"), ("打開。", "zh-Hant")))
    found = reading_of([Section("", "", 0, "Open the box\nTake out the device\n"), Section("a", "A", 2, "Wait.")], "nl")
    assert found is not None and (found.sentences, found.words, found.longest) == (3, 8, 4)
