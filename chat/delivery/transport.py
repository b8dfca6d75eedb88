"""What a connection, of either transport, may cost, and who uses it."""

from typing import NamedTuple, Protocol


class Limits(NamedTuple):
    """What one connection may cost, in bytes."""

    message: int  # the payload of one message from the client
    unsent: int  # what waits for a client that doesn't read


class Owner(Protocol):
    """Whoever uses the connection."""

    def received(self, message: str | bytes) -> None:
        """Take a complete message."""

    def spend(self) -> bool:
        """Count a frame that carries nothing; whether the connection goes on."""

    def lost(self, error: str | None) -> None:
        """Learn, once, that the connection has ended, and not by `close`.

        Args:
            error: What went wrong; None if the peer has closed it.
        """
