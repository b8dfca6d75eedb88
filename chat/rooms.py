"""The Socket.IO namespace /rooms: joining, talking, history."""

from typing import Any

from chat import events
from chat.broadcasts import ROOMS
from chat.connections import Connection
from chat.history import History, Page
from chat.history.shared_reads import SharedReads
from chat.history.writer import Writer
from chat.identity import Person
from chat.messages import Draft, MessageIds, clean_text, id_before, newest_that_fit
from chat.namespace import Answer, ChatNamespace
from chat.presence import GRACE, Presence
from chat.rate_limits import RateLimit

# Processes may commit slightly out of the order of their ids, so what a client has missed may
# sort a little before the newest that it has (seconds).
OVERLAP = 5.0

RECOVER_AT_MOST = 500  # messages; whoever missed more gets the newest page instead
COUNT_UP_TO = 100  # unread messages of a room


class RoomsNamespace(ChatNamespace):
    """What people do in rooms.

    Args:
        history: Where messages are read.
        writer: Where they are stored.
        ids: Makes the ids; it learns here of those that are in use.
        presence: Who is in each room.
        send_rate: Limits the messages of a person.
        page_size: Messages in a page when a client doesn't say.
        message_length: Most characters; 0 for no limit.
        common: The arguments of ChatNamespace.
    """

    accepts = events.ROOMS

    def __init__(
        self,
        *,
        history: History,
        writer: Writer,
        ids: MessageIds,
        presence: Presence,
        send_rate: RateLimit,
        page_size: int,
        message_length: int,
        **common: Any,
    ) -> None:
        super().__init__(ROOMS, **common)
        self._history = history
        self._newest = SharedReads(history.newest)
        self._writer = writer
        self._ids = ids
        self._presence = presence
        self._send_rate = send_rate
        self._page_size = page_size
        self._message_length = message_length

    def limit(self, event: str, person: Person) -> None:
        """Messages have a limit of their own."""
        if event == "send":
            self._send_rate.spend(person.id)
        else:
            super().limit(event, person)

    def handle_join(self, connection: Connection, join: events.Join) -> Answer:
        """Enter a room and catch up with it."""
        room = self.access.room(connection.person, join.room)
        self.enter(connection, room)  # before the history is read: the rest arrives live
        self._presence.enter(room.id, connection.sid, connection.person)
        return {
            "room": room.id,
            **self._catch_up(room.id, join),
            "people": [person.to_wire() for person in self._presence.people(room.id)],
            "count": self._presence.count(room.id),
        }

    def _catch_up(self, room_id: str, join: events.Join) -> Answer:
        """What has been missed, or else the newest page.

        While the history can't be reached this fails, but what is said from now on arrives: the
        room has been entered. The client keeps what it has, and joins again.
        """
        missed = self._since(room_id, join.after) if join.after else None
        page = missed or _fit(self._newest.ask(room_id, join.limit or self._page_size))
        if page.messages:
            self._ids.stay_after(page.messages[-1].id)
        return {**_page(page), "recovered": missed is not None}

    def _since(self, room_id: str, cursor: str) -> Page | None:
        """All that came since the cursor, or None where that can't be proven to be all."""
        page = self._history.since(room_id, id_before(cursor, OVERLAP), 2 * RECOVER_AT_MOST)
        is_of_this_room = any(message.id == cursor for message in page.messages)
        missed = sum(message.id > cursor for message in page.messages)
        if page.more or not is_of_this_room or missed > RECOVER_AT_MOST or _fit(page).more:
            return None
        return page

    def handle_leave(self, connection: Connection, leave: events.RoomPayload) -> None:
        """Leave a room."""
        room = self.joined_room(connection, leave.room)
        self.exit(connection, room)
        self._presence.leave(room.id, connection.sid, connection.person)

    def gone(self, connection: Connection) -> None:
        """Leave all rooms, but stay a little in the eyes of others: people come back."""
        self.sessions.keep_name(connection.person)
        for room_id in connection.rooms:
            self._presence.leave(room_id, connection.sid, connection.person, grace=GRACE)

    def handle_send(self, connection: Connection, send: events.Send) -> Answer:
        """Say something: it is stored, and then told to the room by the writer."""
        room = self.joined_room(connection, send.room)
        text = clean_text(send.text, self._message_length)
        person = connection.person
        draft = Draft(room.id, person.id, person.name, text, send.client_id)
        message = self._writer.store(draft, send.first_attempt_ms_ago)
        return {"message": message.to_wire()}

    def handle_history(self, connection: Connection, history: events.History) -> Answer:
        """Read on towards the beginning."""
        room = self.joined_room(connection, history.room)
        limit = history.limit or self._page_size
        return _page(_fit(self._history.before(room.id, history.before, limit)))

    def handle_unread(self, connection: Connection, unread: events.Unread) -> Answer:
        """Count what came after the newest message that was read, room by room."""
        rooms = {
            self.access.room(connection.person, room_id).id: id_
            for room_id, id_ in unread.after.items()
        }
        counts = {
            room_id: self._history.count_after(room_id, id_, COUNT_UP_TO)
            for room_id, id_ in rooms.items()
        }
        return {"counts": counts}


def _fit(page: Page) -> Page:
    """The page, or as much of its end as fits into an answer."""
    messages = newest_that_fit(page.messages)
    return Page(messages, page.more or len(messages) < len(page.messages))


def _page(page: Page) -> Answer:
    return {"messages": [message.to_wire() for message in page.messages], "more": page.more}
