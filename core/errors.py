"""Failures more than one package has to understand."""


class NotDelivered(Exception):
    """It was not sent. `permanent` when trying again cannot help; `channel_down` when nothing else would arrive there
    either. The text may hold an address: never log it."""

    def __init__(self, reason: str, *, permanent: bool = False, channel_down: bool = False):
        super().__init__(reason)
        self.permanent = permanent
        self.channel_down = channel_down
