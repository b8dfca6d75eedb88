"""A budget for each client, which is renewed in every period."""

import time
from collections import Counter
from collections.abc import Callable, Hashable


class Allowance:
    """A budget of `amount` units for each key in each period of `seconds`; 0 is no limit.

    All keys share the same periods, so the whole table is cleared at the end of each and no key
    outlives its period. (The memory storage of the package `limits` keeps every key for ever, and
    scans all keys after each hit.)
    """

    def __init__(
        self, amount: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._amount = amount
        self._seconds = seconds
        self._clock = clock
        self._spent: Counter[Hashable] = Counter()
        self._ends = float("-inf")

    def spend(self, key: Hashable, cost: int = 1) -> bool:
        """Charge `cost` units to a key; a cost above `amount` is charged as `amount`.

        Returns:
            Whether the budget sufficed; if not, nothing is charged.
        """
        if not self._amount:
            return True
        now = self._clock()
        if now >= self._ends:
            self._spent.clear()
            self._ends = now + self._seconds
        spent = self._spent[key] + min(cost, self._amount)
        if spent > self._amount:
            return False
        self._spent[key] = spent
        return True

    def give_back(self, key: Hashable) -> None:
        """Give one unit back to a key."""
        if self._spent[key] > 0:
            self._spent[key] -= 1

    @property
    def seconds_left(self) -> float:
        """Seconds until the budgets are renewed, at least 0.1."""
        return max(self._ends - self._clock(), 0.1)
