"""Clocks that are set while the process runs."""

import pytest

from chat.clocks import BELIEVED_AFTER, NeverAhead, NeverBack
from tests.clock import Clock

A_MOMENT = 1_790_000_000.0


class Machine:
    """A machine with a wall clock, which can be set, and a steady clock."""

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


def test_never_back_goes_on_when_the_wall_clock_is_set_back(machine):
    clock = NeverBack(machine.wall, machine.steady)
    machine.pass_by(10)
    assert clock() == A_MOMENT + 10
    machine.set_by(-300)
    assert clock() == A_MOMENT + 10
    machine.pass_by(100)
    assert clock() == A_MOMENT + 110, "it goes on before the wall clock has caught up"
    machine.pass_by(1000)
    machine.set_by(400)
    assert clock() == A_MOMENT + 1210, "it follows the wall clock again"


def test_never_back_follows_a_clock_that_is_set_forward(machine):
    clock = NeverBack(machine.wall, machine.steady)
    machine.set_by(300)
    assert clock() == A_MOMENT + 300


def test_never_ahead_does_not_follow_a_clock_that_is_set_forward(machine):
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(7200)
    machine.pass_by(10)
    assert clock() == A_MOMENT + 10
    machine.set_by(-7200)
    assert clock() == A_MOMENT + 10


def test_never_ahead_follows_a_clock_that_stays_ahead(machine):
    """The machine had started with a slow clock, which was then corrected."""
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(3600)
    clock()
    machine.pass_by(BELIEVED_AFTER - 1)
    assert clock() == A_MOMENT + BELIEVED_AFTER - 1
    machine.pass_by(2)
    assert clock() == A_MOMENT + 3600 + BELIEVED_AFTER + 1


def test_never_ahead_follows_a_clock_that_is_set_back(machine):
    clock = NeverAhead(machine.wall, machine.steady)
    machine.set_by(-300)
    machine.pass_by(10)
    assert clock() == A_MOMENT - 290


@pytest.mark.parametrize("kind", [NeverAhead, NeverBack])
def test_both_tell_the_time(kind):
    assert kind()() > A_MOMENT
