"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from functools import cached_property
from pathlib import Path

from core.object_store import Bucket, bucket_of
from core.secret_keys import KeyRing
from support.teams.settings import SettingsForTeams


class SettingsForTickets(SettingsForTeams):
    """A base of annotations only."""

    data_dir: Path
    secret_key: tuple[str, ...]
    files_url: str
    attachment_max_mb: int
    attachments_max: int
    attachments_refused: tuple[str, ...]
    picture_metadata: str
    uploads_waiting_mb: int
    base_url: str
    local_url: str
    check_in_days: int
    status_link_days: int
    held_acknowledgement: str

    @property
    def public_url(self) -> str:
        """What every link begins with that leaves in a mail or a delivery: never taken from a request."""
        return self.base_url or self.local_url

    @property
    def secrets_dir(self) -> Path:
        """Where the keys of this installation are kept, unless they come from the setting `secret_key`."""
        return self.data_dir / "secrets"

    @cached_property
    def bucket(self) -> Bucket | None:
        """Where files are kept besides the data folder, for nodes that have no disk in common."""
        return bucket_of(self.files_url)

    @cached_property
    def keys(self) -> KeyRing:
        """The keys of this installation, read once."""
        return KeyRing(self.secrets_dir, self.secret_key)
