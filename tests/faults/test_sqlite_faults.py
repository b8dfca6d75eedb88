"""The disk is full, or another process has locked the database."""

import time
import uuid

import pytest

from tests.chatters import chatting
from tests.faults import troubles

TROUBLES = {
    "locked": lambda arena: troubles.locked(arena.database),
    "full disk": lambda arena: troubles.full_disk(arena.server, arena.database),
}


@pytest.fixture(params=TROUBLES)
def trouble(request, arena):
    arena.serve()
    return lambda: TROUBLES[request.param](arena)


def test_sends_fail_clearly_reading_goes_on_and_it_heals(arena, trouble):
    with chatting(arena.server.url, "Ann", "Ben") as (ann, ben):
        for chatter in (ann, ben):
            chatter.join("general")
            chatter.join_typing("general")
        before = ann.say("general", "before")
        client_id = str(uuid.uuid4())
        text = "in between " + "x" * 3000
        with trouble():
            began = time.monotonic()
            answer = ann.send("general", text, client_id)
            assert answer["error"]["code"] == "unavailable"
            assert time.monotonic() - began < 5.5
            assert ben.join("general")["messages"] == [before]
            ann.call("typing", {"room": "general", "active": True}, namespace="/typing")
            ben.wait_for("typing")
        again = ann.send("general", text, client_id, first_attempt_ms_ago=3000)
        assert again["ok"]
        assert ben.join("general")["messages"] == [before, again["message"]]
        assert "Traceback" not in arena.server.output()


def test_nothing_is_lost_or_doubled(arena, trouble):
    arena.admit("Ann", "Ben", "Cem")
    for _ in range(3):
        arena.chatter(20)
        with trouble():
            arena.chatter(20)
            troubles.wait(1)
            arena.cut(arena.random.choice(arena.clients))
    arena.assert_promises_held()
    assert arena.journal.count("acknowledged") == 120


def test_a_server_whose_database_is_locked_is_not_ready(arena):
    arena.serve()
    with troubles.locked(arena.database):
        troubles.until(lambda: not arena.is_ready(), 10)
    troubles.until(arena.is_ready, 10)


def test_when_the_database_is_moved_away_nothing_is_acknowledged_until_it_is_back(arena):
    server = arena.serve()
    with chatting(server.url, "Ann", "Ben") as (ann, ben):
        for chatter in (ann, ben):
            chatter.join("general")
        before = ann.say("general", "before")
        away = arena.database.rename(arena.database.with_name("away"))
        client_id = str(uuid.uuid4())
        answer = ann.send("general", "into the void", client_id)
        assert answer["error"]["code"] == "unavailable"
        assert ben.call("join", {"room": "general"})["error"]["code"] == "unavailable"
        troubles.until(lambda: not arena.is_ready(), 10)
        away.rename(arena.database)
        troubles.until(arena.is_ready, 10)
        again = ann.send("general", "into the void", client_id, first_attempt_ms_ago=3000)
        assert again["ok"]
        assert ben.join("general")["messages"] == [before, again["message"]]
        assert "was moved, replaced or deleted" in server.output()
        assert "Traceback" not in server.output()


def test_a_server_that_was_refused_by_a_full_disk_is_not_ready(arena):
    server = arena.serve()
    with chatting(server.url, "Ann") as ann:
        ann.join("general")
        with troubles.full_disk(server, arena.database):
            answer = ann.send("general", "x" * 3000)
            assert answer["error"]["code"] == "unavailable"
            troubles.until(lambda: not arena.is_ready(), 10)
        troubles.until(arena.is_ready, 10)
