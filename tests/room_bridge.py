"""The browser's own readers, driven from Python: see `tests/js/room_bridge.mjs`."""

import json
import shutil
import subprocess

from tests.servers import ROOT

SCRIPT = ROOT / "tests/js/room_bridge.mjs"


class RoomBridge:
    """A Node subprocess with any number of readers; a context manager.

    Each method returns the requests that the readers made because of it, as
    `{"reader", "request", "event", "payload"}`.
    """

    def __enter__(self):
        node = shutil.which("node") or ROOT / ".venv/bin/node"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen([node, SCRIPT], text=True, bufsize=1, **pipes)
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def make(self, reader, *, seed=1, page_size=50):
        return self._do("make", reader=reader, seed=seed, page_size=page_size)["requests"]

    def connect(self, reader):
        return self._do("connect", reader=reader)["requests"]

    def lose(self, reader):
        return self._do("lose", reader=reader)["requests"]

    def event(self, reader, name, payload):
        return self._do("event", reader=reader, name=name, payload=payload)["requests"]

    def answer(self, request, answer):
        return self._do("answer", request=request, answer=answer)["requests"]

    def timeout(self, request):
        return self._do("timeout", request=request)["requests"]

    def post(self, reader, text):
        return self._do("post", reader=reader, text=text)["requests"]

    def older(self, reader):
        return self._do("older", reader=reader)["requests"]

    def tick(self, milliseconds):
        return self._do("tick", ms=milliseconds)["requests"]

    def state(self, reader):
        """What the reader sees; makes no request."""
        return self._do("state", reader=reader)

    def _do(self, command, **more):
        self._process.stdin.write(json.dumps({"do": command, **more}) + "\n")
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer
