"""The text of the state: complete, small, and nothing else is taken for one."""

import json

import pytest

from deploy.https import state as states
from deploy.https.certificates import issued, new_key
from deploy.https.state import Order, State, StateError
from tests.https.authorities import DIRECTORY, NAME, chain

NOW = 1_800_000_000.0


@pytest.fixture
def state():
    key = new_key()
    state = State(NAME, DIRECTORY, account=f"{DIRECTORY}/acct/123456789", is_current=True)
    state.certificate = issued(NAME, key, chain(key, begin=NOW, signers=2), NOW)
    state.order = Order(f"{DIRECTORY}/order/123456789/987654321", new_key())
    state.failures, state.not_before = 3, NOW + 5
    return state


def test_it_is_the_same_after_a_restart(state):
    again = states.load(states.dump(state))
    assert states.dump(again) == states.dump(state)
    assert again.certificate.pem() == state.certificate.pem()
    assert len(again.certificate.chain) == 3
    assert again.order.key.private_numbers() == state.order.key.private_numbers()
    assert again.account_key.private_numbers() == state.account_key.private_numbers()


def test_one_without_a_certificate(state):
    assert states.load(states.dump(State(NAME, DIRECTORY))).certificate is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "{}",
        '{"version": 2}',
        "5",
    ],
)
def test_something_else_is_not_a_state(text):
    with pytest.raises(StateError):
        states.load(text)


@pytest.mark.parametrize("field", ["account_key", "chain", "key", "order_key"])
@pytest.mark.parametrize("value", ["", "AAAA", "!", 5, None])
def test_a_damaged_one_is_not_a_state(state, field, value):
    fields = json.loads(states.dump(state))
    fields[field] = value
    with pytest.raises(StateError):
        states.load(json.dumps(fields))


def test_a_chain_that_unpacks_to_very_much_is_refused(state):
    import base64
    import zlib

    fields = json.loads(states.dump(state))
    fields["chain"] = base64.b64encode(zlib.compress(bytes(10_000_000))).decode()
    with pytest.raises(StateError):
        states.load(json.dumps(fields))
