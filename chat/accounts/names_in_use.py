"""The names that are in use, and that nobody else may take."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chat.accounts.look_alikes import look_alikes
from chat.errors import Conflict

# Seconds for which a name is kept for somebody who has just signed in, or has just gone.
KEPT_FOR = 60.0


class Wish(NamedTuple):
    """Somebody wants a name.

    `ours` are the ids of those who may have it already. With `comes_first` the person has priority
    over owners without priority.
    """

    name: str
    ours: tuple[str, ...]
    comes_first: bool


class NamesInUse:
    """The names of people who are connected, or were until a moment ago.

    Args:
        is_connected: Whether the person of that id has a connection.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, is_connected: Callable[[str], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_connected = is_connected
        self._clock = clock
        self._owners: dict[str, _Owner] = {}  # by text of `look_alikes`
        self._sweep_at = 1000
        self._lock = threading.Lock()
        # Whether somebody has the name in another process. Those who lose it by this have lost it.
        self.is_used_elsewhere: Callable[[Wish], bool] = lambda _wish: False

    def take(
        self,
        name: str,
        person_id: str,
        *,
        instead_of: str | None = None,
        comes_first: bool = False,
    ) -> set[str]:
        """Take the name, or keep it for another KEPT_FOR.

        Args:
            name: The name.
            person_id: Who takes it.
            instead_of: A person who gives the name up, if that person has it.
            comes_first: Whether this person has priority over owners without priority.

        Returns:
            The ids of the people who lose the name by this.

        Raises:
            chat.errors.Conflict: Someone else uses the name, or one that looks like it.
        """
        texts = look_alikes(name)
        wish = Wish(name, (person_id, instead_of or person_id), comes_first)
        with self._lock:
            losers = self._others(name, set(wish.ours), comes_first)
            was_ours = len(self._owned(name, person_id)) == len(texts)
            self._forget_the_gone()
            before = {text: self._owners.get(text) for text in texts}
            self._keep(texts, person_id, comes_first)
        # Asked after it was taken here: of two who take it in two processes, one gets it at most.
        if not was_ours and self.is_used_elsewhere(wish):
            self._restore(name, person_id, before)
            raise _conflict(name)
        with self._lock:
            self._forget(losers)
        return losers

    def give_up(self, wish: Wish) -> set[str]:
        """Let somebody in another process have the name.

        Returns:
            The ids of the people who lose the name by this.

        Raises:
            chat.errors.Conflict: Someone else uses the name here.
        """
        with self._lock:
            losers = self._others(wish.name, set(wish.ours), wish.comes_first)
            self._forget(losers)
        return losers

    def _restore(self, name: str, person_id: str, before: "dict[str, _Owner | None]") -> None:
        """Undo that somebody has taken a name: its texts belong to those who had them before."""
        with self._lock:
            for text in self._owned(name, person_id):
                if owner := before[text]:
                    self._owners[text] = owner
                else:
                    del self._owners[text]

    def _forget(self, people: set[str]) -> None:
        """Give up all names of people who lose one."""
        if people:
            self._owners = {t: o for t, o in self._owners.items() if o.id not in people}

    def check(self, name: str, person_id: str, *, comes_first: bool = False) -> None:
        """Find out whether this person could take the name.

        Raises:
            chat.errors.Conflict: As with `take`.
        """
        with self._lock:
            self._others(name, {person_id}, comes_first)

    def _others(self, name: str, ours: set[str], comes_first: bool) -> set[str]:
        """The ids of others who have the name and would lose it."""
        owners = {self._owners[text] for text in look_alikes(name) if text in self._owners}
        others = [each for each in owners if each.id not in ours and self._is_here(each)]
        if any(each.comes_first or not comes_first for each in others):
            raise _conflict(name)
        return {each.id for each in others}

    def keep(self, name: str, person_id: str) -> None:
        """Keep a name for somebody who is about to go."""
        with self._lock:
            for text in self._owned(name, person_id):
                self._keep([text], person_id, self._owners[text].comes_first)

    def give_back(self, name: str, person_id: str, *, but: str = "") -> None:
        """Let others have the name at once, as far as it doesn't look like `but`."""
        with self._lock:
            for text in self._owned(name, person_id):
                if text not in look_alikes(but):
                    del self._owners[text]

    def _owned(self, name: str, person_id: str) -> list[str]:
        texts = look_alikes(name)
        return [t for t in texts if t in self._owners and self._owners[t].id == person_id]

    def _keep(self, texts: Iterable[str], person_id: str, comes_first: bool) -> None:
        owner = _Owner(person_id, self._clock() + KEPT_FOR, comes_first)
        self._owners |= dict.fromkeys(texts, owner)

    def _is_here(self, owner: "_Owner") -> bool:
        return owner.until > self._clock() or self._is_connected(owner.id)

    def _forget_the_gone(self) -> None:
        """Remove unused names when the table has doubled, so that a sign-in stays cheap."""
        if len(self._owners) >= self._sweep_at:
            self._owners = {text: o for text, o in self._owners.items() if self._is_here(o)}
            self._sweep_at = max(1000, 2 * len(self._owners))


def _conflict(name: str) -> Conflict:
    return Conflict(
        f"Someone here is already called {name}, or very nearly so. Choose another name."
    )


class _Owner(NamedTuple):
    id: str
    until: float  # monotonic seconds; until then the name is kept without a connection, too
    comes_first: bool
