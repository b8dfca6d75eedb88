"""Checks what the provider has signed: ID tokens and logout tokens."""

import hmac
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry

from chat.accounts.openid.identity import is_short
from chat.accounts.openid.keys import SigningKeys
from chat.clocks import Clock

# Only those with a key pair: with one key for both, whoever can check tokens can make them, and
# "none" is no signature.
ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
    "Ed25519",
]

LEEWAY = 90  # seconds by which the clocks may differ
ANY_LEEWAY = 10**12  # seconds

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TYPES = {"logout+jwt", "application/logout+jwt", "jwt", ""}  # in lower case
LOGOUTS_ARE_NEW_FOR = 600  # seconds

Claims = dict[str, Any]


class BadTokenError(Exception):
    """A token is not what it should be; the text says why, to operators."""


class ClocksDifferError(BadTokenError):
    """All of a token is right but the time."""


class Tokens:
    """Checks tokens of one provider for one client.

    Args:
        issuer: The provider.
        client_id: The client.
        keys: The provider's keys.
        clock: Seconds since the epoch.
    """

    def __init__(self, issuer: str, client_id: str, keys: SigningKeys, clock: Clock) -> None:
        self._client_id = client_id
        self._keys = keys
        self._clock = clock
        self._expected = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "iat": {"essential": True},
        }

    def read_id_token(self, token: object, address: str, nonce: str | None = None) -> Claims:
        """The claims of an ID token; its `sub` is of use as a part of an id.

        Args:
            token: The text.
            address: The provider's `jwks_uri`.
            nonce: That of the sign-in; None for a token that came by a refresh.

        Raises:
            BadTokenError: The token is wrong.
            chat.errors.Unavailable: The keys can't be fetched.
        """
        claims = self._signed(token, address).claims
        self._check(claims, exp={"essential": True}, sub={"essential": True})
        self._check_party(claims)
        if nonce is not None and not same(claims.get("nonce"), nonce):
            raise BadTokenError("the nonce is not that of the sign-in")
        if not is_short(claims["sub"]):
            raise BadTokenError("the subject is too long, or has characters that can't be shown")
        return claims

    def _check_party(self, claims: Claims) -> None:
        """The token must be for us, not for a client to which we are just known."""
        is_for_others, party = claims["aud"] not in (self._client_id, [self._client_id]), "azp"
        if (is_for_others or party in claims) and claims.get(party) != self._client_id:
            raise BadTokenError("the authorized party is somebody else")

    def read_logout_token(self, token: object, address: str) -> Claims:
        """The claims of a logout token: `jti`, and `sub` or `sid` or both; raises the same."""
        signed = self._signed(token, address)
        claims = signed.claims
        self._check(claims, jti={"essential": True})
        if str(signed.header.get("typ", "")).lower() not in LOGOUT_TYPES:
            raise BadTokenError("the type is not that of a logout token")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise BadTokenError("it says nothing of a logout")
        if "nonce" in claims:
            raise BadTokenError("a logout token has no nonce")
        if claims["iat"] < self._clock() - LOGOUTS_ARE_NEW_FOR:
            raise BadTokenError("the logout was long ago")
        if not is_short(claims["jti"]):
            raise BadTokenError("its id is too long")
        if not (is_short(claims.get("sub")) or is_short(claims.get("sid"))):
            raise BadTokenError("it doesn't say whose logout")
        return claims

    def _signed(self, token: object, address: str) -> jwt.Token:
        if not isinstance(token, str):
            raise BadTokenError("there is no token")
        try:
            return self._decode(token, address)
        except (InvalidKeyIdError, BadSignatureError):
            self._keys.fetch(address)  # it may be signed with a new one
        except (JoseError, ValueError) as error:
            raise BadTokenError(str(error)) from None
        try:
            return self._decode(token, address)
        except (JoseError, ValueError) as error:
            raise BadTokenError(str(error)) from None

    def _decode(self, token: str, address: str) -> jwt.Token:
        # Providers may put what they like into the header.
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            return jwt.decode(token, self._keys.current(address), registry=registry)
        except RecursionError:
            raise BadTokenError("it is nested too deeply") from None
        except TypeError:  # the library's: of a header "crit" that is no list of texts
            raise BadTokenError("its header is malformed") from None

    def _check(self, claims: Claims, **more: Mapping[str, Any]) -> None:
        """Check the issuer, the audience and the times, as far as there are any."""
        expected: Any = {**self._expected, **more}
        try:
            self._registry(LEEWAY, expected).validate(claims)
        except ClaimError as error:
            try:
                self._registry(ANY_LEEWAY, expected).validate(claims)
            except ClaimError:
                raise BadTokenError(str(error)) from None
            raise ClocksDifferError(f"the clocks differ: {error}") from None

    def _registry(self, leeway: int, expected: Any) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(int(self._clock()), leeway, **expected)


def same(found: object, expected: str) -> bool:
    """Compare in a time that says nothing about the expected text."""
    return isinstance(found, str) and hmac.compare_digest(
        found.encode(errors="replace"), expected.encode()
    )
