"""A call to DynamoDB that was given up never arrives whole, however late its peer reads on."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import threading

import pytest

from tests.servers import ROOT
from tests.storage.dynamodbs import CREDENTIALS
from tests.waiting import wait_until

# Writes 25 long messages, says how that went, and waits for the end of its input.
WRITER = """
import sys
if sys.argv[2] == "green":
    from chat.delivery.green import patch
    patch()
from chat.storage import open_history
from tests.storage.messages import message
history = open_history("dynamodb://Chat?region=us-east-1&endpoint_url=" + sys.argv[1])
print("began", flush=True)
outcomes = history.append([message("x" * 30_000) for _ in range(25)])
print({type(outcome).__name__ for outcome in outcomes}, flush=True)
sys.stdin.read()
"""


class StalledPeer:
    """Accepts connections, reads nothing until it is told to, and then all that comes."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)

    def is_full(self):
        """Whether more is on its way than fits here."""
        sizes = [fcntl.ioctl(each, termios.FIONREAD, bytes(4)) for each in self.connections]
        return any(int.from_bytes(size, sys.byteorder) > 4000 for size in sizes)

    def read(self):
        """For each connection what had arrived, and whether it ended with a reset."""
        return [self._read(connection) for connection in self.connections]

    @staticmethod
    def _read(connection):
        content = b""
        connection.settimeout(3)
        while True:
            try:
                part = connection.recv(65_536)
            except ConnectionResetError:
                return content, True
            if not part:
                return content, False
            content += part

    def close(self):
        for connection in [self._listener, *self.connections]:
            connection.close()


@pytest.fixture
def peer():
    peer = StalledPeer()
    yield peer
    peer.close()


@pytest.fixture(params=["native", "green"])
def writer(request, peer):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, peer.url, request.param],
        cwd=ROOT,
        env=os.environ | CREDENTIALS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "began\n"
    yield process
    process.kill()
    process.communicate()


def assert_nothing_is_whole(peer):
    assert peer.connections
    for content, is_reset in peer.read():
        assert is_reset
        assert len(content) < 25 * 30_000


def test_what_was_given_up_is_cut_off(peer, writer):
    assert writer.stdout.readline() == "{'InDoubt'}\n"
    assert_nothing_is_whole(peer)


def test_what_a_killed_process_was_sending_is_cut_off(peer, writer):
    wait_until(peer.is_full)
    writer.kill()
    writer.wait()
    assert_nothing_is_whole(peer)


def test_what_a_frozen_process_was_sending_is_cut_off(peer, writer):
    wait_until(peer.is_full)
    writer.send_signal(signal.SIGSTOP)
    threading.Event().wait(6)  # longer than the kernel tries
    assert_nothing_is_whole(peer)
