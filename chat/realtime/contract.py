"""Every event of the wire contract: its name and, where it comes from a client, its payload."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chat.errors import Invalid
from chat.messages.ids import is_message_id
from chat.rooms.room import MAX_ROOM_ID


def _check_message_id(value: str) -> str:
    if not is_message_id(value):
        raise ValueError("this is not the id of a message")
    return value


RoomId = Annotated[str, Field(min_length=1, max_length=MAX_ROOM_ID)]
MessageId = Annotated[str, AfterValidator(_check_message_id)]
PageLimit = Annotated[int, Field(ge=1, le=100)]
ClientId = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$")]
AN_HOUR = 3_600_000  # milliseconds
# A resend is looked for this far back, so a client's outbox may be closed for this long.
THIRTY_DAYS = 30 * 24 * AN_HOUR
A_YEAR = 365 * 24 * AN_HOUR


MOST_FIELDS = 100  # of one object in a payload, so rooms in a question about unread messages


class Payload(BaseModel):
    """What a client sends with an event. Types are not coerced, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @property
    def cost(self) -> int:
        """What it takes to answer, in reads of a page; counts against the rate of events."""
        return 1


class RoomPayload(Payload):
    """Names a room and nothing else."""

    room: RoomId


class Join(Payload):
    """Enter a room: with its newest page, or with all that came after a message.

    `up_to` is up to where the client was told that it has everything.
    """

    room: RoomId
    after: MessageId | None = None
    up_to: MessageId | None = None
    limit: PageLimit | None = None

    @property
    def cost(self) -> int:
        """All that was missed may be ten pages, but seldom is."""
        return 5 if self.after or self.up_to else 1


class Send(Payload):
    """Say something. A resend repeats `client_id` and says how old the first attempt is.

    `connected_ms` is how old the connection was, as the client counts, when it sent this.
    """

    room: RoomId
    text: str
    client_id: ClientId
    first_attempt_ms_ago: int | None = Field(None, ge=0, le=THIRTY_DAYS)
    connected_ms: int | None = Field(None, ge=0, le=A_YEAR)

    @property
    def cost(self) -> int:
        """The older the first attempt is, the more may have to be searched for it."""
        return cost_of_search((self.first_attempt_ms_ago or 0) / 1000)


def cost_of_search(seconds: float) -> int:
    """What it takes to search so much of a room for a message, in reads of a page."""
    return min(1 + int(seconds) // 3600, 100)


class PageBefore(Payload):
    """Ask for the page before a message."""

    room: RoomId
    before: MessageId
    limit: PageLimit | None = None

    @property
    def cost(self) -> int:
        """A long page of long messages is a hundred times a short one."""
        return max(1, (self.limit or 0) // 25)


class Unread(Payload):
    """Ask how many messages came after the newest that was read, room by room."""

    after: dict[RoomId, MessageId]

    @property
    def cost(self) -> int:
        """Each room is counted by itself."""
        return max(1, len(self.after))


class Typing(Payload):
    """Begin, go on or cease to type."""

    room: RoomId
    active: bool


# From clients, by namespace.
ROOMS_REQUESTS: dict[str, type[Payload]] = {
    "join": Join,
    "leave": RoomPayload,
    "send": Send,
    "history": PageBefore,
    "unread": Unread,
}
TYPING_REQUESTS: dict[str, type[Payload]] = {
    "join": RoomPayload,
    "leave": RoomPayload,
    "typing": Typing,
}

# To clients.
MESSAGE = "message"
PRESENCE = "presence"
MARK = "mark"
ACTIVITY = "activity"
GOING_AWAY = "going_away"
TYPING = "typing"


def parse(requests: dict[str, type[Payload]], event: str, arguments: tuple[Any, ...]) -> Payload:
    """The payload of an event.

    Args:
        requests: The events that the namespace takes.
        event: The name as received.
        arguments: What came with it.

    Raises:
        Invalid: It is no event of the contract, or its payload isn't as the contract says.
    """
    if not isinstance(event, str) or event not in requests:
        raise Invalid(f"there is no event {str(event)[:40]!r}")
    if len(arguments) != 1:
        raise Invalid(f"{event} takes one payload, not {len(arguments)}")
    payload = arguments[0]
    if _has_too_many_fields(payload):
        raise Invalid(f"payload: an object has at most {MOST_FIELDS} fields")
    try:
        return requests[event].model_validate(payload)
    except ValidationError as error:
        raise Invalid(_explain(error)) from None


def _has_too_many_fields(payload: object) -> bool:
    """Asked first: to find out what is wrong with 70,000 fields takes a tenth of a second."""
    if not isinstance(payload, dict):
        return False
    objects = [value for value in (payload, *payload.values()) if isinstance(value, dict)]
    return any(len(each) > MOST_FIELDS for each in objects)


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part)[:40] for part in first["loc"]) or "payload"
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
