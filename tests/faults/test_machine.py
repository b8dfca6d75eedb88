"""Any order of sending, resending, cutting, killing, stopping and reading keeps the promises.

Hypothesis chooses the orders: always the same ones, unless `SEED` is set. It prints an order that
breaks a promise as a program. `SHRINK=1` searches for a shorter order, which takes minutes.
"""

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.chatters import chatting, sign_in
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles
from tests.faults.arenas import cloud_arena, sqlite_arena
from tests.faults.journal import ACKNOWLEDGED

PEOPLE = ("Ann", "Ben", "Cem")

who = st.integers(0, len(PEOPLE) - 1)


class Machine(RuleBasedStateMachine):
    """People, their server, and what may happen to them."""

    def __init__(self, make_arena):
        super().__init__()
        self._make_arena = make_arena

    @initialize()
    def begin(self):
        self.arena = self._make_arena()
        self.arena.serve()
        self.arena.admit(*PEOPLE)
        self.reader = sign_in(self.arena.server.url, "Reader")

    @rule(who=who, count=st.integers(1, 8))
    def say(self, who, count):
        for _ in range(count):
            self.arena.post(self.arena.clients[who], f"number {self.arena.journal.count('sent')}")

    @rule()
    def wait_for_answers(self):
        self.arena.come_to_rest()

    @rule(who=who)
    def cut(self, who):
        self.arena.cut(self.arena.clients[who])

    @rule(who=who, ago=st.integers(0, 100_000))
    @precondition(lambda self: self.arena.journal.count(ACKNOWLEDGED))
    def send_again(self, who, ago):
        """What was acknowledged is sent again, and gets the same answer."""
        client = self.arena.clients[who]
        mine = [e for e in self.arena.journal.of(ACKNOWLEDGED) if e.client == client.name]
        self.arena.until(lambda: client.is_live)
        for entry in mine[-2:]:
            message = entry.subject
            resend = {key: message[key] for key in ("room", "text", "client_id")}
            # The server searches from this time on, so it has to be before the message.
            resend["first_attempt_ms_ago"] = 100_000 + ago
            answer = self.arena.loop.run(client.call("send", resend))
            assert answer == {"ok": True, "message": message}

    @rule()
    def kill(self):
        troubles.kill(self.arena.server)

    @rule()
    def stop(self):
        troubles.restart(self.arena.server)

    @rule()
    def read(self):
        """A reader finds all messages that were acknowledged before."""
        acknowledged = {entry.subject["id"] for entry in self.arena.journal.of(ACKNOWLEDGED)}
        with chatting(self.arena.server.url, "Reader", session=self.reader) as reader:
            assert acknowledged <= {message["id"] for message in self.arena.read_back(reader)}

    def teardown(self):
        if hasattr(self, "arena"):
            self.reader.close()
            try:
                self.arena.assert_promises_held()
            finally:
                self.arena.close()


class CloudMachine(Machine):
    """The same, with faults of DynamoDB."""

    @rule(count=st.integers(1, 3))
    def lose_replies(self, count):
        lost = faults.only("BatchWriteItem", faults.committed_and_cut)
        self.arena.proxy.fault = faults.in_turn(*count * [lost])

    @rule(count=st.integers(1, 3))
    def throttle(self, count):
        self.arena.proxy.fault = faults.in_turn(*count * [faults.throttled])

    @rule(count=st.integers(1, 3))
    def leave_over(self, count):
        self.arena.proxy.fault = faults.in_turn(*count * [faults.unprocessed])


def run(machine):
    options = settings(
        max_examples=int(os.environ.get("EXAMPLES", "4")),
        stateful_step_count=12,
        deadline=None,
        database=None,
        derandomize="SEED" not in os.environ,
        phases=set(Phase) - (set() if "SHRINK" in os.environ else {Phase.shrink}),
        suppress_health_check=list(HealthCheck),
    )
    if "SEED" in os.environ:
        machine = seed(int(os.environ["SEED"]))(machine)
    run_state_machine_as_test(machine, settings=options)


@pytest.fixture
def folders(tmp_path):
    """A new folder for each order that is tried."""
    numbers = itertools.count()

    def folder():
        path = Path(tmp_path / f"order-{next(numbers)}")
        path.mkdir()
        return path

    return folder


@pytest.mark.timeout(600)
def test_any_order_on_sqlite(folders):
    run(lambda: Machine(lambda: sqlite_arena(folders(), 0)))


@pytest.mark.timeout(600)
def test_any_order_on_dynamodb(folders, dynalite):
    run(lambda: CloudMachine(lambda: cloud_arena(folders(), dynalite, 0)))
