"""The newest messages of a room over HTTP, so that a page shows them before its socket is open.

The page requests them while its scripts are still loading. They are not part of the page itself,
because it is compressed together with the token of its forms (see `compression.py`).
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from chat.accounts.sessions import Sessions
from chat.history.reader import Reader
from chat.rate_limit import RateLimit
from chat.rooms.access import Access

MESSAGES = 25  # enough for a screen; a whole page of messages comes when the room is joined


def create_first_sight(
    sessions: Sessions, access: Access, event_rate: RateLimit, reader: Reader
) -> Blueprint:
    """The blueprint of the first messages.

    Args:
        sessions: Who is signed in.
        access: Which rooms a person may enter.
        event_rate: Limits these requests together with the person's events.
        reader: Reads messages from the history.
    """
    first_sight = Blueprint("first_sight", __name__)

    @first_sight.get("/rooms/<room_id>/messages")
    def messages(room_id: str) -> ResponseReturnValue:
        person = sessions.visit().person
        event_rate.spend(person.id)
        page = reader.newest(access.room(person, room_id).id, MESSAGES)
        return {"messages": [each.to_wire() for each in page.messages], "more": page.more}

    return first_sight
