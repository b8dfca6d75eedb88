"""Calls in native threads; each test runs in a subprocess that is patched like a worker."""

from tests.delivery.patched import run_patched


def test_a_call_returns_and_raises_as_if_made_here():
    run_patched("""
        threads = BlockingThreads(1)
        assert threads.call(divmod, 7, 2) == (3, 1)
        try:
            threads.call(divmod, 7, 0)
        except ZeroDivisionError:
            pass
        else:
            raise AssertionError("nothing was raised")
        assert threads.call(divmod, 9, 2) == (4, 1)
    """)


def test_others_go_on_while_a_call_blocks():
    run_patched("""
        threads, lock = BlockingThreads(1), real_threading.Lock()
        lock.acquire()
        waiting = eventlet.spawn(threads.call, lock.acquire)
        eventlet.sleep(0)  # the thread blocks now, and this green thread runs
        assert not waiting.dead
        lock.release()
        assert waiting.wait() is True
    """)


def test_one_thread_makes_calls_in_their_order():
    run_patched("""
        threads, order = BlockingThreads(1), []
        calls = [eventlet.spawn(threads.call, order.append, number) for number in range(100)]
        for call in calls:
            call.wait()
        assert order == list(range(100))
    """)


def test_who_gives_up_waiting_is_not_disturbed_by_the_answer():
    run_patched("""
        threads, lock = BlockingThreads(1), real_threading.Lock()
        lock.acquire()
        try:
            with eventlet.Timeout(0.01):
                threads.call(lock.acquire)
        except eventlet.Timeout:
            pass
        answer = eventlet.spawn(threads.call, divmod, 7, 2)
        lock.release()
        assert answer.wait() == (3, 1)
        assert Event().ready() is False
        with eventlet.Timeout(0.01, False):
            Event().wait()  # would return at once if the late answer came here
            raise AssertionError("woken by the answer to a call that had timed out")
    """)


def test_a_thread_that_logs_waits_for_the_hub_and_goes_on():
    run_patched("""
        import logging
        log, is_asked = logging.getLogger("chat"), real_threading.Event()

        def ask():
            is_asked.set()
            return log.isEnabledFor(logging.ERROR)

        threads = BlockingThreads(1)
        log.manager._clear_cache()  # otherwise `isEnabledFor` needs no lock
        logging._lock.acquire()
        call = eventlet.spawn(threads.call, ask)
        eventlet.sleep(0)
        assert is_asked.wait(10)
        eventlet.patcher.original("time").sleep(0.1)  # until the thread waits for the lock
        logging._lock.release()
        with eventlet.Timeout(10):
            assert call.wait() is True
    """)
