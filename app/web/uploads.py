"""File uploads: read, validated and stored, with translated messages for rejected files."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.container import Services
from app.settings.schema import Settings
from core.secret_keys import secret_key
from support.intake.kept_files import KeptFiles
from support.tickets.attachments import ENDINGS
from support.tickets.models import CheckedFile, FileRefused, Upload


@dataclass(frozen=True)
class Files:
    """Accepted attachments, and messages about rejected ones."""

    kept: tuple[CheckedFile, ...] = ()
    errors: tuple[str, ...] = ()


def read_uploads(files: Iterable[FileStorage]) -> list[Upload]:
    """The uploaded files; an empty file field arrives as a file without a name and is skipped."""
    uploads = []
    for file in files:
        with file.stream:
            if file.filename:
                uploads.append(Upload(file.filename, file.read()))
    return uploads


def take_files(services: Services, uploads: Iterable[Upload], already: tuple[CheckedFile, ...] = ()) -> Files:
    """Validate and store the uploads in addition to `already`. Raises OSError when they cannot be written."""
    most = services.settings.attachments_max
    kept, errors = list(already), []
    for upload in uploads:
        if len(kept) >= most:
            errors.append(
                _("At most %(most)s files, please. “%(name)s” was left out.", most=most, name=upload.name[:80])
            )
            continue
        try:
            file = services.tickets.files.save(upload)
        except FileRefused as refused:
            errors.append(_why_refused(refused, services.settings))
        else:
            if file not in kept:
                kept.append(file)
    return Files(tuple(kept), tuple(errors))


def _why_refused(refused: FileRefused, settings: Settings) -> str:
    if refused.code == "too_big":
        return _("“%(name)s” is larger than %(most)s MB.", name=refused.name, most=settings.attachment_max_mb)
    if refused.code == "unpacks":
        return _("“%(name)s” is a picture larger than any we can take.", name=refused.name)
    if refused.code == "empty":
        return _("“%(name)s” is empty.", name=refused.name)
    accepted = ", ".join(ENDINGS)
    if refused.found:
        return _(
            "“%(name)s” looks like %(found)s inside. We take: %(accepted)s.",
            name=refused.name, found=refused.found, accepted=accepted,
        )  # fmt: skip
    return _("“%(name)s” is of a type we do not take. We take: %(accepted)s.", name=refused.name, accepted=accepted)


def kept_files(settings: Settings) -> KeptFiles:
    """The signer of references to stored files in form fields."""
    return KeptFiles(secret_key(settings.secrets_dir, "forms"))
