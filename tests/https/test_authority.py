"""What the authority's answers mean."""

import pytest
from acme import messages

from deploy.https.authority import Authority
from deploy.https.certificates import new_key
from deploy.https.state import Order
from tests.https.authorities import DIRECTORY


@pytest.fixture
def refusing(monkeypatch):
    """An authority that refuses everything for a reason, which is its code."""

    def make(code):
        def refuse(*_):
            raise messages.Error.with_code(code)

        authority = Authority(DIRECTORY, new_key(), f"{DIRECTORY}/account")
        monkeypatch.setattr(authority, "_look_up", refuse)
        return authority

    return make


def test_an_order_that_the_authority_does_not_know_is_over(refusing):
    assert refusing("malformed").is_over(Order(f"{DIRECTORY}/order", new_key()))


@pytest.mark.parametrize("code", ["serverInternal", "rateLimited", "badNonce"])
def test_a_refusal_that_passes_says_nothing_about_the_order(refusing, code):
    with pytest.raises(messages.Error):
        refusing(code).is_over(Order(f"{DIRECTORY}/order", new_key()))
