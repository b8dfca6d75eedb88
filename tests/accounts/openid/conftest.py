"""Providers, and the part of the chat that talks to them."""

import pytest

from chat.accounts.openid.provider import OpenIdProvider
from chat.accounts.openid.transport import Transport
from chat.settings import Settings
from tests.openid.stand_in import StandIn


@pytest.fixture
def stand_in():
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def provider_of(clock):
    """Makes the chat's side of a provider, with a clock that the test moves."""

    def make(settings, *, limit=10.0, **more):
        settings = Settings(**{"base_url": "http://127.0.0.1:8000", **settings, **more})
        transport = Transport(settings.oidc_issuer, limit)
        return OpenIdProvider(settings, None, None, clock=clock, transport=transport)

    return make
