"""The outcomes of the latest messages, so that a resend to the same process needs no read."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Any, NamedTuple

from chat.errors import ChatError, Conflict
from chat.messages.message import Draft, Message

REMEMBERED = 5000  # messages that were stored, and as many that were refused

Key = tuple[str, str]


def key_of(draft: Draft) -> Key:
    """The user and the `client_id`: two drafts with the same key are the same message."""
    return draft.user_id, draft.client_id


class Outcomes:
    """Remembers which messages were stored, and which first attempts were refused.

    Not thread-safe: the caller holds a lock, except for `was_refused`.
    """

    def __init__(self) -> None:
        self._stored: OrderedDict[Key, _Stored] = OrderedDict()
        self._refused: OrderedDict[Key, None] = OrderedDict()

    def stored(self, draft: Draft) -> Message | None:
        """The stored message of that draft, if it is remembered.

        Raises:
            chat.errors.Conflict: The `client_id` was used for another text or room.
        """
        earlier = self._stored.get(key_of(draft))
        return earlier.as_sent_again(draft) if earlier else None

    def was_refused(self, key: Key) -> bool:
        """Whether this process refused the first attempt, so it can't be stored."""
        return key in self._refused

    def add(self, draft: Draft, outcome: Message | ChatError, *, is_first_attempt: bool) -> None:
        """Remember the outcome of a draft."""
        if isinstance(outcome, Message):
            _remember(self._stored, key_of(draft), _Stored.of(outcome))
        elif is_first_attempt:
            _remember(self._refused, key_of(draft), None)


def _remember(memory: OrderedDict[Key, Any], key: Key, value: Any) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)


class _Stored(NamedTuple):
    """A stored message, with a digest in place of its text, which may be long."""

    id: str
    room: str
    user_name: str
    digest: bytes

    @classmethod
    def of(cls, message: Message) -> "_Stored":
        return cls(message.id, message.room, message.user_name, _digest(message.text))

    def as_sent_again(self, draft: Draft) -> Message:
        """The stored message, if the draft has the same room and text; otherwise a Conflict."""
        if (self.room, self.digest) != (draft.room, _digest(draft.text)):
            raise Conflict("this client_id was used for another message")
        return draft._replace(user_name=self.user_name).with_id(self.id)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
