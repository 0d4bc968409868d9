"""Guesses what was meant by an address whose domain is almost that of a large mail provider: `ada@gmial.com`.

For a hint only: an address that is guessed wrong is somebody else's, so nothing is ever changed or refused by this.
`app/static/email-hint.js` does the same while somebody types, with the list from here.
"""

# Providers that people write from, and names near to them that exist: who is on the list was not mistyped.
KNOWN_DOMAINS = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.fr",
    "hotmail.com.tr", "hotmail.it", "live.com", "msn.com", "yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "yahoo.de",
    "yahoo.fr", "yahoo.com.tw", "yahoo.com.hk", "yahoo.com.tr", "ymail.com", "icloud.com", "me.com", "mac.com",
    "aol.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
    "proton.me", "protonmail.com", "pm.me", "mail.com", "email.com", "mail.ru", "yandex.ru", "yandex.com",
    "yandex.com.tr", "mynet.com", "qq.com", "vip.qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "139.com",
    "189.cn", "sina.com", "sina.cn", "sohu.com", "hinet.net", "msa.hinet.net", "pchome.com.tw", "seed.net.tw",
    "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it", "ziggo.nl", "kpnmail.nl", "xs4all.nl",
    "planet.nl", "home.nl", "btinternet.com", "sky.com", "comcast.net", "verizon.net", "walla.co.il", "walla.com",
    "naver.com", "daum.net", "hanmail.net", "zoho.com", "fastmail.com",
)  # fmt: skip
_KNOWN = frozenset(KNOWN_DOMAINS)
# What is typed for an ending, and the ending.
ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "vom": "com",
    "xom": "com",
    "nte": "net",
}
_LONGEST = 40  # of a domain that may be one of these; the work is by its length


def likely_address(address: str) -> str:
    """The address that was probably meant; '' where the one that was typed may well be right."""
    local, at, typed = address.strip().rpartition("@")
    domain = typed.lower().rstrip(".")
    if not (local and at and domain) or len(domain) > _LONGEST or domain in _KNOWN:
        return ""
    # Short names are near to many others: one slip there, two in a long one.
    near = [(_slips(domain, known), number, known) for number, known in enumerate(KNOWN_DOMAINS) if len(known) >= 7]
    slips, _number, known = min(near)
    if slips == 1 or (slips == 2 and len(known) >= 9):
        return f"{local}@{known}"
    name, dot, ending = domain.rpartition(".")
    return f"{local}@{name}.{ENDINGS[ending]}" if dot and name and ending in ENDINGS else ""


def _slips(one: str, other: str) -> int:
    """How many letters are missing, too many, wrong or swapped; 3 for more than two."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return min(row[-1], 3)
