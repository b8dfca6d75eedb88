"""People who chat during an attack: measures how long their messages take."""

import json
import select
import socket
import time

from bench.wire import TEXT, frame, frames, handshake, random_uuid

WITHIN = 30.0  # seconds: the timeout of the sockets, and of the last messages


class Neighbour:
    """A member in a room."""

    def __init__(self, port: int, address: str, cookie: str) -> None:
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=WITHIN, source_address=(address, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self.socket.sendall(handshake(cookie))
        while b"\r\n\r\n" not in self._received:
            self._receive()
        del self._received[: self._received.index(b"\r\n\r\n") + 4]
        self._say("40/rooms,")
        self._wait_for("40/rooms,")
        self._say('42/rooms,1["join",{"room":"room-0"}]')
        self._wait_for('43/rooms,1[{"ok":true')

    def send(self, text: str) -> None:
        """Send a message."""
        message = {"room": "room-0", "text": text, "client_id": random_uuid()}
        self._say(f"42/rooms,2{json.dumps(['send', message])}")

    def packets(self) -> list[str]:
        """Wait for data; returns the complete packets."""
        self._receive()
        found = [payload.decode() for opcode, payload in frames(self._received) if opcode == TEXT]
        if "2" in found:
            self._say("3")
        return found

    def _say(self, packet: str) -> None:
        self.socket.sendall(frame(packet.encode()))

    def _receive(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("a neighbour was disconnected")
        self._received += data

    def _wait_for(self, start: str) -> None:
        while not any(packet.startswith(start) for packet in self.packets()):
            pass


def latencies(neighbours: list[Neighbour], rate: float, seconds: float) -> list[float]:
    """Seconds from the sending of each message to its arrival at the last neighbour.

    Raises:
        TimeoutError: A message did not arrive.
    """
    *senders, receiver = neighbours
    sent, took = {}, []
    began = time.monotonic()
    count = int(rate * seconds)
    while len(took) < count:
        due = began + len(sent) / rate
        now = time.monotonic()
        if len(sent) < count and now >= due:
            text = f"neighbour {len(sent)}"
            sent[text] = now
            senders[len(sent) % len(senders)].send(text)
            continue
        wait = due - now if len(sent) < count else 1.0
        sockets = {each.socket: each for each in neighbours}
        for ready in select.select(list(sockets), [], [], max(wait, 0))[0]:
            packets = sockets[ready].packets()
            if sockets[ready] is receiver:
                took += [time.monotonic() - sent[text] for text in _texts(packets)]
        if now > began + seconds + WITHIN:
            raise TimeoutError(f"{count - len(took)} messages of neighbours did not arrive")
    return took


def _texts(packets: list[str]) -> list[str]:
    events = [json.loads(each[9:]) for each in packets if each.startswith("42/rooms,[")]
    texts = [payload["text"] for name, payload in events if name == "message"]
    return [text for text in texts if text.startswith("neighbour")]
