"""The language an article reads as is told by most of its text, and only said where it is another than its own."""

from pathlib import Path

import pytest

from index.tools.article_languages import doubtful_languages, language_of
from kb.source.folder_reader import read_folder
from tests.index.builders import article

PAGES = {
    "en": "You can return what you bought within thirty days. Bring the box and the receipt to one of our shops, or"
    " send it to us with the label that is in the parcel.",
    "tr": "Satın aldığınız ürünü otuz gün içinde iade edebilirsiniz. Kutusu ve faturası ile birlikte mağazalarımızdan"
    " birine getirin ya da paketin içinden çıkan etiketle bize geri gönderin.",
    "de": "Was Sie gekauft haben, können Sie innerhalb von dreißig Tagen zurückgeben. Bringen Sie es mit der Rechnung"
    " in eines unserer Geschäfte, oder schicken Sie es mit dem Aufkleber aus dem Paket an uns.",
    "fr": "Vous pouvez rendre ce que vous avez acheté dans les trente jours. Apportez la boîte et la facture dans un de"
    " nos magasins, ou renvoyez le colis avec l'étiquette qui est dans la boîte.",
    "es": "Puede devolver lo que ha comprado en un plazo de treinta días. Lleve la caja y la factura a una de nuestras"
    " tiendas, o envíe el paquete con la etiqueta que está en la caja.",
    "ru": "Вы можете вернуть покупку в течение тридцати дней. Принесите коробку и чек в один из наших магазинов или"
    " отправьте посылку с наклейкой, которая лежит в коробке, и мы вернём деньги.",
    "ja": "購入した商品は三十日以内に返品できます。箱とレシートを店舗にお持ちください。",
    "zh-Hant": "您可以在三十天內退回購買的商品。請攜帶包裝盒與收據到任何一家門市，或使用包裹內的標籤寄回。",
    "zh-Hans": "您可以在三十天内退回购买的商品。请携带包装盒与收据到任何一家门店，或使用包裹内的标签寄回。",
}


@pytest.mark.parametrize("read", list(PAGES))
@pytest.mark.parametrize("filed", ["en", "tr", "de", "ja"])
def test_a_page_is_told_by_its_text_wherever_it_is_filed(filed: str, read: str) -> None:
    assert language_of(PAGES[read], filed) == read


def test_foreign_names_and_code_say_nothing_about_a_page() -> None:
    names = " Işıl Öğüt wrote it for 設定 and настройки, with `pip install der-die-das` and ignore für und mit."
    assert language_of(PAGES["en"] + names, "en") == "en"
    assert language_of("`GET /api/v1/der/die/das`", "tr") == "tr"  # too little to tell
    commands = " ".join(f"sudo systemctl restart node{n}.service && journalctl -u node{n}" for n in range(40))
    assert language_of(PAGES["tr"] + commands, "tr") == "tr"


def test_a_language_without_a_list_of_words_is_left_as_it_is() -> None:
    basque = (
        "Erositakoa hogeita hamar eguneko epean itzul dezakezu. Eraman kutxa eta ordainagiria gure dendetako batera."
    )
    assert language_of(basque * 3, "eu") == "eu"


def test_only_articles_that_read_otherwise_are_named_the_most_first() -> None:
    pages = [
        article("a", lang="en", text=PAGES["tr"]),
        article("b", lang="en", text=PAGES["de"]),
        article("c", lang="en", text=PAGES["tr"]),
        article("d", lang="en", text=PAGES["en"]),
        article("e", lang="zh-Hant", text=PAGES["zh-Hans"]),  # a script is no other language
    ]
    found = doubtful_languages(pages)

    assert [(pair, [a.slug for a in own]) for pair, own in found.items()] == [
        (("en", "tr"), ["a", "c"]),
        (("en", "de"), ["b"]),
    ]


@pytest.mark.parametrize("folder", ["kb/articles", "../shared/demo-kb", "../shared/demo-kb-i18n"])
def test_no_article_that_is_filed_rightly_is_doubted(folder: str) -> None:
    path = Path(__file__).parents[2] / folder
    if not path.is_dir():
        pytest.skip(f"{folder} is not here")
    assert doubtful_languages(read_folder(path).articles) == {}
