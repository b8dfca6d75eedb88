"""What a failure means, what to do about it, and when to try again."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import acme.errors
import requests
from acme import messages

from deploy.https.authority import ProfileError
from deploy.https.certificates import CertificateError

# Seconds from one failed attempt to the next. Let's Encrypt refuses a name for an hour after five
# failed proofs within an hour: these are at most four.
PAUSES = (120, 600, 1200, 1800, 3600)

# What can be wrong with a proof. Of other refusals these are reasons, too, so they count only here.
PROOFS = {"caa", "connection", "dns", "incorrectResponse", "tls", "unauthorized"}

SOON = 20  # seconds: the next attempt has to work
UNREACHABLE = 300  # seconds
OUT_OF_ORDER = 3600  # seconds at most, whatever the authority says: certificates may live for days
LIMITED = 3600  # seconds, if the authority doesn't say how long
LONGEST = 7 * 86_400  # seconds, whatever the authority says

SPREAD = 1.1  # a pause is up to this many times as long, by chance


@dataclass(frozen=True)
class Failure:
    """A failed attempt.

    Attributes:
        why: What happened, and what to do.
        pause: Seconds until the next attempt; None if it depends on the attempts so far.
        counts: Whether it counts as an attempt.
        is_over: Whether the order can't be resumed.
        is_unknown: Whether the account has to be made again.
    """

    why: str
    pause: float | None = None
    counts: bool = True
    is_over: bool = True
    is_unknown: bool = False


def pause_after(failures: int) -> float:
    """Seconds until the next attempt, after so many failed ones."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def explain(error: Exception, name: str, retry_after: str, now: float) -> Failure:
    """What an error of an attempt means."""
    if isinstance(error, acme.errors.ValidationError):
        return Failure(_proof(next(_proofs(error), None), name))
    if isinstance(error, acme.errors.IssuanceError):
        error = error.error
        if error.code in PROOFS:
            return Failure(_proof(error, name))
    if isinstance(error, messages.Error):
        return _refusal(error, name, retry_after, now)
    return _without_answer(error)


def _without_answer(error: Exception) -> Failure:
    if isinstance(error, requests.RequestException):
        return _unreachable(_cause(error))
    if isinstance(error, acme.errors.TimeoutError):
        return Failure("the authority didn't come to an end in time", is_over=False)
    if isinstance(error, acme.errors.NonceError):
        return Failure("the authority lost count (nonce)", SOON, counts=False, is_over=False)
    if isinstance(error, acme.errors.ClientError):
        return _unreachable("its answer makes no sense")
    if isinstance(error, ProfileError | CertificateError):
        return Failure(str(error))
    return Failure(f"{type(error).__name__}: {error}", is_over=False)


def _proofs(error: acme.errors.ValidationError) -> Iterator[messages.Error]:
    for authorization in error.failed_authzrs:
        for each in authorization.body.challenges:
            if each.error is not None:
                yield each.error


def _proof(error: messages.Error | None, name: str) -> str:
    """Why the authority's visit to port 80 didn't prove that the name is ours."""
    code = error.code if error else None
    detail = f" ({_line(error.detail)})" if error and error.detail else ""
    if code in {"connection", "tls"}:
        return (
            f"the authority can't reach http://{name}/: open port 80 to the whole internet, and "
            f"let {name} lead to this server{detail}"
        )
    if code == "dns":
        return f"the domain {name} has no usable address in the DNS: add a record for it{detail}"
    if code == "caa":
        return f"a CAA record of the domain {name} forbids this authority: change it{detail}"
    return (
        f"another server answers at http://{name}/: let {name} lead to this server, and remove "
        f"what is in front of its port 80{detail}"
    )


def _refusal(error: messages.Error, name: str, retry_after: str, now: float) -> Failure:
    detail = _line(error.detail or error.title or str(error.typ))
    if error.code == "rateLimited":
        pause = _pause(retry_after, error.detail or "", now) or LIMITED
        until = datetime.datetime.fromtimestamp(now + pause, datetime.UTC)
        return Failure(
            f"the authority's rate limit is reached until {until:%Y-%m-%d %H:%M} UTC ({detail})",
            pause,
            counts=False,
            is_over=False,
        )
    if error.code == "badNonce":
        return Failure(f"the authority lost count ({detail})", SOON, counts=False, is_over=False)
    if error.code == "serverInternal":
        pause = min(_pause(retry_after, "", now) or UNREACHABLE, OUT_OF_ORDER)
        return Failure(
            f"the authority is out of order ({detail})", pause, counts=False, is_over=False
        )
    if error.code == "accountDoesNotExist":
        return Failure("the authority doesn't know the account", SOON, is_unknown=True)
    if error.code in {"rejectedIdentifier", "unsupportedIdentifier"}:
        return Failure(f"the authority issues no certificate for {name}: choose another ({detail})")
    return Failure(f"the authority refused ({detail})")


def _unreachable(cause: str) -> Failure:
    return Failure(
        "the authority can't be reached: let this server connect to it on port 443, and check "
        f"HTTPS_DIRECTORY ({cause})",
        UNREACHABLE,
        counts=False,
        is_over=False,
    )


def _pause(retry_after: str, detail: str, now: float) -> float | None:
    """The seconds that the authority asks for; Let's Encrypt also says them in words."""
    until = None
    if retry_after.isdecimal():
        until = now + int(retry_after)
    elif retry_after:
        until = _time(retry_after)
    elif found := re.search(r"retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", detail):
        until = datetime.datetime.fromisoformat(f"{found[1]}+00:00").timestamp()
    return None if until is None else min(max(until - now, SOON), LONGEST)


def _time(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _cause(error: BaseException) -> str:
    """The innermost reason: the outer ones only repeat the address."""
    while reason := (error.__cause__ or getattr(error, "reason", None) or _wrapped(error)):
        if not isinstance(reason, BaseException):
            break
        error = reason
    return _line(str(error)) or type(error).__name__


def _wrapped(error: BaseException) -> BaseException | None:
    return next((each for each in error.args if isinstance(each, BaseException)), None)


def _line(text: str | None) -> str:
    """One line, not too long, whatever the authority has sent."""
    printable = "".join(each if each.isprintable() else " " for each in text or "")
    line = " ".join(printable.split())
    return line if len(line) <= 300 else f"{line[:299]}…"
