"""The limits of a connection, of either transport, and the interface of its owner."""

from typing import NamedTuple, Protocol


class Limits(NamedTuple):
    """Limits of one connection, in bytes."""

    message: int  # payload of one message from the client
    unsent: int  # send buffer for a client that doesn't read


class Owner(Protocol):
    """The user of a WebSocket: a session, or the probe of an upgrade."""

    def received(self, message: str | bytes) -> None:
        """Take a complete message."""

    def spend(self) -> bool:
        """Charge a frame without a message; return whether the connection goes on."""

    def lost(self, error: str | None) -> None:
        """Register that the connection has ended, unless the owner closed it; called once.

        Args:
            error: The failure; None if the peer has closed the connection.
        """
