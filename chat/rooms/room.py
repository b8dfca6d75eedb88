"""What a room is."""

import re
import unicodedata
from typing import NamedTuple

MAX_ROOM_ID = 128  # characters; in lower case a character of a title may become two


class Room(NamedTuple):
    """A room: the `id` is for addresses and the wire, the `title` and the `topic` for people."""

    id: str
    title: str
    topic: str = ""


def id_of_room(title: str) -> str:
    """The id of the room with that title, and so its address: `off-topic` for "Off Topic"."""
    return re.sub(r"\s+", "-", unicodedata.normalize("NFC", title.lower()))
