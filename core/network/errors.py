"""Exceptions that more than one package handles."""


class NotDelivered(Exception):
    """A delivery failed. `permanent` when a retry cannot help; `channel_down` when the whole channel is unavailable
    (opens the circuit breaker). The text may contain an address: never log it."""

    def __init__(self, reason: str, *, permanent: bool = False, channel_down: bool = False):
        super().__init__(reason)
        self.permanent = permanent
        self.channel_down = channel_down
