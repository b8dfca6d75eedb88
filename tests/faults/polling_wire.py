"""Socket.IO over long polling on asyncio, by a client that can lose answers."""

import asyncio
import contextlib
import itertools
import json

from tests.faults.wire import NAMESPACE, Lost, Packets

SEPARATOR = "\x1e"


class PollingWire(Packets):
    """One session to the namespace /rooms: a connection that is polled, and one that posts.

    A `Client` can use it in place of a `Wire`. `lose_answers` drops the next answers to polls, as a
    broken connection does; the client polls again and doesn't know of the loss.
    """

    def __init__(self, port, cookie, on_event):
        super().__init__(cookie, on_event)
        self._port = port
        self._path = "/socket.io/?EIO=4&transport=polling"
        self._times = itertools.count(1)
        self._get, self._post = _Connection(port), _Connection(port)
        self._outbox = asyncio.Queue()
        self._posting = None
        self._to_lose = 0

    @classmethod
    async def open(cls, port, cookie, on_event):
        """Connect; raises OSError, also where the server refuses."""
        wire = cls(port, cookie, on_event)
        try:
            await wire._greet()
        except BaseException:
            wire.drop()
            raise
        wire._receiving = asyncio.create_task(wire._receive())
        wire._posting = asyncio.create_task(wire._post_on())
        return wire

    async def _greet(self):
        (opened,) = await self._poll()
        self._path += f"&sid={json.loads(opened[1:])['sid']}"
        await self._post_packets(f"40{NAMESPACE},")
        answer, *more = await self._poll()
        if not answer.startswith(f"40{NAMESPACE},"):
            raise PermissionError(answer)
        for packet in more:
            self._handle(packet)

    def lose_answers(self, count):
        """Drop the next answers to polls that contain events."""
        self._to_lose = count

    def drop(self):
        """Abort the connections at once, without telling the server."""
        for task in (self._receiving, self._posting):
            if task:
                task.cancel()
        self._get.drop()
        self._post.drop()

    def _send(self, packet):
        self._outbox.put_nowait(packet)

    async def _post_on(self):
        with contextlib.suppress(OSError):
            while True:
                packets = [await self._outbox.get()]
                while not self._outbox.empty() and len(packets) < 16:
                    packets.append(self._outbox.get_nowait())
                await self._post_packets(*packets)
        self._receiving.cancel()

    async def _post_packets(self, *packets):
        body = SEPARATOR.join(packets)
        await self._request(self._post, "POST", body)

    async def _receive(self):
        try:
            while True:
                for packet in await self._poll():
                    if packet == "1":
                        raise Lost
                    self._handle(packet)
        except OSError:
            pass
        finally:
            self.drop_answers()
            self.drop()

    async def _poll(self):
        while True:
            answer = await self._request(self._get, "GET")
            packets = answer.split(SEPARATOR)
            if not self._to_lose or not any(packet.startswith("42") for packet in packets):
                return packets
            self._to_lose -= 1
            self._get.drop()
            self._get = _Connection(self._port)

    async def _request(self, connection, method, body=""):
        path = f"{self._path}&t={next(self._times)}"
        head, answer = await connection.request(method, path, self.cookie, body)
        self._keep_cookies(head)
        return answer


class _Connection:
    """An HTTP/1.1 keep-alive connection."""

    def __init__(self, port):
        self._port = port
        self._reader = self._writer = None

    async def request(self, method, path, cookie, body):
        """The head and the body of the answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        data = body.encode()
        self._writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        try:
            return await self._answer()
        except EOFError:
            raise Lost from None

    async def _answer(self):
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status, *headers = head.lower().splitlines()
        if " 200 " not in status:
            raise Lost
        sizes = [int(each[15:]) for each in headers if each.startswith("content-length:")]
        body = await self._reader.readexactly(sizes[0]) if sizes else await self._chunks()
        return head, body.decode()

    async def _chunks(self):
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()
        return body

    def drop(self):
        if self._writer:
            self._writer.transport.abort()
