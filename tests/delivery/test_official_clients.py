"""The official clients from npm and PyPI, with each of their transports."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delivery.conftest import seen
from tests.delivery.servers import ROOT, running

ROOMS = "tests.delivery.rooms:app"
NODE = shutil.which("node")
HAS_CLIENTS = NODE and (ROOT / "node_modules/socket.io-client-3.1").is_dir()
HERE = Path(__file__).parent

WAYS = ["websocket", "polling", "polling,websocket"]
JAVASCRIPT = [f"{version} {way}" for version in ("4.8", "4.0", "3.1") for way in WAYS]
PYTHON = [f"{kind} {way}" for kind in ("threads", "asyncio") for way in WAYS]


@pytest.fixture(scope="module", params=["javascript", "python"])
def results(request, tmp_path_factory):
    """What all clients of one server received before its restart, what it received, and after."""
    if request.param == "python":
        command = [sys.executable, HERE / "official_clients.py"]
    elif HAS_CLIENTS:
        command = [NODE, HERE / "official_clients.mjs"]
    else:
        pytest.skip("needs Node and `npm install`")
    options = ("--graceful-timeout", "4")  # some clients take long to close a WebSocket
    pings = {"PING_INTERVAL": "5", "PING_TIMEOUT": "5"}  # and to end long-polling
    with running(ROOMS, tmp_path_factory.mktemp("server"), *options, **pings) as server:
        url = f"http://127.0.0.1:{server.port}"
        with subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True) as clients:
            try:
                chats = json.loads(clients.stdout.readline())
                answers = [name for what, name, *_ in seen(server) if what == "answer"]
                server.restart()
                restarts = json.loads(clients.stdout.readline())
                assert clients.wait(20) == 0
            finally:
                clients.kill()
    return request.param, chats, answers, restarts


def names(results):
    return {"javascript": JAVASCRIPT, "python": PYTHON}[results[0]]


def test_all_of_them_were_here(results):
    kind, chats, _, restarts = results
    assert sorted(chats) == sorted(restarts) == sorted(names(results)), kind


def test_they_chat(results):
    kind, chats, _, _ = results
    for name, saw in chats.items():
        ends = {
            "javascript": {"dismissed": "io server disconnect", "refused": "Invalid namespace"},
            "python": {"left": "client disconnect", "refused": True},
        }[kind]
        assert saw == ends | {
            "transport": name.rpartition(",")[2].rpartition(" ")[2],
            "join": {"ok": True, "name": None},
            "send": {"ok": True},
            "message": {"room": name, "text": "¡hola! 👋"},
            "typing": {"room": name},
            "big": True,
            "closed": saw["closed"],
            "again": {"ok": True, "name": None},
        }
        if kind == "python" and name.endswith(" polling"):
            assert saw["closed"] == "server disconnect"
        else:
            assert saw["closed"] in {"transport close", "transport error"}, name


def test_they_answer_questions(results):
    assert sorted(results[2]) == sorted(names(results))


def test_they_come_back_after_a_restart(results):
    for name, again in results[3].items():
        assert again == {"ok": True, "name": None}, name
