"""Messages for the tests of histories."""

import time
import uuid

from chat.messages.ids import MessageIds
from chat.messages.message import Draft

ids = MessageIds()


def draft(text="Hello", room="general", user="u1", client_id=None):
    return Draft(room, user, f"Name of {user}", text, client_id or str(uuid.uuid4()))


def message(text="Hello", at=None, **more):
    """A message, now or `at` seconds since the epoch."""
    make = ids if at is None else MessageIds(clock=lambda: at)
    return draft(text, **more).with_id(make.make("general"))


def store(history, *messages):
    for start in range(0, len(messages), 25):
        group = list(messages[start : start + 25])
        assert history.append(group) == group


def days_ago(days):
    return time.time() - days * 86_400
