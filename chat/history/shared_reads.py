"""One read for all threads that ask the same question at the same time."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from chat.errors import ChatError

Answer = TypeVar("Answer")


class SharedReads(Generic[Answer]):
    """Runs a read once for all threads that asked before it began.

    When a server starts, a thousand clients join the same room in the same second. A thread that
    asks while a read is running gets the answer of the next read, because the running one may miss
    messages that were stored since it began.

    Args:
        read: Called with the arguments of `ask`; may block.
    """

    def __init__(self, read: Callable[..., Answer]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._next: dict[Hashable, _Read[Answer]] = {}  # not begun yet
        self._running: dict[Hashable, _Read[Answer]] = {}

    def ask(self, *question: Hashable) -> Answer:
        """The answer to a question; raises the ChatError that the read raised."""
        with self._lock:
            read = self._next.get(question)
            is_mine = read is None
            if read is None:
                read = self._next[question] = _Read()
            running = self._running.get(question)
        if is_mine:
            if running:
                running.done.wait()
            self._run(question, read)
        else:
            read.done.wait()
        return read.result()

    def _run(self, question: tuple[Hashable, ...], read: "_Read[Answer]") -> None:
        with self._lock:
            del self._next[question]
            self._running[question] = read
        try:
            read.answer = self._read(*question)
        except ChatError as error:
            read.error = error
        finally:
            with self._lock:
                del self._running[question]
            read.done.set()


class _Read(Generic[Answer]):
    """A read that one thread runs and others wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: Answer | None = None
        self.error: ChatError | None = None

    def result(self) -> Answer:
        if self.answer is None:
            raise self.error or RuntimeError("the shared read failed")
        return self.answer
