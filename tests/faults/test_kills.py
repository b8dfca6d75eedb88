"""Processes are killed under load (kill -9)."""

from tests.chatters import chatting
from tests.faults import troubles
from tests.servers import free_port


def test_kill_9_under_load_loses_doubles_and_reorders_nothing(either):
    either.serve()
    either.admit("Ann", "Ben", "Cem", "Dora")
    for _ in range(4):
        either.chatter(60)
        either.until_more_are_acknowledged(20)
        either.server.kill()
        either.chatter(10)
        either.server.start()
    either.assert_promises_held()
    assert either.journal.count("acknowledged") >= 280


def test_a_session_that_was_signed_out_stays_so_after_a_kill(either):
    either.serve()
    either.admit("Ann")
    for _ in range(3):
        either.come_and_go(either.server)
        troubles.kill(either.server)
    either.assert_promises_held()


def test_after_a_kill_presence_shows_who_came_back(arena):
    arena.serve()
    (_, _, ben) = arena.admit("Ann", "Cem", "Ben")
    ben.port = free_port()  # nothing listens there: the client never reconnects
    troubles.kill(arena.server)
    arena.until(lambda: all(client.is_live for client in arena.clients if client is not ben))
    with chatting(arena.server.url, "Dora") as dora:
        answer = dora.join("general")
        assert sorted(person["name"] for person in answer["people"]) == ["Ann", "Cem", "Dora"]
        assert answer["count"] == 3
