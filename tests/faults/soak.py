"""A long run with many faults: `python -m tests.faults.soak --minutes 20 --seed 1`.

A server on SQLite, one on DynamoDB, and two that share a table, all at the same time, in rounds of
about a minute. In each round people talk while the servers, their clocks, their history and their
connections fail again and again, in an order that follows from the seed. Then the faults stop, and
what people saw is compared with what is stored.
"""

import argparse
import itertools
import os
import platform
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path

from tests.faults import checker, troubles
from tests.faults import dynamodb_proxy as faults
from tests.faults.arenas import cloud_arena, sqlite_arena
from tests.faults.polling_wire import PollingWire
from tests.storage import dynamodbs

PEOPLE = ("Ann", "Ben", "Cem", "Dora")  # by WebSocket
POLLING = ("Emil", "Fay")
FIRST_EDITION = ("Gül",)  # doesn't count events
ROOMS = ("general", "tech")
ROUND = 45  # seconds with faults; the recovery takes some more
PAUSE = 0.05  # seconds between two messages, at most


class Soak:
    """One history, round after round.

    Args:
        name: For the report and the logs.
        seed: For all random choices.
        folder: For the logs.
        make_arena: Makes the arena of a round.
        kinds: The troubles.
        servers: The number of servers that share the history.
    """

    def __init__(self, name, seed, folder, make_arena, kinds, *, servers=1):
        self.name = name
        self._kinds = kinds
        self._servers = servers
        self.counts = Counter()
        self.violations = []
        self._seed = seed
        self._folder = folder
        self._make_arena = make_arena
        self._arena = None

    def run(self, until):
        """Run rounds until that time, or until the first violation."""
        for number in itertools.count():
            if time.monotonic() > until or self.violations:
                return
            self._run_round(number, min(until, time.monotonic() + ROUND))

    def _run_round(self, number, until):
        seed = f"{self._seed} {self.name} {number}"
        folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-{number}-", dir=self._folder))
        self._arena = arena = self._make_arena(folder, seed)
        try:
            for _ in range(self._servers):
                arena.serve_from_inside()
            chance = random.Random(seed)
            self._admit_all(arena, chance)
            self._trouble(arena, chance, until)
            found = arena.violations()
            self.violations += [(f"round {number}", violation) for violation in found]
            self._check_logs(arena, number)
        finally:
            arena.close()
            self.counts += self._counts_of(arena)
            self._arena = None
        self.counts["rounds"] += 1

    def _admit_all(self, arena, chance):
        for names, options in (
            (PEOPLE, {}),
            (POLLING, {"connect": PollingWire.open}),
            (FIRST_EDITION, {"is_first_edition": True}),
        ):
            for name in names:
                arena.admit(name, port=chance.choice(arena.servers).port, **options)

    def _trouble(self, arena, chance, until):
        talk = random.Random(chance.random())
        pauses = random.Random(chance.random())
        with troubles.going_on(
            lambda: arena.post(
                talk.choice(arena.clients), f"{arena.journal.count('sent')}", talk.choice(ROOMS)
            ),
            lambda: pauses.uniform(0, PAUSE),
        ):
            while time.monotonic() < until:
                troubles.wait(chance.uniform(0.3, 1.5))
                trouble = chance.choice(self._kinds)
                trouble(arena, chance)
                self.counts[trouble.__name__] += 1
        # A mark reveals a lost event. If marks get lost, too, that takes longer than the check at
        # the end waits.
        _lose_polls(arena, lambda: 0)

    def _check_logs(self, arena, number):
        for server in arena.servers:
            if "Traceback" in server.output():
                self.violations.append((f"round {number}", f"a traceback in {server.log}"))

    def _counts_of(self, arena):
        seen = ("sent", "acknowledged", "received")
        mended = sum(room.mended for client in arena.clients for room in client.rooms.values())
        counts = {each: arena.journal.count(each) for each in seen}
        return Counter({"kills": arena.kills, "holes noticed": mended} | counts)

    @property
    def progress(self):
        counts = self.counts + (self._counts_of(self._arena) if self._arena else Counter())
        done = f"{counts['acknowledged']:,} of {counts['sent']:,} messages"
        return f"{self.name}: round {counts['rounds']}, {done}, {counts['kills']} kills"


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
    server.clock.write_text(str(chance.uniform(-600, 600)))
    troubles.wait(chance.uniform(0.2, 3))
    server.clock.write_text("0")


def lose_polls(arena, chance):
    """Answers to polls get lost, and no client reconnects."""
    _lose_polls(arena, lambda: chance.randint(1, 3))


def _lose_polls(arena, count):
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
            if client.port == server.port:
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


# The program


def main():
    options = _options()
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="soak-")
    os.environ.update(dynamodbs.CREDENTIALS)
    with dynamodbs.dynalite(Path(folder)) as endpoint:
        on_dynamodb = partial(_dynamodb_arena, endpoint)
        kinds = {
            "sqlite": (*COMMON, *ALONE, *ON_SQLITE),
            "dynamodb": (*COMMON, *ALONE, *ON_DYNAMODB),
            "two servers": (*COMMON, *SEVERAL, *ON_DYNAMODB),
        }
        soaks = [
            Soak("sqlite", options.seed, folder, _sqlite_arena, kinds["sqlite"]),
            Soak("dynamodb", options.seed, folder, on_dynamodb, kinds["dynamodb"]),
            Soak("two servers", options.seed, folder, on_dynamodb, kinds["two servers"], servers=2),
        ]
        _say(f"{options.minutes:g} minutes, SEED={options.seed}")
        _run(soaks, began + options.minutes * 60, began)
        _say(_table(soaks, options, time.monotonic() - began))
    if any(soak.violations for soak in soaks):
        _say(f"The logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


def _sqlite_arena(folder, seed):
    return sqlite_arena(folder, seed, rooms=ROOMS)


def _dynamodb_arena(endpoint, folder, seed):
    return cloud_arena(folder, endpoint, seed, rooms=ROOMS)


def _run(soaks, until, began):
    threads = [threading.Thread(target=_guarded, args=(soak, until)) for soak in soaks]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(5)
        _say(f"{time.monotonic() - began:5.0f} s  " + " | ".join(soak.progress for soak in soaks))


def _guarded(soak, until):
    try:
        soak.run(until)
    except Exception:  # noqa: BLE001  the other soaks go on
        soak.violations.append(("the soak itself", traceback.format_exc()))
    for place, violation in soak.violations[:50]:
        _say(f"{soak.name} ends. {place}: {violation}")


def _table(soaks, options, seconds):
    kinds = [
        trouble.__name__
        for trouble in dict.fromkeys((*COMMON, *ALONE, *SEVERAL, *ON_SQLITE, *ON_DYNAMODB))
    ]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {machine}",
        f"make soak MINUTES={options.minutes:g} SEED={options.seed}: {seconds:.0f} s",
        "",
        f"| | {' | '.join(soak.name for soak in soaks)} |",
        f"|---|{'---:|' * len(soaks)}",
    ]
    figures = ("rounds", "sent", "acknowledged", "received", "holes noticed", "kills")
    for what in (*figures, *kinds):
        row = " | ".join(f"{soak.counts[what]:,}" for soak in soaks)
        lines.append(f"| {what.replace('_', ' ')} | {row} |")
    for kind in checker.KINDS:
        found = [
            sum(getattr(each, "kind", None) == kind for _, each in soak.violations)
            for soak in soaks
        ]
        lines.append(f"| **{kind}** | {' | '.join(map(str, found))} |")
    return "\n".join(lines)


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
