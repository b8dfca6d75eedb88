"""A Socket.IO namespace of the chat: sign-in, validation, permission, limits, errors.

What people can do in it is registered by the modules that have a payload and its handler side by
side, such as `sending.py`.
"""

import logging
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
    """Who may come in, where they may go, and how often."""

    sessions: Sessions
    access: Access
    event_rate: RateLimit  # events of a person that have no limit of their own
    connection_rate: RateLimit  # how often a person connects to a namespace


class _Handler(NamedTuple):
    """What happens on an event."""

    payload: type[Payload]
    handle: Callable[[Connection, Any], Answer | None]
    charge: Callable[[Connection], None]  # against the limit of the event


class ChatNamespace(Namespace):  # type: ignore[misc]
    """A namespace whose clients are signed in and get an answer to every event.

    Args:
        name: Such as `/rooms`.
        rules: Those of all namespaces.
        connections: Who is connected to this one.
    """

    def __init__(self, name: str, rules: Rules, connections: Connections) -> None:
        super().__init__(name)
        self.rules = rules
        self.connections = connections
        self._handlers: dict[str, _Handler] = {}
        self._gone: list[Callable[[Connection], None]] = []

    def take(
        self,
        event: str,
        payload: type[P],
        handle: Callable[[Connection, P], Answer | None],
        *,
        rate: Callable[[Connection], None] | None = None,
    ) -> None:
        """Take an event from clients.

        Args:
            event: Its name on the wire.
            payload: What comes with it.
            handle: Called with who sends it, and the payload. Returns what the acknowledgement has
                beside `ok`, or raises what it says instead.
            rate: Counts the event against a limit of its own, in the place of the event rate.
        """
        self._handlers[event] = _Handler(payload, handle, rate or self.charge)

    @property
    def payloads(self) -> dict[str, type[Payload]]:
        """What clients may send, by event."""
        return {event: handler.payload for event, handler in self._handlers.items()}

    def when_gone(self, tell: Callable[[Connection], None]) -> None:
        """Have that called with each connection that has ended."""
        self._gone.append(tell)

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Take an event from the Socket.IO server; what this returns is the acknowledgement.

        Flask's contexts, in which Flask-SocketIO calls handlers, would cost more than most of them.
        """
        if event == "connect":
            return self._connect(*args)
        if event == "disconnect":
            return self._disconnected(*args)
        sid, *arguments = args
        try:
            return {"ok": True, **self._handle(event, sid, tuple(arguments))}
        except ChatError as error:
            return _refusal(error)
        except Exception:
            log.exception("An event of %s failed", self.namespace, extra={"connection": sid})
            return _refusal(Unavailable("Something went wrong here."))

    def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        """Let in whoever has a session.

        A page says whose it is with `{"person": id}`: in another tab somebody else may have signed
        in, or another port of this host may have set a cookie.
        """
        whose = {"connection": sid}  # the line of the log
        claimed = auth.get("person") if isinstance(auth, dict) else None
        try:
            session = session_of(self.socketio.app, environ)
            person = self.rules.sessions.connect(session, claimed)
            self.rules.connection_rate.spend(person.id)
            self.connections.add(sid, person, network(environ.get("REMOTE_ADDR", "")))
        except ChatError as error:
            log.info("%s refused a connection: %s", self.namespace, error.code, extra=whose)
            raise Refused(error.code, error.to_wire()) from None
        log.debug("%s connected", self.namespace, extra=whose)

    def _disconnected(self, sid: str, reason: object) -> None:
        """Forget the connection."""
        if connection := self.connections.remove(sid):
            whose = {"connection": sid}
            log.info("%s disconnected: %s", self.namespace, reason, extra=whose)
            for tell in self._gone:
                tell(connection)

    def disconnect_person(self, person_id: str) -> None:
        """End all connections of somebody whose session has ended."""
        for sid in self.connections.sids(person_id):
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
        """Count against the event rate of the person.

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


def _refusal(error: ChatError) -> Answer:
    return {"ok": False, "error": error.to_wire()}
