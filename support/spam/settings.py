"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from collections.abc import Sequence
from typing import Protocol

from support.spam.trusted_servers import TrustedServer


class EmbeddingSite(Protocol):
    """A site that embeds the widget (support.intake.sites.Site): links to its hosts are not suspicious."""

    @property
    def hosts(self) -> Sequence[str]: ...


class SettingsForSpamCheck:
    """A base of annotations only."""

    mail_from: str
    languages: tuple[str, ...]
    servers: tuple[TrustedServer, ...]
    challenge: str
    proof_of_work: str
    proof_of_work_effort: int
    spam_threshold: int

    @property
    def sites(self) -> Sequence[EmbeddingSite]:
        raise NotImplementedError
