"""The contract of the records of processes, whatever the backend."""

import contextlib
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.messages.ids import MessageIds
from chat.rooms.room import MAX_ROOM_ID
from chat.storage.containers import KEPT_FOR, ROOMS_AT_MOST, ContainerRecord
from chat.storage.dynamodb.history import DynamoDBHistory
from tests.storage.conftest import table_url

pytestmark = pytest.mark.usefixtures("patient")

_ids = MessageIds()
OLD, NEW = (_ids.make("general") for _ in range(2))


@pytest.fixture
def containers(history):
    return history.containers


def test_records_come_back_exactly(containers):
    assert containers.all() == []
    containers.renew("7f3ac21e", 1, {"general": NEW, "太郎の部屋": OLD, 'a"b.c#d': NEW})
    containers.renew("a0", 12, {})
    assert sorted(containers.all()) == [
        ContainerRecord("7f3ac21e", 1, {"general": NEW, "太郎の部屋": OLD, 'a"b.c#d': NEW}),
        ContainerRecord("a0", 12, {}),
    ]


def test_a_renewal_replaces_all_of_the_record(containers):
    containers.renew("a", 1, {"general": OLD, "tech": OLD})
    containers.renew("a", 2, {"general": NEW})
    assert containers.all() == [ContainerRecord("a", 2, {"general": NEW})]


def test_what_comes_late_replaces_nothing(containers):
    containers.renew("a", 9, {"general": OLD})
    containers.renew("a", 10, {"general": NEW})
    for number in (9, 10):
        containers.renew("a", number, {})
    assert containers.all() == [ContainerRecord("a", 10, {"general": NEW})]


def test_only_the_record_of_that_process_is_removed(containers):
    for process in ("a", "b", "aa"):
        containers.renew(process, 1, {})
    for _ in range(2):
        containers.remove("a")
    assert sorted(record.process for record in containers.all()) == ["aa", "b"]


def test_a_record_expires_some_time_after_its_last_renewal(url, history, open_here):
    now = time.time()
    early, late = history.containers, open_here(url).containers
    early._clock = lambda: now - KEPT_FOR + 60
    early.renew("a", 1, {})
    early.renew("b", 1, {})
    early._clock = lambda: now - KEPT_FOR - 60
    early.renew("gone", 1, {})
    early.renew("b", 2, {})
    late._clock = lambda: now
    assert [record.process for record in late.all()] == ["a"]
    late.renew("b", 3, {})
    late.renew("gone", 2, {})
    assert sorted(record.process for record in late.all()) == ["a", "b", "gone"]


def test_as_many_rooms_as_allowed_fit_into_a_record(containers):
    """With the longest ids: DynamoDB takes no item over 400 KB."""
    newest = {f"{n:03}{'𝔄' * (MAX_ROOM_ID - 3)}": NEW for n in range(ROOMS_AT_MOST)}
    containers.renew("a", 1, newest)
    assert containers.all() == [ContainerRecord("a", 1, newest)]


def test_more_than_a_page_of_records_comes_in_one_answer(containers):
    """DynamoDB cuts an answer after 1 MB."""
    newest = {f"{n:03}{'𝔄' * (MAX_ROOM_ID - 3)}": NEW for n in range(ROOMS_AT_MOST)}
    for number in range(5):
        containers.renew(f"process {number}", 1, newest)
    assert len(containers.all()) == 5


def test_rooms_and_records_leave_each_other_alone(history, containers):
    containers.renew("a", 1, {})
    assert history.newest("containers:", 10).messages == []


def test_expired_rows_are_deleted_from_a_file(tmp_path, open_here):
    containers = open_here(f"sqlite:///{tmp_path}/chat.db").containers
    now = time.time()
    containers._clock = lambda: now - KEPT_FOR - 1
    containers.renew("a", 1, {})
    containers._clock = lambda: now
    containers.renew("b", 1, {})
    containers._clock = lambda: now - KEPT_FOR - 1
    assert [record.process for record in containers.all()] == ["b"]


def test_records_of_a_table_expire_by_the_clock_that_all_share(dynalite, open_here):
    """A process whose own clock is hours ahead must not lose sight of the others."""
    history = open_here(table_url(dynalite))
    history.create()
    history.containers.renew("a", 1, {})
    ahead = DynamoDBHistory(
        history._table, "us-east-1", dynalite, clock=lambda: time.time() + 2 * KEPT_FOR
    )
    with contextlib.closing(ahead):
        assert [record.process for record in ahead.containers.all()] == ["a"]


# Steps: a process renews, or an earlier call reaches DynamoDB once more.
STEPS = st.lists(
    st.one_of(st.just("renew"), st.tuples(st.just("late"), st.integers(0, 9))), max_size=12
)


@pytest.mark.parametrize("endpoint", ["moto", "dynalite"])
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_a_record_never_goes_back_whatever_lands_late(table, steps):
    table.run(steps)


class Table:
    """A process that has made some calls, of which any may arrive once more."""

    def __init__(self, history):
        self.containers = history.containers
        self.calls = []
        self.client = history._connection.client
        put_item = self.client.put_item

        def noted(**arguments):
            self.calls.append(lambda: put_item(**arguments))
            return put_item(**arguments)

        self.client.put_item = noted

    def run(self, steps):
        self.containers.remove("a")
        self.calls.clear()
        for step in steps:
            if step == "renew":
                number = len(self.calls) + 1
                self.containers.renew("a", number, {"general": str(number)})
            elif self.calls:
                with contextlib.suppress(self.client.exceptions.ConditionalCheckFailedException):
                    self.calls[step[1] % len(self.calls)]()
            found = [(record.renewals, record.newest) for record in self.containers.all()]
            made = len(self.calls)
            assert found == ([(made, {"general": str(made)})] if made else [])


@pytest.fixture
def table(request, endpoint, open_here):
    history = open_here(table_url(request.getfixturevalue(endpoint)))
    history.create()
    return Table(history)
