"""Local stand-ins for DynamoDB, each a process of its own that speaks HTTP.

Two independent implementations: moto, which knows everything that we use, and dynalite, which
checks requests as strictly as AWS does and is fast enough for load.
"""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from tests.servers import free_port
from tests.waiting import wait_until

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def moto(folder):
    """The address of a moto server that runs until the end of the `with` block."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return _running(command, port, folder / "moto.log")


def dynalite(folder):
    """The same for dynalite; npm downloads this version if it isn't installed yet."""
    port = free_port()
    command = ["npx", "--yes", "dynalite@4.0.0", "--host", "127.0.0.1", "--port", str(port)]
    return _running([*command, "--createTableMs", "0"], port, folder / "dynalite.log")


@contextlib.contextmanager
def _running(command, port, log):
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that the children of npx end with it
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(process, url, log), 60, command[1])
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(process, url, log):
    assert process.poll() is None, log.read_text()
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()  # an error is an answer, too
    except OSError:
        return False
    return True
