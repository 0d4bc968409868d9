"""Chosen files survive a form that is shown again: their hashes go along in it, signed, so that nobody can name a file
of somebody else."""

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
    """`secret` is this installation's own."""

    def __init__(self, secret: bytes):
        self._signer = URLSafeSerializer(secret, salt="kept-files")

    def token(self, file: CheckedFile, field: str = "") -> str:
        return self._signer.dumps([file.name, file.kind, file.size, file.sha256, field])

    def read(self, tokens: Iterable[str]) -> AttachedFiles:
        """Those whose signature holds; the rest are ignored."""
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
