"""What the provider says of itself: its discovery document."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

OPTIONAL = {"userinfo_endpoint", "end_session_endpoint"}


class Metadata(NamedTuple):
    """What the chat uses of a discovery document; addresses that are missing are empty."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    takes_basic: bool  # the client's secret in the header; else in the form
    names_itself: bool  # by `iss` in the address to which it sends people back


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Read a discovery document.

    Args:
        document: The document.
        issuer: The issuer of the settings.

    Raises:
        ValueError: It is no discovery document, or that of another issuer; says which.
    """
    _check_issuer(document.get("issuer"), issuer)
    methods = document.get("token_endpoint_auth_methods_supported")

    def address(name: str) -> str:
        return _address(document.get(name), name, is_secure=issuer.startswith("https:"))

    return Metadata(
        authorization_endpoint=address("authorization_endpoint"),
        token_endpoint=address("token_endpoint"),
        jwks_uri=address("jwks_uri"),
        userinfo_endpoint=address("userinfo_endpoint"),
        end_session_endpoint=address("end_session_endpoint"),
        # Without the list it is the default.
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _check_issuer(found: object, issuer: str) -> None:
    if found == issuer:
        return
    if not isinstance(found, str):
        raise ValueError(  # noqa: TRY004
            f"there is no OpenID provider at {issuer}"
        )
    hint = " (the slash at the end makes a difference)" if _alike(found, issuer) else ""
    raise ValueError(f"it calls itself {found!r:.300}, and CHAT_OIDC_ISSUER is {issuer!r}{hint}")


def _alike(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _address(found: object, name: str, *, is_secure: bool) -> str:
    if found is None and name in OPTIONAL:
        return ""
    if not isinstance(found, str) or not _is_address(found, is_secure):
        raise ValueError(f"its {name} is {found!r:.300}")
    return found


def _is_address(address: str, is_secure: bool) -> bool:
    if not (address.isascii() and address.isprintable()):
        return False  # it couldn't be sent
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.netloc) and parts.scheme in ({"https"} if is_secure else {"https", "http"})
