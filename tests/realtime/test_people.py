"""What somebody is told about people."""

import time

import pytest

from chat.realtime.people import WhichPeople
from chat.storage.base import ASKED_AT_ONCE
from tests.chatters import sign_in, sign_out
from tests.waiting import wait_until


def ask(chatter, *ids):
    answer = chatter.call("people", {"ids": list(ids)})
    assert answer["ok"], answer
    assert answer["more"] is False
    return answer["people"]


def id_of(chatter, room):
    people = chatter.join(room)["people"]
    return next(each["id"] for each in people if each["name"] == chatter.name)


@pytest.mark.parametrize("name", ["Al-Farabi", "太郎", "O’Brien", "علی\u200cرضا", "한" * 39])
def test_one_is_told_who_is_here_and_when_those_were_who_are_not(meet, ann, room, name):
    other = meet(name)
    id_ = id_of(other, room)
    assert ask(ann, id_) == [{"id": id_, "name": name, "here": True}]
    before = time.time()
    other.close()
    wait_until(lambda: not ask(ann, id_)[0]["here"], what="the end of the connection")
    [told] = ask(ann, id_)
    assert told == {"id": id_, "name": name, "here": False, "last_here": told["last_here"]}
    assert before <= told["last_here"] <= time.time()


def test_whoever_never_connected_was_never_here(server, ann, meet, room):
    session = sign_in(server.url, "Never Here")
    page = session.get(server.url).text
    id_ = page.split('data-user-id="')[1].split('"')[0]
    assert ask(ann, id_) == [{"id": id_, "name": "Never Here", "here": False}]
    sign_out(session, server.url)


def test_unknown_people_are_left_out(ann, bob, room):
    id_ = id_of(bob, room)
    found = ask(ann, "nobody", id_, id_, "DROP TABLE people --")
    assert [each["id"] for each in found] == [id_]
    assert ask(ann) == []


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"ids": "a"},
        {"ids": [1]},
        {"ids": [""]},
        {"ids": ["x" * 65]},
        {"ids": ["a"] * (ASKED_AT_ONCE + 1)},
        {"ids": [], "query": "a"},
    ],
)
def test_anything_else_is_invalid(ann, payload):
    assert ann.call("people", payload)["error"]["code"] == "invalid"


def test_as_many_as_allowed_are_found(ann, bob, room):
    id_ = id_of(bob, room)
    assert len(ask(ann, id_, *(f"nobody-{n}" for n in range(ASKED_AT_ONCE - 1)))) == 1


@pytest.mark.parametrize(("people", "units"), [(0, 1), (1, 1), (49, 1), (50, 2), (100, 4)])
def test_many_people_cost_more_than_one(people, units):
    assert WhichPeople(ids=["a"] * people).cost == units
