"""What may go wrong in a soak with a bus: with the bus, and with several servers that it joins."""

import random

from tests.faults import troubles
from tests.faults.bus_proxy import at_random
from tests.faults.soak_troubles import (
    cut_all,
    freeze,
    kill_nine,
    move_some,
    planned_stop,
    stand_still,
)

CLOCKS_APART = 3.0  # seconds at most
OUTPUT = 5_000  # bytes that may wait for a subscriber, if that is limited
LARGE = 5_000 * "🐢"  # a text of four times as much
USUAL_OUTPUT = 32 << 20  # bytes

# The bus is away; how long all is late afterwards is measured


def kill_bus(arena, chance):
    """It is back as an empty one."""
    _measure(arena, chance, troubles.dead(arena.bus))


def freeze_bus(arena, chance):
    _measure(arena, chance, troubles.frozen(arena.bus))


def cut_off_bus(arena, chance):
    _measure(arena, chance, troubles.cut_off(arena, *arena.servers))


def refuse_bus(arena, chance):
    _measure(arena, chance, troubles.refused(arena, *arena.servers))


def cut_off_one(arena, chance):
    """One server is without the bus, sometimes for so long that the others take it for dead."""
    away = chance.choice((troubles.cut_off, troubles.refused))
    longest = 25 if chance.random() < 0.2 else 8
    _measure(arena, chance, away(arena, chance.choice(arena.servers)), longest)


def _measure(arena, chance, away, longest=8):
    arena.outages.during(away, chance.uniform(1, longest))


def fail_without_the_bus(arena, chance):
    """Something else fails meanwhile."""
    aways = (
        lambda: troubles.dead(arena.bus),
        lambda: troubles.frozen(arena.bus),
        lambda: troubles.cut_off(arena, *arena.servers),
        lambda: troubles.refused(arena, chance.choice(arena.servers)),
    )
    with chance.choice(aways)():
        troubles.wait(chance.uniform(0.2, 4))
        chance.choice(MEANWHILE)(arena, chance)
        troubles.wait(chance.uniform(0.2, 2))


MEANWHILE = (kill_nine, planned_stop, freeze, move_some, cut_all, stand_still)

# The bus is there, and bad


def slow_bus(arena, chance):
    for server in arena.servers:
        server.path.delay = chance.uniform(0.1, 1.5)
    troubles.wait(chance.uniform(1, 6))
    for server in arena.servers:
        server.path.delay = 0.0


def limit_output(arena, chance):
    """The bus disconnects servers for which too much waits."""
    arena.bus.limit_output(OUTPUT)
    for _ in range(3):
        arena.post(chance.choice(arena.clients), LARGE, chance.choice(arena.rooms))
        troubles.wait(chance.uniform(0.1, 1))
    arena.bus.limit_output(USUAL_OUTPUT)


def lose_publications(arena, chance):
    for server in arena.servers:
        share = chance.uniform(0, 0.7)
        server.path.loses = at_random(share, random.Random(chance.random()))
    troubles.wait(chance.uniform(1, 6))
    for server in arena.servers:
        server.path.loses = lambda *_: False


# Servers and people


def set_clocks_apart(arena, chance):
    """Those of the next processes."""
    for server in arena.servers:
        server.clock.write_text(str(chance.uniform(0, CLOCKS_APART)))


def visit(arena, chance):
    """Somebody new comes, and the last one who came has left without a word."""
    for client in list(arena.clients):
        if client.name.startswith("Visitor"):
            arena.dismiss(client)
    arena.admit(f"Visitor {arena.journal_size}", port=chance.choice(arena.entrances).port)


WITH_A_BUS = (
    kill_bus,
    freeze_bus,
    cut_off_bus,
    refuse_bus,
    *2 * [cut_off_one],
    *2 * [fail_without_the_bus],
    slow_bus,
    limit_output,
    *2 * [lose_publications],
    set_clocks_apart,
    *2 * [visit],
)
