"""A Socket.IO namespace of the chat: sign-in, validation, permission, limits, errors.

Its events are registered by the modules that have them, each with payload and handler side by side,
such as `sending.py`.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace

from chat.accounts.session_cookie import session_of
from chat.accounts.sessions import Sessions
from chat.delivery.networks import network
from chat.errors import ChatError, Invalid, NotInRoom, RateLimited, Unauthorized, Unavailable
from chat.rate_limit import RateLimit
from chat.realtime.broadcasts import channel
from chat.realtime.connections import Connection, Connections
from chat.realtime.payload import Payload, parse
from chat.rooms.access import Access
from chat.rooms.room import Room

log = logging.getLogger(__name__)

Answer = dict[str, Any]
P = TypeVar("P", bound=Payload)

# Consecutive events that the rate limit refused, after which the connection is closed: a refusal
# costs nearly as much as an answer, and no mistake of a client sends so many.
FLOOD = 1000


class Rules(NamedTuple):
    """Who may connect, which rooms they may enter, and how often they may act."""

    sessions: Sessions
    access: Access
    event_rate: RateLimit  # events of a person that have no limit of their own
    connection_rate: RateLimit  # how often a person connects to a namespace


class _Handler(NamedTuple):
    """How an event is handled."""

    payload: type[Payload]
    handle: Callable[[Connection, Any], Answer | None]
    charge: Callable[[Connection], None]  # counts the event against its rate limit


class ChatNamespace(Namespace):  # type: ignore[misc]
    """A namespace whose clients are signed in and get an answer to every event.

    Args:
        name: Such as `/rooms`.
        rules: Shared by all namespaces.
        connections: The connections of this namespace.

    `refusals` counts the events and connections that were answered with an error, by its code.
    """

    def __init__(self, name: str, rules: Rules, connections: Connections) -> None:
        super().__init__(name)
        self.rules = rules
        self.connections = connections
        self.refusals: Counter[str] = Counter()
        self._handlers: dict[str, _Handler] = {}
        self._connect_listeners: list[Callable[[Connection], None]] = []
        self._disconnect_listeners: list[Callable[[Connection], None]] = []

    def register(
        self,
        event: str,
        payload: type[P],
        handle: Callable[[Connection, P], Answer | None],
        *,
        rate: Callable[[Connection], None] | None = None,
    ) -> None:
        """Register the handler of an event that clients send.

        Args:
            event: Its name on the wire.
            payload: The type of its payload.
            handle: Called with the sender's connection and the payload. Returns what the
                acknowledgement has beside `ok`, or raises the ChatError to answer with.
            rate: Counts the event against a limit of its own, instead of the event rate.
        """
        if event in self._handlers:
            raise ValueError(f"{event} has a handler already")
        self._handlers[event] = _Handler(payload, handle, rate or self.charge)

    @property
    def payloads(self) -> dict[str, type[Payload]]:
        """The types of payloads that clients may send, by event."""
        return {event: handler.payload for event, handler in self._handlers.items()}

    def when_connected(self, listener: Callable[[Connection], None]) -> None:
        """Register a function that is called with each connection that was accepted."""
        self._connect_listeners.append(listener)

    def when_disconnected(self, listener: Callable[[Connection], None]) -> None:
        """Register a function that is called with each connection that has ended."""
        self._disconnect_listeners.append(listener)

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Handle an event from the Socket.IO server; the return value is the acknowledgement.

        This replaces Flask-SocketIO's method, which calls handlers in Flask's contexts: those cost
        more than most handlers.
        """
        if event == "connect":
            return self._connect(*args)
        if event == "disconnect":
            return self._disconnected(*args)
        sid, *arguments = args
        try:
            return {"ok": True, **self._handle(event, sid, tuple(arguments))}
        except ChatError as error:
            return self._refusal(error)
        except Exception:
            log.exception("An event of %s failed", self.namespace, extra={"connection": sid})
            return self._refusal(Unavailable("Something went wrong here."))

    def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        """Accept a client that has a session.

        A page names its person with `{"person": id}`. The cookie may be another person's meanwhile:
        somebody else signed in in another tab, or another port of this host set a cookie.
        """
        fields = {"connection": sid}  # goes into the lines of the log
        claimed = auth.get("person") if isinstance(auth, dict) else None
        try:
            session = session_of(self.socketio.app, environ)
            signed_in = self.rules.sessions.connect(session, claimed)
            person, address = signed_in.person, network(environ.get("REMOTE_ADDR", ""))
            self.rules.connection_rate.spend(person.id)
            connection = self.connections.add(
                sid, person, address, session=signed_in.session, until=signed_in.until
            )
        except ChatError as error:
            self.refusals[error.code] += 1
            log.info("%s refused a connection: %s", self.namespace, error.code, extra=fields)
            raise Refused(error.code, error.to_wire()) from None
        log.debug("%s connected", self.namespace, extra=fields)
        for listener in self._connect_listeners:
            listener(connection)

    def _disconnected(self, sid: str, reason: object) -> None:
        """Remove the connection, and call the functions of `when_disconnected`."""
        if connection := self.connections.remove(sid):
            fields = {"connection": sid}
            log.info("%s disconnected: %s", self.namespace, reason, extra=fields)
            for listener in self._disconnect_listeners:
                listener(connection)

    def disconnect_person(self, person_id: str, session: str = "") -> None:
        """End the connections of one session that has ended, or all of a person."""
        for sid in self.connections.sids(person_id, session):
            self.disconnect(sid)

    def disconnect_outlasted(self, now: float) -> None:
        """End the connections whose session is over (seconds since the epoch)."""
        for sid in self.connections.outlasted(now):
            self.disconnect(sid)

    def _handle(self, event: str, sid: str, arguments: tuple[Any, ...]) -> Answer:
        connection = self.connections.get(sid)
        if connection is None:
            raise Unauthorized("This connection has no session.")
        handler = self._handlers.get(event) if isinstance(event, str) else None
        self._limit(handler.charge if handler else self.charge, connection)
        if handler is None:
            raise Invalid(f"there is no event {str(event)[:40]!r}")
        payload = parse(handler.payload, event, arguments)
        if payload.cost > 1:  # one unit was charged above; charge the rest
            self.charge(connection, payload.cost - 1)
        return handler.handle(connection, payload) or {}

    def _refusal(self, error: ChatError) -> Answer:
        self.refusals[error.code] += 1
        return {"ok": False, "error": error.to_wire()}

    def _limit(self, charge: Callable[[Connection], None], connection: Connection) -> None:
        try:
            charge(connection)
        except RateLimited:
            connection.refusals += 1
            if connection.refusals == FLOOD:
                self.socketio.close(connection.sid, self.namespace, "far too many events")
            raise
        connection.refusals = 0

    def charge(self, connection: Connection, units: int = 1) -> None:
        """Charge units to the event rate of the person.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        self.rules.event_rate.spend(connection.person.id, units)

    def room(self, connection: Connection, room_id: str) -> Room:
        """The room, if the person may enter it.

        Raises:
            chat.errors.UnknownRoom: There is none of that id for this person.
        """
        return self.rules.access.room(connection.person, room_id)

    def enter(self, connection: Connection, room: Room) -> None:
        """From now on the connection gets what is sent to the room."""
        connection.rooms.add(room.id)
        self.enter_room(connection.sid, channel(room.id))

    def exit(self, connection: Connection, room: Room) -> None:
        """The connection gets nothing of the room any more."""
        connection.rooms.discard(room.id)
        self.leave_room(connection.sid, channel(room.id))

    def joined_room(self, connection: Connection, room_id: str) -> Room:
        """The room, which the connection has to have joined.

        Raises:
            chat.errors.UnknownRoom: There is none of that id for this person.
            chat.errors.NotInRoom: The connection has not joined it.
        """
        room = self.room(connection, room_id)
        if room.id not in connection.rooms:
            raise NotInRoom(f"Join {room.title} first.")
        return room
