"""Several servers that are joined by a bus, and people who roam between them."""

import random

import pytest

from chat.bus.lease import DEAD_AFTER, RENEW_EVERY
from tests.chatters import Chatter
from tests.faults.bus_proxy import at_random


@pytest.fixture
def joined(either, valkey):
    """Two servers with a bus, behind a balancer."""
    either.bus = valkey
    for _ in range(2):
        either.serve(proxies=1)
    either.balance()
    return either


def test_people_on_different_servers_talk_and_roam(joined):
    people = joined.admit("Ann", "Ben", "Cem", "Dora")
    for person in people:
        joined.chatter(10)
        joined.move(person)
    joined.assert_promises_held()
    assert not any(server.path.lost for server in joined.servers)


def test_publications_that_get_lost_lose_no_messages(joined, seed):
    joined.admit("Ann", "Ben", "Cem", "Dora")
    for server in joined.servers:
        server.path.loses = at_random(0.3, random.Random(seed))
    joined.chatter(40)
    joined.assert_promises_held()
    assert all(server.path.lost for server in joined.servers)


@pytest.fixture
def hidden(either, valkey):
    """Of two servers that hear nothing of each other: the first, and a person at each."""
    either.bus = valkey
    servers = [either.serve(), either.serve()]
    people = [Chatter(servers[0].url, "Ann"), Chatter(servers[1].url, "Ben")]
    for person in people:
        person.join("general")
    for server in servers:
        server.path.loses = lambda *_: True
    yield servers[0], *people
    for person in people:
        person.close()


def see(person, message, seconds):
    spare = 5  # the machine may be busy
    person.wait_for("message", lambda each: each["id"] == message["id"], seconds + spare)


def test_what_a_silent_bus_hides_is_seen_soon(hidden):
    _, ann, ben = hidden
    for _ in range(2):
        said = [ann.say("general", "hidden"), ben.say("general", "hidden, too, and newer")]
        see(ben, said[0], 2 * RENEW_EVERY)
        see(ann, said[1], 2 * RENEW_EVERY)


def test_the_last_words_behind_a_silent_bus_are_seen_after_the_death(hidden):
    here, ann, ben = hidden
    message = ann.say("general", "last words")
    here.kill()
    see(ben, message, DEAD_AFTER + 2 * RENEW_EVERY)


def test_a_server_that_nobody_has_visited_stops_without_an_error(arena, valkey):
    arena.bus = valkey
    server = arena.serve()
    assert server.stop() == 0
    assert "Traceback" not in server.output()
