"""What a message is: its text and its form on the wire."""

import re
from typing import Any, NamedTuple

from chat.errors import Invalid, TooLong
from chat.text import is_blank

# The largest text, whatever the settings say. DynamoDB takes items of 400 KB. In JSON each byte may
# become two, and the text still has to fit the smallest buffer (settings.MIN_SOCKET_BUFFER).
MAX_TEXT_BYTES = 200_000

# The most text in one answer. The answer with its names and ids has to fit that buffer, too.
PAGE_BYTES = 128 * 1024

# Bytes of a packet besides the text of a message; enough for an `unread` of a hundred rooms, too.
ENVELOPE = 100_000

# All control characters except the line feed and the tab.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# The first characters of an id, its time: UTC in ISO 8601, `2026-11-22T10:47:12.123456Z`.
SENT_AT = 27

BYTES_OF_CHARACTER = 4  # at most, in UTF-8


class Message(NamedTuple):
    """A message as it is stored. `id` orders the messages of a room and is unique in it."""

    id: str
    room: str
    user_id: str
    user_name: str
    text: str
    client_id: str

    def to_wire(self) -> dict[str, Any]:
        """The Message of the wire contract."""
        id_, room, user_id, user_name, text, client_id = self
        return {
            "id": id_,
            "room": room,
            "user": {"id": user_id, "name": user_name},
            "text": text,
            "sent_at": id_[:SENT_AT],
            "client_id": client_id,
        }


class Draft(NamedTuple):
    """A message that has no id yet."""

    room: str
    user_id: str
    user_name: str
    text: str
    client_id: str

    def with_id(self, id_: str) -> Message:
        """The message that this draft becomes."""
        return Message(id_, *self)


def clean_text(text: str, limit: int) -> str:
    """The text to be stored.

    Args:
        text: As the client sent it.
        limit: Most characters; 0 for as many as the history takes.

    Raises:
        Invalid: There is nothing visible, or there are control characters, which could forge lines
            in a log or a terminal.
        TooLong: It is over the limit.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if limit and len(text) > limit:
        raise TooLong(f"A message can have {limit:,} characters. This one has {len(text):,}.")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLong(f"A message can have {MAX_TEXT_BYTES:,} bytes. This one has more.")
    if CONTROL.search(text):
        raise Invalid("This message has control characters. Leave them out.")
    if is_blank(text):
        raise Invalid("There is nothing to see in this message.")
    return text


def largest_packet(limit: int) -> int:
    r"""Bytes of the longest packet that a client has a reason to send.

    Args:
        limit: Most characters of a text; 0 for as many as the history takes. In JSON a character
            may take twelve bytes (the fox emoji is `\ud83e\udd8a`), and a byte of a text six
            (`\u0061` is an "a").
    """
    text = min(12 * limit, 6 * MAX_TEXT_BYTES) if limit else 6 * MAX_TEXT_BYTES
    return text + ENVELOPE


def newest_that_fit(messages: list[Message]) -> list[Message]:
    """The newest messages, in the same order, whose text is within PAGE_BYTES; at least one."""
    if BYTES_OF_CHARACTER * sum(len(message.text) for message in messages) <= PAGE_BYTES:
        return messages
    size = 0
    for index in range(len(messages) - 1, -1, -1):
        size += len(messages[index].text.encode())
        if size > PAGE_BYTES and index < len(messages) - 1:
            return messages[index + 1 :]
    return messages
