"""Exchanges codes and refresh tokens for tokens, and learns whether the provider refuses somebody.

A refusal of a person and a failure of this chat look much alike: a wrong secret must not sign
everybody out.
"""

import logging
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from chat.accounts.openid.metadata import Metadata
from chat.accounts.openid.transport import DOWN, Transport
from chat.errors import Unavailable

log = logging.getLogger(__name__)

# The provider doesn't let this person in, or wants to see the person again.
REFUSALS = {"invalid_grant", "interaction_required", "login_required", "consent_required"}


class RefusedError(Exception):
    """The provider doesn't give tokens for this code or refresh token, and never will."""


class TokenEndpoint:
    """Where the provider gives tokens.

    Args:
        client_id: What the provider calls this chat.
        secret: Proves that this is the chat.
        transport: Sends the requests.
    """

    def __init__(self, client_id: str, secret: str, transport: Transport) -> None:
        self._in_form = {"client_id": client_id, "client_secret": secret}
        # Encoded as RFC 6749, section 2.3.1, demands: a secret may have a colon or a percent sign.
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        self._in_header = f"Basic {b64encode(pair.encode()).decode()}"
        self._transport = transport

    def ask(self, metadata: Metadata, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The tokens for the code or the refresh token of a form.

        Raises:
            RefusedError: The provider gives none.
            chat.errors.Unavailable: The provider is down, or refuses this chat.
        """
        address = metadata.token_endpoint
        if metadata.takes_basic:
            answer = self._transport.post(address, form, self._in_header)
        else:
            answer = self._transport.post(address, {**form, **self._in_form})
        error = answer.body.get("error")
        if answer.status == 200 and answer.body and not error:
            return answer.body
        if answer.status >= 400 and isinstance(error, str) and error in REFUSALS:
            raise RefusedError
        log.error("The OpenID provider refuses this chat: %s %.300r", answer.status, error)
        raise Unavailable(DOWN)
