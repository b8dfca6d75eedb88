"""A TCP proxy between clients and a server, whose connections can break silently."""

import asyncio
import contextlib


class TcpProxy:
    """Forwards connections to a port, until it is told to stop."""

    def __init__(self, port):
        self._upstream = port
        self._flows = set()
        self._server = None

    async def listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def sever(self):
        """Stop forwarding on all present connections; neither end notices."""
        severed = set(self._flows)
        for flow in severed:
            flow.passes.clear()
        return severed

    def mend(self, severed):
        """Forward again; the data that was held back arrives late."""
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
