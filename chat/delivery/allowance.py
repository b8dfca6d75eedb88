"""How much of something each client may have in a while."""

import time
from collections import Counter
from collections.abc import Callable, Hashable


class Allowance:
    """At most `amount` for each key in each period of `seconds`; an amount of 0 is no limit.

    The periods are the same for everybody, so that one table is emptied at the end of each and
    nothing is kept of those who have gone. (The memory storage of the package `limits` keeps a key
    for everybody for ever, and walks through all of them after every hit.)
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
        """Count something, dear things more than once; more than all there is counts as all.

        Returns:
            Whether there was enough left; otherwise nothing is counted.
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

    @property
    def seconds_left(self) -> float:
        """Until there is as much as ever again."""
        return max(self._ends - self._clock(), 0.1)
