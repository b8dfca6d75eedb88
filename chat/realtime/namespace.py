"""What both namespaces have in common: sign-in, validation, permission, errors."""

import logging
from typing import Any, ClassVar, NamedTuple

from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace

from chat.accounts.session_cookie import session_of
from chat.accounts.sessions import Sessions
from chat.delivery.newcomers import network
from chat.errors import ChatError, NotInRoom, RateLimited, Unauthorized, Unavailable
from chat.rate_limit import RateLimit
from chat.realtime.broadcasts import channel
from chat.realtime.connections import Connection, Connections
from chat.realtime.contract import Payload, parse
from chat.rooms.access import Access
from chat.rooms.room import Room

log = logging.getLogger(__name__)

Answer = dict[str, Any]

# Events too many, one after the other, for which no mistake is an excuse: to refuse one costs
# nearly as much as to answer it.
FLOOD = 1000


class Rules(NamedTuple):
    """Who may come in, where they may go, and how often."""

    sessions: Sessions
    access: Access
    event_rate: RateLimit  # events of a person that have no limit of their own
    connection_rate: RateLimit  # how often a person connects to a namespace


class ChatNamespace(Namespace):  # type: ignore[misc]
    """A namespace whose clients are signed in and get an answer to every event.

    An event `x` of `accepts` goes to the method `handle_x(connection, payload)`, which returns
    what the acknowledgement has beside `ok`, or raises what it says instead.

    Args:
        name: Such as `/rooms`.
        rules: Those of all namespaces.
        connections: Who is connected to this one.
    """

    accepts: ClassVar[dict[str, type[Payload]]]

    def __init__(self, name: str, rules: Rules, connections: Connections) -> None:
        super().__init__(name)
        self.rules = rules
        self.connections = connections

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
            self.gone(connection)

    def gone(self, connection: Connection) -> None:
        """A connection has ended."""

    def disconnect_person(self, person_id: str) -> None:
        """End all connections of somebody whose session has ended."""
        for sid in self.connections.sids(person_id):
            self.disconnect(sid)

    def _handle(self, event: str, sid: str, arguments: tuple[Any, ...]) -> Answer:
        connection = self.connections.get(sid)
        if connection is None:
            raise Unauthorized("This connection has no session.")
        self._limit(event, connection)
        payload = parse(self.accepts, event, arguments)
        if payload.cost > 1:  # what it is has been paid above, what it asks for has not
            self.rules.event_rate.spend(connection.person.id, payload.cost - 1)
        answer: Answer | None = getattr(self, f"handle_{event}")(connection, payload)
        return answer or {}

    def _limit(self, event: str, connection: Connection) -> None:
        try:
            self.limit(event, connection)
        except RateLimited:
            connection.refusals += 1
            if connection.refusals == FLOOD:
                self.socketio.close(connection.sid, self.namespace, "far too many events")
            raise
        connection.refusals = 0

    def limit(self, event: str, connection: Connection) -> None:  # noqa: ARG002
        """Count an event against the limits of whoever sends it."""
        self.rules.event_rate.spend(connection.person.id)

    def enter(self, connection: Connection, room: Room) -> None:
        """From now on the connection gets what is sent to the room."""
        connection.rooms.add(room.id)
        self.enter_room(connection.sid, channel(room.id))

    def exit(self, connection: Connection, room: Room) -> None:
        """The connection gets nothing of the room any more."""
        connection.rooms.discard(room.id)
        self.leave_room(connection.sid, channel(room.id))

    def joined_room(self, connection: Connection, room_id: str) -> Room:
        """The room, which the connection has to have joined."""
        room = self.rules.access.room(connection.person, room_id)
        if room.id not in connection.rooms:
            raise NotInRoom(f"Join {room.title} first.")
        return room


def _refusal(error: ChatError) -> Answer:
    return {"ok": False, "error": error.to_wire()}
