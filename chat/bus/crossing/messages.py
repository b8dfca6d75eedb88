"""Messages: who is in a room gets those that other processes have stored."""

from collections.abc import Callable

from chat.bus.beats import ALL
from chat.bus.bus import Bus
from chat.bus.crossing import room_channel, room_of
from chat.bus.envelope import Publication
from chat.clocks import steady
from chat.history.writer import Writer
from chat.messages.ids import MessageIds
from chat.messages.message import Message
from chat.realtime.announcements import Announcements
from chat.realtime.coalescing import Coalescer

# Seconds that the first join of a room waits for the subscription, so that nothing is missed
# between it and the read that follows. If the bus is slow, the room is read once more.
SUBSCRIBE_WITHIN = 0.1

# Seconds at least between two suspicions of all rooms. After an outage each of the other processes
# is a reason for one.
SUSPECT_ALL_EVERY = 0.5


class Messages:
    """Tells of the messages stored here, and broadcasts here those that others have stored.

    Args:
        bus: Tells the other processes.
        writer: Stores messages.
        announcements: Broadcasts them here.
        ids: Makes ids that sort after all that was seen here.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        announcements: Announcements,
        ids: MessageIds,
        start_task: Callable[..., object],
        sleep: Callable[[float], object],
        clock: Callable[[], float] = steady,
    ) -> None:
        self._bus = bus
        self._announcements = announcements
        self._continuity = announcements.continuity
        self._ids = ids
        self._newest: dict[str, str] = {}  # stored here since the last beat, by room
        self._suspicions = Coalescer(
            lambda _all: self._continuity.suspect_all(),
            lambda: SUSPECT_ALL_EVERY,
            start_task,
            sleep,
            clock,
        )
        writer.subscribe(self._stored)
        bus.handle("message", self._told)
        bus.beats.add("newest", self._take_newest, self._told_newest)
        bus.when_suspect(self._suspect)
        self._continuity.when_opened(self._open)
        self._continuity.when_closed(self._close)

    def _stored(self, message: Message) -> None:
        self._bus.publish(room_channel(message.room), "message", message._asdict())
        self._newest[message.room] = message.id

    def _told(self, told: Publication) -> None:
        message = Message(**{each: told.data[each] for each in Message._fields})
        self._ids.learn(message.room, message.id)
        self._announcements.message(message)

    # Rooms without people here get no messages, but whoever is here sees that there are some.

    def _take_newest(self) -> dict[str, str]:
        newest, self._newest = self._newest, {}
        return newest

    def _told_newest(self, _sender: str, newest: dict[str, str]) -> None:
        for room_id, id_ in newest.items():
            self._announcements.elsewhere(room_id, id_)

    # Where something may have been missed, the history is read again.

    def _suspect(self, _sender: str, channel: str) -> None:
        if channel in {"", ALL}:
            self._suspicions.request(ALL)
        elif room_id := room_of(channel):
            self._continuity.suspect(room_id)

    def _open(self, room_id: str) -> None:
        self._bus.subscribe(room_channel(room_id), SUBSCRIBE_WITHIN)

    def _close(self, room_id: str) -> None:
        self._bus.unsubscribe(room_channel(room_id))
