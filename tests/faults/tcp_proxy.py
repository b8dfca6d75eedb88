"""A TCP proxy in front of a server, whose connections can break silently."""

import asyncio
import contextlib

from tests.servers import free_port


class TcpProxy:
    """Forwards connections to a port, until it is told to stop.

    Args:
        upstream: The port of the server.
        tls: A context of `ssl`, if clients have to speak TLS to the proxy.
    """

    def __init__(self, upstream, tls=None):
        self.port = free_port()
        self.delay = 0.0  # seconds that data waits, in each direction; twice that under load
        self._upstream = upstream
        self._tls = tls
        self._flows = set()
        self._holds = False
        self._server = None

    async def listen(self):
        """Begin, or begin again after `refuse`."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, backlog=4096, ssl=self._tls
        )
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

    def hold(self):
        """The same on future connections, too."""
        self._holds = True
        self.sever()

    def release(self):
        self._holds = False
        self.mend(self._flows)

    def cut(self):
        """End all present connections."""
        for flow in set(self._flows):
            flow.abort()

    def refuse(self):
        """End all present connections, and refuse others."""
        self._server.close()
        self.cut()

    async def _serve(self, reader, writer):
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()
            return
        flows = [_Flow(self, reader, upstream[1]), _Flow(self, upstream[0], writer, self.filter())]
        self._flows.update(flows)
        if self._holds:
            self.sever()
        try:
            # Cancelled at the end of a test; asyncio of Python 3.11 would log that as an error.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*(flow.run() for flow in flows))
        finally:
            self._flows.difference_update(flows)
            for flow in flows:
                flow.abort()

    def filter(self):
        """What one connection does to the data from the server, piece by piece."""
        return bytes


class _Flow:
    """One direction of a connection."""

    def __init__(self, proxy, reader, writer, filter_=bytes):
        self.passes = asyncio.Event()
        self.passes.set()
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._filter = filter_

    async def run(self):
        with contextlib.suppress(OSError):
            while data := await self._reader.read(1 << 16):
                await asyncio.sleep(self._proxy.delay)
                await self.passes.wait()
                self._writer.write(self._filter(data))
                await self._writer.drain()
            await self.passes.wait()
            self._writer.close()

    def abort(self):
        self._writer.transport.abort()
