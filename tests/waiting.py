"""Waiting for what a server does in its own time."""

import time


def wait_until(condition, seconds=10, what="the condition"):
    """The first true value of `condition()`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.01)
