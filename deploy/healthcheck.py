"""The health check of the container: exit code 0 while the chat answers, 1 and a reason if not.

It checks whether the process lives, not whether it is ready: if the history can't be reached, a new
container would not help, but would disconnect everybody.
"""

import http.client
import os
import sys

TIMEOUT = 4.0  # seconds, less than the timeout of the health check itself


def main() -> str | None:
    """The error, or None."""
    port = int(os.environ.get("PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except OSError as error:
        return f"no answer on port {port}: {error}"
    return None if status == http.HTTPStatus.OK else f"/healthz answered {status}"


if __name__ == "__main__":
    sys.exit(main())
