"""The payloads of clients, without sockets: their costs and their errors."""

import pytest

from chat.errors import Invalid
from chat.realtime.joining import Join
from chat.realtime.payload import MOST_FIELDS, parse
from chat.realtime.reading import PageBefore, Unread
from chat.realtime.sending import Send

ROOM = {"room": "general"}
AN_ID = "2026-11-22T10:47:12.123456Z.7f3ac21e00"
DRAFT = {**ROOM, "text": "hi", "client_id": "0d9b2a4e-8c59-4b0e-9a51-7e7f5d1f2c3a"}
AN_HOUR = 3_600_000


@pytest.mark.parametrize(
    ("payload_type", "payload", "cost"),
    [
        (Join, ROOM, 1),
        (Join, {**ROOM, "after": AN_ID}, 5),
        (PageBefore, {**ROOM, "before": AN_ID}, 1),
        (Unread, {"after": {}}, 1),
        (Unread, {"after": {f"room-{n}": AN_ID for n in range(MOST_FIELDS)}}, 100),
        (Send, DRAFT, 1),
        (Send, {**DRAFT, "first_attempt_ms_ago": AN_HOUR - 1}, 1),
        (Send, {**DRAFT, "first_attempt_ms_ago": 5 * AN_HOUR}, 6),
        (Send, {**DRAFT, "first_attempt_ms_ago": 30 * 24 * AN_HOUR}, 100),
    ],
)
def test_the_more_has_to_be_read_the_more_it_costs(payload_type, payload, cost):
    assert parse(payload_type, "event", (payload,)).cost == cost


MANY = {f"field {n}": 1 for n in range(MOST_FIELDS + 1)}


@pytest.mark.parametrize(
    ("payload_type", "payload"),
    [
        (Join, {**ROOM, **MANY}),
        (Join, {"room": MANY}),
        (Unread, {"after": dict.fromkeys(MANY, AN_ID)}),
    ],
)
def test_an_object_with_too_many_fields_is_refused_before_anything_is_looked_at(
    payload_type, payload
):
    with pytest.raises(Invalid, match=f"at most {MOST_FIELDS} fields"):
        parse(payload_type, "event", (payload,))


def test_the_first_mistake_is_told_and_where_it_is():
    with pytest.raises(Invalid) as refusal:
        parse(Unread, "unread", ({"after": {"general": "x"}},))
    assert refusal.value.message == "after.general: this is not the id of a message"
