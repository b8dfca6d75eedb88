"""What crosses from one container to the others: a module for each thing.

Each module publishes what happens here, handles what the others publish, and says what has to be
done where something may have been missed.
"""


def room_channel(room_id: str) -> str:
    """The channel of a room: subscribed to while somebody here is in it."""
    return f"room:{room_id}"


def room_of(channel: str) -> str | None:
    """The id of the room whose channel it is."""
    return channel.removeprefix("room:") if channel.startswith("room:") else None


def person_channel(person_id: str) -> str:
    """The channel of a person: subscribed to while the person is connected here."""
    return f"person:{person_id}"
