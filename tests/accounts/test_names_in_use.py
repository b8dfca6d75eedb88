"""Names that are taken, and how they become free."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.accounts.names_in_use import KEPT_FOR, NamesInUse
from chat.errors import Conflict
from tests.waiting import wait_until


@pytest.fixture
def connected():
    return set()


@pytest.fixture
def names(clock, connected):
    return NamesInUse(connected.__contains__, clock)


def test_a_name_in_use_is_refused_to_others_and_kept_by_its_owner(names):
    names.take("Ann", "1")
    names.take("Ann", "1")
    with pytest.raises(Conflict):
        names.take("\u0410nn", "2")


def test_a_name_is_free_some_time_after_its_owner_has_gone(names, clock):
    names.take("Ann", "1")
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        names.take("Ann", "2")
    clock.now += 1
    names.take("Ann", "2")


def test_a_name_stays_taken_while_its_owner_is_connected(names, clock, connected):
    names.take("Ann", "1")
    connected.add("1")
    clock.now += 10 * KEPT_FOR
    with pytest.raises(Conflict):
        names.take("Ann", "2")


def test_whoever_goes_keeps_the_name_a_little_longer(names, clock, connected):
    names.take("Ann", "1")
    clock.now += 10 * KEPT_FOR
    names.keep("Ann", "1")
    with pytest.raises(Conflict):
        names.take("Ann", "2")


def test_a_name_that_was_given_back_is_free_at_once(names):
    names.take("Ann", "1")
    names.give_back("Ann", "2")
    with pytest.raises(Conflict):
        names.take("Ann", "2")
    names.give_back("Ann", "1")
    names.take("Ann", "2")


def test_who_comes_first_takes_the_name_from_all_who_do_not(names):
    names.take("Iris", "1")
    assert names.take("lris", "1") == set()
    with pytest.raises(Conflict):
        names.check("Iris", "2")
    names.check("Iris", "2", comes_first=True)
    assert names.take("Iris", "2", comes_first=True) == {"1"}
    for name in ("Iris", "lris"):
        with pytest.raises(Conflict):
            names.take(name, "1")
    with pytest.raises(Conflict):
        names.take("Iris", "3", comes_first=True)


def test_who_loses_a_name_loses_what_looks_like_it_too(names):
    names.take("Iris", "1")  # one of its two skeletons is that of the next name
    names.take("lris", "2", comes_first=True)
    names.give_back("lris", "2")
    names.take("IRIS", "3")


def test_who_comes_first_still_does_after_a_while(names):
    names.take("Ann", "1", comes_first=True)
    names.keep("Ann", "1")
    with pytest.raises(Conflict):
        names.take("Ann", "2", comes_first=True)


class WatchedLock:
    """Counts how often it is wanted."""

    def __init__(self):
        self._lock = threading.Lock()
        self.wanted = 0

    def __enter__(self):
        self.wanted += 1
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


def test_of_two_who_take_a_name_at_the_same_time_one_gets_it(clock, monkeypatch):
    """The second comes after the first has found the name free, and before it has taken it."""

    def meanwhile(_owner):
        if threading.current_thread() is threading.main_thread():
            second = threads.submit(names.take, "Ann", "2")
            outcomes.append(second)
            wait_until(lambda: lock.wanted == 2 or second.done())
        return False

    outcomes = []
    lock = WatchedLock()
    names = NamesInUse(meanwhile, clock)
    names.take("Ann", "gone")
    clock.now += KEPT_FOR
    monkeypatch.setattr(names, "_lock", lock)
    with ThreadPoolExecutor(1) as threads:
        names.take("Ann", "1")
        with pytest.raises(Conflict):
            outcomes[0].result(10)


def test_to_check_takes_nothing(names):
    names.check("Ann", "1")
    names.take("Ann", "2")


def test_names_of_people_long_gone_are_forgotten(names, clock):
    for n in range(5000):
        clock.now += 1
        names.take(f"Person {n}", str(n))
    assert len(names._owners) < 2500
