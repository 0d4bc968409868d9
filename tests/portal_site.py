"""A small help centre for tests of the portal, and a search that answers what a test tells it to."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask

from app.ops.publishing import publish_and_index
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, UrgentMatch, Verdict
from index.service import SearchService
from kb.models import ArticleRef

RETURN_EN = """---
title: Return a parcel
slug: return-a-parcel
lang: en
category: orders
summary: You have 30 days, and the label is free.
tags: [returns]
status: published
publish_date: 2026-03-01
updated: 2026-10-02
aliases: [/old/returns.html]
---
You can return what you bought within 30 days.

## Start the return {#start}

1. Open **My orders**.
2. Choose the order.

| Where | Cost |
|---|---|
| EU | nothing |

## When the money comes {#money}

Within 5 working days. See [track a parcel](track-a-parcel.md).

### Banks {#banks}

Some banks need longer.
"""

TRACK_EN = """---
title: Track a parcel
slug: track-a-parcel
lang: en
category: orders
summary: The link is in your e-mail.
status: published
updated: 2026-10-05
---
Open the link in the e-mail we sent.
"""

PASSWORD_EN = """---
title: Reset your password
slug: reset-your-password
lang: en
category: account
summary: Ask for a link, valid for an hour.
status: published
updated: 2026-09-01
---
Ask for a link on the sign-in page.
"""

RETURN_TR = """---
title: Ürünü iade edin
slug: urunu-iade-edin
lang: tr
category: orders
translation_of: return-a-parcel
summary: 30 gün süreniz var.
status: published
updated: 2026-10-02
---
30 gün içinde iade edebilirsiniz.

## İadeyi başlatın {#start}

Siparişlerim sayfasını açın.
"""

RETURN_HANT = """---
title: 退回商品
slug: return-a-parcel
lang: zh-Hant
category: orders
translation_of: return-a-parcel
summary: 三十天內都可以退貨。
status: published
updated: 2026-10-02
---
三十天內都可以退貨，退貨標籤免費。另見[追蹤包裹](track-a-parcel.md)。
"""

TRACK_HANT = """---
title: 追蹤包裹
slug: track-a-parcel
lang: zh-Hant
category: orders
summary: 連結在出貨通知信裡。
status: published
updated: 2026-10-05
---
請點出貨通知信裡的連結。
"""

ONLY_TR = """---
title: Taksitli ödeme
slug: taksitli-odeme
lang: tr
category: payments
summary: Altı taksite kadar.
status: published
updated: 2026-10-02
---
Altı taksite kadar ödeyebilirsiniz.
"""

RETURN_AR = """---
title: إرجاع طلب
slug: return-a-parcel
lang: ar
category: orders
translation_of: return-a-parcel
summary: لديك ثلاثون يومًا.
status: published
updated: 2026-10-02
---
يمكنك إرجاع ما اشتريته خلال ثلاثين يومًا.

## ابدأ الإرجاع {#start}

1. افتح صفحة الطلبات.
2. اختر الطلب.

## متى يصل المال {#money}

خلال خمسة أيام عمل.
"""

DRAFT_EN = (
    PASSWORD_EN.replace("Reset your password", "Not yet")
    .replace("reset-your-password", "not-yet")
    .replace("published", "draft")
)

_FILES = {
    "en/orders/return-a-parcel.md": RETURN_EN,
    "en/orders/track-a-parcel.md": TRACK_EN,
    "en/account/reset-your-password.md": PASSWORD_EN,
    "en/account/not-yet.md": DRAFT_EN,
    "tr/orders/urunu-iade-edin.md": RETURN_TR,
    "tr/payments/taksitli-odeme.md": ONLY_TR,
    "zh-Hant/orders/return-a-parcel.md": RETURN_HANT,
    "zh-Hant/orders/track-a-parcel.md": TRACK_HANT,
    "ar/orders/return-a-parcel.md": RETURN_AR,
    "en/orders/box.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><script>alert(1)</script></svg>',
    "en/orders/sizes.csv": "model,size\nOne,4\n",
}


def write_site(folder: Path) -> None:
    """The articles above, as files below `folder`."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def publish_site(app: Flask, *, index: bool = False) -> None:
    """Put the small site into the folder of `app` and publish it."""
    services = app.extensions["signpost"]
    write_site(services.settings.kb_dir)
    report = publish_and_index(services, index=index).publish
    assert report.written, report.errors


def hit(lang: str = "en", slug: str = "return-a-parcel", **changes: Any) -> ArticleHit:
    """A hit on an article of the small site, as the index would give it."""
    values: dict[str, Any] = {
        "ref": ArticleRef(lang, slug),
        "key": slug,
        "title": "Return a parcel",
        "category": "orders",
        "anchor": "start",
        "heading": "Start the return",
        "passage": "1. Open My orders.\n2. Choose <the> order.",
        "highlights": ((8, 17),),
        "score": 1.0,
        "html": "<ol><li><sentence>Open <strong>My orders</strong>.</sentence></li>"
        "<li><sentence>Choose &lt;the&gt; order.</sentence></li></ol>",
        "sentence": 0,
        "highlight": (3, 18),
    }
    if "passage" in changes:  # what was stored with another text is not this one's
        values |= {"html": "", "sentence": None, "highlight": None}
    return ArticleHit(**{**values, **changes})


@dataclass
class ScriptedSearch:
    """A search whose answer a test chooses. It remembers what it was asked."""

    verdict: Verdict = Verdict.SUGGEST
    hits: tuple[ArticleHit, ...] = ()
    degraded: Degraded | None = None
    did_you_mean: str | None = None
    corrected: bool = False
    unmatched: tuple[str, ...] = ()
    plausible: int = 0
    asked: list[SearchQuery] = field(default_factory=list)
    danger: UrgentMatch | None = None

    def search(self, query: SearchQuery) -> SearchResult:
        self.asked.append(query)
        return SearchResult(
            query.text, query.lang or "en", self.verdict, 0.8, self.hits, self.degraded, 1.0, self.did_you_mean,
            self.corrected, self.unmatched, plausible=self.plausible, urgent=self.danger,
        )  # fmt: skip

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None:
        return self.danger

    def urgent_at_once(self, text: str, reader: str | None) -> UrgentMatch | None:
        return self.danger

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        return self.hits[:limit]


class BrokenSearch:
    """A search that fails in every way at once."""

    def search(self, query: SearchQuery) -> SearchResult:
        raise OSError("the index cannot be read")

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None:
        raise OSError("the index cannot be read")

    def urgent_at_once(self, text: str, reader: str | None) -> UrgentMatch | None:
        raise OSError("the index cannot be read")

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        raise OSError("the index cannot be read")


def use_search(app: Flask, engine: Any) -> None:
    """Answer searches of `app` with `engine` from now on."""
    app.extensions["signpost"].search = SearchService(engine)


class Page(HTMLParser):
    """What a test asks of a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent += tag in {"script", "style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            a for t, a in self.tags if t == tag and all(a.get(k.replace("_", "-")) == v for k, v in attributes.items())
        ]

    def links(self) -> list[str]:
        return [href for a in self.all("a") if (href := a.get("href"))]

    def people(self) -> list[str]:
        """Addresses of the links to a person: the contact page, mail, telephone."""
        return [url for url in self.links() if "/contact" in url or url.startswith(("mailto:", "tel:"))]
