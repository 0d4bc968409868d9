"""Texts for people that are made where nobody knows who will read them: each knows the sentence it was made from and
the values in it, so that a page can say it in its reader's language. As a text it is English.
"""


class Said(str):
    """A text made by `said`."""

    template: str
    values: dict[str, object]


def said(template: str, /, **values: object) -> Said:
    """`template` names values as `%(name)s`, with `%%` for a percent sign; it must stand there as a literal, so that
    what is to be translated can be collected. A value may be a text of this kind itself."""
    made = Said(template % values)
    made.template, made.values = template, values
    return made
