"""File uploads: limited, read, validated and kept, with translated messages for what was not taken.

The limits stand first. `limit_upload` counts a request and its bytes for the client before anything of the body is
read; of a client over the limit the text is read, so that the form comes back filled, and the files are thrown away
while they arrive. Then a file is counted, then its size is looked at, and only then it is read.
"""

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.container import Services
from app.current import services as current_services
from app.settings.schema import Settings
from app.web import ratelimit
from app.web.errors import Problem
from app.web.form_bodies import BoundedRequest
from app.web.ratelimit import Limit
from support.intake.kept_files import AttachedFiles, KeptFiles
from support.tickets.attachments import shown_name, told_apart
from support.tickets.file_refusals import why_refused
from support.tickets.models import CheckedFile, FileRefused, Upload

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_MEGABYTE = 1024 * 1024
_SMALL = 64 * 1024  # a form without files
_MOST_ERRORS = 10
_FULL_FORMS = 4  # forms with all the files they may have, that a client may send at once; one a minute after that


class _Discarded(io.BytesIO):
    """Takes what a file field holds and keeps nothing."""

    def write(self, data: "ReadableBuffer", /) -> int:
        return memoryview(data).nbytes


class UploadRequest(BoundedRequest):
    """A request whose files can be thrown away while it is read. `files_wait` says for how many seconds the client has
    to wait; 0: they are taken."""

    files_wait = 0

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.files_wait:
            return _Discarded()
        stream = super()._get_file_stream(total_content_length, content_type, filename, content_length)
        self.__dict__.setdefault("_opened", []).append(stream)
        return stream

    def close(self) -> None:
        """Ends with the request, also for files of a body that broke off and never became part of it."""
        super().close()
        for stream in self.__dict__.get("_opened", ()):
            stream.close()


@dataclass(frozen=True)
class Files:
    """Accepted attachments, and messages about rejected ones."""

    kept: tuple[CheckedFile, ...] = ()
    errors: tuple[str, ...] = ()


def limit_upload(*, drop_files: bool = True) -> None:
    """Count this request and its size for its client, before its body is read. Raises Problem 429 when there are too
    many; too much in files only drops the files, or raises it too without `drop_files`."""
    s = current_services()
    client = client_of(s)
    try:
        ratelimit.check_for("form", client)
    except Problem as limited:
        if not drop_files:
            raise
        raise Problem(
            429,
            limited.code,
            _("Many messages come from where you are just now, so this one was not sent yet."),
            _("Go back (your text is still there), and send it again in %(seconds)s seconds.",
              seconds=limited.retry_after or 0),
            retry_after=limited.retry_after,
        ) from None  # fmt: skip
    size = request.content_length if request.content_length is not None else request.max_content_length or 0
    if size <= _SMALL or request.mimetype != "multipart/form-data":
        return
    form = max(s.settings.attachments_max, 1) * s.settings.attachment_max_mb
    try:
        ratelimit.check_amount("upload", client, Limit(_FULL_FORMS * form, form), size / _MEGABYTE)
    except Problem as limited:
        if not drop_files or not isinstance(request, UploadRequest):
            raise
        request.files_wait = limited.retry_after or 1


def client_of(services: Services) -> str:
    """Today's sign of the client's address (an IPv6 network counts as one), as 16 hexadecimal digits."""
    seen = services.spam.client_fingerprint(request.remote_addr or "", dict(request.headers), False, services.now())
    return hashlib.sha256(seen.address.encode()).hexdigest()[:16]


def take_files(
    services: Services, files: Iterable[FileStorage], already: tuple[CheckedFile, ...] = (), *, waiting: bool = False
) -> Files:
    """Validate and keep the uploads in addition to `already`: as attachments, or, `waiting`, until their form is sent
    (see `claim`). Raises OSError when they cannot be written."""
    most = services.settings.attachments_max
    kept, left_out = already, 0
    errors: list[str] = []
    wait = request.files_wait if isinstance(request, UploadRequest) else 0

    def refuse(reason: str) -> None:
        nonlocal left_out
        if len(errors) < _MOST_ERRORS:
            errors.append(reason)
        else:
            left_out += 1

    for file in files:
        with file.stream:
            if not file.filename:  # an empty file field
                continue
            name = shown_name(file.filename)[:100] or "file"
            if wait:
                refuse(_("“%(name)s” was not taken: many files come from where you are just now. "
                         "Choose it again in %(seconds)s seconds.", name=name, seconds=wait))  # fmt: skip
                continue
            if len(kept) >= most:
                refuse(why_refused(FileRefused("too_many", name), services.settings, _))
                continue
            try:
                checked = _keep(services, file, name, waiting)
            except FileRefused as refused:
                refuse(why_refused(refused, services.settings, _))
            else:
                kept = told_apart([checked], kept)
    if left_out:
        errors.append(_("%(count)s more files were left out.", count=left_out))
    return Files(kept, tuple(errors))


def _keep(services: Services, file: FileStorage, name: str, waiting: bool) -> CheckedFile:
    folder = services.tickets.files
    if file.stream.seek(0, os.SEEK_END) > folder.max_bytes:
        raise FileRefused("too_big", name)
    file.stream.seek(0)
    upload = Upload(file.filename or "", file.read())
    if not waiting:
        return folder.save(upload)
    checked, data = folder.inspect(upload)
    services.tickets.waiting.put(checked, data, client_of(services))
    return checked


def read_kept(services: Services, tokens: Iterable[str], without: str = "") -> tuple[AttachedFiles, tuple[str, ...]]:
    """The files a form carries, less the one the customer took out, and messages about those that are gone."""
    found = kept_files(services.settings).read(tokens, services.settings.attachments_max).without(without)
    gone = [file for file in found.files if not services.tickets.waiting.has(file)]
    for file in gone:
        found = found.without(file.sha256)
    return found, tuple(_gone(file) for file in gone)


def claim(services: Services, chosen: AttachedFiles) -> tuple[AttachedFiles, tuple[str, ...]]:
    """Make these waiting files attachments: those that are, and messages about those that are gone. Raises OSError."""
    gone = [file for file in chosen.files if not services.tickets.waiting.claim(file)]
    for file in gone:
        chosen = chosen.without(file.sha256)
    return chosen, tuple(_gone(file) for file in gone)


def _gone(file: CheckedFile) -> str:
    return _("“%(name)s” is no longer here. Please choose it again.", name=file.name)


def kept_files(settings: Settings) -> KeptFiles:
    """The signer of references to stored files in form fields."""
    return KeptFiles(settings.keys.get("forms"))
