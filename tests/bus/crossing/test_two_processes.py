"""Whoever is connected to one process sees what happens at the other, as if it were one."""

import pytest
import requests

from tests.chatters import sign_out, submit_sign_in
from tests.waiting import wait_until


def test_messages_typing_and_people_of_the_other_process(admit):
    ann, taro = admit("Al-Farabi"), admit("太郎", 1)
    wait_until(lambda: ann.payloads("presence"))
    joined = ann.wait_for("presence", lambda p: "太郎" in str(p.get("joined")))
    assert joined["room"] == "general"
    said = [ann.say("general", f"number {number}") for number in range(20)]
    for message in said:
        taro.wait_for_message(message)
    assert [m["id"] for m in taro.payloads("message")] == [m["id"] for m in said]
    assert ann.texts() == taro.texts()
    answer = taro.say("general", "seen")
    assert answer["id"] > said[-1]["id"]
    ann.wait_for_message(answer)
    ann.call("typing", {"room": "general", "active": True}, namespace="/typing")
    assert taro.wait_for("typing")["user"]["name"] == "Al-Farabi"
    assert ann.payloads("typing") == []


def test_who_is_there_is_in_the_answer_to_a_join(admit):
    ann = admit("Ann of the first", room="tech")
    ben = admit("Ben of the second", 1, room="random")

    def people():
        return {each["name"] for each in ben.join("tech")["people"]}

    wait_until(lambda: {ann.name, ben.name} <= people())
    assert ben.join("tech")["count"] == len(people())


def test_one_person_at_both_is_one_person(admit):
    here = admit("Twice", room="random")
    watcher = admit("Watcher", 1, room="random")
    wait_until(lambda: here.name in str(watcher.join("random")["people"]))
    there = admit(None, 1, session=here.session, room="random")
    answer = there.join("random")
    (person,) = [each for each in answer["people"] if each["name"] == here.name]
    here.call("leave", {"room": "random"})
    admit("A sign that time has passed", room="random")
    wait_until(lambda: "A sign" in str(watcher.join("random")["people"]))
    assert all(person["id"] not in p.get("left", []) for p in watcher.payloads("presence"))
    assert person in watcher.join("random")["people"]
    there.call("leave", {"room": "random"})
    watcher.wait_for("presence", lambda p: person["id"] in p.get("left", []))
    assert person not in watcher.join("random")["people"]


def test_a_room_stays_for_itself(admit):
    ann, ben = admit("Isolated", room="tech"), admit("Elsewhere", 1, room="random")
    message = ann.say("tech", "only for tech")
    news = ben.wait_for("activity", lambda news: news["latest"] >= message["id"])
    assert news == {"room": "tech", "latest": message["id"]}
    assert message["text"] not in ben.texts()


def test_what_one_device_changes_the_other_learns(admit):
    here = admit("Devices")
    there = admit(None, 1, session=here.session)
    message = here.say("general", "read me")
    assert here.call("read", {"room": "general", "id": message["id"]})["ok"]
    assert there.wait_for("read") == {"room": "general", "read_up_to": message["id"]}
    assert there.call("set_level", {"room": "general", "level": "mentions"})["ok"]
    assert here.wait_for("room")["level"] == "mentions"
    assert here.call("choose", {"theme": "dark"})["ok"]
    assert there.wait_for("choices") == {"theme": "dark"}


def test_a_device_that_comes_learns_what_is_not_stored_yet(admit):
    here = admit("Late device")
    message = here.say("general", "read me, too")
    assert here.call("read", {"room": "general", "id": message["id"]})["ok"]
    there = admit(None, 1, session=here.session)
    assert there.wait_for("read")["read_up_to"] == message["id"]


def test_somebody_is_here_who_is_connected_to_the_other_process(admit):
    ann, ben = admit("Asker"), admit("Asked", 1)
    person = ben.join("general")["you"]
    (found,) = ann.call("people", {"ids": [person["id"]]})["people"]
    assert found == {**person, "here": True}


def test_a_name_in_use_at_the_other_process_is_taken(admit, two):
    ann = admit("Unique Name")
    answer = submit_sign_in(requests.Session(), two[1], ann.name)
    assert answer.status_code == 409
    sign_out(ann.session, two[0])
    wait_until(lambda: submit_sign_in(requests.Session(), two[1], ann.name).status_code == 303)


def test_a_sign_out_ends_the_connections_to_the_other_process(admit, two):
    here = admit("Leaver")
    there = admit(None, 1, session=here.session)
    sign_out(here.session, two[0])
    wait_until(lambda: not there.client.connected)


@pytest.mark.parametrize("place", [0, 1])
def test_the_history_is_the_same_at_both(admit, place):
    ann = admit(f"Historian {place}", place)
    said = [ann.say("random" if ann.join("random") else "", f"{place} {n}") for n in range(3)]
    other = admit(f"Reader {place}", 1 - place, room=None)
    assert other.join("random")["messages"][-3:] == said
