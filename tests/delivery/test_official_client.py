"""The client that browsers use, from npm, with each of its transports."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.delivery.servers import ROOT

SCRIPT = Path(__file__).with_name("official_client.mjs")
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (ROOT / "node_modules/socket.io-client").is_dir(),
    reason="needs Node and `npm install`",
)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
def test_it_chats(server, tidy, transports):
    command = [NODE, SCRIPT, f"http://127.0.0.1:{server.port}", *transports]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "refused": "Invalid namespace",
        "transport": transports[-1],
        "join": {"ok": True, "name": None},
        "send": {"ok": True},
        "message": {"room": "official", "text": "¡hola! 👋"},
        "typing": {"room": "official"},
        "big": True,
        "disconnect": "transport close",
        "again": {"ok": True, "name": None},
    }
