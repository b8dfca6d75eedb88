"""What may go wrong in a soak, with or without a bus.

Each trouble takes an arena and random choices, and is over when it returns.
"""

import random

from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles
from tests.faults.polling_wire import PollingWire

# Troubles that any server may have


def kill_nine(arena, chance):
    troubles.kill(chance.choice(arena.servers))
    arena.kills += 1


def planned_stop(arena, chance):
    troubles.restart(chance.choice(arena.servers))


def freeze(arena, chance):
    with troubles.frozen(chance.choice(arena.servers)):
        troubles.wait(chance.uniform(0.2, 2))


def step_clock(arena, chance):
    """The clock of a running server is wrong for a while."""
    server = chance.choice(arena.servers)
    before = server.clock.read_text()
    server.clock.write_text(str(chance.uniform(-600, 600)))
    troubles.wait(chance.uniform(0.2, 3))
    server.clock.write_text(before)


def lose_polls(arena, chance):
    """Answers to polls get lost, and no client reconnects."""
    set_polls_to_lose(arena, lambda: chance.randint(1, 3))


def set_polls_to_lose(arena, count):
    for client in arena.clients:
        if isinstance(client.wire, PollingWire):
            arena.loop.call(client.wire.lose_answers, count())


def come_and_go(arena, chance):
    """Somebody signs out: the session stays ended, whatever happens later."""
    arena.come_and_go(chance.choice(arena.servers))


def cut_some(arena, chance):
    for client in chance.sample(arena.clients, 3):
        arena.cut(client)


def cut_all(arena, chance):
    for client in arena.clients:
        arena.cut(client)


# Troubles of a single server, and of several


def restart_with_a_wrong_clock(arena, chance):
    arena.server.clock.write_text(str(chance.uniform(-600, 600)))
    kill_nine(arena, chance)
    troubles.wait(chance.uniform(0.2, 3))
    arena.server.clock.write_text("0")
    kill_nine(arena, chance)


def move_some(arena, chance):
    for client in chance.sample(arena.clients, 3):
        arena.move(client)


def stand_still(arena, chance):
    """A server freezes for long; its clients move to the other one and resend their outboxes."""
    server = chance.choice(arena.servers)
    with troubles.frozen(server):
        troubles.wait(1)
        for client in arena.clients:
            if arena.server_of(client) is server:
                arena.move(client)
        troubles.wait(chance.uniform(1, 15))


# Troubles of each history


def lock(arena, chance):
    with troubles.locked(arena.database):
        troubles.wait(chance.uniform(0.1, 4))


def full_disk(arena, chance):
    with troubles.full_disk(arena.server, arena.database):
        troubles.wait(chance.uniform(0.1, 2))


def mixed_errors(arena, chance):
    kinds = (
        faults.throttled,
        faults.failed(),
        faults.unprocessed,
        faults.committed_and_cut,
        faults.cut,
        faults.delayed(0.5),
    )
    _fail(arena, faults.sometimes(random.Random(chance.random()), 0.5, *kinds), chance, 3)


def replies_lost(arena, chance):
    _fail(arena, faults.only("BatchWriteItem", faults.committed_and_cut), chance, 4)


def throttling(arena, chance):
    _fail(arena, faults.throttled, chance, 4)


def late_writes(arena, chance):
    """Writes are executed late, some of them after their process was killed."""
    late = faults.only("BatchWriteItem", faults.delayed(chance.uniform(2, 4)))
    arena.proxy.fault = late
    troubles.wait(0.5)
    if chance.random() < 0.5:
        server = chance.choice(arena.servers)
        server.kill()
        arena.kills += 1
        arena.proxy.fault = faults.passed
        troubles.wait(4)  # the late writes are stored before the server is back
        server.start()
    arena.proxy.fault = faults.passed


def no_answers(arena, chance):
    _fail(arena, faults.swallowed, chance, 6)


def refused_connections(arena, chance):
    arena.loop.call(arena.proxy.refuse)
    troubles.wait(chance.uniform(0.5, 6))
    arena.loop.run(arena.proxy.listen())


def _fail(arena, fault, chance, seconds):
    """Let DynamoDB fail for a while; sometimes the server dies meanwhile."""
    arena.proxy.fault = fault
    troubles.wait(chance.uniform(0.2, seconds))
    dies = chance.random() < 0.25
    server = chance.choice(arena.servers)
    if dies:
        server.kill()
        arena.kills += 1
    arena.proxy.heal()
    if dies:
        server.start()


COMMON = (
    *5 * [kill_nine],
    planned_stop,
    freeze,
    step_clock,
    *2 * [come_and_go],
    cut_some,
    cut_all,
    *2 * [lose_polls],
)
ALONE = (restart_with_a_wrong_clock,)
SEVERAL = (*2 * [move_some], *2 * [stand_still])
ON_SQLITE = (lock, full_disk)
ON_DYNAMODB = (
    mixed_errors,
    replies_lost,
    throttling,
    late_writes,
    no_answers,
    refused_connections,
)
