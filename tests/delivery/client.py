"""A WebSocket client that can break every rule, for tests."""

import base64
import contextlib
import json
import os
import socket
from typing import NamedTuple

from bench.wire import header
from tests.waiting import PATIENCE

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

WEBSOCKET = "EIO=4&transport=websocket"  # the query of a request


class Frame(NamedTuple):
    opcode: int
    payload: bytes

    @property
    def code(self):
        """The status code of a Close frame."""
        return int.from_bytes(self.payload[:2])

    @property
    def reason(self):
        return self.payload[2:].decode()


def masked(payload, opcode=TEXT, *, fin=True, rsv=0, mask=None):
    """Encode a frame as a client has to."""
    mask = mask or os.urandom(4)
    head = header(fin << 7 | rsv << 4 | opcode, len(payload))
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def request(port, query=WEBSOCKET, **headers):
    """The head of an opening handshake; a header given as None is left out."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"GET /socket.io/?{query} HTTP/1.1", *lines, "", ""]).encode()


class Client:
    """A connection; the constructor does the opening handshake."""

    def __init__(self, server, query=WEBSOCKET, *, receive_buffer=None, behind=b"", **headers):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.ack = 0
        self.events = []
        self.socket.sendall(request(server.port, query, **headers) + behind)
        self.head = self._until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.socket.close()

    def _receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionResetError("end of stream")
        self.buffer += data

    def _take(self, size):
        while len(self.buffer) < size:
            self._receive()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def _until(self, end):
        while end not in self.buffer:
            self._receive()
        return self._take(self.buffer.index(end) + len(end))

    # WebSocket

    def frame(self):
        """Receive one frame."""
        head, size = self._take(2)
        assert head & 0x80, "the server doesn't fragment"
        assert not size & 0x80, "the server doesn't mask"
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8))
        return Frame(head & 0x0F, self._take(size))

    def until_close(self):
        """Receive everything up to the Close frame, then the end of the stream."""
        frame = self.frame()
        while frame.opcode != CLOSE:
            frame = self.frame()
        with contextlib.suppress(OSError):
            self.socket.sendall(masked(frame.payload, CLOSE))
            self.socket.shutdown(socket.SHUT_WR)
        self.until_end()
        return frame

    def until_end(self):
        with contextlib.suppress(ConnectionResetError):
            while True:
                self._receive()

    def send_raw(self, data):
        self.socket.sendall(data)

    # Engine.IO and Socket.IO

    def send(self, packet):
        self.send_raw(masked(packet.encode()))

    def packet(self):
        """Receive one Engine.IO packet."""
        frame = self.frame()
        assert frame.opcode == TEXT, frame
        return frame.payload.decode()

    def open(self, *namespaces):
        """Receive the greeting, and connect to namespaces."""
        self.session = json.loads(self.packet()[1:])
        for namespace in namespaces:
            self.send(f"40{namespace},")
            answer = self.packet()
            assert answer.startswith(f"40{namespace},"), answer
        return self

    def emit(self, event, *arguments, namespace="/rooms"):
        """Send an event, and return the number of its acknowledgement."""
        self.ack += 1
        self.send(f"42{namespace},{self.ack}{json.dumps([event, *arguments])}")
        return self.ack

    def call(self, event, *arguments, namespace="/rooms"):
        """Send an event, and return its acknowledgement; other events go to `events`."""
        number = self.emit(event, *arguments, namespace=namespace)
        start = f"43{namespace},{number}["
        while not (packet := self.packet()).startswith(start):
            self.events.append(packet)
        return json.loads(packet[len(start) - 1 :])[0]

    def event(self, namespace="/rooms"):
        """Return the next event as a list: its name and arguments."""
        packet = self.events.pop(0) if self.events else self.packet()
        start = f"42{namespace},"
        assert packet.startswith(start), packet
        return json.loads(packet[len(start) :])


def member(server, room="lobby", **options):
    """A client in a room."""
    client = Client(server, **options).open("/rooms")
    assert client.call("join", {"room": room})["ok"]
    return client
