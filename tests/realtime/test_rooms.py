"""The namespace /rooms, as two people see it over real sockets."""

import uuid

import pytest

from chat.rooms.configured import configured_rooms
from tests.chatters import chatting, draft, sign_out
from tests.servers import serving
from tests.waiting import wait_until


def test_a_message_reaches_everybody_in_the_room_and_is_acknowledged(ann, bob, room):
    ann.join(room)
    bob.join(room)
    message = ann.say(room, "Hello, Bob")
    bob.wait_for_message(message)
    ann.wait_for_message(message)
    assert message["user"]["name"] == ann.name
    assert message["sent_at"] == message["id"][:27]


def test_a_message_never_reaches_another_room(ann, bob, room, other_room):
    ann.join(room)
    bob.join(other_room)
    secret = ann.say(room, "only for General")
    mine = bob.say(other_room, "only for Tech")
    bob.wait_for("message", lambda m: m["id"] == mine["id"])
    ann.wait_for("message", lambda m: m["id"] == secret["id"])
    assert secret["text"] not in bob.texts()
    assert mine["text"] not in ann.texts()
    assert secret["id"] not in [
        m["id"] for m in bob.call("history", before_all(other_room))["messages"]
    ]


def before_all(room):
    return {"room": room, "before": "9999-12-31T23:59:59.999999Z.ffffffffff", "limit": 100}


def test_history_is_there_after_a_rejoin(ann, bob, room):
    ann.join(room)
    said = [ann.say(room, f"number {n}")["id"] for n in range(3)]
    page = bob.join(room, limit=3)
    assert [message["id"] for message in page["messages"]] == said
    assert page["recovered"] is False


def test_history_goes_back_page_by_page(ann, room):
    ann.join(room)
    said = [ann.say(room, f"page {n}")["id"] for n in range(6)]
    newest = ann.join(room, limit=2)
    assert [m["id"] for m in newest["messages"]] == said[4:]
    assert newest["more"] is True
    older = ann.call("history", {"room": room, "before": said[4], "limit": 3})
    assert [m["id"] for m in older["messages"]] == said[1:4]
    assert older["more"] is True


def test_whoever_comes_back_gets_all_that_was_missed(ann, bob, room):
    ann.join(room)
    bob.join(room)
    seen = ann.say(room, "seen by both")
    bob.call("leave", {"room": room})
    missed = [ann.say(room, f"missed {n}")["id"] for n in range(3)]
    page = bob.join(room, after=seen["id"])
    assert page["recovered"] is True
    ids = [message["id"] for message in page["messages"]]
    assert ids == sorted(ids)
    assert [id_ for id_ in ids if id_ > seen["id"]] == missed


@pytest.mark.parametrize(
    "cursor",
    ["2001-01-01T00:00:00.000000Z.0000000000", "2999-01-01T00:00:00.000000Z.0000000000"],
    ids=["of a message that never was", "of the future"],
)
def test_a_cursor_that_proves_nothing_gives_the_newest_page(ann, cursor, room):
    ann.join(room)
    last = ann.say(room, "the newest")
    page = ann.join(room, after=cursor)
    assert page["recovered"] is False
    assert page["messages"][-1]["id"] == last["id"]


def test_a_cursor_of_another_room_gives_the_newest_page(ann, room, other_room):
    ann.join(room)
    ann.join(other_room)
    elsewhere = ann.say(other_room, "elsewhere")
    last = ann.say(room, "here")
    page = ann.join(room, after=elsewhere["id"])
    assert page["recovered"] is False
    assert page["messages"][-1]["id"] == last["id"]


def test_whoever_missed_more_than_500_messages_gets_the_newest_page(ann, bob, room):
    ann.join(room)
    seen = ann.say(room, "before the flood")
    for n in range(501):
        ann.client.emit("send", draft(room, f"flood {n}"), namespace="/rooms")
    last = ann.say(room, "after the flood")
    page = bob.join(room, after=seen["id"])
    assert page["recovered"] is False
    assert len(page["messages"]) == 50
    assert page["messages"][-1]["id"] == last["id"]
    assert page["more"] is True


def test_the_same_client_id_again_is_one_message_and_the_same_answer(ann, bob, room):
    ann.join(room)
    bob.join(room)
    again = draft(room, "once", str(uuid.uuid4()))
    first = ann.call("send", again)
    assert first["ok"]
    assert ann.call("send", again) == first
    assert ann.call("send", again | {"first_attempt_ms_ago": 2000}) == first
    ann.say(room, "after it")
    bob.wait_for("message", lambda m: m["text"] == "after it")
    assert bob.texts().count("once") == 1
    assert [m["text"] for m in ann.join(room)["messages"]].count("once") == 1


def test_the_same_client_id_with_another_text_is_a_conflict(ann, room):
    ann.join(room)
    client_id = str(uuid.uuid4())
    assert ann.send(room, "one", client_id)["ok"]
    assert code(ann.send(room, "other", client_id)) == "conflict"


def test_a_client_id_of_someone_else_is_no_conflict(ann, bob, room):
    ann.join(room)
    bob.join(room)
    client_id = str(uuid.uuid4())
    assert ann.send(room, "mine", client_id)["message"]["text"] == "mine"
    assert bob.send(room, "yours", client_id)["message"]["text"] == "yours"


def test_the_sends_of_one_client_keep_their_order(ann, bob, room):
    ann.join(room)
    bob.join(room)
    texts = [f"in order {n}" for n in range(100)]
    for text in texts:
        ann.client.emit("send", draft(room, text), namespace="/rooms")
    bob.wait_for("message", lambda m: m["text"] == texts[-1])
    assert [text for text in bob.texts() if text in texts] == texts
    ids = [m["id"] for m in bob.payloads("message")]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("send", {"text": "hello", "client_id": str(uuid.uuid4())}),
        ("history", {"before": "2026-11-22T10:47:12.123456Z.7f3ac21e00"}),
        ("leave", {}),
    ],
)
def test_whoever_is_not_in_the_room_is_refused(ann, event, payload, room, other_room):
    ann.join(room)
    assert code(ann.call(event, {"room": other_room} | payload)) == "not_in_room"


@pytest.mark.parametrize("event", ["join", "send", "leave", "history"])
def test_an_unknown_room_is_refused(ann, event):
    payloads = {
        "send": draft("nowhere", "hello"),
        "history": {"room": "nowhere", "before": "2026-11-22T10:47:12.123456Z.7f3ac21e00"},
    }
    assert code(ann.call(event, payloads.get(event, {"room": "nowhere"}))) == "unknown_room"


def test_after_leaving_nothing_of_the_room_arrives(ann, bob, room, other_room):
    ann.join(room)
    bob.join(room)
    bob.join(other_room)
    assert bob.call("leave", {"room": room})["ok"]
    ann.say(room, "behind your back")
    mark = bob.say(other_room, "still here")
    bob.wait_for("message", lambda m: m["id"] == mark["id"])
    assert "behind your back" not in bob.texts()


def test_unread_messages_are_counted_room_by_room(ann, bob, room, other_room):
    ann.join(room)
    ann.join(other_room)
    read = {room: ann.say(room, "read")["id"], other_room: ann.say(other_room, "read")["id"]}
    for n in range(3):
        ann.say(other_room, f"unread {n}")
    assert bob.call("unread", {"after": read})["counts"] == {room: 0, other_room: 3}


def test_what_one_said_oneself_is_not_unread(ann, bob, room):
    ann.join(room)
    bob.join(room)
    read = ann.say(room, "read")["id"]
    ann.say(room, "from another device")
    bob.say(room, "unread")
    assert ann.call("unread", {"after": {room: read}})["counts"] == {room: 1}
    assert bob.call("unread", {"after": {room: read}})["counts"] == {room: 1}


def test_a_room_that_was_removed_does_not_hide_what_is_unread_in_others(ann, bob, room):
    ann.join(room)
    read = ann.say(room, "read")["id"]
    ann.say(room, "unread")
    assert bob.call("unread", {"after": {"removed": read, room: read}})["counts"] == {room: 1}
    assert bob.call("unread", {"after": {"removed": read}})["counts"] == {}


def test_activity_is_told_to_those_outside_and_only_to_them(ann, bob, room, other_room):
    ann.join(room)
    bob.join(other_room)
    message = ann.say(room, "something is up")
    activity = bob.wait_for("activity", lambda a: a["latest"] == message["id"])
    assert activity == {"room": room, "latest": message["id"]}
    assert room not in [activity["room"] for activity in ann.payloads("activity")]


def test_people_who_join_and_leave_are_announced(ann, bob, room):
    ann.join(room)
    answer = bob.join(room)
    assert {person["name"] for person in answer["people"]} >= {ann.name, bob.name}
    joined = ann.wait_for("presence", lambda p: bob.name in names(p["joined"]))
    bobs_id = next(person["id"] for person in joined["joined"] if person["name"] == bob.name)
    bob.call("leave", {"room": room})
    left = ann.wait_for("presence", lambda p: bobs_id in p["left"])
    assert left["count"] == 1


def test_two_tabs_are_one_person_who_stays_while_one_of_them_does(ann, bob, meet, room):
    ann.join(room)
    bobs_id = id_of(bob.name, bob.join(room))
    tab = meet("Two Tabs")
    other_tab = meet("Two Tabs", session=tab.session)
    tab.join(room)
    joined = other_tab.join(room)
    assert names(joined["people"]).count("Two Tabs") == 1
    tab.close()
    bob.close()  # its period of grace ends after that of the tab
    ann.wait_for("presence", lambda p: bobs_id in p["left"], seconds=15)
    assert "Two Tabs" in names(ann.join(room)["people"])
    other_tab.call("leave", {"room": room})
    ann.wait_for("presence", lambda p: id_of("Two Tabs", joined) in p["left"])


def test_who_leaves_a_room_in_one_of_two_tabs_is_still_there(ann, meet, room):
    ann.join(room)
    tab = meet("Two Tabs of One")
    other_tab = meet("Two Tabs of One", session=tab.session)
    tab.join(room)
    other_tab.join(room)
    tab.call("leave", {"room": room})
    assert "Two Tabs of One" in names(ann.join(room)["people"])
    other_tab.call("leave", {"room": room})
    assert "Two Tabs of One" not in names(ann.join(room)["people"])


def test_somebody_whose_connection_breaks_goes_after_a_while(ann, bob, room):
    ann.join(room)
    bobs_id = id_of(bob.name, bob.join(room))
    bob.close()
    ann.wait_for("presence", lambda p: bobs_id in p["left"], seconds=15)


def test_whoever_signs_out_is_gone_at_once(ann, meet, room):
    """Signing out and in again, three times, must not show one person four times."""
    ann.join(room)
    for _ in range(3):
        guest = meet("Guest")
        assert names(guest.join(room)["people"]).count("Guest") == 1
        sign_out(guest.session, guest.url)
    assert "Guest" not in names(ann.join(room)["people"])


def names(people):
    return [person["name"] for person in people]


def id_of(name, joined):
    """The id of somebody in the answer to a join."""
    return next(person["id"] for person in joined["people"] if person["name"] == name)


def code(answer):
    assert answer["ok"] is False, answer
    return answer["error"]["code"]


def test_polling_works_as_well(meet, ann, room):
    poller = meet(transports=("polling",))
    poller.join(room)
    ann.join(room)
    message = ann.say(room, "to a poller")
    poller.wait_for_message(message)
    back = poller.say(room, "back")
    ann.wait_for_message(back)


def test_a_second_join_is_harmless(ann, room):
    first = ann.join(room)
    second = ann.join(room)
    assert first["count"] == second["count"] == 1
    message = ann.say(room, "once")
    wait_until(lambda: message["id"] in [m["id"] for m in ann.payloads("message")])
    assert ann.texts().count("once") == 1


def test_events_of_a_room_are_numbered_one_after_the_other(ann, bob, room, other_room):
    first = ann.join(room)["follows"]
    bob.join(room)
    bob.join(other_room)
    for text in ("one", "two"):
        last = ann.say(room, text)
        bob.say(other_room, "counts for itself")
    ann.wait_for_message(last)
    events = [payload for name, payload in ann.received if name in {"message", "presence"}]
    assert [event["follows"] for event in events] == list(range(first, first + len(events)))
    assert bob.join(room)["follows"] == first + len(events)


def test_everybody_in_a_room_is_told_how_many_events_there_were_and_up_to_where_all_is_known(
    ann, bob, room, other_room
):
    ann.join(room)
    bob.join(other_room)
    said = ann.say(room, "the last word")
    mark = ann.wait_for("mark", lambda m: m["up_to"] >= said["id"], seconds=30)
    assert mark == {"room": room, "follows": ann.join(room)["follows"], "up_to": said["id"]}
    assert all(mark["room"] == other_room for mark in bob.payloads("mark"))


def test_whoever_comes_back_with_a_mark_gets_all_since(ann, meet, room):
    ann.join(room)
    held = ann.say(room, "held")
    up_to = ann.join(room)["up_to"]
    assert up_to == held["id"]
    missed = ann.say(room, "missed")
    answer = meet().join(room, after=held["id"], up_to=up_to)
    assert answer["recovered"]
    assert answer["messages"] == [held, missed]
    assert answer["up_to"] == missed["id"]


def test_a_send_that_says_how_old_its_connection_is_is_told_what_the_server_counts(ann, room):
    ann.join(room)
    early, late = (ann.send(room, "Hello", connected_ms=0)["connected_ms"] for _ in range(2))
    assert 0 <= early <= late < 120_000
    assert "connected_ms" not in ann.send(room, "of the first edition")


def test_every_room_of_the_settings_can_be_joined_by_its_id(tmp_path):
    titles = "हिन्दी,ทั่วไป,گفت\u200cوگو,İstanbul," + "İ" * 64
    with serving(tmp_path, rooms=titles) as server, chatting(server.url, "Ann") as ann:
        for room in configured_rooms(titles):
            ann.join(room.id)
            ann.join_typing(room.id)
            assert ann.say(room.id, "Hello")["room"] == room.id
