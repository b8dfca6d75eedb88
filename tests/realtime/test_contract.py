"""The payloads of clients, without sockets: what they cost."""

import pytest

from chat.errors import Invalid
from chat.realtime import contract

ROOM = {"room": "general"}
AN_ID = "2026-11-22T10:47:12.123456Z.7f3ac21e00"
DRAFT = {**ROOM, "text": "hi", "client_id": "0d9b2a4e-8c59-4b0e-9a51-7e7f5d1f2c3a"}
AN_HOUR = 3_600_000


@pytest.mark.parametrize(
    ("event", "payload", "cost"),
    [
        ("join", ROOM, 1),
        ("join", {**ROOM, "after": AN_ID}, 5),
        ("history", {**ROOM, "before": AN_ID}, 1),
        ("unread", {"after": {}}, 1),
        ("unread", {"after": {f"room-{n}": AN_ID for n in range(100)}}, 100),
        ("send", DRAFT, 1),
        ("send", {**DRAFT, "first_attempt_ms_ago": AN_HOUR - 1}, 1),
        ("send", {**DRAFT, "first_attempt_ms_ago": 5 * AN_HOUR}, 6),
        ("send", {**DRAFT, "first_attempt_ms_ago": 30 * 24 * AN_HOUR}, 100),
    ],
)
def test_the_more_has_to_be_read_the_more_it_costs(event, payload, cost):
    assert contract.parse(contract.ROOMS_REQUESTS, event, (payload,)).cost == cost


MANY = {f"field {n}": 1 for n in range(101)}


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("join", {**ROOM, **MANY}),
        ("join", {"room": MANY}),
        ("unread", {"after": dict.fromkeys(MANY, AN_ID)}),
    ],
)
def test_an_object_with_too_many_fields_is_refused_before_anything_is_looked_at(event, payload):
    with pytest.raises(Invalid, match="at most 100 fields"):
        contract.parse(contract.ROOMS_REQUESTS, event, (payload,))


def test_the_first_mistake_is_told_and_where_it_is():
    with pytest.raises(Invalid) as refusal:
        contract.parse(contract.ROOMS_REQUESTS, "unread", ({"after": {"general": "x"}},))
    assert refusal.value.message == "after.general: this is not the id of a message"
