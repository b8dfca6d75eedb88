import pytest

from chat.delivery.wheel import Wheel


class Item:
    def __init__(self, log, again=None):
        self.due = None
        self.log = log
        self.again = again

    def expired(self):
        self.log.append(self)
        if self.again:
            self.again(self)


@pytest.fixture
def clock(clock, monkeypatch):
    monkeypatch.setattr("time.monotonic", clock)
    return clock


def test_a_timeout_comes_once_and_never_early(clock):
    wheel, log = Wheel(), []
    item = Item(log)
    clock.now += 0.9
    wheel.set(item, 2)
    clock.now += 1.9
    wheel.sweep()
    assert log == []
    clock.now += 1.2
    wheel.sweep()
    wheel.sweep()
    assert log == [item]


def test_a_sweep_that_comes_late_misses_nothing(clock):
    wheel, log = Wheel(), []
    for seconds in range(10):
        wheel.set(Item(log), seconds)
    clock.now += 100
    wheel.sweep()
    assert len(log) == 10
    assert not wheel._slots


def test_a_timeout_can_be_cancelled_and_moved(clock):
    wheel, log = Wheel(), []
    cancelled, moved = Item(log), Item(log)
    wheel.set(cancelled, 1)
    wheel.set(moved, 1)
    wheel.cancel(cancelled)
    wheel.cancel(cancelled)
    wheel.set(moved, 10)
    clock.now += 5
    wheel.sweep()
    assert log == []
    clock.now += 10
    wheel.sweep()
    assert log == [moved]


def test_a_timeout_may_set_the_next_one(clock):
    wheel, log = Wheel(), []
    item = Item(log, again=lambda item: wheel.set(item, 1))
    wheel.set(item, 1)
    for _ in range(10):
        clock.now += 1
        wheel.sweep()
    assert 4 <= len(log) <= 9


def test_one_timeout_may_cancel_another_of_the_same_second(clock):
    wheel, log = Wheel(), []
    first, second = Item(log), Item(log)
    first.again = lambda _item: wheel.cancel(second)
    second.again = lambda _item: wheel.cancel(first)
    wheel.set(first, 1)
    wheel.set(second, 1)
    clock.now += 5
    wheel.sweep()
    assert len(log) == 1


def test_one_timeout_that_fails_takes_no_other_along(clock, caplog):
    wheel, log = Wheel(), []
    for _ in range(5):
        wheel.set(Item(log, again=lambda _item: 1 / 0), 1)
    clock.now += 5
    wheel.sweep()
    assert len(log) == 5
    assert caplog.text.count("ZeroDivisionError") == 5


@pytest.mark.parametrize("tick", [1.0, 0.125, 0.025])
def test_a_timeout_is_at_most_two_ticks_late(clock, tick):
    wheel = Wheel(tick)
    for delay in (0.2, 1, 2, 2.5):
        for offset in (0, 0.3, 0.9, 0.999):
            clock.now += offset * tick
            log, set_at = [], clock.now
            wheel.set(Item(log), delay)
            while not log:
                clock.now += tick
                wheel.sweep()
            assert delay <= clock.now - set_at <= delay + 2 * tick + 1e-6
