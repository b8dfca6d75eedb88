"""A history in memory that a test can stop, slow down and break."""

import threading

from chat.errors import Unavailable
from chat.storage.base import History, InDoubt, Page


class MemoryHistory(History):
    """Does what DynamoDB does: `append` doesn't look for earlier messages, claims are exclusive.

    `troubles` are functions, one for each of the next calls of `append`: it returns what they
    return for the messages, and stores nothing itself.
    """

    def __init__(self):
        self.messages = []
        self.claims = {}
        self.troubles = []
        self.groups = []  # the texts of each call of `append`
        self.is_down = False
        self.finds = 0
        self.open = threading.Event()  # `append` waits for it
        self.open.set()
        self.began = threading.Semaphore(0)  # released by each call of `append`

    def append(self, messages):
        self.groups.append([message.text for message in messages])
        self.began.release()
        assert self.open.wait(10)
        if self.troubles:
            return self.troubles.pop(0)(messages)
        return self.put(messages)

    def put(self, messages):
        self.messages += messages
        return list(messages)

    def find(self, room, user_id, client_id, since):
        self.finds += 1
        if self.is_down:
            raise Unavailable("down")
        return next(
            (
                each
                for each in self.messages
                if (each.room, each.user_id, each.client_id) == (room, user_id, client_id)
                and each.id > since
            ),
            None,
        )

    def claim(self, draft, token, instead_of):
        holder = self.claims.get(draft.client_id)
        if holder in {None, instead_of}:
            self.claims[draft.client_id] = token
        return self.claims[draft.client_id]

    def release(self, draft, token):
        if self.claims.get(draft.client_id) == token:
            del self.claims[draft.client_id]

    def newest(self, room, limit):
        return Page(self.messages[-limit:], more=len(self.messages) > limit)

    before = since = count_after = counts_between = count_between = create = check = newest


def refuse(messages):
    return [Unavailable("busy") for _ in messages]


def doubt(messages):
    """Not stored, but the outcome is unknown."""
    return [InDoubt("no answer") for _ in messages]


class Time:
    """A clock that `sleep` moves."""

    def __init__(self):
        self.now = 1_790_000_000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
