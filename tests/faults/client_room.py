"""What one client knows of a room, and its outbox for the room."""

import asyncio
import bisect
import time
import uuid

from tests.faults import journal
from tests.faults.counting import Counting

FIRST_PAUSE = 0.05  # seconds until the next attempt
MEND_WITHIN = 0.5  # seconds after an event was missed
PASSING = {"unavailable", "rate_limited", "not_in_room"}


class Room:
    """What one client knows of a room, and its outbox for the room."""

    def __init__(self, client, id_):
        self.id = id_
        self.shown = []  # ids, in the order of the screen
        self.outbox = []
        self.live = False
        self.reloads = 0
        self.mended = 0  # holes that were noticed
        self.people = set()  # the ids of those who are here
        self._early = []  # changes of those since the request to join
        self.seen_leaving = []  # ids
        self.read_up_to = ""  # how far this device has read
        self._client = client
        self.has_more = False  # messages before the oldest one shown
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
                self._early.clear()
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
        self._client.person = answer["you"]["id"]
        self._replace_people(answer["people"])
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
        self.has_more = has_more
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
        if not (self.has_more and self.shown and message["id"] < self.shown[0]):
            self._merge(message)
            self._arrived.add(message["id"])
        if self.live and (self._cursor is None or message["id"] > self._cursor):
            self._cursor = message["id"]

    def take_people(self, change):
        """Somebody has come or gone; in large rooms, only the number of people is told."""
        if self._entering:
            self._early.append(change)
        self._change_people(change)
        self.seen_leaving += change.get("left", ())

    def _replace_people(self, people):
        """Changes after the answer may have been taken before it was."""
        self.people = {each["id"] for each in people}
        for change in self._early:
            self._change_people(change)

    def _change_people(self, change):
        self.people -= set(change.get("left", ()))
        self.people |= {each["id"] for each in change.get("joined", ())}

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
