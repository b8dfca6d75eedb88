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

# Eventlet's own resolver costs 20 MB and 0.3 s at the start, and ignores nsswitch.conf. It can be
# declined only here, before the first import; `patch` puts one in its place that doesn't block.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

with warnings.catch_warnings():
    # Eventlet announces on every import that new projects had better choose something else. That
    # is a decision for whoever maintains this package, and no news for whoever starts the server.
    warnings.simplefilter("ignore")
    import eventlet
    from eventlet import hubs, tpool

__all__ = ["eventlet", "hubs", "patch"]


def patch() -> None:
    """Make the standard library cooperate with eventlet, in this process and from now on."""
    hubs.use_hub()  # an epoll descriptor inherited over a fork would be shared with the parent
    eventlet.monkey_patch()
    # Threads of the system ask for it, too, and would never wake; nobody holds it for long.
    logging._lock = _thread.RLock()  # type: ignore[attr-defined]
    socket.getaddrinfo = partial(tpool.execute, socket.getaddrinfo)  # in a thread: it may block
