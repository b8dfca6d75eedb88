"""What is sent over which connection, while one breaks, begins or ends."""

import threading

import pytest

from chat.bus.connection import Down
from chat.bus.envelope import Envelopes
from chat.bus.link import Link
from chat.bus.outbox import Outbox
from tests.waiting import PATIENCE, wait_until


class Wire:
    """A connection that can keep whoever sends waiting."""

    def __init__(self):
        self.sent = []
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.is_sending = False
        self.ended = threading.Event()

    def send(self, commands):
        assert not self.is_sending, "two at the same time"
        self.is_sending = True
        self.goes_on.wait(PATIENCE)
        self.is_sending = False
        self.sent += commands

    def receive(self):
        self.ended.wait(PATIENCE)
        raise Down("it was ended")

    def close(self):
        self.ended.set()


@pytest.fixture
def outbox():
    return Outbox(Envelopes("secret", "history"), "p1")


@pytest.fixture
def link_over(outbox):
    """Makes a link over one connection after the other."""
    links = []

    def link_over(*wires):
        coming = iter(wires)
        link = Link(
            lambda: next(coming, None) or Wire(),
            outbox,
            lambda: ("SUBSCRIBE", b"all"),
            lambda _arrived: None,
            in_thread,
            lambda _s: None,
        )
        links.append(link)
        return link

    yield link_over
    for link in links:
        link.close()


def in_thread(function):
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread


def test_a_command_that_comes_while_a_connection_begins_is_sent_after_the_first_one(
    outbox, link_over
):
    wire = Wire()
    link = link_over(wire)
    wire.goes_on.clear()
    starting = in_thread(link.start)
    wait_until(lambda: wire.is_sending)
    sender = in_thread(link._send_all)  # as it runs after a connection broke
    outbox.add(("SUBSCRIBE", b"room"))
    wait_until(lambda: not outbox.filled.is_set())
    wire.goes_on.set()
    starting.join(PATIENCE)
    wait_until(lambda: len(wire.sent) == 2)
    assert wire.sent == [("SUBSCRIBE", b"all"), ("SUBSCRIBE", b"room")]
    assert sender.is_alive()


def test_the_last_commands_are_sent_after_those_that_are_on_their_way(outbox, link_over):
    wire = Wire()
    link = link_over(wire)
    link.start()
    wire.goes_on.clear()
    outbox.add(("PUBLISH", b"all", b"1"))
    wait_until(lambda: wire.is_sending)
    outbox.add(("PUBLISH", b"all", b"goodbye"))
    closing = in_thread(link.close)
    wire.goes_on.set()
    closing.join(PATIENCE)
    assert wire.sent[1:] == [("PUBLISH", b"all", b"1"), ("PUBLISH", b"all", b"goodbye")]


def test_after_a_fault_in_sending_a_new_connection_is_made(outbox, link_over, caplog):
    bad, good = Wire(), Wire()
    link_over(bad, good).start()
    bad.send = lambda _commands: 1 / 0
    outbox.add(("SUBSCRIBE", b"a"))
    wait_until(lambda: good.sent == [("SUBSCRIBE", b"all")])
    outbox.add(("SUBSCRIBE", b"b"))
    wait_until(lambda: ("SUBSCRIBE", b"b") in good.sent)
    assert "What waited for the bus could not be sent" in caplog.text


def test_others_get_their_turn_while_a_server_sends_without_a_pause(outbox):
    turns = []

    def sleep(_seconds):
        turns.append(True)
        link._connection = None

    link = Link(Wire, outbox, lambda: ("SUBSCRIBE", b"all"), None, in_thread, sleep)
    link._connection = Wire()
    answers = iter(100 * [None])  # that say nothing
    link._connection.receive = lambda: next(answers)
    link._receive()
    assert turns


def test_a_server_that_refuses_again_and_again_is_one_line_in_the_log(outbox, link_over, caplog):
    refusing = [Wire() for _ in range(5)]
    for each in refusing:
        each.close()
    last = Wire()
    link_over(*refusing, last).start()
    wait_until(lambda: last.sent)
    assert len([each for each in caplog.messages if "can't be reached" in each]) == 1
