"""How often one user, or one address, may do something."""

import time
from collections.abc import Callable

from chat.connections import Connection
from chat.delivery.allowance import Allowance
from chat.errors import RateLimited

# All people of one address together may do as much as so many. Whoever signs in again and again
# gets no further; a team behind one address never comes near.
OF_ONE_ADDRESS = 10


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
        self._allowance = Allowance(amount, seconds, clock)

    def spend(self, who: str, cost: int = 1) -> None:
        """Count something, dear things more than once.

        Args:
            who: The user or the address.
            cost: How many it counts for; more than all there is counts as all.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        if not self._allowance.spend(who, cost):
            retry_after = self._allowance.seconds_left
            raise RateLimited(
                f"Too many {self._what}. Wait a moment, then try again.", retry_after=retry_after
            )


class PeopleLimit:
    """A limit for each person, and a higher one for all people of an address.

    Args:
        what: As the person is told.
        amount: For one person; 0 for no limit.
        seconds: The period.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        what: str,
        amount: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_person = RateLimit(what, amount, seconds, clock)
        self._of_address = RateLimit(
            f"{what} from your network", OF_ONE_ADDRESS * amount, seconds, clock
        )

    def spend(self, connection: Connection) -> None:
        """Count something that the person of a connection does.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        self._of_person.spend(connection.person.id)
        self._of_address.spend(connection.address)
