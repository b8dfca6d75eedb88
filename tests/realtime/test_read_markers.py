"""How far people have read: when it is written, and that nothing newer is lost."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.errors import Unavailable
from chat.realtime import read_markers
from chat.realtime.read_markers import RETRY_AFTER, TICK, WRITE_AFTER, ReadMarkers
from chat.storage.base import BATCH
from chat.storage.memberships import ReadMarker
from tests.virtual_time import VirtualTime


class Storage:
    """Keeps all writes; a write takes `takes` seconds, and fails with `trouble`."""

    def __init__(self, time):
        self.time = time
        self.writes = []
        self.at = []
        self.trouble = None
        self.takes = 0.0
        self.rooms = {}

    def advance(self, markers):
        assert 0 < len(markers) <= BATCH
        self.writes.append([tuple(marker) for marker in markers])
        self.at.append(self.time.now)
        if self.takes:
            self.time.sleep(self.takes)
        if self.trouble:
            raise self.trouble
        for person, room, id_ in markers:
            self.rooms[person, room] = max(id_, self.rooms.get((person, room), ""))


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def storage(time):
    return Storage(time)


@pytest.fixture
def markers(time, storage):
    return make(time, storage)


def make(time, storage):
    return ReadMarkers(storage, time.start, time.sleep, time.clock)


def read(markers, id_, room="general", person="ann"):
    return markers.advance(ReadMarker(person, room, id_))


def test_somebody_who_reads_on_is_written_every_ten_seconds(markers, storage, time):
    for second in range(40):
        assert read(markers, f"{second:02}")
        time.pass_by(1)
    assert len(storage.writes) in {3, 4}
    gaps = [later - earlier for earlier, later in zip(storage.at, storage.at[1:], strict=False)]
    assert min(gaps) >= WRITE_AFTER
    time.pass_by(WRITE_AFTER + TICK)
    assert storage.rooms == {("ann", "general"): "39"}
    assert markers.waiting("ann") == {}


def test_who_goes_is_written_at_once_and_others_are_not(markers, storage, time):
    read(markers, "1")
    read(markers, "2", room="tech")
    read(markers, "3", person="ben")
    markers.hurry("ann")
    markers.hurry("nobody")
    time.pass_by(TICK)
    assert storage.rooms == {("ann", "general"): "1", ("ann", "tech"): "2"}
    assert markers.waiting("ben") == {"general": "3"}


def test_what_does_not_move_forward_is_no_news(markers):
    assert read(markers, "2")
    assert not read(markers, "2")
    assert not read(markers, "1")
    assert markers.waiting("ann") == {"general": "2"}


def test_what_is_read_during_a_write_is_written_later(markers, storage, time):
    storage.takes = 3
    read(markers, "1")
    time.pass_by(WRITE_AFTER + TICK)
    assert storage.writes == [[("ann", "general", "1")]]
    read(markers, "2")
    assert markers.waiting("ann") == {"general": "2"}
    time.pass_by(3)
    assert markers.waiting("ann") == {"general": "2"}, "the end of the write of 1 is not that of 2"
    time.pass_by(WRITE_AFTER + TICK + 3)
    assert storage.rooms == {("ann", "general"): "2"}
    assert markers.waiting("ann") == {}


def test_who_goes_during_a_write_is_written_once(markers, storage, time):
    storage.takes = 3
    read(markers, "1")
    time.pass_by(WRITE_AFTER + TICK)
    markers.hurry("ann")
    time.pass_by(60)
    assert storage.writes == [[("ann", "general", "1")]]


def test_while_the_storage_is_down_the_newest_waits_and_is_written_afterwards(
    markers, storage, time
):
    storage.trouble = Unavailable("down")
    read(markers, "1")
    time.pass_by(60)
    assert read(markers, "2")
    time.pass_by(60)
    assert markers.waiting("ann") == {"general": "2"}
    assert len(storage.writes) <= 120 / RETRY_AFTER
    storage.trouble = None
    time.pass_by(RETRY_AFTER + TICK)
    assert storage.rooms == {("ann", "general"): "2"}
    assert markers.waiting("ann") == {}


def test_while_it_is_down_for_long_no_more_than_so_many_wait(markers, storage, time, monkeypatch):
    monkeypatch.setattr(read_markers, "MOST_WAITING", 3)
    storage.trouble = Unavailable("down")
    for room in ("a", "b", "c"):
        read(markers, "1", room)
    with pytest.raises(Unavailable, match="the storage can't be reached"):
        read(markers, "1", "d")
    assert read(markers, "2", "a"), "one that waits may move on"
    storage.trouble = None
    time.pass_by(60)
    for room in ("d", "e", "f"):
        read(markers, "1", room)
    with pytest.raises(Unavailable):
        read(markers, "1", "g")


def test_a_bug_is_logged_and_holds_up_nothing(markers, storage, time, caplog):
    storage.trouble = KeyError("a bug")
    read(markers, "1")
    time.pass_by(60)
    [record] = caplog.records
    assert record.getMessage() == "Read markers could not be stored"
    assert (record.levelno, record.exc_info[1]) == (logging.ERROR, storage.trouble)
    storage.trouble = None
    read(markers, "2")
    time.pass_by(60)
    assert storage.rooms == {("ann", "general"): "2"}


def test_a_planned_stop_writes_all_and_waits_for_what_is_being_written(markers, storage, time):
    storage.takes = 0.1
    people = [f"person {n}" for n in range(3 * BATCH + 1)]
    for person in people:
        read(markers, "1", person=person)
    time.start(markers.drain, 1.0)
    time.pass_by(0.5)
    assert {person for person, _ in storage.rooms} == set(people)
    assert storage.at == [0.0] * 4, "several at the same time"


def test_a_planned_stop_during_a_write_does_not_stumble(markers, storage, time):
    """The same marker is written twice."""
    storage.takes = 3
    read(markers, "1")
    time.pass_by(WRITE_AFTER + TICK)
    markers.hurry("ann")
    time.start(markers.drain, 10.0)
    time.pass_by(60)
    assert len(storage.writes) == 2
    assert markers.waiting("ann") == {}
    read(markers, "2")
    time.pass_by(60)
    assert storage.rooms == {("ann", "general"): "2"}


def test_a_planned_stop_writes_what_was_read_during_a_write(markers, storage, time):
    storage.takes = 0.6
    read(markers, "1")
    time.pass_by(WRITE_AFTER + TICK)
    read(markers, "2")
    time.start(markers.drain, 1.0)
    time.pass_by(1)
    assert storage.rooms == {("ann", "general"): "2"}


def test_a_planned_stop_with_nothing_to_write_takes_no_time(markers, time):
    read(markers, "1")
    time.pass_by(60)
    ended = []
    time.start(lambda: (markers.drain(1.0), ended.append(time.now)))
    time.pass_by(0)
    assert ended == [60.0]


def test_a_planned_stop_does_not_wait_longer_than_it_may(markers, storage, time):
    storage.takes = 5
    read(markers, "1")
    ended = []
    time.start(lambda: (markers.drain(1.0), ended.append(time.now)))
    time.pass_by(3)
    assert ended[0] == pytest.approx(1.0, abs=0.1)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 1), st.integers(0, 9)),
        st.tuples(st.just("go"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("break"), st.booleans(), st.sampled_from([0, 1, 7])),
        st.tuples(st.just("pass"), st.just(0), st.sampled_from([0.2, 1, 6, 11])),
    )
)


@settings(deadline=None)
@given(steps=STEPS)
def test_what_was_read_is_waiting_or_stored_and_in_the_end_stored(steps):
    """Two processes that share a storage, as two devices of a person may use two of them."""
    time = VirtualTime()
    storage = Storage(time)
    processes = [make(time, storage) for _ in range(2)]
    newest = ""
    for kind, which, value in steps:
        if kind == "read":
            read(processes[which], str(value))
            newest = max(newest, str(value))
        elif kind == "go":
            processes[which].hurry("ann")
        elif kind == "break":
            storage.trouble = Unavailable("down") if which else None
            storage.takes = value
        else:
            time.pass_by(value)
        known = [each.waiting("ann").get("general", "") for each in processes]
        assert max([*known, storage.rooms.get(("ann", "general"), "")]) == newest
    storage.trouble = None
    time.pass_by(100)
    assert storage.rooms.get(("ann", "general"), "") == newest
    assert [each.waiting("ann") for each in processes] == [{}, {}]
