"""Eventlet, imported once, quietly, and with the operating system's resolver.

Everything in this package that needs eventlet imports it from here, so that the order in which
modules are loaded never matters.
"""

import _thread
import logging
import os
import socket
import warnings
from functools import partial

# Eventlet's own DNS resolver costs 20 MB and 0.3 s at the start, and ignores nsswitch.conf. It can
# be disabled only here, before the first import. `patch` installs the system's, called in a thread.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

with warnings.catch_warnings():
    # Eventlet warns on every import that new projects should choose something else. That concerns
    # the maintainers of this package, not the operator who starts the server.
    warnings.simplefilter("ignore")
    import eventlet
    from eventlet import hubs, tpool

__all__ = ["eventlet", "hubs", "patch"]


def patch() -> None:
    """Make the standard library of this process cooperate with eventlet, from now on."""
    hubs.use_hub()  # an epoll descriptor inherited over a fork would be shared with the parent
    eventlet.monkey_patch()
    # Operating-system threads acquire this lock, too, and would never wake from one of eventlet's.
    # It blocks the hub while another thread holds it, but no thread holds it for long.
    logging._lock = _thread.RLock()  # type: ignore[attr-defined]
    socket.getaddrinfo = partial(tpool.execute, socket.getaddrinfo)  # in a thread, as it may block
