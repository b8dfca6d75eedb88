"""Every event of the wire contract: its name and, where it comes from a client, its payload."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chat.errors import Invalid
from chat.messages import is_message_id


def _check_message_id(value: str) -> str:
    if not is_message_id(value):
        raise ValueError("this is not the id of a message")
    return value


RoomId = Annotated[str, Field(min_length=1, max_length=64)]
MessageId = Annotated[str, AfterValidator(_check_message_id)]
PageLimit = Annotated[int, Field(ge=1, le=100)]
ClientId = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$")]
# A resend is looked for this far back, so a client's outbox may be closed for this long.
MILLISECONDS_OF_30_DAYS = 30 * 24 * 3600 * 1000


class Payload(BaseModel):
    """What a client sends with an event. Types are not coerced, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RoomPayload(Payload):
    """Names a room and nothing else."""

    room: RoomId


class Join(Payload):
    """Enter a room: with its newest page, or with all that came after a message."""

    room: RoomId
    after: MessageId | None = None
    limit: PageLimit | None = None


class Send(Payload):
    """Say something. A resend repeats `client_id` and says how old the first attempt is."""

    room: RoomId
    text: str
    client_id: ClientId
    first_attempt_ms_ago: int | None = Field(None, ge=0, le=MILLISECONDS_OF_30_DAYS)


class History(Payload):
    """Ask for the page before a message."""

    room: RoomId
    before: MessageId
    limit: PageLimit | None = None


class Unread(Payload):
    """Ask how many messages came after the newest that was read, room by room."""

    after: Annotated[dict[RoomId, MessageId], Field(max_length=100)]


class Typing(Payload):
    """Begin, go on or cease to type."""

    room: RoomId
    active: bool


# From clients, by namespace.
ROOMS: dict[str, type[Payload]] = {
    "join": Join,
    "leave": RoomPayload,
    "send": Send,
    "history": History,
    "unread": Unread,
}
TYPING: dict[str, type[Payload]] = {"join": RoomPayload, "leave": RoomPayload, "typing": Typing}

# To clients.
MESSAGE = "message"
PRESENCE = "presence"
ACTIVITY = "activity"
GOING_AWAY = "going_away"
TYPING_EVENT = "typing"


def parse(events: dict[str, type[Payload]], event: str, arguments: tuple[Any, ...]) -> Payload:
    """The payload of an event.

    Args:
        events: The events of the namespace.
        event: The name as received.
        arguments: What came with it.

    Raises:
        Invalid: It is no event of the contract, or its payload isn't as the contract says.
    """
    if not isinstance(event, str) or event not in events:
        raise Invalid(f"there is no event {str(event)[:40]!r}")
    if len(arguments) != 1:
        raise Invalid(f"{event} takes one payload, not {len(arguments)}")
    try:
        return events[event].model_validate(arguments[0])
    except ValidationError as error:
        raise Invalid(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part)[:40] for part in first["loc"]) or "payload"
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
