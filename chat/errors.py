"""The errors that a client can get, each with its code of the wire contract."""

import random
from typing import Any, ClassVar


class ChatError(Exception):
    """A refusal that is sent to the client.

    Args:
        message: What is wrong, in words for a person.
        retry_after: Seconds after which the same request may succeed.
    """

    code: ClassVar[str]

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """`{"code", "message", "retry_after"?}`."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.retry_after is not None:
            wire["retry_after"] = round(self.retry_after, 1)
        return wire


class Invalid(ChatError):
    """The request breaks the wire contract; the message says where."""

    code = "invalid"


class TooLong(ChatError):
    """The text is over the limit."""

    code = "too_long"


class Unauthorized(ChatError):
    """There is no session, or it has ended."""

    code = "unauthorized"


class Forbidden(ChatError):
    """It is known who this is, and this person may not."""

    code = "forbidden"


class UnknownRoom(ChatError):
    """No room of that id is open to this person."""

    code = "unknown_room"


class NotInRoom(ChatError):
    """The room has to be joined first."""

    code = "not_in_room"


class RateLimited(ChatError):
    """Too much of something; `retry_after` says when it is allowed again."""

    code = "rate_limited"


class Unavailable(ChatError):
    """The history can't be reached: nothing was stored, or that is unknown.

    Clients that get this error at the same time, even the same object, must not retry at the same
    time. So unless `retry_after` is given, each answer gets a random one.
    """

    code = "unavailable"

    def to_wire(self) -> dict[str, Any]:
        """`{"code", "message", "retry_after"}`."""
        return {"retry_after": round(random.uniform(1, 3), 1), **super().to_wire()}  # noqa: S311


class Conflict(ChatError):
    """This `client_id` was used before, for something else."""

    code = "conflict"
