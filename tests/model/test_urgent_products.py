"""Files of a few examples that name their product: its name makes no ordinary question danger, in any language that
everyday sentences are shipped in, and danger is heard as before."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from index.protocols import Embedder
from index.query.hints import LiveHints
from index.query.product_words import product_words, words_of_kinds
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder
from kb.source.search_hints import read_hints

Texts = Mapping[str, Sequence[str]]

KETTLE = """
- name: burn
  title: Unplug it
  text: Call us.
  examples: [the kettle is on fire, my kettle smokes, I got an electric shock from the kettle, "boiling water came out
    of the kettle and burned my arm", the handle of the kettle melted, sparks from the plug, it smells burnt]
  words: [on fire, smokes, electric shock, sparks]
  not: [the water tastes burnt, the kettle does not boil, how hot does it get]
"""
DRYER = """
- name: burn
  title: Unplug it
  text: Call us.
  examples: [the hair dryer is on fire, my hair dryer smokes, sparks come out of the hair dryer, I got a shock from the
    hair dryer, the hair dryer burned my scalp, the cable of the hair dryer melted]
  words: [on fire, sparks]
  not: [the hair dryer is loud, how hot does the hair dryer get]
"""
OVEN = """
- name: burn
  title: Fişi çekin
  text: Bizi arayın.
  examples: [fırın alev aldı, fırından duman çıkıyor, fırın beni çarptı, fırının camı patladı, kolumu fırında yaktım,
    yanık kokuyor, prizden kıvılcım çıktı, gaz kokusu var]
  words: [alev al*, duman, çarptı, patladı, kıvılcım]
  not: [kek yandı, fırın ısınmıyor, fırın kaç derece olmalı]
"""
SHOP = """
- name: threat
  title: Ligue para a polícia
  text: Não responda.
  examples: [um comprador me ameaçou, ele disse que vem na minha casa, estão me perseguindo depois da live, meu endereço
    apareceu na live, ela escreveu que vai me machucar]
  words: [ameaça de morte, vai me matar]
  not: [fui banida por mensagens no chat, como bloqueio alguém]
- name: despair
  title: Você não está só
  text: Fale com alguém.
  examples: [quero acabar com a minha vida, alguém no chat diz que vai se matar, não quero mais viver]
  words: [se matar]
  not: [esse vendedor me mata]
"""
LAPTOP = """
- name: akku
  title: Weg davon
  text: Rufen Sie uns an.
  examples: [der Akku meines Laptops ist aufgebläht, aus dem Laptop kommt Rauch, der Akku ist dick geworden,
    das Netzteil schmort, es riecht verbrannt, das Ladegerät sprüht Funken, der Akku ist ausgelaufen]
  words: [raucht, brennt, Funken]
  not: [wie lange hält der Akku, Akku lädt nicht]
"""
OTHER_KINDS = """
- name: strom
  title: Stecker ziehen
  text: Rufen Sie uns an.
  examples: [ich habe einen Stromschlag bekommen, ich habe eine gewischt bekommen, das Kabel liegt blank und kribbelt,
    mein Kind hat in die Steckdose gefasst, die Sicherung fliegt raus und es knallt]
  words: [Stromschlag]
  not: [der Stecker passt nicht]
- name: daten
  title: Passwort ändern
  text: Rufen Sie uns an.
  examples: [jemand hat mein Konto gehackt, ich sehe die Bestellungen von fremden Leuten, ich werde erpresst,
    meine Kreditkarte wurde von Betrügern benutzt, jemand hat sich mit meinem Namen angemeldet]
  words: [gehackt]
  not: [ich habe mein Passwort vergessen]
"""
ABOUT_LAPTOPS = (
    ("Mein Laptop ist langsam.", "Laptop zurückgeben", "Der Laptop startet nicht.", "Welche Garantie hat der Laptop?",
     "Ich möchte den Laptop umtauschen.", "Mein Laptop ist nicht angekommen.", "Kann ich den Laptop auf Raten zahlen?",
     "Laptop Rechnung", "Ich brauche eine Tasche für meinen Laptop.", "Mein Laptop verbindet sich nicht mit dem WLAN."),
    ("aus meinem Laptop steigt Qualm auf", "mein Laptop brennt", "der Akku vom Laptop ist geschwollen",
     "mein Laptop glüht unten und stinkt verschmort", "mein Laptop hat angefangen zu schmelzen"),
)  # fmt: skip
SITES = {
    "laptop, one kind": ("de", LAPTOP, *ABOUT_LAPTOPS),
    "laptop, one of three kinds": ("de", LAPTOP + OTHER_KINDS, *ABOUT_LAPTOPS),
    "kettle": (
        "en", KETTLE,
        ("how do I fill the kettle", "kettle delivery time", "new lid for the kettle", "kettle for camping",
         "is the kettle dishwasher safe", "milk in the kettle", "kettle user manual", "kettle blue or red",
         "the kettle came in the wrong colour", "where can I buy a kettle base", "kettle wifi app"),
        ("flames out of the kettle", "my toddler got burned by hot water from your kettle", "my kettle is burning",
         "the kettle exploded", "the cord is melting", "burning plastic smell from the kettle"),
    ),
    "dryer": (
        "en", DRYER,
        ("hair dryer price", "can I take my hair dryer on a plane", "hair dryer for curly hair", "hair dryer pink",
         "where is my hair dryer", "my hair dryer is too heavy", "hair dryer with diffuser",
         "the hair dryer switch is stuck", "two hair dryers in one parcel"),
        ("flames shot out of the dryer", "electric shock from the handle", "the plug is melting",
         "I burned my fingers on the nozzle"),
    ),
    "oven": (
        "tr", OVEN,
        ("fırın sesli", "fırın wifi", "fırın tepsisi", "fırın kurulumu", "fırın siparişim iptal",
         "fırın düğmesi bozuk", "fırını iade etmek istiyorum", "fırın ekranı E2 gösteriyor"),
        ("fırından alev çıktı", "çocuğum fırında elini yaktı", "fırın yanıyor", "kablosu yanıyor"),
    ),
    "shop": (
        "pt", SHOP,
        ("onde está meu pedido", "posso parcelar", "cancelar pedido", "esqueci minha senha", "apagar minha conta",
         "idade mínima", "o comprador não pagou", "quero trocar o produto", "mudar meu telefone"),
        ("o comprador disse que sabe onde eu moro", "um homem da live está me seguindo na rua", "quero morrer",
         "estou com medo ele está na porta da minha casa", "perdi tudo e não aguento mais viver"),
    ),
}  # fmt: skip


def _search(folder: Path, lang: str, urgent: str, titles: Sequence[str], serving: Embedder) -> Search:
    kb = folder / "kb"
    (kb / lang).mkdir(parents=True)
    (kb / lang / "_urgent.yml").write_text(urgent, encoding="utf-8")
    for number, title in enumerate(titles):
        (kb / lang / f"a{number}.md").write_text(f"---\ntitle: {title}\n---\n\nText.\n", encoding="utf-8")
    bring_up_to_date(read_folder(kb).articles, serving, folder / "index", cache_folder=folder / "vectors")

    def visible(refs: Sequence[ArticleRef]) -> set[ArticleRef]:
        return set(refs)

    hints = LiveHints(kb, lang)
    return Search(LiveIndex(folder / "index"), serving, visible, budget_ms=60_000, hints=hints)  # type: ignore[arg-type]


@pytest.mark.parametrize("site", SITES)
def test_the_name_of_a_product_makes_no_question_danger(site: str, tmp_path: Path, serving: Embedder) -> None:
    lang, urgent, ordinary, dangerous = SITES[site]
    search = _search(tmp_path, lang, urgent, ("FAQ",), serving)
    alarms = {text: found.why for text in ordinary if (found := search.urgent(text, lang))}
    assert len(alarms) * 5 <= len(ordinary), alarms
    assert [text for text in dangerous if search.urgent(text, lang) is None] == []


def test_what_an_article_answers_is_no_danger_unless_it_is_about_danger(tmp_path: Path, serving: Embedder) -> None:
    urgent = DRYER.replace("  not: [the hair dryer is loud, how hot does the hair dryer get]\n", "")
    text, danger = "my dryer smells a little in the first week", "smoke comes out of my dryer"
    plain = _search(tmp_path / "plain", "en", urgent, ("FAQ",), serving)
    with_titles = _search(
        tmp_path / "titles", "en", urgent, ("The dryer smells in the first week", "My hair dryer smokes"), serving
    )
    assert plain.urgent(text, "en") is not None, "else this shows nothing"
    assert with_titles.urgent(text, "en") is None
    assert plain.urgent(danger, "en") is not None and with_titles.urgent(danger, "en") is not None


def test_the_article_of_an_urgent_message_and_articles_that_cannot_be_asked_hide_no_danger(
    tmp_path: Path, serving: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent = DRYER.replace("  not: [the hair dryer is loud, how hot does the hair dryer get]\n", "")
    text, titles = "my dryer smells a little in the first week", ("The dryer smells in the first week",)
    named = _search(tmp_path / "named", "en", f"{urgent}  article: a0\n", titles, serving)
    assert named.urgent(text, "en") is not None
    search = _search(tmp_path / "down", "en", urgent, titles, serving)
    assert search.urgent(text, "en") is None, "else this shows nothing"
    go_on = threading.Event()

    def raises(*_: object) -> None:
        raise OSError("the database is down")

    for fails in (raises, lambda *_: go_on.wait(30)):
        monkeypatch.setattr(search._urgent, "_near_articles", fails)
        assert search.urgent(text, "en") is not None
    go_on.set()


@pytest.mark.parametrize(
    ("urgent", "lang", "named"),
    [(KETTLE, "en", ["kettle"]), (DRYER, "en", ["hair dryer"]), (OVEN, "tr", ["fırın"]), (SHOP, "pt", [])],
)
def test_the_product_is_what_several_examples_and_a_near_miss_name(
    tmp_path: Path, urgent: str, lang: str, named: list[str]
) -> None:
    (tmp_path / lang).mkdir()
    (tmp_path / lang / "_urgent.yml").write_text(urgent, encoding="utf-8")
    assert product_words(read_hints(tmp_path, lang).urgent[lang]) == [(lang, word) for word in named]


def test_a_second_kind_of_danger_takes_nothing_from_the_name_of_a_product(tmp_path: Path) -> None:
    def of(urgent: str) -> set[str]:
        (tmp_path / "de").mkdir(exist_ok=True)
        (tmp_path / "de" / "_urgent.yml").write_text(urgent, encoding="utf-8")
        entries = read_hints(tmp_path, "de").urgent["de"]
        return {word for _, word in (*product_words(entries), *words_of_kinds(entries))}

    alone = of(LAPTOP)
    assert "Laptops" in alone, "in two of seven examples, with and without its ending"
    assert of(LAPTOP + OTHER_KINDS) >= alone - {"Akku"}
    told = LAPTOP.replace("not: [", "not: [Laptop zu laut, Laptop zu klein, ")
    assert "Laptops" not in of(told + OTHER_KINDS), "near misses say themselves what is harmless about it"
