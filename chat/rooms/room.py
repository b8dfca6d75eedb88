"""What a room is."""

import re
import unicodedata
from typing import NamedTuple

MAX_ROOM_ID = 128  # characters; a character of a title may become two in lower case


class Room(NamedTuple):
    """A room: the `id` is for URLs and the wire, the `title` and the `topic` are for people."""

    id: str
    title: str
    topic: str = ""


def id_of_room(title: str) -> str:
    """The id of the room with that title, also used in its URL: `off-topic` for "Off Topic"."""
    return re.sub(r"\s+", "-", unicodedata.normalize("NFC", title.lower()))
