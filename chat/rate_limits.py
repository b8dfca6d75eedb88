"""How often one user, or one address, may do something."""

import time
from collections import Counter
from collections.abc import Callable

from chat.errors import RateLimited


class RateLimit:
    """At most `amount` of something in each period of `seconds`; an amount of 0 is no limit.

    The periods are the same for everybody, so that one table is emptied at the end of each and
    nothing is kept of people who have gone. (The memory storage of the package `limits` keeps a
    key for everybody for ever, and walks through all of them after every hit.)
    """

    def __init__(
        self,
        what: str,
        amount: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._amount = amount
        self._seconds = seconds
        self._clock = clock
        self._spent: Counter[str] = Counter()
        self._ends = float("-inf")

    def spend(self, who: str, cost: int = 1) -> None:
        """Count something, dear things more than once.

        Args:
            who: The user or the address.
            cost: How many it counts for; more than all there is counts as all.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        if not self._amount:
            return
        now = self._clock()
        if now >= self._ends:
            self._spent.clear()
            self._ends = now + self._seconds
        cost = min(cost, self._amount)
        if self._spent[who] + cost > self._amount:
            raise RateLimited(f"Too many {self._what}.", retry_after=max(self._ends - now, 0.1))
        self._spent[who] += cost
