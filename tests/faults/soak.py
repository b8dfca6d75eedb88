"""A long run with many faults: `python -m tests.faults.soak --minutes 20 --seed 1`.

In each round of about a minute people talk while the servers, their clocks, their history, their
bus and their connections fail again and again, in an order that follows from the seed. Then the
faults stop, and what people saw is compared with what is stored.

In the first half of the minutes there is no bus: one server on SQLite, one on DynamoDB, and two
that share a table, all at the same time. In the second half a bus joins three servers on a table,
behind a balancer, and two on one file. With `--only`, one of these has the machine and all of the
minutes.
"""

import argparse
import itertools
import os
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

from tests.faults import soak_troubles, troubles
from tests.faults.arenas import cloud_arena, sqlite_arena
from tests.faults.outages import Outages
from tests.faults.polling_wire import PollingWire
from tests.faults.soak_bus_troubles import CLOCKS_APART, WITH_A_BUS, kill_bus
from tests.faults.soak_table import table
from tests.faults.soak_troubles import ALONE, COMMON, ON_DYNAMODB, ON_SQLITE, SEVERAL
from tests.storage import dynamodbs
from tests.valkeys import Valkey

TWO_DEVICES = "Ann"
PEOPLE = ("Ben", "Cem", "Dora")  # by WebSocket, as Ann
POLLING = ("Emil", "Fay")
FIRST_EDITION = ("Gül",)  # doesn't count events
ROOMS = ("general", "tech")
ROUND = 45  # seconds with faults; the recovery takes some more
LONGEST = 5_000  # characters of a message
PAUSE = 0.05  # seconds between two messages, at most
BUS_LIVES_FOR = 20  # seconds, and some more until a trouble is over
READS = 0.05  # the share of messages after which somebody looks at their rooms


class Soak:
    """One history, round after round.

    Args:
        name: For the report and the logs.
        kinds: The troubles.
        make_arena: Makes the arena of a round.
        servers: The number of servers that share the history.
        has_bus: Whether a bus joins them.
        is_balanced: Whether people connect to a balancer in front of them.
    """

    def __init__(self, name, kinds, make_arena, *, servers=1, has_bus=False, is_balanced=False):
        self.name = name
        self.counts = Counter()
        self.took = []  # seconds: after each outage of the bus, until nothing was late any more
        self.violations = []
        self.kinds = kinds
        self._make_arena = make_arena
        self._servers = servers
        self.has_bus = has_bus
        self._is_balanced = is_balanced
        self._arena = None

    def run(self, seed, folder, until):
        """Run rounds until that time, or until the first violation; the logs go to the folder."""
        for number in itertools.count():
            if time.monotonic() > until or self.violations:
                return
            seed_of_round = f"{seed} {self.name} {number}"
            prefix = f"{self.name.replace(' ', '-')}-{number}-"
            logs = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
            self._run_round(number, seed_of_round, logs, min(until, time.monotonic() + ROUND))

    def _run_round(self, number, seed, folder, until):
        self._arena = arena = self._make_arena(folder, seed)
        arena.outages = Outages(arena)
        try:
            chance = random.Random(seed)
            self._serve(arena, chance)
            self._admit_all(arena, chance)
            self._trouble(arena, chance, until)
            found = [*arena.outages.violations, *arena.violations()]
            self.violations += [(f"round {number}", violation) for violation in found]
            self._check_logs(arena, number)
        finally:
            arena.close()
            if arena.bus:
                arena.bus.kill()
            self.counts += self._counts_of(arena)
            self.took += arena.outages.took
            self._arena = None
        self.counts["rounds"] += 1

    def _serve(self, arena, chance):
        if self.has_bus:
            arena.bus = Valkey(arena.folder).start()
        for _ in range(self._servers):
            arena.serve_from_inside(chance.uniform(0, CLOCKS_APART) if self.has_bus else 0)
        if self._is_balanced:
            arena.balance()

    def _admit_all(self, arena, chance):
        for names, options in (
            (PEOPLE, {}),
            (POLLING, {"connect": PollingWire.open}),
            (FIRST_EDITION, {"is_first_edition": True}),
        ):
            for name in names:
                arena.admit(name, port=chance.choice(arena.entrances).port, **options)
        arena.crowd(TWO_DEVICES, 2 if self.has_bus else 1)

    def _trouble(self, arena, chance, until):
        talk = random.Random(chance.random())
        pauses = random.Random(chance.random())
        with troubles.going_on(partial(_talk, arena, talk), lambda: pauses.uniform(0, PAUSE)):
            bus_dies_at = time.monotonic()
            while time.monotonic() < until:
                troubles.wait(chance.uniform(0.3, 1.5))
                if self.has_bus and time.monotonic() > bus_dies_at:
                    self._let(kill_bus, arena, chance)
                    bus_dies_at = time.monotonic() + BUS_LIVES_FOR
                self._let(chance.choice(self.kinds), arena, chance)
        # A mark reveals a lost event. If marks get lost, too, that takes longer than the check at
        # the end waits.
        soak_troubles.set_polls_to_lose(arena, lambda: 0)

    def _let(self, trouble, arena, chance):
        trouble(arena, chance)
        self.counts[trouble.__name__] += 1

    def _check_logs(self, arena, number):
        for server in arena.servers:
            if "Traceback" in server.output():
                self.violations.append((f"round {number}", f"a traceback in {server.log}"))

    def _counts_of(self, arena):
        seen = ("sent", "acknowledged", "received")
        mended = sum(room.mended for client in arena.clients for room in client.rooms.values())
        counts = {each: arena.journal.count(each) for each in seen}
        counts |= {"kills": arena.kills, "holes noticed": mended}
        return Counter(counts | {"outages not measured": arena.outages.unmeasured})

    @property
    def progress(self):
        counts = self.counts + (self._counts_of(self._arena) if self._arena else Counter())
        done = f"{counts['acknowledged']:,} of {counts['sent']:,} messages"
        return f"{self.name}: round {counts['rounds']}, {done}, {counts['kills']} kills"


def _talk(arena, chance):
    client = chance.choice(arena.clients)
    arena.post(client, f"{arena.journal_size}", chance.choice(ROOMS))
    if arena.bus and chance.random() < READS:
        arena.loop.start(chance.choice(arena.clients).read())


# The program


def main():
    options = _options()
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="soak-")
    os.environ.update(dynamodbs.CREDENTIALS)
    _say(f"{options.minutes:g} minutes, SEED={options.seed}")
    with dynamodbs.dynalite(Path(folder)) as endpoint:
        groups = _soaks(endpoint)
        if options.only:
            groups = [[each] for group in groups for each in group if each.name == options.only]
        for number, group in enumerate(groups, 1):
            until = began + options.minutes * 60 * number / len(groups)
            _run(group, options.seed, folder, until, began)
    soaks = [soak for group in groups for soak in group]
    _say(table(soaks, options, time.monotonic() - began))
    if any(soak.violations for soak in soaks):
        _say(f"The logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    names = [soak.name for group in _soaks("") for soak in group]
    parser.add_argument("--only", choices=names)
    return parser.parse_args()


def _soaks(endpoint):
    """Those without a bus, and those with one. A group runs at the same time."""
    on_sqlite = partial(sqlite_arena, rooms=ROOMS)
    on_dynamodb = partial(_dynamodb_arena, endpoint)
    joined = (*COMMON, *SEVERAL, *WITH_A_BUS)
    return [
        [
            Soak("sqlite", (*COMMON, *ALONE, *ON_SQLITE), on_sqlite),
            Soak("dynamodb", (*COMMON, *ALONE, *ON_DYNAMODB), on_dynamodb),
            Soak("two servers", (*COMMON, *SEVERAL, *ON_DYNAMODB), on_dynamodb, servers=2),
        ],
        [
            Soak(
                "three servers with a bus",
                (*joined, *ON_DYNAMODB),
                partial(on_dynamodb, message_length=LONGEST, proxies=1),
                servers=3,
                has_bus=True,
                is_balanced=True,
            ),
            Soak(
                "two servers on one file",
                (*joined, *ON_SQLITE),
                partial(on_sqlite, message_length=LONGEST),
                servers=2,
                has_bus=True,
            ),
        ],
    ]


def _dynamodb_arena(endpoint, folder, seed, **settings):
    return cloud_arena(folder, endpoint, seed, rooms=ROOMS, **settings)


def _run(soaks, seed, folder, until, began):
    threads = [
        threading.Thread(target=_guarded, args=(soak, seed, folder, until)) for soak in soaks
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(5)
        _say(f"{time.monotonic() - began:5.0f} s  " + " | ".join(soak.progress for soak in soaks))


def _guarded(soak, seed, folder, until):
    try:
        soak.run(seed, folder, until)
    except Exception:  # noqa: BLE001  the other soaks go on
        soak.violations.append(("the soak itself", traceback.format_exc()))
    for place, violation in soak.violations[:50]:
        _say(f"{soak.name} ends. {place}: {violation}")


def _say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
