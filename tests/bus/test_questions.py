import threading

from chat.bus.questions import Questions
from tests.waiting import PATIENCE, wait_until


class Others:
    """Other processes, which answer when the test says so."""

    def __init__(self, *names):
        self.names = names
        self.asked = []
        self.questions = Questions(self._publish, lambda: set(self.names))

    def _publish(self, number, kind, data):
        self.asked.append((number, kind, data))

    def ask_in_background(self):
        answers = []
        thread = threading.Thread(
            target=lambda: answers.extend(self.questions.ask("here", [1], within=PATIENCE))
        )
        thread.start()
        wait_until(lambda: self.asked)
        return thread, answers


def test_nobody_is_asked_where_there_is_nobody():
    others = Others()
    assert others.questions.ask("here", None) == []
    assert others.asked == []


def test_the_answers_of_all_are_waited_for():
    others = Others("p1", "p2", "p3")
    thread, answers = others.ask_in_background()
    ((number, kind, data),) = others.asked
    assert (kind, data) == ("here", [1])
    others.questions.answered(number, "p1", "yes")
    others.questions.answered(number, "p1", "a second time")
    others.questions.answered(number, "a stranger", "yes")
    others.questions.answered(number + 1, "p2", "to another question")
    others.questions.answered(number, "p2", None)
    assert thread.is_alive()
    others.questions.answered(number, "p3", "no")
    thread.join(PATIENCE)
    assert answers == ["yes", "no"]


def test_who_does_not_answer_is_not_waited_for():
    others = Others("p1", "p2")
    assert others.questions.ask("here", None, within=0.01) == []
    ((number, _, _),) = others.asked
    others.questions.answered(number, "p1", "late")
    assert others.questions._open == {}
