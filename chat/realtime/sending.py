"""The event `send` of /rooms."""

from typing import Annotated

from pydantic import Field

from chat.history.pending import LATE
from chat.history.writer import Writer
from chat.messages.message import Draft, clean_text
from chat.realtime.connections import Connection
from chat.realtime.lateness import Lateness
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import Payload, RoomId
from chat.realtime.people_limit import PeopleLimit

AN_HOUR = 3_600_000  # milliseconds
# The oldest first attempt that a resend may have: a client may keep unsent messages for this long.
THIRTY_DAYS = 30 * 24 * AN_HOUR
A_YEAR = 365 * 24 * AN_HOUR

ClientId = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$")]


class Send(Payload):
    """A message. A resend repeats `client_id` and says how old the first attempt is.

    `connected_ms` is the age of the connection when the client sent this, as the client counts.
    """

    room: RoomId
    text: str
    client_id: ClientId
    first_attempt_ms_ago: int | None = Field(None, ge=0, le=THIRTY_DAYS)
    connected_ms: int | None = Field(None, ge=0, le=A_YEAR)

    @property
    def cost(self) -> int:
        """The older the first attempt is, the more messages a search for it may have to read."""
        return _cost_of_search((self.first_attempt_ms_ago or 0) / 1000)


class Sending:
    """Stores messages; the subscribers of the writer broadcast them.

    Args:
        namespace: /rooms.
        writer: Stores messages.
        lateness: Tells how long messages were on their way.
        rate: Limits the messages of a person, and of an address.
        message_length: Most characters; 0 for no limit.
    """

    def __init__(
        self,
        namespace: ChatNamespace,
        writer: Writer,
        lateness: Lateness,
        rate: PeopleLimit,
        message_length: int,
    ) -> None:
        self._namespace = namespace
        self._writer = writer
        self._lateness = lateness
        self._message_length = message_length
        namespace.register("send", Send, self.send, rate=rate.spend)

    def send(self, connection: Connection, send: Send) -> Answer:
        """Store a message once, however often it is sent."""
        room = self._namespace.joined_room(connection, send.room)
        text = clean_text(send.text, self._message_length)
        person = connection.person
        draft = Draft(room.id, person.id, person.name, text, send.client_id)
        late_s = self._lateness.of(connection, send.connected_ms)
        if late_s > LATE:
            self._namespace.charge(connection, _cost_of_search(late_s))
        message = self._writer.store(draft, send.first_attempt_ms_ago, late_s)
        answer: Answer = {"message": message.to_wire()}
        if send.connected_ms is not None:
            answer["connected_ms"] = round(self._namespace.connections.age(connection) * 1000)
        return answer


def _cost_of_search(seconds: float) -> int:
    """Units of the event rate for a search through this many seconds of a room."""
    return min(1 + int(seconds) // 3600, 100)
