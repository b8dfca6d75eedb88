"""Runs code in a subprocess that eventlet has patched."""

import subprocess
import sys
import textwrap

PRELUDE = """
from chat.delivery.green import eventlet, hubs, patch
patch()
import gc, greenlet, time
from eventlet.event import Event
from chat.delivery.blocking import BlockingThreads
from chat.delivery.green_threads import MOST_IDLE, GreenThreads
from chat.delivery.turns import MOMENT, SHARE, Turns
from chat.delivery.unfinished import Unfinished
real_threading = eventlet.patcher.original("threading")
"""


def run_patched(code):
    """Run code in a subprocess; a failed assertion in it fails the test."""
    script = PRELUDE + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
