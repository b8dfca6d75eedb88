"""How often one user, or one address, may do something."""

import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from chat.errors import RateLimited


class RateLimit:
    """At most `amount` of something in every period of `seconds`; an amount of 0 is no limit."""

    def __init__(self, what: str, amount: int, seconds: int) -> None:
        self._what = what
        self._rate = RateLimitItemPerSecond(amount, seconds) if amount else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, who: str) -> None:
        """Count one.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        if self._rate is None or self._limiter.hit(self._rate, who):
            return
        wait = self._limiter.get_window_stats(self._rate, who).reset_time - time.time()
        raise RateLimited(f"Too many {self._what}.", retry_after=max(wait, 0.1))
