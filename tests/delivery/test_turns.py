"""Turns at the hub, with a clock that the tasks advance."""

from tests.delivery.patched import run_patched

CLOCK = """
now = [0.0]
turns = Turns(lambda: now[0])
"""


def test_who_has_more_to_do_takes_turns():
    run_patched(f"""{CLOCK}
order = []
def work(name):
    for step in range(3):
        order.append((name, step))
        turns.wait()
for name in "ab":
    eventlet.spawn(work, name)
eventlet.sleep(0.05)
assert order == [(name, step) for step in range(3) for name in "ab"], order
""")


def test_others_are_served_while_many_wait():
    run_patched(f"""{CLOCK}
order = []
def task():
    now[0] += SHARE / 4
    order.append("task")
for _ in range(12):
    turns.later(task)
def other():
    order.append("other")
    if order.count("other") < 3:
        hubs.get_hub().schedule_call_global(0, other)
hubs.get_hub().schedule_call_global(0, other)
eventlet.sleep(0.05)
assert order == 3 * [*["task"] * 4, "other"], order
""")


def test_a_moment_is_over_when_its_time_is():
    run_patched(f"""{CLOCK}
turns.begin()
assert not turns.is_over()
now[0] += MOMENT
assert turns.is_over()
""")


def test_a_task_that_fails_stops_no_other():
    run_patched(f"""{CLOCK}
done = []
turns.later(lambda: 1 / 0)
turns.later(lambda: done.append(True))
eventlet.sleep(0.05)
assert done
""")
