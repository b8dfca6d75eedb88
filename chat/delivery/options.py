"""Which options of Flask-SocketIO, python-socketio and python-engineio are supported.

Those libraries ignore unknown options. Here an unknown option stops the start, because an
application that sets an option relies on it.
"""

from typing import Any

# Options that only our own Engine.IO server knows.
HUB_OPTIONS = {
    "connect_timeout",
    "max_handshakes",
    "max_held_bytes",
    "max_sessions",
    "max_unsent_bytes",
    "member_of",
}

STOCK_OPTIONS = {
    "allow_upgrades",
    "async_handlers",  # False, which is also the default
    "client_manager",
    "compression_threshold",
    "cors_allowed_origins",
    "cors_credentials",
    "engineio_logger",
    "http_compression",
    "logger",
    "max_http_buffer_size",
    "path",
    "ping_interval",
    "ping_timeout",
    "transports",
}

SECONDS = ("connect_timeout", "ping_interval", "ping_timeout")


def check(options: dict[str, Any]) -> None:
    """Check the options of `SocketIO`.

    Raises:
        ValueError: An option is unknown, or has a value that is not supported.
    """
    if unknown := sorted(options.keys() - HUB_OPTIONS - STOCK_OPTIONS):
        raise ValueError(f"SocketIO: not supported: {', '.join(unknown)}")
    if options.get("async_handlers"):
        raise ValueError("SocketIO: events of one client are handled in order: no async_handlers")
    for name in SECONDS:
        value = options.get(name, 1)
        if not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"SocketIO: {name} has to be a number of seconds above 0")
