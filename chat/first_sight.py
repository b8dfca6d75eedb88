"""The messages that a room is first seen with: they are here before a socket can bring them.

The page asks for them while its scripts are on their way. They are not in the page itself, which is
compressed together with the token of its forms (see `compression.py`).
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from chat.namespace import Rules
from chat.reading import Reader

MESSAGES = 25  # what a screen shows; the room's first page comes when it is entered


def create_first_sight(rules: Rules, reader: Reader) -> Blueprint:
    """The blueprint of the first messages.

    Args:
        rules: Who may come in, where they may go, and how often.
        reader: Of the messages.
    """
    first_sight = Blueprint("first_sight", __name__)

    @first_sight.get("/rooms/<room_id>/messages")
    def messages(room_id: str) -> ResponseReturnValue:
        person = rules.sessions.visit()
        rules.event_rate.spend(person.id)
        page = reader.newest(rules.access.room(person, room_id).id, MESSAGES)
        return {"messages": [each.to_wire() for each in page.messages], "more": page.more}

    return first_sight
