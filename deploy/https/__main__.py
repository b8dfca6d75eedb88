"""The job: `python -m deploy.https prepare` before HAProxy starts, then `… renew` again and again.

`… renew now` is for people: an attempt that is due doesn't wait until some time after a failed one.

`prepare` prints what HAProxy needs to know, `renew` the seconds until its next run; the log is the
standard error. A bad setting ends `prepare` with exit code 3.
"""

import datetime
import fcntl
import json
import logging
import math
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.https import files
from deploy.https import settings as settings_
from deploy.https.settings import Settings, SettingsError

if TYPE_CHECKING:
    from deploy.https.renewal import Renewal

FOLDER = Path(os.environ.get("FOLDER", "/tmp/https"))  # noqa: S108

STOP_FOR_GOOD = 3


class JsonFormatter(logging.Formatter):
    """One JSON object per line, as in the log of the chat."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        fields = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def main() -> int:
    """The exit code."""
    os.umask(0o077)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("https").setLevel(logging.INFO)
    try:
        settings = settings_.read(os.environ)
    except SettingsError as error:
        logging.getLogger("https").critical("The TLS server can't start. %s", error)
        return STOP_FOR_GOOD
    match sys.argv[1:]:
        case ["prepare"]:
            _renewal(settings).prepare()
            print(*_for_haproxy(settings))  # noqa: T201
        case ["renew", *rest] if rest in ([], ["now"]):
            with (FOLDER / "lock").open("w") as lock:  # one at a time
                fcntl.flock(lock, fcntl.LOCK_EX)
                print(math.ceil(_renewal(settings).run(at_once=bool(rest))))  # noqa: T201
        case _:
            sys.exit(__doc__)
    return 0


def _for_haproxy(settings: Settings) -> tuple[str, int, int, int]:
    """The words that the script `start` reads."""
    allowed = files.allowed()
    connections, others = files.fitting(settings.connections, allowed)
    if connections < settings.connections:
        logging.getLogger("https").warning(
            "HTTPS_CONNECTIONS: %d connections don't fit into the %d files that may be open; "
            "allow %d",
            settings.connections,
            allowed,
            files.needed(settings.connections),
        )
    return settings.host, connections, others, settings.per_address


def _renewal(settings: Settings) -> "Renewal":
    # Only now: these take half a second, and wrong settings are said at once.
    from deploy.https.renewal import Renewal
    from deploy.https.stores import open_store
    from deploy.https.work import Work

    return Renewal(settings, open_store(settings.store), Work(FOLDER), time.time)


if __name__ == "__main__":
    sys.exit(main())
