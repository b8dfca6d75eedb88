"""Merges look-ups of single keys into one read of many keys."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from chat.errors import ChatError

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Seconds between the starts of two reads: a read costs much more than one more key in it.
GATHER = 0.01


class GatheredReads(Generic[Key, Value]):
    """Looks up many keys in one read, where many threads ask at the same time.

    A look-up starts a read at once if no read has started in the last GATHER seconds and none is
    running. Otherwise its key goes into the next read, with the keys of all other waiting look-ups.

    Args:
        read: Takes keys, and returns what it finds, by key; may block.
        at_most: Most keys in one read.
        clock: Seconds, monotonic.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        read: Callable[[list[Key]], Mapping[Key, Value]],
        at_most: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._read = read
        self._at_most = at_most
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next: _Read[Key, Value] | None = None  # not started; still takes keys
        self._running: _Read[Key, Value] | None = None  # the one that began last
        self._began = float("-inf")

    def ask(self, key: Key) -> Value | None:
        """What is found for a key, or None; raises the ChatError that the read raised."""
        with self._lock:
            is_mine = self._next is None
            read = self._next = self._next or _Read()
            read.keys.add(key)
            if len(read.keys) == self._at_most:
                self._next = None
            running = self._running
        if is_mine:
            if running:
                running.done.wait()
            if (pause := self._began + GATHER - self._clock()) > 0:
                self._sleep(pause)
            self._run(read)
        else:
            read.done.wait()
        return read.answer(key)

    def _run(self, read: "_Read[Key, Value]") -> None:
        with self._lock:
            if self._next is read:
                self._next = None
            self._running = read
            self._began = self._clock()
        try:
            read.found = self._read(list(read.keys))
        except ChatError as error:
            read.error = error
        finally:
            with self._lock:
                if self._running is read:
                    self._running = None
            read.done.set()


class _Read(Generic[Key, Value]):
    """A read that one thread runs and others wait for."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.done = threading.Event()
        self.found: Mapping[Key, Value] | None = None
        self.error: ChatError | None = None

    def answer(self, key: Key) -> Value | None:
        if self.found is None:
            raise self.error or RuntimeError("the gathered read failed")
        return self.found.get(key)
