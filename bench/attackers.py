"""`python -m bench.attackers PORT KIND COOKIES`: floods a server until this process is terminated.

Twenty attackers, each with an address and eight connections of its own. A connection that the
server closes is opened again at once. Depending on KIND they are members, with the cookies of the
file COOKIES, or strangers.
"""

import contextlib
import json
import os
import selectors
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.wire import BINARY, CONTINUATION, PING, PONG, TEXT, frame, handshake

ATTACKERS, CONNECTIONS_OF_EACH = 20, 8
BURST = 64 * 1024  # bytes


@dataclass(frozen=True)
class Flood:
    """A flood: bytes that a connection sends first, and bytes that it then repeats."""

    title: str
    repeated: bytes
    first: bytes = b""
    is_websocket: bool = True

    @property
    def burst(self) -> bytes:
        """The repeated bytes, as often as they fit into BURST."""
        return self.repeated * (BURST // max(1, len(self.repeated)))


def _flood_of_http(title: str, repeated: bytes, first: bytes = b"") -> Flood:
    return Flood(title, repeated, first, is_websocket=False)


def _event(namespace: str, *event: object) -> bytes:
    return frame(f"42{namespace},1{json.dumps(event)}".encode())


def _request(head: str, body: bytes = b"") -> bytes:
    return f"{head} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() + body


CONNECT = frame(b"40/rooms,")
JOIN = _event("/rooms", "join", {"room": "room-0"})
MESSAGE = {"room": "room-0", "text": "x" * 100, "client_id": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}
SLOW_FORM = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 16000\r\n\r\n"
POLL = "/socket.io/?EIO=4&transport=polling"

STRANGERS = {
    "connects": Flood("connects without a session", CONNECT),
    "namespaces": Flood("connects to unknown namespaces", frame(b"40/admin,")),
    "pongs": Flood("Engine.IO pongs", frame(b"3")),
    "pings": Flood("WebSocket pings", frame(b"", PING)),
    "fragments": Flood(
        "empty fragments",
        frame(b"", CONTINUATION, final=False),
        frame(b"", TEXT, final=False),
    ),
    "binary": Flood("binary messages", frame(b"x", BINARY)),
    "malformed": Flood("malformed packets", frame(b"42[[[")),
    "handshakes": _flood_of_http("polling handshakes", _request(f"GET {POLL}")),
    "polls": _flood_of_http("polls of unknown sessions", _request(f"GET {POLL}&sid=x")),
    "pages": _flood_of_http("pages", _request("GET /")),
    "headers": _flood_of_http("incomplete headers", b"", b"GET / HTTP/1.1\r\nX: x\r\n"),
    "bodies": _flood_of_http("incomplete bodies", b"", SLOW_FORM + b"x" * 100),
}
MEMBERS = {
    "cycles": Flood("connect and disconnect", frame(b"41/rooms,") + CONNECT, CONNECT),
    "joins": Flood("joins", JOIN, CONNECT),
    "messages": Flood("messages", _event("/rooms", "send", MESSAGE), CONNECT + JOIN),
    "events": Flood("unknown events", _event("/rooms", "nonsense", {}), CONNECT),
    "acknowledgements": Flood("unexpected acknowledgements", frame(b"43/rooms,9[]"), CONNECT),
    "member-pings": Flood("WebSocket pings of members", frame(b"x" * 100, PING), CONNECT),
    "member-pongs": Flood("WebSocket pongs of members", frame(b"", PONG), CONNECT),
    "halves": Flood("incomplete messages", b"", CONNECT + frame(b"4" * 140_000)[:-9]),
}
FLOODS = STRANGERS | MEMBERS


class Connection:
    """A connection of an attacker; reconnects whenever it ends."""

    def __init__(self, attackers: "Attackers", address: str, cookie: str) -> None:
        self._attackers = attackers
        self._address = address
        self._cookie = cookie
        self._open()

    def _open(self) -> None:
        flood = self._attackers.flood
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.bind((self._address, 0))
        with contextlib.suppress(BlockingIOError):
            self._socket.connect(("127.0.0.1", self._attackers.port))
        self._begin = flood.first + flood.burst
        # Frames sent together with the handshake would be parsed as HTTP.
        self._is_open = not flood.is_websocket
        self._outgoing = self._begin if self._is_open else handshake(self._cookie)
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        self._attackers.selector.register(self._socket, both, self)

    def go_on(self, events: int) -> None:
        """Handle events of the socket: read, and send more."""
        try:
            if events & selectors.EVENT_READ:
                self._receive()
            if events & selectors.EVENT_WRITE:
                self._send()
        except BlockingIOError:
            pass
        except OSError:
            self._attackers.selector.unregister(self._socket)
            self._socket.close()
            self._open()

    def _receive(self) -> None:
        if not self._socket.recv(1 << 16):
            raise ConnectionResetError
        if not self._is_open:
            self._is_open = True
            self._outgoing = self._begin
            self._watch(selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _send(self) -> None:
        self._outgoing = self._outgoing[self._socket.send(self._outgoing) :]
        if not self._outgoing and self._is_open:
            self._outgoing = self._attackers.flood.burst
        if not self._outgoing:  # waits for the handshake, or the flood is of incomplete requests
            self._watch(selectors.EVENT_READ)

    def _watch(self, events: int) -> None:
        self._attackers.selector.modify(self._socket, events, self)


class Attackers:
    """All attackers, with their connections."""

    def __init__(self, port: int, flood: Flood, cookies: list[str]) -> None:
        self.port = port
        self.flood = flood
        self.selector = selectors.DefaultSelector()
        for number, cookie in enumerate(cookies):
            for _ in range(CONNECTIONS_OF_EACH):
                Connection(self, f"127.0.1.{number + 1}", cookie)

    def attack(self) -> None:
        """Attack forever."""
        while True:
            for key, events in self.selector.select():
                key.data.go_on(events)


def main() -> None:
    """Run the attack of the command line, with the lowest priority on this core."""
    os.nice(19)
    port, kind, file = sys.argv[1:]
    is_member = kind in MEMBERS
    cookies = Path(file).read_text().split("\n")[:ATTACKERS] if is_member else [""] * ATTACKERS
    Attackers(int(port), FLOODS[kind], cookies).attack()


if __name__ == "__main__":
    main()
