"""How often one person, or one address, may do something."""

import time
from collections.abc import Callable

from chat.delivery.allowance import Allowance
from chat.errors import RateLimited


class RateLimit:
    """At most `amount` of something in each period of `seconds`; an amount of 0 is no limit."""

    def __init__(
        self,
        what: str,
        amount: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self.allowance = Allowance(amount, seconds, clock)

    def spend(self, who: str, cost: int = 1) -> None:
        """Count something; expensive things cost several units.

        Args:
            who: The user or the address.
            cost: Units; more than the whole amount counts as the whole amount.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        if not self.allowance.spend(who, cost):
            retry_after = self.allowance.seconds_left
            raise RateLimited(
                f"Too many {self._what}. Wait a moment, then try again.", retry_after=retry_after
            )
