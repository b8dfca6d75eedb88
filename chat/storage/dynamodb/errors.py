"""What an error of DynamoDB, or of the network before it, says of the call that it ended."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

# Codes of errors that pass by themselves. All others need an operator.
PASSING = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}

# Errors of the SDK itself that need an operator, too. All others are of the network, and pass.
LASTING = (NoCredentialsError, PartialCredentialsError, ParamValidationError, ProfileNotFound)


class TooLateError(BotoCoreError):
    """A write was not sent."""

    fmt = "It took too long until the call could be sent"


def has_stored_nothing(error: BaseException) -> bool:
    """Whether it is certain that a write failed, and will not be carried out a little later."""
    if isinstance(error, ClientError):
        return _status(error) < 500
    unsent = (EndpointConnectionError, ConnectTimeoutError)
    return isinstance(error, (*LASTING, *unsent)) or _was_too_late(error)


def _was_too_late(error: BaseException) -> bool:
    """What is raised while a request is sent comes out as the cause of another error."""
    cause = error.kwargs.get("error") if isinstance(error, HTTPClientError) else error
    return isinstance(cause, TooLateError)


def is_passing(error: BaseException | None) -> bool:
    """Whether the same call may succeed later, without an operator."""
    if not isinstance(error, ClientError):
        return not isinstance(error, LASTING)
    return code_of(error) in PASSING or _status(error) >= 500


def is_outage(error: BaseException | None) -> bool:
    """Whether there is no answer, or none that makes sense; throttling is one."""
    if not isinstance(error, ClientError):
        return isinstance(error, BotoCoreError) and not isinstance(error, LASTING)
    return _status(error) >= 500


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def code_of(error: BaseException | None) -> str:
    """DynamoDB's name for an error; empty if it is none of DynamoDB's."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
