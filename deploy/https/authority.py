"""The certificate authority, over ACME (RFC 8555), with the proof HTTP-01.

HAProxy gives the proof by itself, for any token; so a proof is only announced here.
"""

import datetime
from typing import Any

import acme.errors
import requests
from acme import challenges, client, messages
from josepy.jwa import ES256
from josepy.jwk import JWKEC
from josepy.util import ComparableECKey

from deploy.https import certificates
from deploy.https.certificates import Key
from deploy.https.state import Order

TIMEOUT = 30  # seconds for one request
PROVING = 120.0  # seconds for the authority's visit
ISSUING = 120.0  # seconds for the certificate

SHORT_LIVED = "shortlived"  # the only kind that Let's Encrypt issues for IP addresses


# Refusals that say nothing about what was asked for.
PASSING = {"badNonce", "rateLimited", "serverInternal"}


class ProfileError(Exception):
    """The authority has no certificates of the kind that was asked for."""


class Authority:
    """A certificate authority, and our account there."""

    def __init__(self, directory: str, account_key: Key, account: str) -> None:
        key = JWKEC(key=ComparableECKey(account_key))
        self._net = _Network(key, alg=ES256, timeout=TIMEOUT, user_agent="cloud-chat")
        self._url = directory
        self._client: client.ClientV2
        if account:
            self._enter(account)

    @property
    def retry_after(self) -> str:
        """The header Retry-After of the newest answer, or ""."""
        return self._net.retry_after

    def connect(self) -> None:
        """Ask what the authority offers. This counts for none of its limits."""
        directory = messages.Directory.from_json(self._net.get(self._url).json())
        self._client = client.ClientV2(directory, self._net)

    def sign_up(self, contact: str) -> str:
        """Make the account, or find it; returns its URL."""
        form = messages.NewRegistration.from_data(
            email=contact or None, terms_of_service_agreed=True
        )
        try:
            account = str(self._client.new_account(form).uri)
        except acme.errors.ConflictError as error:
            account = error.location
        self._enter(account)
        return account

    def _enter(self, account: str) -> None:
        self._net.account = messages.RegistrationResource(body=messages.Registration(), uri=account)

    def profile(self, name: str, *, is_address: bool) -> str:
        """The kind of certificate to ask for; "" for the usual one."""
        offered = self._client.directory.meta.profiles or {}
        if name and name not in offered:
            kinds = ", ".join(sorted(offered)) or "no kinds to choose from"
            raise ProfileError(f"HTTPS_PROFILE: the authority has no {name}; it has {kinds}")
        if is_address and not name:
            return SHORT_LIVED if SHORT_LIVED in offered else ""
        return name

    def order(self, name: str, key: Key, profile: str) -> Order:
        """Order a certificate."""
        request = certificates.request(name, key)
        order = self._client.new_order(request, profile=profile or None)
        return Order(str(order.uri), key)

    def is_over(self, order: Order) -> bool:
        """Whether an order can't be resumed any more."""
        try:
            status = self._look_up(order).status
        except messages.Error as error:
            if error.code in PASSING:
                raise
            return True
        return bool(status == messages.STATUS_INVALID)

    def finish(self, name: str, order: Order) -> str:
        """Prove, let it be issued and fetch it; returns the chain as PEM.

        An order may be resumed at any point: what is proven or issued isn't done again.
        """
        request = certificates.request(name, order.key)
        body = self._look_up(order)
        resource = messages.OrderResource(body=body, uri=order.url, csr_pem=request)
        if body.status == messages.STATUS_PENDING:
            self._prove(resource)
        done = self._client.poll_finalization(resource, _in(ISSUING))
        return str(done.fullchain_pem)

    def _look_up(self, order: Order) -> messages.Order:
        answer = self._net.ask(self._client, order.url)
        body: messages.Order = messages.Order.from_json(answer.json())
        return body

    def _prove(self, order: messages.OrderResource) -> None:
        for url in order.body.authorizations:
            body = messages.Authorization.from_json(self._net.ask(self._client, url).json())
            if body.status == messages.STATUS_PENDING:
                self._announce(body)
        self._client.poll_authorizations(order, _in(PROVING))

    def _announce(self, authorization: messages.Authorization) -> None:
        (ours,) = (
            each for each in authorization.challenges if isinstance(each.chall, challenges.HTTP01)
        )
        if ours.status == messages.STATUS_PENDING:
            self._client.answer_challenge(ours, ours.response(self._net.key))

    def renewal(self, chain: bytes) -> tuple[float | None, float]:
        """When the authority wants a certificate to be renewed, and when to ask again.

        Both in seconds since 1970; the first is None if it has no opinion (RFC 9773).
        """
        try:
            best, again = self._client.renewal_time(chain)
        except acme.errors.ARIError as error:
            best, again = None, error.retry_after
        return (best.timestamp() if best else None), again.timestamp()


class _Network(client.ClientNetwork):
    """Remembers the header Retry-After, which the errors of the package lack."""

    retry_after = ""

    def _send_request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:
        response = super()._send_request(method, url, *args, **options)
        self.retry_after = response.headers.get("Retry-After", "")
        return response

    def ask(self, of: client.ClientV2, url: str) -> requests.Response:
        """POST-as-GET."""
        nonce: str = of.directory["newNonce"]
        return self.post(url, None, new_nonce_url=nonce)


def _in(seconds: float) -> datetime.datetime:
    return datetime.datetime.now() + datetime.timedelta(seconds=seconds)  # noqa: DTZ005  as the package compares it
