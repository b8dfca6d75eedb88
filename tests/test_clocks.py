"""Clocks that are set while the process runs."""

import pytest

from chat.clocks import BELIEVED_AFTER, NeverAhead, NeverBack
from tests.clock import Clock

A_MOMENT = 1_790_000_000.0


class Machine:
    """A machine whose wall clock can be set, and goes on like the steady one."""

    def __init__(self):
        self.wall, self.steady = Clock(A_MOMENT), Clock()

    def pass_by(self, seconds):
        self.wall.now += seconds
        self.steady.now += seconds

    def set_by(self, seconds):
        self.wall.now += seconds


@pytest.fixture
def machine():
    return Machine()


def test_the_one_goes_on_where_the_wall_clock_is_set_back(machine):
    clock = NeverBack(machine.wall, machine.steady)
    machine.pass_by(10)
    assert clock() == A_MOMENT + 10
    machine.set_by(-300)
    assert clock() == A_MOMENT + 10
    machine.pass_by(100)
    assert clock() == A_MOMENT + 110, "it doesn't stand still until the wall clock has caught up"
    machine.pass_by(1000)
    machine.set_by(400)
    assert clock() == A_MOMENT + 1210, "and follows it again when it has"


def test_it_follows_a_clock_that_is_set_forward(machine):
    clock = NeverBack(machine.wall, machine.steady)
    machine.set_by(300)
    assert clock() == A_MOMENT + 300


def test_the_other_does_not_follow_a_clock_that_is_set_forward(machine):
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(7200)
    machine.pass_by(10)
    assert clock() == A_MOMENT + 10
    machine.set_by(-7200)
    assert clock() == A_MOMENT + 10


def test_it_does_when_that_was_right(machine):
    """The machine had started with a wrong clock."""
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(3600)
    clock()
    machine.pass_by(BELIEVED_AFTER - 1)
    assert clock() == A_MOMENT + BELIEVED_AFTER - 1
    machine.pass_by(2)
    assert clock() == A_MOMENT + 3600 + BELIEVED_AFTER + 1


def test_it_follows_one_that_is_set_back(machine):
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(-300)
    machine.pass_by(10)
    assert clock() == A_MOMENT - 290


@pytest.mark.parametrize("kind", [NeverAhead, NeverBack])
def test_both_tell_the_time(kind):
    assert kind()() > A_MOMENT
