"""Socket.IO over WebSocket on asyncio: thousands of connections that can break in every way."""

import asyncio
import contextlib
import itertools
import json
import socket
from http.cookies import SimpleCookie

from tests.delivery.client import CLOSE, TEXT, masked, request

NAMESPACE = "/rooms"
NORMAL = (1000).to_bytes(2)


class Lost(ConnectionError):
    """The connection has ended. `code`: that of the server's Close frame, if there was one."""

    def __init__(self, code=None):
        super().__init__(f"closed with {code}")
        self.code = code


class Packets:
    """The common part of both transports: events, and answers to calls.

    Args:
        cookie: The header of that name. What the server's answers set is added to it.
        on_event: Called with the name and the payload of each event, in order.
    """

    def __init__(self, cookie, on_event):
        self.cookie = cookie
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._answers = {}
        self._receiving = None
        self.answers_pings = True
        self.close_code = None

    async def call(self, event, payload, seconds):
        """The answer to an event; raises TimeoutError or Lost."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            if self._receiving.done():
                raise Lost(self.close_code)
            self._send(f"42{NAMESPACE},{number}{json.dumps([event, payload])}")
            return await asyncio.wait_for(answer, seconds)
        finally:
            del self._answers[number]

    async def ended(self):
        """Wait for the end of the connection."""
        await asyncio.wait([self._receiving])

    def drop_answers(self):
        """Fail the calls that still wait for an answer."""
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost(self.close_code))

    def _keep_cookies(self, head):
        """Add those that an answer sets, as a browser does."""
        cookies = SimpleCookie(self.cookie)
        for line in head.splitlines():
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                cookies.load(value)
        self.cookie = "; ".join(f"{each.key}={each.coded_value}" for each in cookies.values())

    def _handle(self, packet):
        kind, body = packet[:2], packet[2:].removeprefix(f"{NAMESPACE},")
        if packet == "2":
            if self.answers_pings:
                self._send("3")
        elif kind == "42":
            event, *payloads = json.loads(body)
            self._on_event(event, *payloads)
        elif kind == "43":
            number, _, answer = body.partition("[")
            future = self._answers.get(int(number))
            if future and not future.done():
                future.set_result(json.loads(f"[{answer}")[0])
        elif kind == "41":
            raise Lost


class Wire(Packets):
    """One connection to the namespace /rooms, over WebSocket."""

    def __init__(self, reader, writer, cookie, on_event):
        super().__init__(cookie, on_event)
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port, cookie, on_event, *, query="EIO=4&transport=websocket"):
        """Connect; raises OSError, also where the server refuses."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        wire = cls(reader, writer, cookie, on_event)
        try:
            writer.write(request(port, query, Cookie=cookie))
            await wire._greet()
        except BaseException:
            wire.drop()
            raise
        wire._receiving = asyncio.create_task(wire._receive())
        return wire

    async def _greet(self):
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in head.splitlines()[0]:
                raise Lost
            self._keep_cookies(head.decode())
            await self._packet()
            self._send(f"40{NAMESPACE},")
            answer = await self._packet()
        except EOFError:
            raise Lost from None
        if not answer.startswith(f"40{NAMESPACE},"):
            raise PermissionError(answer)

    async def close(self):
        """Close it with the closing handshake, as a browser does."""
        self._writer.write(masked(NORMAL, CLOSE))
        await self.ended()

    def drop(self):
        """Abort the connection at once, without a Close frame."""
        self._writer.transport.abort()
        if self._receiving:
            self._receiving.cancel()

    def stop_reading(self):
        """Stop reading from the socket, and make its receive buffer small."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._writer.transport.pause_reading()

    def pong(self):
        """Send a pong, even if the ping was never read."""
        self._send("3")

    def _send(self, packet):
        self._writer.write(masked(packet.encode()))

    async def _receive(self):
        try:
            while True:
                self._handle(await self._packet())
        except (EOFError, OSError):
            pass
        finally:
            self._writer.transport.abort()
            self.drop_answers()

    async def _packet(self):
        while True:
            opcode, payload = await self._frame()
            if opcode == TEXT:
                return payload.decode()
            if opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2])
                self._writer.write(masked(payload, CLOSE))
                raise Lost(self.close_code)

    async def _frame(self):
        head, size = await self._reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
        return head & 0x0F, await self._reader.readexactly(size)


@contextlib.asynccontextmanager
async def wired(port, cookie, on_event=lambda *_: None):
    wire = await Wire.open(port, cookie, on_event)
    try:
        yield wire
    finally:
        wire.drop()
