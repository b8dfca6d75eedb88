"""The bus is away for all servers or for one of them: news come late, and nothing is lost.

Times are promised on a machine that isn't busy. Here they are bounds: a soak has the figures.
"""

import time

import pytest

from chat.bus.peers import GONE_AFTER
from tests.faults import troubles

LATE = 25  # seconds; ten are promised, by the records in the storage
SOON = 15  # seconds; five are promised

AWAY = {
    "killed": lambda arena: troubles.dead(arena.bus),
    "frozen": lambda arena: troubles.frozen(arena.bus),
    "cut off": lambda arena: troubles.cut_off(arena, *arena.servers),
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
def test_without_the_bus_news_come_late_and_with_it_at_once(join, away):
    arena = join()
    people = [*arena.crowd("Ann", 2), *arena.admit("Ben", "Cem")]
    arena.chatter(10)
    with away(arena):
        arena.until(lambda: all(person.expects_delays for person in people))
        people += arena.admit("Dora")
        arena.until(lambda: people[-1].expects_delays)
        arena.chatter(10)
        arena.until_all_have_arrived(LATE)
        arena.read(people[0])
        arena.dismiss(arena.clients[2])
        arena.chatter(10)
        arena.until(lambda: not any(person.stuck for person in arena.clients))
    arena.until_all_have_arrived(SOON)
    arena.until(lambda: not any(person.expects_delays for person in arena.clients))
    arena.until_people_agree()
    arena.assert_promises_held()


FOR_ONE = {"silently": troubles.cut_off, "refused": troubles.refused}


@pytest.mark.parametrize("away", FOR_ONE.values(), ids=FOR_ONE)
def test_one_server_without_the_bus_hears_and_is_heard_late_and_its_people_stay(join, away):
    arena = join(3)
    people = arena.admit("Ann", "Ben", "Cem")
    arena.until_people_agree()
    alone = arena.server_of(people[0])
    began = time.monotonic()
    with away(arena, alone):
        arena.until(lambda: people[0].expects_delays)
        arena.chatter(10)
        arena.until_all_have_arrived(LATE)
        arena.read(*people)
        assert [person.expects_delays for person in people] == [True, False, False]
        troubles.until(lambda: time.monotonic() > began + GONE_AFTER + 2, GONE_AFTER + 2)
        arena.chatter(10)
        arena.until(lambda: not any(person.stuck for person in people))
    arena.until_all_have_arrived(SOON)
    arena.until(lambda: not people[0].expects_delays)
    assert not any(person.rooms["general"].seen_leaving for person in people)
    arena.assert_promises_held()
