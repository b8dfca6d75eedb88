"""A path through the network between clients and a server, that can break without a word."""

import asyncio
import contextlib


class TcpProxy:
    """Forwards connections to a port, and forgets to on request."""

    def __init__(self, port):
        self._upstream = port
        self._flows = set()
        self._server = None

    async def listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def sever(self):
        """Nothing passes any more on the connections there are, and neither end learns of it."""
        severed = set(self._flows)
        for flow in severed:
            flow.passes.clear()
        return severed

    def mend(self, severed):
        """What was on its way arrives after all, late."""
        for flow in severed:
            flow.passes.set()

    def refuse(self):
        self._server.close()
        for flow in set(self._flows):
            flow.abort()

    async def _serve(self, reader, writer):
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()
            return
        flows = [_Flow(reader, upstream[1]), _Flow(upstream[0], writer)]
        self._flows.update(flows)
        try:
            # Cancelled at the end of a test; asyncio of Python 3.11 would log that as an error.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*(flow.run() for flow in flows))
        finally:
            self._flows.difference_update(flows)
            for flow in flows:
                flow.abort()


class _Flow:
    """One direction of a connection."""

    def __init__(self, reader, writer):
        self.passes = asyncio.Event()
        self.passes.set()
        self._reader = reader
        self._writer = writer

    async def run(self):
        with contextlib.suppress(OSError):
            while data := await self._reader.read(1 << 16):
                await self.passes.wait()
                self._writer.write(data)
                await self._writer.drain()
            await self.passes.wait()
            self._writer.close()

    def abort(self):
        self._writer.transport.abort()
