"""Providers, and the part of the chat that talks to them."""

import pytest

from chat.accounts.openid.provider import OpenIdProvider
from chat.accounts.openid.transport import Transport
from chat.settings import Settings
from tests.openid.stand_in import NOW, StandIn, claims_of, sign


@pytest.fixture
def stand_in():
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def provider_of(clock):
    """Makes the chat's side of a provider, with a clock that the test moves."""

    def make(settings, *, limit=10.0, start=None, sleep=None, wall=lambda: NOW, **more):
        settings = Settings(**{"base_url": "http://127.0.0.1:8000", **settings, **more})
        transport = Transport(settings.oidc_issuer, limit)
        return OpenIdProvider(settings, start, sleep, wall=wall, clock=clock, transport=transport)

    return make


@pytest.fixture
def provider(stand_in, provider_of):
    return provider_of(stand_in.settings)


@pytest.fixture
def sign_in(stand_in, provider):
    """Signs in with an ID token that has these claims."""

    def make(signed=sign, **changes):
        _, attempt = provider.start("/")
        claims = claims_of(stand_in, **{"nonce": attempt["nonce"], "name": "Ann", **changes})
        stand_in.tokens = {"id_token": signed(claims), "access_token": "let me in"}
        return provider.finish(attempt, {"state": attempt["state"], "code": "a code"})

    return make
