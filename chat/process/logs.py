"""The log: one JSON object per line in a container, readable text on a terminal.

A line that belongs to a request or to a connection has its id. No line contains the text of a
message or data of a session, since readers of the log may not be allowed to read the chat. Lines
that are logged very often are rate limited (`log_limits.py`).
"""

import json
import logging
import sys
from datetime import UTC, datetime

from chat.process.log_limits import LimitedHandler


def set_up() -> None:
    """Write the log of this process to the standard error."""
    handler = LimitedHandler()
    handler.setFormatter(TextFormatter() if sys.stderr.isatty() else JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # At INFO these would log the content of each packet. And they need a level of their own:
    # without one they would add a handler that writes lines in another format.
    for name in ("engineio.server", "socketio.server"):
        logging.getLogger(name).setLevel(logging.ERROR)


class JsonFormatter(logging.Formatter):
    """One JSON object per line, even if the message has line breaks."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; fields that don't apply are left out."""
        fields = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


class TextFormatter(logging.Formatter):
    """Text for people: time, level, message, and the id of the request or connection."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback if there is one."""
        time_ = _time(record).astimezone().strftime("%H:%M:%S")
        context = "".join(f" {name}={value}" for name, value in _context(record).items())
        line = f"{time_} {record.levelname:<7} {_printable(record.getMessage())}{context}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _printable(text: str) -> str:
    """Escape control characters, which could move the cursor or forge a line."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _context(record: logging.LogRecord) -> dict[str, str]:
    """The ids of the current request and of the connection (`extra={"connection": sid}`)."""
    ids = {"request": _request(record), "connection": getattr(record, "connection", None)}
    return {name: id_ for name, id_ in ids.items() if id_}


def _request(record: logging.LogRecord) -> str | None:
    flask = sys.modules.get("flask")  # not imported, because gunicorn's master doesn't need it
    is_of_many = getattr(record, "is_of_many", False)
    if is_of_many or flask is None or not flask.has_request_context():
        return None
    request: str | None = flask.g.get("request_id")
    return request
