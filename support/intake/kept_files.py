"""Uploads survive a form that is shown again: it carries their signed hashes, so that nobody can claim somebody else's
file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from itsdangerous import BadSignature, URLSafeSerializer

from support.tickets.models import CheckedFile


@dataclass(frozen=True)
class AttachedFiles:
    """Files, and which of them belong to a file field: SHA-256 to the field's name."""

    files: tuple[CheckedFile, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def without(self, sha256: str) -> "AttachedFiles":
        return AttachedFiles(tuple(f for f in self.files if f.sha256 != sha256), dict(self.fields))

    @property
    def filled(self) -> frozenset[str]:
        """The file fields that have a file."""
        return frozenset(self.fields[f.sha256] for f in self.files if f.sha256 in self.fields)


class KeptFiles:
    """Signs and reads the hashes; `secret` is the HMAC key."""

    def __init__(self, secret: bytes):
        self._signer = URLSafeSerializer(secret, salt="kept-files")

    def token(self, file: CheckedFile, field: str = "") -> str:
        return self._signer.dumps([file.name, file.kind, file.size, file.sha256, field])

    def read(self, tokens: Iterable[str]) -> AttachedFiles:
        """Files with a valid signature; the rest are ignored."""
        files, fields = [], {}
        for token in tokens:
            try:
                name, kind, size, sha256, field = self._signer.loads(token)
            except (BadSignature, ValueError, TypeError):
                continue
            files.append(CheckedFile(name, kind, size, sha256))
            if field:
                fields[sha256] = field
        return AttachedFiles(tuple(files), fields)
