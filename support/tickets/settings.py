"""The settings that this room reads; `support.settings.SupportSettings` has them all."""

from pathlib import Path

from support.teams.settings import SettingsForTeams


class SettingsForTickets(SettingsForTeams):
    """A base of annotations only."""

    data_dir: Path
    attachment_max_mb: int
    check_in_days: int
    status_link_days: int
    held_acknowledgement: str
