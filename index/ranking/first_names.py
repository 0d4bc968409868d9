"""The names of the signals of index/ranking/first_place.py, which calibrations are stored by."""

COLUMNS = ("cosine", "window", "own_title", "keyword", "passage", "coverage", "exact")
FIRST_SIGNALS = (
    *(f"{name}_first" for name in COLUMNS),
    "score", "share", "margin", "margin_five", "margin_topic", "near_topics", "votes",
    "words", "foreign", "unknown", "unknown_most", "missing", "missing_most", "rare_unknown", "rare_unknown_most",
    "passage_missing", "passage_missing_most",
    "size", "size_cosine",
)  # fmt: skip
