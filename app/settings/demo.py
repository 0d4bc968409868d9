"""What the demo help centre says where nothing is configured: the fictional shop Tonfell Audio of kb/articles.

An operator replaces all of this in the settings file; `docs/operate/settings.md` shows the shape of each table.
Names of hosts end in `.example`, which nobody can own.
"""

import re
from collections.abc import Iterable

from core.texts.localized_text import LocalizedText
from support.intake.models import ChannelSettings, FormField, Option
from support.teams.business_hours import ALWAYS, OpeningHours

SITE_NAME = "Tonfell Audio"
TIME_ZONE = "Europe/Amsterdam"

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

OPENING_HOURS = OpeningHours.written(**dict.fromkeys(_WEEKDAYS, "09:00-18:00"), sat="10:00-16:00")

_COUNTER_HOURS = OpeningHours.written(**dict.fromkeys(("tue", "wed", "thu", "fri", "sat"), "10:00-17:00"))

CHANNELS: tuple[ChannelSettings, ...] = (
    ChannelSettings("form"),
    ChannelSettings("email", "help@tonfell.example"),
    ChannelSettings("phone", "+31 10 555 0142"),
    ChannelSettings("chat", url="https://chat.tonfell.example/"),
    ChannelSettings("sms", "+31 6 555 01 420"),
    ChannelSettings("whatsapp", "+31 6 555 01 420", "https://wa.me/31655501420"),
    ChannelSettings("wechat", "TonfellCare"),
    ChannelSettings(
        "social", "@tonfell@social.example", "https://social.example/@tonfell", label=LocalizedText.plain("Mastodon")
    ),
    ChannelSettings(
        "video",
        url="https://video.tonfell.example/",
        label=LocalizedText(
            {"en": "Sign-language video", "tr": "İşaret dili", "zh-Hant": "手語視訊", "zh-Hans": "手语视频"}
        ),
        note=LocalizedText(
            {
                "en": "Sign language (Dutch and British) by appointment",
                "tr": "Randevuyla işaret dili (Hollanda ve İngiliz)",
                "zh-Hant": "手語（荷蘭與英國手語）需預約",
                "zh-Hans": "手语（荷兰与英国手语）需预约",
            }
        ),
    ),
    ChannelSettings("community", url="https://community.tonfell.example/"),
    ChannelSettings(
        "in_person",
        "Tonfell Audio, Rotterdam",
        note=LocalizedText(
            {
                "en": "Please make an appointment first",
                "tr": "Lütfen önce randevu alın",
                "zh-Hant": "請先預約",
                "zh-Hans": "请先预约",
            }
        ),
        hours=_COUNTER_HOURS,
    ),
    ChannelSettings(
        "urgent",
        "+31 10 555 0199",
        note=LocalizedText(
            {
                "en": "A battery that smokes, swells or gets hot",
                "tr": "Duman çıkaran, şişen veya ısınan pil",
                "zh-Hant": "電池冒煙、膨脹或發燙",
                "zh-Hans": "电池冒烟、膨胀或发烫",
            }
        ),
        hours=ALWAYS,
    ),
)

_WAYS = frozenset(way for one in CHANNELS for way in (one.value, one.url) if way)


def demo_ways(channels: Iterable[ChannelSettings]) -> tuple[str, ...]:
    """The numbers and addresses of some channels that are the demo's, where nobody answers; the urgent line first."""
    own = sorted(channels, key=lambda one: one.kind != "urgent")
    return tuple(dict.fromkeys(way for one in own for way in (one.value, one.url) if way in _WAYS))


TICKET_FIELDS: tuple[FormField, ...] = (
    FormField(
        "order_number",
        pattern=re.compile("[A-Za-z0-9-]{4,20}"),
        label=LocalizedText(
            {"en": "Order number", "tr": "Sipariş numarası", "zh-Hant": "訂單編號", "zh-Hans": "订单编号"}
        ),
    ),
)

# What the articles tell people to choose: tests compare the two.
TICKET_TOPICS: tuple[Option, ...] = (
    Option(
        "order",
        LocalizedText(
            {"en": "Order and delivery", "tr": "Sipariş ve teslimat", "zh-Hant": "訂單與配送", "zh-Hans": "订单与配送"}
        ),
    ),
    Option(
        "wrong-or-missing-item",
        LocalizedText(
            {
                "en": "Wrong or missing item",
                "tr": "Yanlış veya eksik ürün",
                "zh-Hant": "寄錯或缺件",
                "zh-Hans": "发错或少件",
            }
        ),
    ),
    Option(
        "return",
        LocalizedText(
            {"en": "Return and refund", "tr": "İade ve para iadesi", "zh-Hant": "退貨與退款", "zh-Hans": "退货与退款"}
        ),
    ),
    Option(
        "repair",
        LocalizedText(
            {"en": "Repair and warranty", "tr": "Onarım ve garanti", "zh-Hant": "維修與保固", "zh-Hans": "维修与保修"}
        ),
    ),
    Option(
        "business",
        LocalizedText({"en": "Business", "tr": "İşletme", "zh-Hant": "企業訂購", "zh-Hans": "企业采购"}),
    ),
    Option(
        "complaint",
        LocalizedText({"en": "Complaint", "tr": "Şikâyet", "zh-Hant": "申訴", "zh-Hans": "投诉"}),
    ),
)
