"""The upgrade of a session from long-polling to WebSocket.

The client sends `2probe`, we answer `3probe`, it stops polling and sends `5`.
"""

from typing import TYPE_CHECKING

from chat.delivery import frames
from chat.delivery.polling import Polling
from chat.delivery.session import PING, PONG, UPGRADE, Session

if TYPE_CHECKING:
    from chat.delivery.websocket import WebSocket

PROBE = "probe"
PROBE_TIMEOUT = 10  # seconds


class Probe:
    """The owner of a WebSocket until the polling session has moved to it."""

    def __init__(self, session: Session, polling: Polling) -> None:
        self.due: int | None = None
        self._session = session
        self._polling = polling
        self._websocket: WebSocket

    def start(self, websocket: "WebSocket") -> None:
        """Wait for the client's `2probe`, up to PROBE_TIMEOUT seconds."""
        self._websocket = websocket
        self._polling.probing = True
        self._session.engine.timeouts.set(self, PROBE_TIMEOUT)

    def received(self, message: str | bytes) -> None:
        """Handle the next message of the upgrade."""
        if message == PING + PROBE:
            self._polling.release()
            # Comes last, because it may call `lost`.
            self._websocket.send(frames.text_frame(PONG + PROBE))
        elif message == UPGRADE and self._polling.upgrading:
            self._upgrade()
        else:
            self._websocket.close(frames.POLICY_VIOLATION, "not an upgrade")
            self.lost(None)

    def spend(self) -> bool:
        """Charge a frame without a message to the session; return whether the upgrade goes on."""
        goes_on = self._session.spend()
        if not goes_on:
            self._websocket.close(frames.POLICY_VIOLATION, "too many packets")
            self.lost(None)
        return goes_on

    def _upgrade(self) -> None:
        session, websocket, polling = self._session, self._websocket, self._polling
        session.engine.timeouts.cancel(self)
        if polling.farewell is not None:  # we have closed the session: send the close here instead
            _send_all(polling, websocket)
            websocket.close(*polling.farewell)
            session.fetched()
        elif session.ended is not None or session.transport is not polling:
            websocket.close(frames.POLICY_VIOLATION, "nothing to upgrade")
        else:
            websocket.owner = session
            websocket.limits = polling.limits
            session.move_to(websocket)
            _send_all(polling, websocket)

    def lost(self, _error: str | None) -> None:
        """Abandon the upgrade: the session goes on polling."""
        self._session.engine.timeouts.cancel(self)
        self._polling.probing = self._polling.upgrading = False

    def expired(self) -> None:
        """Close the WebSocket: the client did not complete the upgrade in time."""
        self._websocket.close(frames.POLICY_VIOLATION, "the upgrade took too long")
        self.lost(None)


def _send_all(polling: Polling, websocket: "WebSocket") -> None:
    for frame in polling.take():
        websocket.send(frame)
    polling.clear()
