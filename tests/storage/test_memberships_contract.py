"""The contract of read markers, notification levels and choices, whatever the backend."""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.messages.ids import MessageIds
from chat.storage.accounts import Profile, Session
from chat.storage.base import BATCH
from chat.storage.memberships import Choices, Membership, ReadMarker, Shared
from tests.storage.conftest import table_url

pytestmark = pytest.mark.usefixtures("patient")

_ids = MessageIds()
OLD, NEW, NEWEST = (_ids.make("general") for _ in range(3))


@pytest.fixture
def memberships(history):
    return history.memberships


def read(memberships, id_, room="general", person="p1"):
    memberships.advance([ReadMarker(person, room, id_)])


def test_each_person_has_a_marker_in_each_room(memberships):
    memberships.advance(
        [
            ReadMarker("p1", "general", OLD),
            ReadMarker("p1", "太郎の部屋", NEW),
            ReadMarker("p2", "general", NEWEST),
        ]
    )
    assert sorted(memberships.of("p1").memberships) == [
        Membership("general", OLD),
        Membership("太郎の部屋", NEW),
    ]
    assert memberships.of("p2").memberships == [Membership("general", NEWEST)]
    assert memberships.of("p").memberships == []


def test_what_else_is_stored_of_a_person_is_no_room(history, memberships):
    history.accounts.put_profile(Profile("p1", "Ann"))
    history.accounts.begin_session(Session("s1", "p1", "Firefox", 1.0, 1.0, 1e10))
    read(memberships, OLD)
    assert memberships.of("p1").memberships == [Membership("general", OLD)]
    assert [session.id for session in history.accounts.sessions("p1")] == ["s1"]


def test_a_marker_never_goes_back(memberships):
    for id_, stored in ((NEW, NEW), (OLD, NEW), (NEW, NEW), (NEWEST, NEWEST)):
        read(memberships, id_)
        assert memberships.of("p1").memberships == [Membership("general", stored)]


def test_those_that_go_back_do_not_hold_up_the_others(memberships):
    read(memberships, NEW)
    memberships.advance([ReadMarker("p1", "general", OLD), ReadMarker("p1", "tech", OLD)])
    assert sorted(memberships.of("p1").memberships) == [
        Membership("general", NEW),
        Membership("tech", OLD),
    ]


def test_as_many_as_allowed_are_stored_at_once(memberships):
    rooms = [f"room-{n:02}" for n in range(BATCH)]
    memberships.advance([ReadMarker("p1", room, OLD) for room in rooms])
    assert sorted(each.room for each in memberships.of("p1").memberships) == rooms


def test_a_level_is_replaced_by_a_later_choice_alone(memberships):
    memberships.set_level("p1", "general", "mentions", NEW)
    memberships.set_level("p1", "general", "all", OLD)
    assert memberships.of("p1").memberships == [Membership("general", "", "mentions")]
    memberships.set_level("p1", "general", "nothing", NEWEST)
    assert memberships.of("p1").memberships == [Membership("general", "", "nothing")]
    assert memberships.of("p2").memberships == []


def test_a_choice_is_replaced_by_a_later_one_alone(memberships):
    assert memberships.of("p1") == Shared([], Choices("", ""))
    memberships.choose("p1", "theme", "dark", NEW)
    memberships.choose("p1", "theme", "light", OLD)
    assert memberships.of("p1") == Shared([], Choices("dark", ""))
    memberships.choose("p1", "theme", "system", NEWEST)
    assert memberships.of("p1") == Shared([], Choices("system", ""))
    assert memberships.of("p2") == memberships.of("p") == Shared([], Choices())


def test_choices_and_rooms_leave_each_other_alone(history, memberships):
    """Also a room that is called as a choice is."""
    history.accounts.put_profile(Profile("p1", "Ann"))
    memberships.choose("p1", "skin_tone", "dark", NEW)
    for room in ("theme", "choices", "~"):
        memberships.set_level("p1", room, "all", NEWEST)
    memberships.choose("p1", "theme", "light", OLD)
    memberships.choose("p2", "theme", "dark", NEW)
    rooms, choices = memberships.of("p1")
    assert choices == Choices(theme="light", skin_tone="dark")
    assert sorted(room.room for room in rooms) == ["choices", "theme", "~"]
    assert history.accounts.profiles(["p1"])["p1"].name == "Ann"


def test_marker_and_level_leave_each_other_alone(memberships):
    read(memberships, NEW)
    memberships.set_level("p1", "general", "all", OLD)
    read(memberships, NEWEST)
    assert memberships.of("p1").memberships == [Membership("general", NEWEST, "all")]


def test_more_than_a_page_of_rooms_comes_in_one_answer(memberships):
    """DynamoDB cuts an answer after 1 MB."""
    rooms = [f"{n}-{'a' * 120}" for n in range(10)]
    for room in rooms:
        memberships.set_level("p1", room, "x" * 120_000, OLD)
    assert sorted(each.room for each in memberships.of("p1").memberships) == rooms


def test_what_two_processes_write_at_once_leaves_the_newest(url, history, open_here):
    ids = [_ids.make("general") for _ in range(24)]
    processes = [history.memberships, open_here(url).memberships]
    writes = list(zip(itertools.cycle(processes), sorted(ids, key=lambda id_: id_[::-1])))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda write: read(*write), writes))
    assert history.memberships.of("p1").memberships == [Membership("general", max(ids))]


# Steps: a process reads up to the n-th message, or an earlier call reaches DynamoDB once more.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 1), st.integers(0, 9)),
        st.tuples(st.just("level"), st.integers(0, 1), st.integers(0, 9)),
        st.tuples(st.just("theme"), st.integers(0, 1), st.integers(0, 9)),
        st.tuples(st.just("skin_tone"), st.integers(0, 1), st.integers(0, 9)),
        st.tuples(st.just("late"), st.integers(0, 30), st.just(0)),
    ),
    max_size=14,
)


@pytest.mark.parametrize("endpoint", ["moto", "dynalite"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_nothing_goes_back_whatever_lands_late(tables, steps):
    tables.run(steps)


class Tables:
    """Two processes that share a table, and all calls that they have made."""

    def __init__(self, histories):
        self.histories = histories
        self.calls = []
        for history in histories:
            client = history._connection.client
            client.update_item = self._noting(client.update_item)

    def _noting(self, update_item):
        def update(**arguments):
            self.calls.append(lambda: update_item(**arguments))
            return update_item(**arguments)

        return update

    def run(self, steps):
        self.calls.clear()
        person = uuid.uuid4().hex
        expected, choices = Membership("general"), Choices()
        for kind, which, number in steps:
            id_ = f"2026-11-22T10:47:12.{number:06}Z.0000000000"
            if kind == "late":
                self._land_again(which)
            elif kind == "read":
                read(self.histories[which].memberships, id_, person=person)
                expected = expected._replace(read_up_to=max(expected.read_up_to, id_))
            elif kind == "level":
                self.histories[which].memberships.set_level(person, "general", id_, id_)
                expected = expected._replace(level=max(expected.level, id_))
            else:
                self.histories[which].memberships.choose(person, kind, id_, id_)
                choices = choices._replace(**{kind: max(getattr(choices, kind), id_)})
            found = self.histories[0].memberships.of(person)
            rooms = [expected] if expected != Membership("general") else []
            assert found == Shared(rooms, choices)

    def _land_again(self, which):
        refused = self.histories[0]._connection.client.exceptions.ConditionalCheckFailedException
        if self.calls:
            with suppress(refused):
                self.calls[which % len(self.calls)]()


@pytest.fixture
def tables(request, endpoint, open_here):
    url = table_url(request.getfixturevalue(endpoint))
    histories = [open_here(url), open_here(url)]
    histories[0].create()
    return Tables(histories)
