"""Compares what clients saw with what is stored.

It checks the promises of the chat: no message is lost, made up, duplicated, changed or out of
order, and every screen shows what a new one would show. And all agree on who is here and on what is
unread.
"""

from collections import defaultdict
from typing import NamedTuple

from chat.messages.ids import FIRST_ID
from tests.faults.journal import ACKNOWLEDGED, PEOPLE, READ, RECEIVED, ROOM, SENT, VIEW


class Violation(NamedTuple):
    kind: str
    client: str
    detail: str


LOST = "lost"  # acknowledged, but not stored
PHANTOM = "phantom"  # received, but not stored
DUPLICATE = "duplicate"  # stored or acknowledged as two messages
CHANGED = "changed"  # not what was sent, or not the same for all
ORDER = "order"  # a client's messages are not in the order in which it sent them
VIEW_DIFFERS = "view"  # a screen doesn't show what is stored
STUCK = "stuck"  # neither acknowledged nor refused, though everything works again
COPY_WORKS = "copy"  # a server lets a copied cookie in, though its session was signed out
PEOPLE_DIFFER = "people"  # a screen doesn't show who is here
UNREAD_DIFFERS = "unread"  # a server says something wrong about what is new or was read
LATE = "late"  # the bus was back for long, and what was said without it was not everywhere yet

KINDS = (
    LOST,
    PHANTOM,
    DUPLICATE,
    CHANGED,
    ORDER,
    VIEW_DIFFERS,
    STUCK,
    COPY_WORKS,
    PEOPLE_DIFFER,
    UNREAD_DIFFERS,
    LATE,
)

MOST_UNREAD = 100  # a server counts no further


def check(journal, stored, stuck=(), copies=(), here=None):
    """All violations.

    Args:
        journal: Of all clients, after everything has come to rest.
        stored: The messages of the history by room, in its order and in the format of the wire.
        stuck: (client, client_id) of each message that is still in an outbox.
        copies: (person, server) for each copied cookie that is let in after a sign-out.
        here: The ids of the people who are really in a room, by room.
    """
    history = _History(stored)
    sent = {entry.subject["client_id"]: entry for entry in journal.of(SENT)}
    return [
        *_doubled(history),
        *_misplaced(history, sent),
        *_lost(history, journal.of(ACKNOWLEDGED)),
        *_answered_twice(journal.of(ACKNOWLEDGED)),
        *_phantoms(history, journal.of(RECEIVED)),
        *_different_views(history, journal.of(VIEW)),
        *(Violation(STUCK, client, client_id) for client, client_id in stuck),
        *(Violation(COPY_WORKS, person, server) for person, server in copies),
        *_different_people(here, journal.of(PEOPLE)),
        *_different_numbers(history, journal.of(READ), journal.of(ROOM)),
    ]


class _History:
    def __init__(self, stored):
        self.rooms = stored
        self.by_id = {
            (room, message["id"]): message
            for room, messages in stored.items()
            for message in messages
        }


def _doubled(history):
    seen = defaultdict(list)
    for room, messages in history.rooms.items():
        for message in messages:
            seen[message["user"]["id"], message["client_id"]].append(f"{room} {message['id']}")
    for (user, client_id), places in seen.items():
        if len(places) > 1:
            yield Violation(DUPLICATE, user, f"{client_id} is stored as {places}")


def _misplaced(history, sent):
    """Each stored message was sent like that, and each client's messages are in sending order."""
    for room, messages in history.rooms.items():
        last = defaultdict(int)
        for message in messages:
            entry = sent.get(message["client_id"])
            if entry is None or (entry.room, entry.subject["text"]) != (room, message["text"]):
                yield Violation(CHANGED, "", f"nobody sent {message} to {room}")
                continue
            if entry.number < last[entry.client]:
                yield Violation(ORDER, entry.client, f"{message['text']!r} is behind a later one")
            last[entry.client] = max(last[entry.client], entry.number)


def _lost(history, acknowledged):
    for entry in acknowledged:
        yield from _compare(history, entry, LOST, "was acknowledged")


def _phantoms(history, received):
    for entry in received:
        yield from _compare(history, entry, PHANTOM, "was received")


def _compare(history, entry, kind, what):
    message = entry.subject
    stored = history.by_id.get((entry.room, message["id"]))
    if stored is None:
        detail = f"{message['text']!r} ({message['id']}) {what} and is not stored"
        yield Violation(kind, entry.client, detail)
    elif stored != message:
        yield Violation(CHANGED, entry.client, f"{message} {what}, but {stored} is stored")


def _answered_twice(acknowledged):
    answers = {}
    for entry in acknowledged:
        key = entry.client, entry.subject["client_id"]
        first = answers.setdefault(key, entry.subject)
        if first["id"] != entry.subject["id"]:
            detail = f"{key[1]} was acknowledged as {first['id']} and {entry.subject['id']}"
            yield Violation(DUPLICATE, entry.client, detail)


def _different_views(history, views):
    """A view shows the history of its room from some message on, without a gap, in its order."""
    for entry in views:
        shown = list(entry.subject)
        ids = [message["id"] for message in history.rooms[entry.room]]
        expected = ids[ids.index(shown[0]) :] if shown and shown[0] in ids else ids
        if shown != expected:
            missing = sorted(set(expected) - set(shown))[:3]
            extra = sorted(set(shown) - set(expected))[:3]
            detail = (
                f"{entry.room} shows {len(shown)} messages and not {len(expected)}: "
                f"missing {missing}, too many {extra}, or another order"
            )
            yield Violation(VIEW_DIFFERS, entry.client, detail)


def _different_people(here, shown):
    for entry in shown:
        missing = sorted(here[entry.room] - entry.subject)
        extra = sorted(entry.subject - here[entry.room])
        if missing or extra:
            detail = f"{entry.room} shows {len(entry.subject)}: missing {missing}, too many {extra}"
            yield Violation(PEOPLE_DIFFER, entry.client, detail)


def _different_numbers(history, read, told):
    for entry in told:
        expected = room_of(entry.subject["person"], entry.room, history.rooms[entry.room], read)
        if entry.subject != expected:
            detail = f"{entry.room} has {expected}, and the server says {entry.subject}"
            yield Violation(UNREAD_DIFFERS, entry.client, detail)


def room_of(person, room, stored, read):
    """What a room is to a person, as `Client.look` returns it.

    Args:
        person: The id.
        room: The id.
        stored: The messages of the room.
        read: All READ entries of the journal.
    """
    places = [each.subject["id"] for each in read if each.room == room and _is_by(person, each)]
    read_up_to = max(places, default=None)
    unread = [each for each in stored if each["id"] > (read_up_to or "")]
    of_others = sum(each["user"]["id"] != person for each in unread)
    return {
        "person": person,
        "latest": stored[-1]["id"] if stored else FIRST_ID,
        "read_up_to": read_up_to,
        "unread": min(of_others, MOST_UNREAD),
    }


def _is_by(person, entry):
    return entry.subject["person"] == person
