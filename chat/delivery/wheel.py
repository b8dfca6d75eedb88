"""Many timeouts with one timer: a hashed timing wheel with a slot for each tick.

Setting and cancelling a timeout cost the same whether there are ten connections or ten thousand,
and a sweep visits only the timeouts that are due.
"""

import logging
import time
from typing import Protocol

logger = logging.getLogger(__name__)


class Timed(Protocol):
    """An object with one timeout at a time."""

    due: int | None  # its slot, or None without a timeout; only the wheel writes it

    def expired(self) -> None:
        """Act on the timeout; must neither block nor raise."""


class Wheel:
    """Holds timeouts; they are never early, and at most two ticks late."""

    def __init__(self, tick: float = 1.0) -> None:
        """Set up the wheel.

        Args:
            tick: Seconds between two sweeps.
        """
        self.tick = tick
        self._slots: dict[int, set[Timed]] = {}
        self._swept = self._slot(0)

    def _slot(self, seconds: float) -> int:
        return int((time.monotonic() + seconds) / self.tick)

    def set(self, item: Timed, seconds: float) -> None:
        """Set the timeout of `item`, in place of its former one."""
        self.cancel(item)
        # One more tick, because the current one is partly over.
        item.due = max(self._slot(seconds), self._swept) + 1
        self._slots.setdefault(item.due, set()).add(item)

    def cancel(self, item: Timed) -> None:
        """Drop the timeout of `item`, if it has one."""
        if item.due is not None:
            self._slots.get(item.due, set()).discard(item)
            item.due = None

    def sweep(self) -> None:
        """Call `expired` of each item that is due. Has to be called about once per tick."""
        for slot in range(self._swept + 1, self._slot(0) + 1):
            self._swept = slot
            for item in self._slots.pop(slot, ()):
                if item.due == slot:  # an earlier item's `expired` may have changed it
                    item.due = None
                    self._expire(item)

    def _expire(self, item: Timed) -> None:
        """Call `expired`; an exception must not stop the other items of the slot."""
        try:
            item.expired()
        except Exception:
            logger.exception("A timeout failed")
