"""Which rooms a person may enter. All look-ups of rooms go through here, and check permission."""

from collections.abc import Sequence

from chat.accounts.person import Person
from chat.errors import UnknownRoom
from chat.rooms.room import Room


class Access:
    """The rooms of the settings, open to everybody who is signed in."""

    def __init__(self, rooms: Sequence[Room]) -> None:
        self._rooms = {room.id: room for room in rooms}

    def rooms(self, person: Person) -> list[Room]:  # noqa: ARG002  all rooms are open
        """All rooms that the person may enter, in the order of the settings."""
        return list(self._rooms.values())

    def room(self, person: Person, room_id: str) -> Room:  # noqa: ARG002  all rooms are open
        """The room, if the person may enter it.

        Raises:
            chat.errors.UnknownRoom: There is none of that id for this person.
        """
        if room := self._rooms.get(room_id):
            return room
        raise UnknownRoom("There is no such room. It may have been removed.")
