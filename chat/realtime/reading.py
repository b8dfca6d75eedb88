"""The events `history` and `unread` of /rooms."""

from chat.history.reader import Reader
from chat.realtime.connections import Connection
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import MessageId, PageLimit, Payload, RoomId
from chat.storage import Page


class PageBefore(Payload):
    """Ask for the page before a message."""

    room: RoomId
    before: MessageId
    limit: PageLimit | None = None

    @property
    def cost(self) -> int:
        """One unit for 25 messages: a long page costs far more than a short one."""
        return max(1, (self.limit or 0) // 25)


class Unread(Payload):
    """Ask how many messages came after the newest that was read, room by room."""

    after: dict[RoomId, MessageId]

    @property
    def cost(self) -> int:
        """One unit for each room, because each takes a query."""
        return max(1, len(self.after))


class Reading:
    """Answers requests for older messages and for numbers of unread ones.

    Args:
        namespace: /rooms.
        reader: Reads messages.
    """

    def __init__(self, namespace: ChatNamespace, reader: Reader) -> None:
        self._namespace = namespace
        self._reader = reader
        namespace.register("history", PageBefore, self.history)
        namespace.register("unread", Unread, self.unread)

    def history(self, connection: Connection, page: PageBefore) -> Answer:
        """The page before a message."""
        room = self._namespace.joined_room(connection, page.room)
        return page_to_wire(self._reader.before(room.id, page.before, page.limit))

    def unread(self, connection: Connection, unread: Unread) -> Answer:
        """Count the messages of others after the newest that was read, room by room.

        A client may ask about a room that was removed; such a room is left out of the answer.
        """
        access = self._namespace.rules.access
        allowed = {room.id for room in access.rooms(connection.person)}
        return {
            "counts": {
                room_id: self._reader.unread(room_id, id_, connection.person.id)
                for room_id, id_ in unread.after.items()
                if room_id in allowed
            }
        }


def page_to_wire(page: Page) -> Answer:
    """`{"messages", "more"}`."""
    return {"messages": [message.to_wire() for message in page.messages], "more": page.more}
