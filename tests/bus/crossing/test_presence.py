"""The people of a room are those at all processes, however many they are."""

import pytest

from chat.bus.crossing import presence
from chat.bus.crossing.presence import Presence
from chat.bus.envelope import Publication
from chat.realtime.presence import GRACE
from tests.bus.crossing.wires import Wire

ANN, BEN = {"id": "a", "name": "Ann"}, {"id": "b", "name": "Ben"}


class Here:
    """The announcements, the continuity and the presence of one process."""

    def __init__(self, people):
        self.presence = self.continuity = self
        self.people = people
        self.calls = []

    def when_people_change(self, listener):
        self.changed = listener

    def when_opened(self, listener):
        self.open = listener

    def when_closed(self, listener):
        self.close = listener

    def here(self, room_id):
        return self.people.get(room_id, [])

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append((name, *arguments))

    def take(self):
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def pauses():
    """What happens in each pause; the functions get its seconds."""
    return []


@pytest.fixture
def processes(pauses):
    """Makes processes with people in rooms, on one bus."""
    wire = Wire()

    def sleep(seconds):
        for happens in pauses:
            happens(seconds)

    def make(*people):
        found = []
        for each in people:
            here, bus = Here(each), wire.bus()
            Presence(bus, here, lambda function, *more: function(*more), sleep)
            here.bus = bus
            bus.channels |= {f"room:{room_id}" for room_id in each}
            for room_id in each:
                here.open(room_id)
            found.append(here)
        for each in found:
            each.take()
        return found

    return make


def test_the_first_one_in_a_room_asks_who_is_there(processes):
    here, there = processes({"general": [ANN]}, {"general": [BEN], "tech": [BEN]})
    here.bus.channels.add("room:tech")
    here.open("tech")
    assert here.take() == [("set_elsewhere", "p2", "tech", [BEN])]
    assert there.take() == []


def test_differences_are_told_in_parts(processes, monkeypatch):
    monkeypatch.setattr(presence, "TOLD", 2)
    here, there = processes({"general": []}, {"general": []})
    many = [{"id": str(number), "name": f"Number {number}"} for number in range(5)]
    here.changed({"room": "general", "joined": many, "left": ["x", "y", "z"]})
    assert there.take() == [
        ("change_elsewhere", "p1", "general", [], ["x", "y"]),
        ("change_elsewhere", "p1", "general", [], ["z"]),
        ("change_elsewhere", "p1", "general", many[:2], []),
        ("change_elsewhere", "p1", "general", many[2:4], []),
        ("change_elsewhere", "p1", "general", many[4:], []),
    ]


def test_a_large_room_is_told_in_parts_and_small_ones_together(processes, monkeypatch):
    monkeypatch.setattr(presence, "TOLD", 4)
    many = [{"id": str(number), "name": f"Number {number}"} for number in range(9)]
    rooms = {"a": [ANN], "b": [], "large": many, "c": [BEN]}
    here, there = processes({each: [] for each in rooms}, rooms)
    here.bus.new[0]("p2")
    assert sorted(here.take(), key=str) == [
        ("set_elsewhere", "p2", "a", [ANN]),
        ("set_elsewhere", "p2", "b", []),
        ("set_elsewhere", "p2", "c", [BEN]),
        ("set_elsewhere", "p2", "large", many),
    ]
    sizes = [
        sum(map(len, data["rooms"].values()))
        for _, kind, data in there.bus.published
        if kind == "here"
    ]
    assert sizes[-4:] == [5, 4, 1, 1]


def test_where_something_may_be_missing_it_asks_again(processes):
    here, *_ = processes({"general": []}, {"general": [ANN]}, {"general": [BEN]})
    (suspect,) = here.bus.suspect
    suspect("p2", "room:general")
    assert here.take() == [("set_elsewhere", "p2", "general", [ANN])]
    both = [("set_elsewhere", "p2", "general", [ANN]), ("set_elsewhere", "p3", "general", [BEN])]
    suspect("", "room:general")
    assert here.take() == both
    suspect("", "")
    assert here.take() == both
    suspect("", "person:a")
    suspect("", "room:unknown")
    assert here.take() == []
    here.bus.new[0]("p3")
    assert here.take() == both[1:]


def test_who_may_have_missed_what_was_said_in_a_room_asks_and_tells(processes):
    here, there = processes({"general": [ANN]}, {"general": [BEN]})
    here.bus.suspect[0]("p2", "room:general")
    assert here.take() == [("set_elsewhere", "p2", "general", [BEN])]
    assert there.take() == [("set_elsewhere", "p1", "general", [ANN])]


@pytest.mark.parametrize("channel", ["process:p1", "all", ""])
def test_who_may_have_missed_a_question_lets_the_other_ask_again(processes, channel):
    """It may have been about a room that nobody here is in any more."""
    here, there = processes({"general": [ANN]}, {"general": [BEN]})
    here.close("general")
    here.people.clear()
    here.bus.suspect[0]("p2", channel)
    assert there.take() == [("set_elsewhere", "p1", "general", [])]
    requests = [kind for _, kind, _ in (*here.bus.published, *there.bus.published)]
    assert requests.count("please ask") == 1


def test_several_reasons_to_compare_all_are_one(processes, pauses):
    here, _ = processes({"general": [ANN]}, {"general": [BEN]})
    pauses.append(lambda seconds: seconds and here.bus.new[0]("p2"))
    for _ in range(2):
        here.bus.published.clear()
        here.bus.new[0]("p2")
        assert [kind for _, kind, _ in here.bus.published] == ["who", "here"]


def test_a_reason_to_compare_with_all_is_one_for_each(processes, pauses):
    here, *_ = processes({"general": []}, {"general": [ANN]}, {"general": [BEN]})
    here.bus.published.clear()
    pauses.append(lambda seconds: seconds and here.bus.new[0]("p2"))
    here.bus.suspect[0]("", "")
    assert [channel for channel, kind, _ in here.bus.published if kind == "who"] == ["all"]


def test_rooms_that_open_while_all_are_asked_soon_are_asked_about_too(processes, pauses):
    here, _ = processes({"a": []}, {"a": [ANN], "b": [BEN]})
    here.bus.published.clear()

    def another_room_opens(seconds):
        if seconds and "b" not in here.bus.channels:
            here.bus.channels.add("b")
            here.open("b")
            here.bus.suspect[0]("p2", "")

    pauses.append(another_room_opens)
    here.bus.suspect[0]("", "")
    assert ("all", "who", {"rooms": ["a", "b"]}) in here.bus.published


def test_rooms_are_compared_together(processes, pauses):
    here, _ = processes({"a": [], "b": []}, {"a": [ANN], "b": [BEN]})
    here.bus.published.clear()
    pauses.append(lambda seconds: seconds and here.bus.suspect[0]("p2", "room:b"))
    here.bus.suspect[0]("p2", "room:a")
    asked = [(channel, data) for channel, kind, data in here.bus.published if kind == "who"]
    assert asked == [("process:p2", {"rooms": ["a", "b"]})]


@pytest.mark.parametrize("pause", range(10))
def test_what_is_told_of_a_room_is_true_then(processes, pauses, pause, monkeypatch):
    """A difference that is told during a pause must not be undone by what was read before it."""
    monkeypatch.setattr(presence, "TOLD", 2)
    many = [{"id": str(number), "name": f"Number {number}"} for number in range(5)]
    people = {"a": [ANN, BEN], "b": [ANN], "large": many, "c": [ANN]}
    here, there = processes({each: [] for each in people}, dict(people))

    slept = []

    def all_leave(seconds):
        slept.append(seconds)
        if slept.count(0) != pause + 1:
            return
        for room_id, were in people.items():
            there.people[room_id] = []
            there.changed({"room": room_id, "joined": [], "left": [each["id"] for each in were]})

    pauses.append(all_leave)
    here.bus.suspect[0]("p2", "")
    known = {room_id: set() for room_id in people}
    for kind, _process, room_id, joined, *left in here.take():
        known[room_id] = set() if kind == "set_elsewhere" else known[room_id]
        known[room_id] |= {each["id"] for each in joined}
        known[room_id] -= set(*left)
    assert known == {room: {each["id"] for each in there.people[room]} for room in people}


def test_a_room_that_was_left_is_not_asked_about(processes):
    here, there = processes({"general": []}, {"general": [ANN]})
    here.close("general")
    assert here.take() == [("forget_elsewhere", "general")]
    here.bus.suspect[0]("", "")
    there.bus.publish("process:p1", "here", {"rooms": {"general": [ANN]}, "number": 1, "of": 1})
    told = {"room": "general", "joined": [ANN], "left": []}
    here.bus.handlers["people"](Publication("room:general", "people", told, "p2", 1, 1))
    assert here.take() == []


def test_the_people_of_a_process_that_is_gone_leave(processes):
    here, _ = processes({}, {})
    (gone,) = here.bus.gone
    gone("p2", True)
    gone("p2", False)
    assert here.take() == [("lose_process", "p2", GRACE), ("lose_process", "p2", 0.0)]


def test_an_answer_whose_last_part_was_lost_is_given_up(processes):
    here, there = processes({"large": []}, {"large": []})

    def answer(number, *people):
        told = {"rooms": {"large": list(people)}, "number": number, "of": 2}
        there.bus.publish("process:p1", "here", told)

    answer(1, BEN)
    answer(1, ANN)
    assert here.take() == []
    answer(2, BEN)
    assert here.take() == [("set_elsewhere", "p2", "large", [ANN, BEN])]
