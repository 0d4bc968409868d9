"""Uploads survive a form that is shown again: it carries their signed hashes, so that nobody can claim somebody else's
file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from itsdangerous import BadSignature, URLSafeSerializer

from core.secret_keys import Keys
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
    """Signs and reads the hashes; `secret` is the HMAC key, or several."""

    def __init__(self, secret: Keys | bytes):
        self._signer = URLSafeSerializer(Keys.of(secret).oldest_first, salt="kept-files")

    def token(self, file: CheckedFile, field: str = "") -> str:
        return self._signer.dumps([file.name, file.kind, file.size, file.sha256, field, file.note])

    def read(self, tokens: Iterable[str], most: int) -> AttachedFiles:
        """Files with a valid signature, each once; the rest are ignored. No more than `most` signatures are looked at:
        the form that carries them was made with no more."""
        files: dict[str, CheckedFile] = {}
        fields = {}
        for token in islice(dict.fromkeys(tokens), most):
            try:
                # Forms that were open before there were notes have none.
                name, kind, size, sha256, field, *note = self._signer.loads(token)
                file = CheckedFile(name, kind, size, sha256, *note)
            except (BadSignature, ValueError, TypeError):
                continue
            files.setdefault(sha256, file)
            if field:
                fields[sha256] = field
        return AttachedFiles(tuple(files.values()), fields)
