"""Several servers that a bus joins, and people who roam between them."""

import random

from tests.faults import troubles
from tests.faults.bus_proxy import at_random
from tests.faults.polling_wire import PollingWire


def test_people_on_different_servers_talk_and_roam(join):
    joined = join()
    people = joined.admit("Ann", "Ben", "Cem", "Dora")
    for person in people:
        joined.chatter(10)
        joined.move(person)
    joined.assert_promises_held()
    assert not any(server.path.lost for server in joined.servers)


def test_they_do_so_by_every_transport_with_a_sticky_cookie(join):
    joined = join(3)
    people = [
        *joined.crowd("Ann", 2),
        *joined.admit("Ben", "Cem", connect=PollingWire.open),
        *joined.admit("Dora", is_first_edition=True),
    ]
    for person in people:
        joined.chatter(10)
        joined.read(people[0])
        joined.move(person)
    joined.until_people_agree()
    joined.assert_promises_held()


def test_and_by_websocket_without_one(join):
    joined = join(3, is_sticky=False)
    people = [*joined.crowd("Ann", 2), *joined.admit("Ben", "Cem")]
    for _ in range(3):
        joined.chatter(10)
        for person in people:
            joined.cut(person)
    joined.until_people_agree()
    joined.assert_promises_held()


def test_publications_that_get_lost_lose_no_messages_and_nobody(join, seed):
    joined = join()
    people = joined.crowd("Ann", 2) + joined.admit("Ben", "Cem", "Dora")
    chance = random.Random(seed)
    for server, share in zip(joined.servers, (0.5, 0.3), strict=True):
        server.path.loses = at_random(share, chance)
    for person in people[:3]:
        joined.chatter(20)
        joined.read(people[0])
        joined.move(person)
    joined.dismiss(people[-1])
    joined.admit("Emil")
    joined.until_people_agree()
    joined.assert_promises_held()
    assert all(server.path.lost for server in joined.servers)


def test_a_slow_bus_is_only_slow(join):
    joined = join()
    people = joined.crowd("Ann", 2) + joined.admit("Ben", "Cem")
    for server in joined.servers:
        server.path.delay = 1.0
    for person in people:
        joined.chatter(10)
        joined.read(people[0])
        joined.move(person)
        troubles.wait(0.5)
    joined.assert_promises_held()


def test_servers_that_the_bus_disconnects_because_too_much_waits_for_them_miss_nothing(
    join, valkey
):
    joined = join(message_length=50_000)
    valkey.limit_output(20_000)
    people = joined.admit("Ann", "Ben", "Cem", "Dora")
    for person in people:
        joined.post(person, 50_000 * "🐢")
        joined.post(person, "small")
        troubles.wait(0.5)
    joined.until_people_agree()
    joined.assert_promises_held()
    assert all("The bus can't be reached" in server.output() for server in joined.servers)


def test_a_server_that_nobody_has_visited_stops_without_an_error(arena, valkey):
    arena.bus = valkey
    server = arena.serve()
    assert server.stop() == 0
    assert "Traceback" not in server.output()
