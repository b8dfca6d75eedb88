"""A client that behaves like the one in the browser: outbox, resend, rejoin, merge.

It reimplements parts of `chat/static/js/models` in Python: `outbox`, `dispatcher`, `message-store`,
`reconnector`, and the counting of events. Only its pauses are shorter.
"""

import asyncio
import bisect
import contextlib
import random
import time
import uuid

from tests.faults import journal
from tests.faults.counting import Counting
from tests.faults.wire import Wire

ANSWER_WITHIN = 10.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds until the next attempt; it doubles
MEND_WITHIN = 0.5  # seconds after an event was missed
PASSING = {"unavailable", "rate_limited", "not_in_room"}


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


class Room:
    """What one client knows of a room, and its outbox for the room."""

    def __init__(self, client, id_):
        self.id = id_
        self.shown = []  # ids, in the order of the screen
        self.outbox = []
        self.live = False
        self.reloads = 0
        self.mended = 0  # holes that were noticed
        self._client = client
        self._has_more = False  # messages before the oldest one shown
        self._arrived = set()  # ids, since the request to join
        self._cursor = None  # of the first edition
        self._counting = Counting(lambda: self.shown)
        self._entering = None
        self._entered = False
        self._something_to_do = asyncio.Event()

    # Joining

    def enter_soon(self, within):
        """Join after a random pause, and retry until it succeeds or the connection ends."""
        self._counting.forget()
        if self._entering is None:
            self._entering = asyncio.create_task(
                self._enter(self._client.random.uniform(0, within))
            )

    async def _enter(self, pause):
        try:
            while True:
                await asyncio.sleep(pause)
                self._counting.forget()
                self._arrived.clear()
                cursor = self.known_up_to()
                answer = await self._client.call("join", {"room": self.id} | cursor)
                if answer["ok"]:
                    break
                assert answer["error"]["code"] in PASSING, answer
                self._entered = True  # new messages arrive even after this error
                self._something_to_do.set()
                pause = _pause_after(answer)
        except OSError:  # also the TimeoutError
            self._client.cut()
            return
        finally:
            self._entering = None
        self._catch_up(answer, starts_over=not (cursor and answer["recovered"]))

    def known_up_to(self):
        if self._client.is_first_edition:
            return {"after": self._cursor} if self._cursor else {}
        return self._counting.cursor

    def _catch_up(self, answer, *, starts_over):
        messages = answer["messages"]
        if starts_over:
            self._start_over(messages, has_more=answer["more"])
        for message in messages:
            self._merge(message)
        self.live = self._entered = True
        self._cursor = self.shown[-1] if self.shown else None
        self._something_to_do.set()
        if not self._client.is_first_edition and self._counting.joined(answer):
            self._mend()

    def _start_over(self, page, *, has_more):
        """Drop the messages before the gap; keep those that arrived during the join."""
        self.reloads += 1
        self._has_more = has_more
        oldest = page[0]["id"] if page else ""
        self.shown = [id_ for id_ in self.shown if id_ in self._arrived and id_ > oldest]

    def lost(self):
        self.live = self._entered = False
        self._counting.forget()
        if self._entering:
            self._entering.cancel()
            self._entering = None

    # Receiving

    def count(self, event, payload):
        if not self._client.is_first_edition and self._counting.takes(event, payload):
            self._mend()

    def _mend(self):
        """An event was missed: join again, because the history has its message."""
        self.live = False
        self.mended += 1
        self.enter_soon(MEND_WITHIN)

    def receive(self, message):
        of_event = {"follows", "up_to"}
        message = {name: value for name, value in message.items() if name not in of_event}
        if not (self._has_more and self.shown and message["id"] < self.shown[0]):
            self._merge(message)
            self._arrived.add(message["id"])
        if self.live and (self._cursor is None or message["id"] > self._cursor):
            self._cursor = message["id"]

    def _merge(self, message):
        self._client.journal.note(self._client.name, journal.RECEIVED, self.id, message)
        place = bisect.bisect_left(self.shown, message["id"])
        if self.shown[place : place + 1] != [message["id"]]:
            self.shown.insert(place, message["id"])

    # Sending

    def post(self, text):
        entry = {"client_id": str(uuid.uuid4()), "room": self.id, "text": text, "first": None}
        draft = {"client_id": entry["client_id"], "text": text}
        self._client.journal.note(self._client.name, journal.SENT, self.id, draft)
        self.outbox.append(entry)
        self._something_to_do.set()
        return entry["client_id"]

    async def dispatch(self):
        """Send the messages in order; each is retried until it is answered."""
        while True:
            await self._something_to_do.wait()
            if not self.outbox or not self._entered:
                self._something_to_do.clear()
                continue
            pause = await self._attempt(self.outbox[0])
            if pause:
                await asyncio.sleep(pause)

    async def _attempt(self, entry):
        """Send it once; returns seconds to wait before the next attempt."""
        payload = {key: entry[key] for key in ("client_id", "room", "text")}
        if entry["first"] is None:
            entry["first"] = time.monotonic()
        else:
            payload["first_attempt_ms_ago"] = int((time.monotonic() - entry["first"]) * 1000)
        try:
            answer = await self._client.send(payload)
        except OSError:  # also the TimeoutError
            return FIRST_PAUSE
        if not answer["ok"] and answer["error"]["code"] in PASSING:
            return _pause_after(answer)
        self.outbox.remove(entry)
        if answer["ok"]:
            message = answer["message"]
            self._client.journal.note(self._client.name, journal.ACKNOWLEDGED, self.id, message)
            self.receive(message)
        else:
            self._client.journal.note(self._client.name, journal.REFUSED, self.id, answer)
        return 0


def _pause_after(answer):
    return answer["error"].get("retry_after", 0.2)
