"""The rooms that CHAT_ROOMS names."""

import re
import unicodedata

import regex

from chat.rooms.room import Room, id_of_room
from chat.settings import SettingsError
from chat.text import check_shown, is_blank

# Letters with their marks, digits, and the joiners that some scripts need inside words.
TITLE = regex.compile(r"(?![\p{M}\p{Cf}])\w[\w -]{0,63}")
MAX_TOPIC = 120  # characters


def configured_rooms(value: str) -> tuple[Room, ...]:
    """The rooms, in the order in which the setting names them.

    Raises:
        chat.settings.SettingsError: The setting is not valid; says what to change.
    """
    try:
        rooms = tuple(map(_room, _split(value)))
        _check(rooms)
    except ValueError as error:
        raise SettingsError(f"CHAT_ROOMS: {error}") from None
    return rooms


def _split(value: str) -> list[str]:
    """As in CSV: a part with a comma stands in quotation marks; inside, these are doubled."""
    parts = re.findall(r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)', value)
    descriptions = [quoted.replace('""', '"') or plain for quoted, plain in parts]
    return [each.strip() for each in descriptions if each.strip()]


def _room(description: str) -> Room:
    title, _, topic = map(str.strip, description.partition(":"))
    title = unicodedata.normalize("NFC", title)
    if not TITLE.fullmatch(title) or is_blank(title):
        raise ValueError(
            f"the room {title!r} may have 1 to 64 letters, digits, spaces, hyphens and underscores"
        )
    if topic:
        check_shown(topic)
    if len(topic) > MAX_TOPIC:
        raise ValueError(f"the topic of the room {title!r} has more than {MAX_TOPIC} characters")
    return Room(id=id_of_room(title), title=title, topic=topic)


def _check(rooms: tuple[Room, ...]) -> None:
    if not rooms:
        raise ValueError("name at least one room")
    ids = [room.id for room in rooms]
    if repeated := {id_ for id_ in ids if ids.count(id_) > 1}:
        raise ValueError(f"the room {min(repeated)} is named twice")
