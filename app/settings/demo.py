"""What the demo help centre says where nothing is configured: the fictional shop Tonfell Audio of kb/articles.

An operator replaces all of this in the settings file; `docs/operate/settings.md` shows the shape of each table.
Names of hosts end in `.example`, which nobody can own.
"""

from typing import Any

SITE_NAME = "Tonfell Audio"
TIME_ZONE = "Europe/Amsterdam"

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

OPENING_HOURS: dict[str, str] = {**dict.fromkeys(_WEEKDAYS, "09:00-18:00"), "sat": "10:00-16:00"}

_COUNTER_HOURS = dict.fromkeys(("tue", "wed", "thu", "fri", "sat"), "10:00-17:00")
_ALWAYS = dict.fromkeys((*_WEEKDAYS, "sat", "sun"), "00:00-24:00")

CHANNELS: tuple[dict[str, Any], ...] = (
    {"kind": "form"},
    {"kind": "email", "value": "help@tonfell.example"},
    {"kind": "phone", "value": "+31 10 555 0142"},
    {"kind": "chat", "url": "https://chat.tonfell.example/"},
    {"kind": "sms", "value": "+31 6 555 01 420"},
    {"kind": "whatsapp", "value": "+31 6 555 01 420", "url": "https://wa.me/31655501420"},
    {"kind": "wechat", "value": "TonfellCare"},
    {
        "kind": "social",
        "label": {"en": "Mastodon", "tr": "Mastodon", "zh-Hant": "Mastodon", "zh-Hans": "Mastodon"},
        "value": "@tonfell@social.example",
        "url": "https://social.example/@tonfell",
    },
    {
        "kind": "video",
        "url": "https://video.tonfell.example/",
        "note": {
            "en": "Sign language (Dutch and British) by appointment",
            "tr": "Randevuyla işaret dili (Hollanda ve İngiliz)",
            "zh-Hant": "手語（荷蘭與英國手語）需預約",
            "zh-Hans": "手语（荷兰与英国手语）需预约",
        },
    },
    {"kind": "community", "url": "https://community.tonfell.example/"},
    {
        "kind": "in_person",
        "value": "Tonfell Audio, Rotterdam",
        "note": {
            "en": "Please make an appointment first",
            "tr": "Lütfen önce randevu alın",
            "zh-Hant": "請先預約",
            "zh-Hans": "请先预约",
        },
        "hours": _COUNTER_HOURS,
    },
    {
        "kind": "urgent",
        "value": "+31 10 555 0199",
        "note": {
            "en": "A battery that smokes, swells or gets hot",
            "tr": "Duman çıkaran, şişen veya ısınan pil",
            "zh-Hant": "電池冒煙、膨脹或發燙",
            "zh-Hans": "电池冒烟、膨胀或发烫",
        },
        "hours": _ALWAYS,
    },
)

TICKET_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "name": "order_number",
        "type": "text",
        "required": False,
        "pattern": "[A-Za-z0-9-]{4,20}",
        "label": {
            "en": "Order number",
            "tr": "Sipariş numarası",
            "zh-Hant": "訂單編號",
            "zh-Hans": "订单编号",
        },
    },
)
