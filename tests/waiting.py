"""Waiting for what a server does in its own time."""

import time

# Seconds; only a test that fails waits so long. Other programs may keep the machine busy.
PATIENCE = 30


def wait_until(condition, seconds=PATIENCE, what="the condition"):
    """The first true value of `condition()`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.01)
