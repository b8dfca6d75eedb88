"""All clients of an arena agree with what is true: who is here, and what is unread."""

import contextlib

from tests.faults import checker, journal
from tests.faults.journal import ACKNOWLEDGED, SENT


def people_by_room(clients):
    """The ids of those whose connections are in each room, by room."""
    rooms = {room for client in clients for room in client.rooms}
    return {
        room: {client.person for client in clients if client.is_live and room in client.rooms}
        for room in rooms
    }


def do_people_agree(clients):
    """Whether the screens of all show the same people, and those who are really here."""
    here = people_by_room(clients)
    return all(room.people == here[room.id] for client in clients for room in client.rooms.values())


def note_people(clients):
    for client in clients:
        for room in client.rooms.values():
            client.journal.note(client.name, journal.PEOPLE, room.id, frozenset(room.people))


def have_all_arrived(clients, entries):
    """Whether all clients show what was acknowledged to one of them."""
    return do_show(clients, acknowledged(entries))


def acknowledged(entries, since=0):
    """The ids of the messages that were sent after that entry and acknowledged, by room."""
    sent = {each.subject["client_id"] for each in entries.of(SENT) if each.number > since}
    ids = {}
    for entry in entries.of(ACKNOWLEDGED):
        if entry.subject["client_id"] in sent:
            ids.setdefault(entry.room, set()).add(entry.subject["id"])
    return ids


def do_show(clients, ids):
    """Whether all clients are in their rooms and show these; a screen may begin later."""
    return not who_lacks(clients, ids)


def who_lacks(clients, ids):
    """The names of the clients that don't."""
    return [
        client.name
        for client in clients
        if not client.is_live
        or not all(_shows(room, ids.get(room.id, set())) for room in client.rooms.values())
    ]


def _shows(room, ids):
    missing = ids.difference(room.shown)
    return not missing or (room.has_more and room.shown and max(missing) < room.shown[0])


async def look(clients):
    """What the servers say of the rooms: `Client.look()` by client, for those who get an answer."""
    found = {}
    for client in clients:
        with contextlib.suppress(OSError):  # also the TimeoutError
            found[client] = await client.look()
    return found


def is_true(found, clients, stored, entries):
    """Whether that is what is stored and was read, for all clients."""
    read = entries.of(journal.READ)
    return len(found) == len(clients) and all(
        room == checker.room_of(client.person, id_, stored[id_], read)
        for client, rooms in found.items()
        for id_, room in rooms.items()
    )


def note_rooms(found, clients):
    for client in clients:
        no_answer = {room: {"person": client.person} for room in client.rooms}
        for id_, room in found.get(client, no_answer).items():
            client.journal.note(client.name, journal.ROOM, id_, room)
