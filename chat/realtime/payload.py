"""Payloads of events: what clients send, checked before a handler sees it."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chat.errors import Invalid
from chat.messages.ids import is_message_id
from chat.rooms.room import MAX_ROOM_ID

MOST_FIELDS = 100  # of one object in a payload, and so most rooms in one `unread`


def _check_message_id(value: str) -> str:
    if not is_message_id(value):
        raise ValueError("this is not the id of a message")
    return value


RoomId = Annotated[str, Field(min_length=1, max_length=MAX_ROOM_ID)]
MessageId = Annotated[str, AfterValidator(_check_message_id)]
PageLimit = Annotated[int, Field(ge=1, le=100)]  # messages


class Payload(BaseModel):
    """What a client sends with an event. Types are not coerced, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @property
    def cost(self) -> int:
        """How many units of the event rate the answer costs; one unit is the read of a page."""
        return 1


class RoomPayload(Payload):
    """Names a room and nothing else."""

    room: RoomId


def parse(payload_type: type[Payload], event: str, arguments: tuple[Any, ...]) -> Payload:
    """The payload of an event.

    Args:
        payload_type: The type that the event takes.
        event: The name of the event.
        arguments: What the client sent with it.

    Raises:
        chat.errors.Invalid: The payload isn't as the contract says; names the first mistake.
    """
    if len(arguments) != 1:
        raise Invalid(f"{event} takes one payload, not {len(arguments)}")
    payload = arguments[0]
    if _has_too_many_fields(payload):
        raise Invalid(f"payload: an object has at most {MOST_FIELDS} fields")
    try:
        return payload_type.model_validate(payload)
    except ValidationError as error:
        raise Invalid(_explain(error)) from None


def _has_too_many_fields(payload: object) -> bool:
    """Checked before the validation, which takes 0.1 s to list the mistakes of 70,000 fields."""
    if not isinstance(payload, dict):
        return False
    objects = [value for value in (payload, *payload.values()) if isinstance(value, dict)]
    return any(len(each) > MOST_FIELDS for each in objects)


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part)[:40] for part in first["loc"]) or "payload"
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
