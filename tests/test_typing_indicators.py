"""The namespace /typing, as two people see it over real sockets."""

import pytest


@pytest.fixture
def ann(meet):
    return meet()


@pytest.fixture
def bob(meet):
    return meet()


def typing(room, active=True):
    return {"room": room, "active": active}


def test_others_in_the_room_see_who_types_and_the_typist_does_not(ann, bob):
    ann.join_typing("general")
    bob.join_typing("general")
    assert ann.call("typing", typing("general"), namespace="/typing") == {"ok": True}
    event = bob.wait_for("typing")
    assert event == {
        "room": "general",
        "user": {"id": event["user"]["id"], "name": ann.name},
        "active": True,
    }
    ann.call("typing", typing("general", active=False), namespace="/typing")
    bob.wait_for("typing", lambda t: t["active"] is False)
    assert not ann.payloads("typing")


def test_nobody_in_another_room_sees_it(ann, bob, meet):
    witness = meet()
    ann.join_typing("general")
    witness.join_typing("general")
    bob.join_typing("tech")
    ann.call("typing", typing("general"), namespace="/typing")
    witness.wait_for("typing", lambda t: t["user"]["name"] == ann.name)
    witness.join_typing("tech")
    witness.call("typing", typing("tech"), namespace="/typing")
    bob.wait_for("typing", lambda t: t["user"]["name"] == witness.name)
    assert [t["room"] for t in bob.payloads("typing")] == ["tech"]


def test_whoever_has_not_joined_cannot_type_there(ann):
    answer = ann.call("typing", typing("general"), namespace="/typing")
    assert answer["error"]["code"] == "not_in_room"


def test_after_leaving_nothing_is_seen(ann, bob):
    ann.join_typing("general")
    ann.join_typing("tech")
    bob.join_typing("general")
    bob.join_typing("tech")
    assert bob.call("leave", {"room": "general"}, namespace="/typing") == {"ok": True}
    ann.call("typing", typing("general"), namespace="/typing")
    ann.call("typing", typing("tech"), namespace="/typing")
    bob.wait_for("typing", lambda t: t["room"] == "tech")
    assert [t["room"] for t in bob.payloads("typing")] == ["tech"]


@pytest.mark.parametrize("event", ["join", "leave", "typing"])
def test_an_unknown_room_is_refused(ann, event):
    payload = typing("nowhere") if event == "typing" else {"room": "nowhere"}
    assert ann.call(event, payload, namespace="/typing")["error"]["code"] == "unknown_room"


@pytest.mark.parametrize("active", ["true", 1, None, []])
def test_active_is_true_or_false(ann, active):
    ann.join_typing("general")
    answer = ann.call("typing", {"room": "general", "active": active}, namespace="/typing")
    assert answer["error"]["code"] == "invalid"
