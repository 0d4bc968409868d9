"""The names of the signals of index/ranking/first_place.py, which calibrations are stored by."""

COLUMNS = ("cosine", "window", "own_title", "keyword", "passage", "coverage", "exact")
FIRST_SIGNALS = (
    *(f"{name}_first" for name in COLUMNS),
    *(f"{name}_lead" for name in COLUMNS),
    "score", "share", "margin", "margin_five", "margin_topic", "near_topics", "votes",
    "words", "foreign", "missing", "missing_most", "missing_telling", "missing_passage", "missing_passage_most",
    "unknown", "unknown_most", "plain_missing", "plain_missing_most", "plain_unknown", "plain_unknown_most",
    "plain_passage", "plain_passage_most",
    "passage_cosine", "passage_window", "passage_agrees",
    "number_missing", "date_missing", "place_missing", "price_missing", "yes_no",
    "size", "size_cosine",
)  # fmt: skip
