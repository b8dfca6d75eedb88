"""The browser's own readers, driven from Python."""

import pytest

from tests.room_bridge import RoomBridge

AT = "2026-11-22T10:0{}:00.000000Z"


@pytest.fixture
def bridge():
    with RoomBridge() as bridge:
        yield bridge


def message(minute):
    at = AT.format(minute)
    user = {"id": "u-ada", "name": "Ada"}
    text = {"text": str(minute), "client_id": f"c{minute}"}
    return {"id": f"{at}.0000000000", "room": "general", "user": user, "sent_at": at, **text}


def joined(*minutes, **more):
    page = {"messages": [message(minute) for minute in minutes], "more": False, "recovered": True}
    return {"ok": True, **page, "people": [], "count": 1, **more}


def test_a_reader_asks_for_what_was_lost(bridge):
    assert bridge.make("ann") == []
    (join,) = bridge.connect("ann")
    assert (join["reader"], join["event"]) == ("ann", "join")
    bridge.answer(join["request"], joined(1, follows=4, up_to=message(1)["id"]))

    bridge.event("ann", "message", message(3) | {"follows": 5})
    state = bridge.state("ann")
    assert state["held"] == [message(1)["id"], message(3)["id"]]
    assert (state["live"], state["complete"]) == (True, False)
    assert state["cursor"] == {"after": message(1)["id"], "up_to": message(1)["id"]}

    (join,) = bridge.tick(1000)
    assert join["payload"] == {"room": "general", "limit": 50, **state["cursor"]}
    bridge.answer(join["request"], joined(1, 2, 3, follows=6, up_to=message(1)["id"]))
    state = bridge.state("ann")
    assert state["held"] == [message(minute)["id"] for minute in (1, 2, 3)]
    assert state["complete"]


def test_readers_are_apart_and_lose_what_they_have_asked_for(bridge):
    for reader in ("ann", "ben"):
        bridge.make(reader)
        bridge.connect(reader)
    bridge.lose("ann")
    bridge.answer(2, joined())
    assert not bridge.state("ann")["live"]
    assert bridge.state("ben")["live"]
    (send,) = bridge.post("ben", "Hello")
    assert (send["event"], send["payload"]["connected_ms"]) == ("send", 0)
    assert bridge.timeout(send["request"]) == []
    assert bridge.state("ben")["pending"] == 1
    (again,) = bridge.tick(1000)
    assert again["payload"]["client_id"] == send["payload"]["client_id"]


def test_what_makes_no_sense_is_said(bridge):
    with pytest.raises(AssertionError, match="no reader"):
        bridge.connect("nobody")
    with pytest.raises(AssertionError, match="isn't open"):
        bridge.answer(9, joined())
