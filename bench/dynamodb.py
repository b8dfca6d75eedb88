"""A stand-in for DynamoDB on this machine: dynalite, from the packages of the Node peer."""

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import processes, tools
from chat.storage import History, open_history


@contextlib.contextmanager
def dynamodb() -> Iterator[str]:
    """Run the stand-in, with an empty table, on the core of the load generator; gives its URL."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    port = processes.free_port()
    command = ["node", str(tools.NODE / "node_modules/dynalite/cli.js"), "--port", str(port)]
    command += ["--createTableMs", "0"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "dynalite.log"
        with processes.running(command, processes.LOAD_CORE, log=log):
            processes.wait_until(lambda: _answers(port), 10, "the start of dynalite")
            url = f"http://127.0.0.1:{port}"
            open_table(url).create()
            yield url


def open_table(url: str) -> History:
    """The table of the chat in the stand-in at that URL."""
    return open_history(f"dynamodb://ChatMessages?region=us-east-1&endpoint_url={url}")


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
