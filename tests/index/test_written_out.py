"""Short forms are read as they are written out: their parts are words that articles have, or that say little."""

import pytest

from index.analysis import QUESTION_PARTICLES, tokens
from index.query.language import detect
from index.query.turkish import colloquial
from index.query.written_out import NEGATED, contraction, written_out

# Every English verb that is negated so. `may` and `dare` are seldom, but written.
NEGATIONS = {
    "aren't": "are not", "can't": "can not", "couldn't": "could not", "daren't": "dare not", "didn't": "did not",
    "don't": "do not", "doesn't": "does not", "hadn't": "had not", "haven't": "have not", "hasn't": "has not",
    "isn't": "is not", "mayn't": "may not", "mightn't": "might not", "mustn't": "must not", "needn't": "need not",
    "oughtn't": "ought not", "shan't": "shall not", "shouldn't": "should not", "wasn't": "was not",
    "weren't": "were not", "won't": "will not", "wouldn't": "would not", "ain't": "is not",
}  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), NEGATIONS.items())
def test_every_negative_contraction_is_written_out_with_any_apostrophe_or_none(typed: str, meant: str) -> None:
    forms = {typed, typed.replace("'", "’"), typed.replace("n't", "'nt"), typed.capitalize()}
    forms |= {typed.replace("'", "")} - {"wont"}
    for form in forms:
        assert written_out(f"it {form} work", "en") == f"it {meant} work"
    assert written_out(typed.upper(), "en") == meant.upper()


def test_no_negative_contraction_is_left_to_search_for() -> None:
    assert set(NEGATED) == {typed.replace("'", "") for typed in NEGATIONS} | {"cannot"}
    for typed in NEGATIONS:
        said = set(tokens(written_out(f"it {typed} arrive", "en"), "en", query=True)) - {"arriv"}
        assert said <= {
            "dare",
            "may",
            "might",
            "must",
            "need",
            "ought",
            "shall",
        }  # no stop words, but words that articles have


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("they've", "they have"), ("theyve", "they have"), ("you’re", "you are"), ("i'll", "i will"), ("I'm", "i am"),
        ("we'd", "we would"), ("that'll", "that will"), ("im", "i am"), ("cannot", "can not"),
    ],
)  # fmt: skip
def test_pronouns_with_a_verb_are_written_out(typed: str, meant: str) -> None:
    assert contraction(typed) == meant


@pytest.mark.parametrize(
    "text",
    ["wont", "well", "were", "shell", "ill", "id", "hell", "wed", "its", "the shop's", "cant-free", "Rock'n'Roll",
     "want", "event", "account", "don", "5m", "o'clock"],
)  # fmt: skip
def test_other_words_stay_as_they_are(text: str) -> None:
    assert written_out(text, "en") == text


def test_what_is_quoted_or_left_out_stays_as_typed() -> None:
    assert written_out("\"don't\" isn't here", "en") == '"don\'t" is not here'
    assert written_out("can't -don't", "en") == "can not -don't"
    assert written_out("ich kann's nicht, can't", "de") == "ich kann's nicht, can't"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("geliyo", "geliyor"), ("giremiyom", "giremiyorum"), ("biliyon", "biliyorsun"), ("gidiyoz", "gidiyoruz"),
        ("yapıyonuz", "yapıyorsunuz"), ("alıyosunuz", "alıyorsunuz"), ("duymuyolar", "duymuyorlar"),
        ("çalışıyodu", "çalışıyordu"), ("geliyomuş", "geliyormuş"), ("gormuyo", "gormuyor"), ("diyo", "diyor"),
        ("alcam", "alacağım"), ("gelcem", "geleceğim"), ("yapcaz", "yapacağız"), ("gelcez", "geleceğiz"),
        ("alıcam", "alacağım"), ("istiycem", "isteyeceğim"), ("başlıycam", "başlayacağım"), ("okuycam", "okuyacağım"),
        ("yapmıcam", "yapmayacağım"), ("yapacam", "yapacağım"), ("olcak", "olacak"), ("gelcekler", "gelecekler"),
        ("etcem", "edeceğim"), ("gitcez", "gideceğiz"), ("kaydetcek", "kaydedecek"), ("yatcam", "yatacağım"),
        ("nerde", "nerede"), ("nerden", "nereden"), ("nerdesiniz", "neredesiniz"),
        ("burdan", "buradan"), ("orda", "orada"),
    ],
)  # fmt: skip
def test_colloquial_turkish_verbs_are_written_out(typed: str, meant: str) -> None:
    assert colloquial(typed) == meant
    assert written_out(f"telefon {typed} ya", "tr") == f"telefon {meant} ya"


@pytest.mark.parametrize(
    "word",
    ["hocam", "amcam", "kocam", "gecem", "güvencem", "parcam", "bahcem", "aksiyon", "pansiyon", "versiyon", "radyo",
     "sıcak", "gercek", "heyecan", "fincan", "cam", "caz", "hicaz", "istasyon", "milyon", "geleceğim", "ingilizcem",
     "ordu", "bordan", "nerdeyse", "burdalık"],
)  # fmt: skip
def test_turkish_nouns_with_the_same_end_stay(word: str) -> None:
    assert colloquial(word) is None


def test_the_turkish_question_particle_is_looked_for_in_no_form() -> None:
    for particle in QUESTION_PARTICLES:
        for form in (particle, particle.upper().replace("i", "İ"), particle.translate(str.maketrans("ıüş", "ius"))):
            assert tokens(f"ödeyebiliyor {form}", "tr", query=True) == ["odeye"], form
    forms = [
        "mı",
        "mi",
        "mu",
        "mü",
        "mıyım",
        "misin",
        "musunuz",
        "müyüz",
        "mıydı",
        "miydiniz",
        "muymuş",
        "müymüşsün",
        "mıdır",
        "midir",
        "mudur",
        "miyiz",
        "mısınız",
    ]
    assert set(forms) <= QUESTION_PARTICLES


def test_a_manager_is_no_question_particle() -> None:
    assert tokens("müdür nerede", "tr", query=True)[0] == "mudur"


def test_articles_keep_their_words() -> None:
    assert tokens("gelir misiniz, don't", "tr") == ["gelir", "misin", "don"]
    assert tokens("don't", "en") == ["dont"]


def test_a_contraction_is_english_and_a_question_particle_turkish() -> None:
    assert detect("doesn't work", "tr") == "en"
    assert detect("olur musunuz", "en") == "tr"
