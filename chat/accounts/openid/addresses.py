"""Addresses of the provider to which browsers are sent."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import regex

from chat.accounts.openid.metadata import Metadata
from chat.openid_settings import GOOGLE

_COGNITO = regex.compile(r"https://cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?/.+")


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """An address with more parameters than it has."""
    separator = "&" if urlsplit(address).query else "?"
    return f"{address}{separator}{urlencode(parameters)}"


def challenge(verifier: str) -> str:
    """What the provider is told first of a text that it gets later: PKCE, RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def prompt_for(issuer: str, *, choose_account: bool) -> dict[str, str]:
    """What the provider has to ask people, as parameters of the address."""
    if issuer == GOOGLE:
        # Without these Google gives no refresh token, or only to the first browser of a person.
        account = "select_account " if choose_account else ""
        return {"access_type": "offline", "prompt": f"{account}consent"}
    return {"prompt": "login"} if choose_account else {}


def logout_address(
    issuer: str, metadata: Metadata, client_id: str, id_token: str, return_to: str
) -> str | None:
    """Where a browser ends its session with the provider; None if there is no such place."""
    if _COGNITO.fullmatch(issuer):
        # It follows no standard. The issuer is a host of the API; browsers use another one.
        host = urlsplit(metadata.authorization_endpoint).netloc
        parameters = {"client_id": client_id, "logout_uri": return_to}
        return with_query(f"https://{host}/logout", parameters)
    if not metadata.end_session_endpoint:
        return None
    parameters = {"client_id": client_id, "post_logout_redirect_uri": return_to}
    if id_token:
        parameters["id_token_hint"] = id_token
    return with_query(metadata.end_session_endpoint, parameters)
