"""The other processes of the chat, as their beats tell."""

from collections.abc import Callable

from chat.clocks import steady

SILENT_AFTER = 3.0  # seconds without a beat

# Seconds without a beat after which a process is gone, if nothing else says that it is there.
GONE_AFTER = 20.0


class Peers:
    """Knows which other processes there are.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        # Whether the process of that id is there although its beats don't arrive.
        self.is_there: Callable[[str], bool] = lambda _process: False
        self._clock = clock
        self._heard_at: dict[str, float] = {}
        self._silent: set[str] = set()

    def meet(self, process: str) -> bool:
        """Note that a process has published something; returns whether it is new."""
        is_new = process not in self._heard_at
        if is_new:
            self._heard_at[process] = self._clock()
        return is_new

    def heard(self, process: str) -> bool:
        """Note a beat; returns whether the process was silent."""
        was_silent = process in self._silent
        self._heard_at[process] = self._clock()
        self._silent.discard(process)
        return was_silent

    def fall_silent(self) -> list[str]:
        """Those that have fallen silent since the last call."""
        since = self._clock() - SILENT_AFTER
        silent = {each for each, at in self._heard_at.items() if at < since} - self._silent
        self._silent |= silent
        return sorted(silent)

    def take_gone(self) -> list[str]:
        """Those that are gone since the last call; they are forgotten."""
        since = self._clock() - GONE_AFTER
        gone = [each for each, at in self._heard_at.items() if at < since]
        gone = [each for each in gone if not self.is_there(each)]
        for each in gone:
            self.leave(each)
        return gone

    def leave(self, process: str) -> None:
        """Forget a process."""
        self._heard_at.pop(process, None)
        self._silent.discard(process)

    @property
    def speaking(self) -> set[str]:
        """Those whose beats arrive."""
        return set(self._heard_at) - self._silent

    def __len__(self) -> int:
        return len(self._heard_at)
