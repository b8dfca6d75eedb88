"""How long what was said while the bus was away takes to be everywhere, once the bus is back."""

import contextlib
import os
import time
from pathlib import Path

from tests.faults import agreement, checker, troubles
from tests.waiting import wait_until

PROMISED = 5  # seconds
REST_WITHIN = 30  # seconds for what failed before
GIVE_UP_AFTER = 40  # seconds

# Processes for each core that run or could run. With more, the machine is what is late.
BUSY = 8


class Outages:
    """Those of one arena's bus, each while nothing else fails.

    `took` has the seconds of each. `unmeasured` counts those before which the arena didn't come to
    rest, or after which the machine was busy.
    """

    def __init__(self, arena, load=None):
        self.took = []
        self.unmeasured = 0
        self.violations = []
        self._arena = arena
        self._load = load or processes_for_each_core
        self._last = []  # the names of those who were the last to get all

    def during(self, away, seconds):
        """Let the bus be away for so long while people talk."""
        self._spread_people()
        is_at_rest = self._waits_until_all_is_shown(REST_WITHIN)
        last = self._arena.journal.last
        with away:
            troubles.wait(seconds)
        began, loads = time.monotonic(), []
        said = agreement.acknowledged(self._arena.journal, since=last)
        self._waits_until_shown(said, GIVE_UP_AFTER, loads)
        self._judge(time.monotonic() - began, is_fair=is_at_rest and bool(said), loads=loads)

    def _spread_people(self):
        """Let somebody be at each server: who is at the same one needs no bus."""
        for server in self._arena.servers:
            homes = [self._arena.server_of(client) for client in self._arena.clients]
            if server not in homes:
                fullest = max(homes, key=homes.count)
                self._arena.move(self._arena.clients[homes.index(fullest)], server)

    def _waits_until_all_is_shown(self, seconds):
        return self._waits_until_shown(agreement.acknowledged(self._arena.journal), seconds, [])

    def _waits_until_shown(self, ids, seconds, loads):
        def is_shown():
            loads.append(self._load())
            late = self._arena.loop.call(agreement.who_lacks, self._arena.clients, ids)
            self._last = late or self._last
            return not late

        with contextlib.suppress(AssertionError):
            return wait_until(is_shown, seconds)
        return False

    def _judge(self, seconds, *, is_fair, loads):
        load = sum(loads) / len(loads)
        if not is_fair or load > BUSY:
            self.unmeasured += 1
            return
        self.took.append(seconds)
        if seconds > PROMISED:
            detail = f"all was there {seconds:.1f} s after the bus was back; load {load:.1f}"
            self.violations.append(checker.Violation(checker.LATE, ", ".join(self._last), detail))


def processes_for_each_core():
    """How many processes run or could run at this moment."""
    runnable = Path("/proc/loadavg").read_text().split()[3].partition("/")[0]
    return int(runnable) / os.cpu_count()
