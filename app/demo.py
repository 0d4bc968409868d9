"""What the demo help centre says where nothing is configured: the fictional shop Tonfell Audio.

An operator replaces all of this in the settings file; `docs/operate/settings.md` shows the shape of each table.
Numbers and names are from the ranges set aside for fiction and documentation.
"""

from typing import Any

SITE_NAME = "Tonfell Audio"

OPENING_HOURS: dict[str, str] = {
    "mon": "09:00-18:00",
    "tue": "09:00-18:00",
    "wed": "09:00-18:00",
    "thu": "09:00-20:00",
    "fri": "09:00-18:00",
    "sat": "10:00-16:00",
}

CHANNELS: tuple[dict[str, Any], ...] = (
    {"kind": "form"},
    {"kind": "email", "value": "help@tonfell.example"},
    {"kind": "phone", "value": "+44 1632 960 110"},
    {"kind": "sms", "value": "+44 7700 900 110"},
    {"kind": "whatsapp", "value": "+44 7700 900 110", "url": "https://wa.me/447700900110"},
    {"kind": "wechat", "value": "TonfellAudio"},
    {"kind": "chat", "url": "https://chat.tonfell.example/"},
    {"kind": "social", "value": "@tonfell@social.example", "url": "https://social.example/@tonfell"},
    {"kind": "video", "url": "https://video.tonfell.example/"},
    {"kind": "community", "url": "https://community.tonfell.example/"},
    {
        "kind": "in_person",
        "value": "Tonfell Audio, Prinsengracht 1, Amsterdam",
        "hours": {"thu": "12:00-20:00", "fri": "12:00-18:00", "sat": "10:00-16:00"},
    },
    {"kind": "urgent", "value": "+44 1632 960 911", "hours": {day: "00:00-24:00" for day in
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}},
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
