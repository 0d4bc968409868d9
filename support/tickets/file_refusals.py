"""Why a file was not taken, and what its sender can do, in the language of the page or the mail."""

from core.texts.gettext import Gettext
from support.tickets.models import FileRefused
from support.tickets.settings import SettingsForTickets


def why_refused(
    refused: FileRefused, settings: SettingsForTickets, gettext: Gettext, *, most: int | None = None
) -> str:
    """The file, the reason and the way out. `most` is the number of files, where it is not that of a form."""
    _ = gettext
    name = refused.name
    if refused.code == "too_big":
        return _(
            "“%(name)s” is larger than %(most)s MB. Send a smaller copy, or a link to it.",
            name=name, most=settings.attachment_max_mb,
        )  # fmt: skip
    if refused.code == "too_many":
        return _(
            "“%(name)s” was left out: at most %(most)s files go with one message. Send it with the next one.",
            name=name, most=settings.attachments_max if most is None else most,
        )  # fmt: skip
    if refused.code == "unpacks":
        return _("“%(name)s” is a picture larger than any we can take. Send a smaller copy.", name=name)
    if refused.code == "empty":
        return _("“%(name)s” is empty. Open it to see whether it is there in full, and choose it again.", name=name)
    return _(
        "“%(name)s” is a program or another file we do not take (%(found)s). "
        "Send a picture, a PDF or a text of what it shows.",
        name=name, found=refused.found,
    )  # fmt: skip
