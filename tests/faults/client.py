"""A client that behaves like the one in the browser: outbox, resend, rejoin, merge.

It reimplements parts of `chat/static/js/models` in Python: `outbox`, `dispatcher`, `message-store`,
`reconnector`, and the counting of events. Only its pauses are shorter.
"""

import asyncio
import contextlib
import random
import time

from chat.messages.ids import FIRST_ID
from tests.faults import journal
from tests.faults.client_room import FIRST_PAUSE, Room
from tests.faults.wire import Wire

ANSWER_WITHIN = 10.0  # seconds
LONGEST_PAUSE = 1.0  # seconds until the next attempt to connect


class Client:
    """A person in rooms, for as long as `run` runs.

    Args:
        is_first_edition: Whether it ignores numbers and marks; then live messages move its cursor.
        connect: Opens a connection, as `Wire.open` does.
    """

    def __init__(
        self,
        name,
        cookie,
        port,
        journal,
        rooms=("general",),
        *,
        seed=0,
        is_first_edition=False,
        connect=Wire.open,
    ):
        self.name = name
        self.is_first_edition = is_first_edition
        self._connect = connect
        self.cookie = cookie
        self.port = port  # may change: the next connection goes there
        self.rooms = {room: Room(self, room) for room in rooms}
        self.journal = journal
        self.random = random.Random(f"{name} {seed}")
        self.wire = None
        self.close_codes = []
        self.connections = 0
        self.told_to_go = []  # seconds: each `going_away` of a server
        self.person = None  # the id
        self.expects_delays = False  # as the server says
        self._reconnect_in = None  # seconds, asked for by the server
        self._failures = 0

    async def run(self):
        """Connect, and reconnect whenever the connection ends."""
        dispatchers = [asyncio.create_task(room.dispatch()) for room in self.rooms.values()]
        try:
            while True:
                with contextlib.suppress(OSError, TimeoutError):
                    await self._stay()
                await asyncio.sleep(self._pause())
        finally:
            for dispatcher in dispatchers:
                dispatcher.cancel()

    async def _stay(self):
        self.expects_delays = False
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                wire = await self._connect(self.port, self.cookie, self._take)
            self.wire, self._failures = wire, 0
            self.cookie = wire.cookie
            self._connected_at = time.monotonic()
            self.connections += 1
            for room in self.rooms.values():
                room.enter_soon(0)
            await wire.ended()
        finally:
            if self.wire:
                self.close_codes.append(self.wire.close_code)
                self.wire.drop()
                self.wire = None
            for room in self.rooms.values():
                room.lost()

    def _pause(self):
        asked, self._reconnect_in = self._reconnect_in, None
        if asked is not None:
            return asked
        self._failures += 1
        span = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures)
        return span * self.random.uniform(0.5, 1)

    def _take(self, event, payload):
        if event == "message":
            self.rooms[payload["room"]].receive(payload)
        elif event == "presence":
            self.rooms[payload["room"]].take_people(payload)
        elif event == "delays":
            self.expects_delays = payload["expected"]
        if event in {"message", "presence", "mark"}:
            self.rooms[payload["room"]].count(event, payload)
        elif event == "going_away":
            self._reconnect_in = payload["reconnect_in_ms"] / 1000
            self.told_to_go.append(self._reconnect_in)

    async def call(self, event, payload):
        """The answer of the server; raises OSError or TimeoutError."""
        if self.wire is None:
            raise ConnectionError("offline")
        return await self.wire.call(event, payload, ANSWER_WITHIN)

    async def send(self, payload):
        """The same for a message, whose payload has the age of the connection."""
        if not self.is_first_edition:
            now = time.monotonic()
            age_ms = int((now - getattr(self, "_connected_at", now)) * 1000)
            payload = payload | {"connected_ms": age_ms}
        answer = await self.call("send", payload)
        if "connected_ms" in answer:
            self._connected_at = time.monotonic() - answer["connected_ms"] / 1000
        return answer

    def cut(self):
        """Break the connection; the client reconnects by itself."""
        if self.wire:
            self.wire.drop()

    def post(self, room, text):
        """Queue a message; it is sent as soon as the server can be reached."""
        return self.rooms[room].post(text)

    @property
    def is_live(self):
        return all(room.live for room in self.rooms.values())

    @property
    def stuck(self):
        """The client ids of the messages that are still in the outbox."""
        return [entry["client_id"] for room in self.rooms.values() for entry in room.outbox]

    def note_views(self):
        for room in self.rooms.values():
            self.journal.note(self.name, journal.VIEW, room.id, list(room.shown))

    # What the rooms are to the person

    async def read(self):
        """The person sees the ends of all rooms; a server that isn't told now is told later."""
        for room in self.rooms.values():
            if room.shown:
                room.read_up_to = room.shown[-1]
                subject = {"person": self.person, "id": room.read_up_to}
                self.journal.note(self.name, journal.READ, room.id, subject)
                with contextlib.suppress(OSError, TimeoutError):
                    await self._mark_read(room)

    async def _mark_read(self, room):
        await self.call("read", {"room": room.id, "id": room.read_up_to})

    async def look(self):
        """What the server says of the rooms that the client is in.

        Returns:
            `{"person", "latest", "read_up_to", "unread"}` by room.

        Raises:
            OSError: The server doesn't answer, or can't say it now.
        """
        answer = await self._ask("rooms", {})
        told = {each["id"]: each for each in answer["rooms"] if each["id"] in self.rooms}
        for room in self.rooms.values():
            if room.read_up_to > (told[room.id]["read_up_to"] or ""):
                await self._mark_read(room)  # no server was told, or one that was killed then
        after = {id_: each["read_up_to"] or FIRST_ID for id_, each in told.items()}
        unread = await self._ask("unread", {"after": after})
        return {
            id_: {
                "person": self.person,
                "latest": each["latest"],
                "read_up_to": each["read_up_to"],
                "unread": unread["counts"][id_],
            }
            for id_, each in told.items()
        }

    async def _ask(self, event, payload):
        answer = await self.call(event, payload)
        if not answer["ok"]:
            raise ConnectionError(answer)
        return answer
