"""Several servers that are joined by a bus, and people who roam between them."""

import random

import pytest

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


def test_a_server_that_nobody_has_visited_stops_without_an_error(arena, valkey):
    arena.bus = valkey
    server = arena.serve()
    assert server.stop() == 0
    assert "Traceback" not in server.output()
