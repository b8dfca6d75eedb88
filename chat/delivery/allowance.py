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
        self._lately: Counter[Hashable] | None = None  # spent since `take_spent`

    def spend(self, key: Hashable, cost: int = 1) -> bool:
        """Charge `cost` units to a key; a cost above `amount` is charged as `amount`.

        Returns:
            Whether the budget sufficed; if not, nothing is charged.
        """
        if not self._amount:
            return True
        self._renew()
        cost = min(cost, self._amount)
        spent = self._spent[key] + cost
        if spent > self._amount:
            return False
        self._spent[key] = spent
        if self._lately is not None:
            self._lately[key] += cost
        return True

    def _renew(self) -> None:
        now = self._clock()
        if now >= self._ends:
            self._spent.clear()
            self._ends = now + self._seconds

    def share(self) -> None:
        """Begin to note for `take_spent` who spends how much."""
        self._lately = Counter()

    def take_spent(self, at_most: int) -> dict[Hashable, int]:
        """Who has spent much since the last call: those who have spent most, with their units.

        Whoever keeps to a quarter of the budget is left out.
        """
        lately, self._lately = self._lately or Counter(), Counter()
        much = self._amount / self._seconds / 4
        return {key: units for key, units in lately.most_common(at_most) if units > much}

    def charge(self, key: Hashable, units: int) -> None:
        """Charge what was spent elsewhere, even if it is more than the budget."""
        if self._amount:
            self._renew()
            self._spent[key] += units

    def give_back(self, key: Hashable) -> None:
        """Give one unit back to a key."""
        if self._spent[key] > 0:
            self._spent[key] -= 1

    @property
    def seconds_left(self) -> float:
        """Seconds until the budgets are renewed, at least 0.1."""
        return max(self._ends - self._clock(), 0.1)
