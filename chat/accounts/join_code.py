"""The join code: what newcomers have to know where people sign in by name."""

import hmac
import time
from collections.abc import Callable

from chat.delivery.allowance import Allowance
from chat.errors import Forbidden, RateLimited

# Wrong codes that an address may try: a code of eight letters has 200 thousand million forms.
WRONG_AT_MOST, PERIOD = 10, 600.0  # seconds


class JoinCode:
    """Compares codes, and makes guessing slow.

    Args:
        code: The right one; empty if everybody may join.
        clock: Seconds, monotonic.
    """

    def __init__(self, code: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._code = code
        self.wrong = Allowance(WRONG_AT_MOST, PERIOD, clock)

    @property
    def is_needed(self) -> bool:
        """Whether newcomers need a code."""
        return bool(self._code)

    def check(self, code: str, address: str) -> None:
        """Compare a code with the right one.

        Args:
            code: As it was typed; spaces around it don't count.
            address: Where it came from.

        Raises:
            chat.errors.Forbidden: It is wrong.
            chat.errors.RateLimited: Too many wrong ones came from that address; then the right one
                is refused, too, or the guesses would go on.
        """
        if not self._code:
            return
        if not self.wrong.spend(address):
            raise RateLimited(
                "Too many wrong join codes. Wait ten minutes, then try again.",
                retry_after=self.wrong.seconds_left,
            )
        if not hmac.compare_digest(code.strip().encode(), self._code.encode()):
            raise Forbidden("This join code is wrong." if code.strip() else "Type the join code.")
        self.wrong.give_back(address)
