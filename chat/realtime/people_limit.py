"""A limit for each person, and a higher one for all people of an address."""

import time
from collections.abc import Callable

from chat.rate_limit import RateLimit
from chat.realtime.connections import Connection

# All people of one address together may do ten times as much as one person. So it doesn't help to
# sign in again and again, and a team behind one address stays far below the limit.
OF_ONE_ADDRESS = 10


class PeopleLimit:
    """A limit for each person, and a higher one for all people of an address.

    Args:
        what: What is limited, for the error text, such as `messages`.
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
        self.of_person = RateLimit(what, amount, seconds, clock)
        self.of_address = RateLimit(
            f"{what} from your network", OF_ONE_ADDRESS * amount, seconds, clock
        )

    def spend(self, connection: Connection) -> None:
        """Count something that the person of a connection does.

        Raises:
            chat.errors.RateLimited: There were too many; with the seconds to wait.
        """
        self.of_person.spend(connection.person.id)
        self.of_address.spend(connection.address)
