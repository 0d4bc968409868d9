"""Small help centres for tests: articles are written as files and published the way the product does it."""

from pathlib import Path

from app.container import Services
from app.ops.publishing import publish_and_index

# For settings: however busy the machine is, no search of a test leaves out what came late.
UNHURRIED = {"search_budget_ms": 60_000}


def write(
    folder: Path, lang: str, slug: str, title: str, body: str, *, category: str = "orders", head: str = ""
) -> Path:
    """One Markdown file below `folder`; `head` is more front matter."""
    path = folder / lang / category / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    more = f"{head.strip()}\n" if head else ""
    path.write_text(f"---\ntitle: {title}\n{more}---\n\n{body}\n", encoding="utf-8")
    return path


DEMO = (
    ("en", "orders", "late-parcel", "My parcel is late",
     "## Look at the tracking page\n\nOpen the tracking page and read the last scan. A parcel is late after five"
     " working days.\n\n## Still nothing\n\nWe send another one."),
    ("en", "returns", "refund", "When the refund arrives",
     "## How long it takes\n\nA refund takes five working days after the headphones reach us."),
    ("en", "setup", "pairing", "Pair the headphones",
     "## Steps\n\nHold the button until the light blinks blue, then choose Tonfell in the Bluetooth list."),
    ("tr", "orders", "late-parcel", "Kargom gecikti",
     "## Takip sayfasına bakın\n\nTakip sayfasını açın ve son hareketi okuyun. Kargo beş iş gününden sonra gecikmiş"
     " sayılır."),
    ("zh-Hant", "orders", "late-parcel", "包裹延遲了",
     "## 查看追蹤頁面\n\n打開追蹤頁面，查看最後一筆紀錄。超過五個工作天就算延遲。"),
    ("zh-Hant", "returns", "refund", "退款何時到帳", "## 需要多久\n\n我們收到耳機後，退款需要五個工作天。"),
)  # fmt: skip


def write_demo(folder: Path) -> None:
    """Three topics in three languages, enough for every kind of page and answer."""
    for lang, category, slug, title, body in DEMO:
        write(folder, lang, slug, title, body, category=category)


def publish(services: Services) -> None:
    """Publish and index what stands in the articles folder. Fails the test if an article has an error."""
    report = publish_and_index(services)
    assert report.publish.errors == (), report.publish.errors
