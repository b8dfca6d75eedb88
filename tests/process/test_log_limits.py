"""Floods of lines in the log."""

import io
import logging

import pytest

from chat.process.log_limits import MOST, PERIOD, LimitedHandler
from tests.delivery.patched import run_patched


@pytest.fixture
def handler(clock):
    handler = LimitedHandler(clock)
    handler.setStream(io.StringIO())
    yield handler
    handler.close()


@pytest.fixture
def log(handler):
    log = logging.getLogger("flooded")
    log.handlers = [handler]
    log.propagate = False
    return log


def lines(handler):
    return handler.stream.getvalue().splitlines()


def flood(log, count):
    for number in range(count):
        log.warning("refused %d", number)


def test_what_is_logged_too_often_is_left_out(handler, log):
    flood(log, MOST + 50)
    assert lines(handler) == [f"refused {number}" for number in range(MOST)]


def test_it_is_said_how_much_was_left_out(handler, log, clock):
    flood(log, MOST + 50)
    clock.now += PERIOD
    log.warning("something else")
    assert lines(handler)[MOST:] == [
        f"50 more lines like this were left out: refused {MOST + 49}",
        "something else",
    ]


def test_it_is_said_at_the_end_too(handler, log):
    flood(log, MOST + 1)
    handler.close()
    assert lines(handler)[-1] == f"1 more lines like this were left out: refused {MOST}"


def test_other_lines_are_still_logged(handler, log):
    flood(log, MOST + 50)
    log.error("it matters")
    assert lines(handler)[-1] == "it matters"


def test_the_next_period_is_a_new_one(handler, log, clock):
    flood(log, MOST)
    clock.now += PERIOD
    flood(log, MOST)
    assert len(lines(handler)) == 2 * MOST


def test_nothing_is_kept_of_what_was_told(handler, log, clock):
    flood(log, MOST + 50)
    clock.now += PERIOD
    flood(log, 1)
    assert not handler._latest
    assert len(handler._lines) == 1


def test_a_thread_of_the_system_logs_while_the_hub_does():
    run_patched("""
        import logging
        from chat.process.log_limits import LimitedHandler

        is_writing = real_threading.Event()

        class SlowStream:
            def write(self, text):
                is_writing.set()
                eventlet.patcher.original("time").sleep(0.3)

            def flush(self):
                pass

        handler = LimitedHandler()
        handler.setStream(SlowStream())
        log = logging.getLogger("chat")
        log.handlers = [handler]

        def tell():
            assert is_writing.wait(10)
            log.warning("of the thread")
            return "told"

        threads = BlockingThreads(1)
        call = eventlet.spawn(threads.call, tell)
        eventlet.sleep(0)
        log.warning("of the hub")
        with eventlet.Timeout(10):
            assert call.wait() == "told"
    """)
