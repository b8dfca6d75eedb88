"""Classifies errors of DynamoDB and of the network: is a write in doubt, may a retry help."""

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

# Codes of temporary errors. All others need an operator, except for those with a status 5xx.
PASSING = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}

# Errors of the SDK itself that need an operator, too. Its others are temporary network errors.
LASTING = (NoCredentialsError, PartialCredentialsError, ParamValidationError, ProfileNotFound)


class TooLateError(BotoCoreError):
    """A write was not sent, because its deadline was over."""

    fmt = "It took too long until the call could be sent"


def has_stored_nothing(error: BaseException) -> bool:
    """Whether it is certain that a write failed, and will not be carried out a little later."""
    if isinstance(error, ClientError):
        return _status(error) < 500
    unsent = (EndpointConnectionError, ConnectTimeoutError)
    return isinstance(error, (*LASTING, *unsent)) or _was_too_late(error)


def _was_too_late(error: BaseException) -> bool:
    """The SDK wraps an error that is raised while it sends a request into an HTTPClientError."""
    cause = error.kwargs.get("error") if isinstance(error, HTTPClientError) else error
    return isinstance(cause, TooLateError)


def is_passing(error: BaseException | None) -> bool:
    """Whether the same call may succeed later, without an operator."""
    if not isinstance(error, ClientError):
        return not isinstance(error, LASTING)
    return code_of(error) in PASSING or _status(error) >= 500


def is_outage(error: BaseException | None) -> bool:
    """Whether there was no answer, or one with a status 5xx; throttling is no outage."""
    if not isinstance(error, ClientError):
        return isinstance(error, BotoCoreError) and not isinstance(error, LASTING)
    return _status(error) >= 500


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def code_of(error: BaseException | None) -> str:
    """DynamoDB's name for an error; empty for errors that are not from DynamoDB."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
