"""Pure: what kind of answer a question asks for: a number (how much, how long, when), or steps (how to)."""

import re

# What asks for a number: how much, how long, when.
_ASKS = re.compile(
    r"\bhow (?:much|many|long|old|often|far|big|heavy|late|soon|fast|deep)\b|^when\b"
    r"|\bwhen (?:do|does|did|will|is|are|was|were|can|should)\b"
    r"|\b(?:what|which) (?:year|date|time|amount|price|day|size)\b"
    r"|\bkaç|\bne (?:kadar|zaman)\b|\bhangi (?:yıl|tarih|gün|saat)"
    r"|多少|[幾几]|多久|多[長长大]|[何哪][時时]|哪一?[年天]|[什甚][麼么][時时]候"
    r"|\bwie ?(?:viele?[nmr]?|lange?|oft|weit|groß|hoch|schwer|alt|spät|schnell|teuer)\b|^(?:ab |bis |seit )?wann\b"
    r"|\bcombien\b|^quand\b|\bquelle (?:heure|taille|date)\b|\bcu[aá]nt[oa]s?\b|^cu[aá]ndo\b|\bquant[oaie]s?\b"
    r"|^quando\b|\bhoe (?:veel|lang|vaak|groot|ver|laat|oud|duur|zwaar)\b|\bhoeveel\b|^wanneer\b|\bсколько\b|^когда\b"
    r"|\b(?:max|maxim(?:um|al\w*)|min|minim(?:um|al\w*)|höchstens|mindestens)\b|\ben (?:fazla|az)\b"
    r"|\b(?:azami|asgari)\b|最[多少大小長长短高低]|[上下]限"
    r"|\bile\b(?= (?:kosztuje|czasu|dni|trwa|razy))|^kiedy\b|^(?:скільки|коли)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile("\\d|[一二三四五六七八九十百千半兩两][年月天日週周個个小分秒元歐欧倍歲岁次]")
_HOW_TO = re.compile(
    r"\bhow (?:do|can|could|should|would|to)\b|\bsteps?\b|\bnasıl\b"
    r"|(?<![会會])怎[麼么樣样](?![辦办会會了没沒还還这這那]|回事|一直|老是)|如何|步[驟骤]|どうやって|방법|어떻게|อย่างไร|ยังไง"
    r"|\b(?:كيف|كيفية|طريقة|خطوات|איך|כיצד|چطور|چگونه|कैसे)(?!\w)"
    r"|^(?:wie (?:kann|mache?|ändere|lösche)|comment|cómo|como posso|come (?:posso|si)|hoe|jak|как|як|πώς|làm sao)\b",
    re.IGNORECASE,
)


def asks_for_number(text: str) -> bool:
    """Whether a question is one of how much, how long or when, which a number answers."""
    return _ASKS.search(text) is not None


def has_number(text: str) -> bool:
    return _NUMBER.search(text) is not None


def asks_for_steps(text: str) -> bool:
    """Whether a question is one of how to do something, which steps answer."""
    return _HOW_TO.search(text) is not None
