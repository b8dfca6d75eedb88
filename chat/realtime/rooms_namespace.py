"""The Socket.IO namespace /rooms: joining, talking, history."""

from chat.accounts.sessions import Person
from chat.errors import Unauthorized
from chat.history.reader import Reader
from chat.history.writer import LATE, Writer
from chat.messages.message import Draft, clean_text
from chat.realtime import contract
from chat.realtime.broadcasts import ROOMS_NAMESPACE
from chat.realtime.connections import Connection, Connections
from chat.realtime.continuity import Continuity
from chat.realtime.lateness import Lateness
from chat.realtime.namespace import Answer, ChatNamespace, Rules
from chat.realtime.people_limit import PeopleLimit
from chat.realtime.presence import GRACE, Presence
from chat.storage import Page


class RoomsNamespace(ChatNamespace):
    """What people do in rooms.

    Args:
        rules: Those of all namespaces.
        connections: Who is connected to this one.
        reader: Where messages are read.
        writer: Where they are stored.
        presence: Who is in each room.
        continuity: Up to where each room is known.
        lateness: How long messages were on their way.
        send_rate: Limits the messages of a person, and of an address.
        message_length: Most characters; 0 for no limit.
    """

    accepts = contract.ROOMS_REQUESTS

    def __init__(
        self,
        rules: Rules,
        connections: Connections,
        reader: Reader,
        writer: Writer,
        presence: Presence,
        continuity: Continuity,
        lateness: Lateness,
        send_rate: PeopleLimit,
        message_length: int,
    ) -> None:
        super().__init__(ROOMS_NAMESPACE, rules, connections)
        self._reader = reader
        self._writer = writer
        self._presence = presence
        self._continuity = continuity
        self._lateness = lateness
        self._send_rate = send_rate
        self._message_length = message_length

    def limit(self, event: str, connection: Connection) -> None:
        """Messages have a limit of their own."""
        if event == "send":
            self._send_rate.spend(connection)
        else:
            super().limit(event, connection)

    def handle_join(self, connection: Connection, join: contract.Join) -> Answer:
        """Enter a room and catch up with it.

        While the history can't be reached this fails, but what is said from now on arrives: the
        room has been entered. The client keeps what it has, and joins again.
        """
        room = self.rules.access.room(connection.person, join.room)
        follows = self._continuity.enter(room.id)  # which may take a moment
        if self.connections.get(connection.sid) is None:
            raise Unauthorized("This connection has ended.")
        self.enter(connection, room)  # before the history is read: the rest arrives live
        self._presence.enter(room.id, connection.sid, connection.person)
        self._lateness.watch()
        found = self._reader.catch_up(room.id, join.after, join.up_to, join.limit)
        return {
            "room": room.id,
            **_page(found.page),
            "recovered": found.recovered,
            "follows": follows,
            "up_to": found.up_to,
            "people": self._presence.people(room.id),
            "count": self._presence.count(room.id),
        }

    def handle_leave(self, connection: Connection, leave: contract.RoomPayload) -> None:
        """Leave a room."""
        room = self.joined_room(connection, leave.room)
        self.exit(connection, room)
        self._presence.leave(room.id, connection.sid, connection.person)

    def gone(self, connection: Connection) -> None:
        """Leave all rooms, but stay a little in the eyes of others: people come back."""
        person = connection.person
        has_ended = self.rules.sessions.has_ended(person)
        if not has_ended:
            self.rules.sessions.keep_name(person)
        for room_id in connection.rooms:
            grace = 0 if has_ended else GRACE
            self._presence.leave(room_id, connection.sid, person, grace=grace)

    def sign_out(self, person: Person) -> None:
        """The session of a person has ended: nobody waits for a return any more."""
        self.disconnect_person(person.id)
        self._presence.give_up_on(person.id)

    def handle_send(self, connection: Connection, send: contract.Send) -> Answer:
        """Say something: it is stored, and then told to the room by the writer."""
        room = self.joined_room(connection, send.room)
        text = clean_text(send.text, self._message_length)
        person = connection.person
        draft = Draft(room.id, person.id, person.name, text, send.client_id)
        late_s = self._lateness.of(connection, send.connected_ms)
        if late_s > LATE:
            self.rules.event_rate.spend(person.id, contract.cost_of_search(late_s))
        message = self._writer.store(draft, send.first_attempt_ms_ago, late_s)
        answer: Answer = {"message": message.to_wire()}
        if send.connected_ms is not None:
            answer["connected_ms"] = round(self.connections.age(connection) * 1000)
        return answer

    def handle_history(self, connection: Connection, page: contract.PageBefore) -> Answer:
        """Read on towards the beginning."""
        room = self.joined_room(connection, page.room)
        return _page(self._reader.before(room.id, page.before, page.limit))

    def handle_unread(self, connection: Connection, unread: contract.Unread) -> Answer:
        """Count what others said after the newest message that was read, room by room.

        A client may still know rooms that were removed; they must not cost it the others.
        """
        there = {room.id for room in self.rules.access.rooms(connection.person)}
        return {
            "counts": {
                room_id: self._reader.unread(room_id, id_, connection.person.id)
                for room_id, id_ in unread.after.items()
                if room_id in there
            }
        }


def _page(page: Page) -> Answer:
    return {"messages": [message.to_wire() for message in page.messages], "more": page.more}
