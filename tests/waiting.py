"""Polling for a condition, with a timeout."""

import time

# Seconds. It is long because the machine may be busy; only a test that fails waits for all of it.
PATIENCE = 30


def wait_until(condition, seconds=PATIENCE, what="the condition"):
    """Wait for a true value of `condition()` and return it; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.01)
