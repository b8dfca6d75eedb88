"""Who somebody is, as the provider's claims say. Any of them may be missing, or be nonsense."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from chat.accounts.openid.display_name import display_name
from chat.openid_settings import GOOGLE
from chat.settings import Settings

MOST_OF_A_SUBJECT = 255  # characters
MOST_OF_A_TOKEN = 16_384  # characters of a refresh token, which is stored
MOST_OF_A_HINT = 6000  # characters of an ID token; servers take addresses of about 8000
MOST_OF_AN_ADDRESS = 254  # characters; the longest that mail servers take


class Identity(NamedTuple):
    """Somebody who has signed in with the provider.

    `subject` is the issuer, a line break, and the provider's id of the person; `person_id` is made
    of it. `email` is empty unless the provider has verified it. `provider_session` is the
    provider's `sid`. The tokens are empty if the provider sent none, or one that is too long.
    """

    subject: str
    person_id: str
    name: str
    email: str
    groups: frozenset[str]
    is_administrator: bool
    provider_session: str
    refresh_token: str
    id_token: str


def read_identity(
    settings: Settings, claims: Mapping[str, Any], tokens: Mapping[str, Any]
) -> Identity:
    """Who somebody is.

    Args:
        settings: Which claims to read, and who administers.
        claims: Those of the ID token, which is checked, and of the user info.
        tokens: The answer of the token endpoint.
    """
    subject = subject_of(settings.oidc_issuer, claims["sub"])
    email = read_email(claims, settings.oidc_issuer)
    groups = read_groups(claims, settings.oidc_groups_claim)
    session = claims.get("sid")
    return Identity(
        subject=subject,
        person_id=person_id_of(subject),
        name=read_name(claims, settings.oidc_name_claim),
        email=email,
        groups=groups,
        is_administrator=is_one_of(settings.administrators, email, groups),
        provider_session=session if is_short(session) else "",
        refresh_token=read_refresh_token(tokens),
        id_token=tokens["id_token"] if len(tokens["id_token"]) <= MOST_OF_A_HINT else "",
    )


def subject_of(issuer: str, sub: str) -> str:
    """Who a person is for all time: a provider never gives a `sub` to somebody else."""
    return f"{issuer}\n{sub}"


def person_id_of(subject: str) -> str:
    """The id of a person: 32 hex digits, so that nobody can find two of one id."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def is_short(text: object) -> TypeGuard[str]:
    """Whether this is a text of the length that the standard allows a subject, and can be shown."""
    return isinstance(text, str) and 0 < len(text) <= MOST_OF_A_SUBJECT and text.isprintable()


def can_be_sent(text: object) -> TypeGuard[str]:
    """Whether this is a text that may stand in a header or an address, as tokens have to."""
    return isinstance(text, str) and text.isascii() and text.isprintable()


def read_refresh_token(tokens: Mapping[str, Any]) -> str:
    """The refresh token, as the token endpoint gave it; empty if there is none of use."""
    token = tokens.get("refresh_token")
    return token if can_be_sent(token) and len(token) <= MOST_OF_A_TOKEN else ""


def read_name(claims: Mapping[str, Any], name_claim: str) -> str:
    """A name that is allowed, from the first claim that has one."""
    local_part = _text(claims.get("email")).partition("@")[0]
    names = (name_claim, "name", "preferred_username", "nickname")
    return display_name([*(_text(claims.get(name)) for name in names), local_part])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def read_email(claims: Mapping[str, Any], issuer: str) -> str:
    """The verified e-mail address, in lower case; empty if there is none."""
    email, verified = _text(claims.get("email")).lower(), claims.get("email_verified")
    if not (verified is True or verified == "true"):  # Cognito's user info has a text
        return ""
    local, _, domain = email.partition("@")
    is_address = local and domain and "@" not in domain and email.isprintable() and " " not in email
    if not is_address or len(email) > MOST_OF_AN_ADDRESS:
        return ""
    if issuer == GOOGLE and domain != "gmail.com" and not claims.get("hd"):
        # People made the account themselves, and Google verified the address once, long ago. They
        # may have left that company since. `hd` names the company whose account it is.
        return ""
    return email


def read_groups(claims: Mapping[str, Any], groups_claim: str) -> frozenset[str]:
    """The names of the groups; a text alone is one."""
    groups = claims.get(groups_claim)
    listed = [groups] if isinstance(groups, str) else groups
    return frozenset(
        each for each in (listed if isinstance(listed, list) else []) if isinstance(each, str)
    )


def is_one_of(members: Iterable[str], email: str, groups: frozenset[str]) -> bool:
    """Whether somebody is named: by domain, by address, or by a group.

    Args:
        members: As in the settings `allowed` and `administrators`.
        email: The verified address, or empty.
        groups: The groups of the person.
    """
    _, at, domain = email.partition("@")
    meant = {email, at + domain} if email else set()
    return any(each in (meant if "@" in each else groups) for each in members)
