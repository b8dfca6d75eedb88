"""Reused green threads; each test runs in a subprocess that is patched like a worker."""

from tests.delivery.patched import run_patched


def test_a_task_runs_and_its_thread_is_used_again():
    run_patched("""
        threads, ran = GreenThreads(), []
        for number in range(3):
            threads.run(lambda number=number: ran.append((number, eventlet.getcurrent())))
            eventlet.sleep(0)
        assert [number for number, _ in ran] == [0, 1, 2]
        assert len({thread for _, thread in ran}) == 1
    """)


def test_tasks_that_wait_run_side_by_side():
    run_patched("""
        threads, order = GreenThreads(), []
        gate = Event()
        def wait():
            order.append("waits")
            gate.wait()
            order.append("goes on")
        for _ in range(2):
            threads.run(wait)
        eventlet.sleep(0)
        assert order == ["waits", "waits"]
        gate.send()
        eventlet.sleep(0)
        assert order == ["waits", "waits", "goes on", "goes on"]
    """)


def test_a_task_of_the_hub_runs_at_once():
    run_patched("""
        threads, order = GreenThreads(), []
        def callback():
            threads.run(lambda: order.append("task"))
            order.append("callback")
        hubs.get_hub().schedule_call_global(0, callback)
        eventlet.sleep(0.01)
        assert order == ["task", "callback"]
    """)


def test_the_end_of_a_thread_wakes_nobody_who_waits_for_something_else():
    run_patched("""
        threads, ran = GreenThreads(), []
        for number in range(MOST_IDLE + 6):
            threads.run(lambda number=number: ran.append(number))
        began = time.monotonic()
        eventlet.sleep(0.5)
        assert time.monotonic() - began >= 0.5
        assert ran == list(range(MOST_IDLE + 6))
    """)


def test_idle_threads_are_few():
    run_patched("""
        threads = GreenThreads()
        gate = Event()
        for _ in range(3 * MOST_IDLE):
            threads.run(gate.wait)
        eventlet.sleep(0)
        gate.send()
        eventlet.sleep(0)
        gc.collect()
        alive = [each for each in gc.get_objects() if isinstance(each, greenlet.greenlet) and each]
        assert len(alive) <= MOST_IDLE + 2, len(alive)  # plus the hub and this one
    """)
