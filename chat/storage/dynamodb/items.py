"""The items of the table: partition key `RoomID`, sort key `Timestamp`, both texts."""

from collections.abc import Iterator
from typing import Any

from chat.messages.ids import is_message_id
from chat.messages.message import Draft, Message

KEYS = [("RoomID", "HASH"), ("Timestamp", "RANGE")]
TTL_ATTRIBUTE = "ExpiresAt"

# The key of an item that never exists. To write it on the condition that it exists changes nothing.
PROBE = {"RoomID": {"S": "probe:"}, "Timestamp": {"S": "never made"}}


def to_item(message: Message) -> dict[str, Any]:
    """The item of a message."""
    return {
        "RoomID": {"S": message.room},
        "Timestamp": {"S": message.id},
        "ClientID": {"S": message.client_id},
        "UserID": {"S": message.user_id},
        "UserName": {"S": message.user_name},
        "Text": {"S": message.text},
    }


def expiry(at: float) -> dict[str, Any]:
    """The attribute with which DynamoDB deletes an item some days after that time.

    Args:
        at: Seconds since the epoch.
    """
    return {TTL_ATTRIBUTE: {"N": str(int(at))}}


def claim_key(draft: Draft) -> dict[str, Any]:
    """The key of a claim. No room has such an id, so no read of a room comes across it."""
    return {"RoomID": {"S": f"resends:{draft.user_id}"}, "Timestamp": {"S": draft.client_id}}


def profile_key(person: str) -> dict[str, Any]:
    """The key of a person."""
    return {"RoomID": {"S": f"person:{person}"}, "Timestamp": {"S": "profile"}}


def session_key(person: str, session: str) -> dict[str, Any]:
    """The key of a session of a person."""
    return {"RoomID": {"S": f"person:{person}"}, "Timestamp": {"S": f"session#{session}"}}


def session_range() -> tuple[str, str]:
    """The bounds of the sort keys of sessions."""
    return "session#", "session#~"


def membership_key(person: str, room: str) -> dict[str, Any]:
    """The key of what a room is to a person."""
    return {"RoomID": {"S": f"person:{person}"}, "Timestamp": {"S": f"room#{room}"}}


def choices_key(person: str) -> dict[str, Any]:
    """The key of what a person has chosen: it sorts just before those of the memberships."""
    return {"RoomID": {"S": f"person:{person}"}, "Timestamp": {"S": "profile#choices"}}


def shared_range() -> tuple[str, str]:
    """The bounds of the sort keys of choices and memberships; ids of rooms may sort after `~`."""
    return "profile#choices", "room$"  # the next character after #


def name_key(text: str) -> dict[str, Any]:
    """The key of a name, by the text that it shares with its look-alikes."""
    return {"RoomID": {"S": "names:"}, "Timestamp": {"S": text}}


def revocation_key(id_: str) -> dict[str, Any]:
    """The key of something that was taken away."""
    return {"RoomID": {"S": "revoked:"}, "Timestamp": {"S": id_}}


def container_key(process: str) -> dict[str, Any]:
    """The key of the record of a process."""
    return {"RoomID": {"S": "containers:"}, "Timestamp": {"S": process}}


def messages_in(page: dict[str, Any]) -> Iterator[Message]:
    """The messages of a page, without the items of other applications."""
    attributes = ("Timestamp", "RoomID", "UserID", "UserName", "Text", "ClientID")
    for item in page["Items"]:
        message = Message(*(item.get(name, {}).get("S", "") for name in attributes))
        if message.text and is_message_id(message.id):
            yield message
