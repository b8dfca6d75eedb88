"""The namespace /typing, as two people see it over real sockets."""

import pytest


def typing(room, active=True):
    return {"room": room, "active": active}


def test_others_in_the_room_see_who_types_and_the_typist_does_not(ann, bob, room):
    ann.join_typing(room)
    bob.join_typing(room)
    assert ann.call("typing", typing(room), namespace="/typing") == {"ok": True}
    event = bob.wait_for("typing")
    assert event == {
        "room": room,
        "user": {"id": event["user"]["id"], "name": ann.name},
        "active": True,
    }
    ann.call("typing", typing(room, active=False), namespace="/typing")
    bob.wait_for("typing", lambda t: t["active"] is False)
    assert not ann.payloads("typing")


def test_nobody_in_another_room_sees_it(ann, bob, meet, room, other_room):
    witness = meet()
    ann.join_typing(room)
    witness.join_typing(room)
    bob.join_typing(other_room)
    ann.call("typing", typing(room), namespace="/typing")
    witness.wait_for("typing", lambda t: t["user"]["name"] == ann.name)
    witness.join_typing(other_room)
    witness.call("typing", typing(other_room), namespace="/typing")
    bob.wait_for("typing", lambda t: t["user"]["name"] == witness.name)
    assert [t["room"] for t in bob.payloads("typing")] == [other_room]


def test_whoever_has_not_joined_cannot_type_there(ann, room):
    answer = ann.call("typing", typing(room), namespace="/typing")
    assert answer["error"]["code"] == "not_in_room"


def test_after_leaving_nothing_is_seen(ann, bob, room, other_room):
    ann.join_typing(room)
    ann.join_typing(other_room)
    bob.join_typing(room)
    bob.join_typing(other_room)
    assert bob.call("leave", {"room": room}, namespace="/typing") == {"ok": True}
    ann.call("typing", typing(room), namespace="/typing")
    ann.call("typing", typing(other_room), namespace="/typing")
    bob.wait_for("typing", lambda t: t["room"] == other_room)
    assert [t["room"] for t in bob.payloads("typing")] == [other_room]


@pytest.mark.parametrize("event", ["join", "leave", "typing"])
def test_an_unknown_room_is_refused(ann, event):
    payload = typing("nowhere") if event == "typing" else {"room": "nowhere"}
    assert ann.call(event, payload, namespace="/typing")["error"]["code"] == "unknown_room"


@pytest.mark.parametrize("active", ["true", 1, None, []])
def test_active_is_true_or_false(ann, active, room):
    ann.join_typing(room)
    answer = ann.call("typing", {"room": room, "active": active}, namespace="/typing")
    assert answer["error"]["code"] == "invalid"
