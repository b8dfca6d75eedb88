"""The messages that a room is first seen with: they are here before a socket can bring them.

The page asks for them while its scripts are on their way. They are not in the page itself, which is
compressed together with the token of its forms (see `compression.py`).
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from chat.accounts.sessions import Sessions
from chat.history.reader import Reader
from chat.rate_limit import RateLimit
from chat.rooms.access import Access

MESSAGES = 25  # what a screen shows; the room's first page comes when it is entered


def create_first_sight(
    sessions: Sessions, access: Access, event_rate: RateLimit, reader: Reader
) -> Blueprint:
    """The blueprint of the first messages.

    Args:
        sessions: Who is signed in.
        access: Which rooms a person may enter.
        event_rate: How often, together with the events of the person.
        reader: Of the messages.
    """
    first_sight = Blueprint("first_sight", __name__)

    @first_sight.get("/rooms/<room_id>/messages")
    def messages(room_id: str) -> ResponseReturnValue:
        person = sessions.visit()
        event_rate.spend(person.id)
        page = reader.newest(access.room(person, room_id).id, MESSAGES)
        return {"messages": [each.to_wire() for each in page.messages], "more": page.more}

    return first_sight
