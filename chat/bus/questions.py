"""Questions to all other processes, whose answers are waited for only a moment."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

# Seconds. Answers take a millisecond or two; a process that hangs must not stop the others.
WITHIN = 0.05


class _Question:
    def __init__(self, asked: set[str]) -> None:
        self.unanswered = asked
        self.answers: list[Any] = []
        self.done = threading.Event()


class Questions:
    """Asks, and collects the answers.

    Args:
        publish: Publishes the question to all: its number, its kind and its data.
        peers: Returns the processes whose answers are waited for.
    """

    def __init__(
        self, publish: Callable[[int, str, Any], None], peers: Callable[[], set[str]]
    ) -> None:
        self._publish = publish
        self._peers = peers
        self._numbers = itertools.count(1)
        self._open: dict[int, _Question] = {}

    def ask(self, kind: str, data: Any, within: float = WITHIN) -> list[Any]:
        """The answers to a question, as far as they come in time.

        Processes that have nothing to say to it answer None, which is left out.

        Args:
            kind: What is asked.
            data: JSON.
            within: Seconds to wait.
        """
        asked = self._peers()
        if not asked:
            return []
        number, question = next(self._numbers), _Question(asked)
        self._open[number] = question
        try:
            self._publish(number, kind, data)
            question.done.wait(within)
        finally:
            del self._open[number]
        return question.answers

    def answered(self, number: int, process: str, answer: Any) -> None:
        """Note an answer."""
        question = self._open.get(number)
        if question and process in question.unanswered:
            question.unanswered.remove(process)
            if answer is not None:
                question.answers.append(answer)
            if not question.unanswered:
                question.done.set()
