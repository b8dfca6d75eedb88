"""A slow network in front of a server: `python -m bench.slow_network PORT SERVER_PORT`.

All connections share one line, WebSockets too, which a browser's own throttle doesn't slow down. A
new connection costs a round trip. TCP's slow start is not simulated.
"""

import asyncio
import sys
from collections.abc import Callable

DOWN, UP = 1.6e6 / 8, 750e3 / 8  # bytes a second
ROUND_TRIP = 0.150  # seconds
SEGMENT = 1460  # bytes


class Line:
    """One direction of the line."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    def arrival(self, size: int, now: float) -> float:
        """The time at which `size` bytes, sent now, arrive at the other end."""
        self._free_at = max(self._free_at, now) + size / self._rate
        return self._free_at + ROUND_TRIP / 2


async def serve(port: int, server_port: int) -> None:
    """Forward all data between the two ports."""
    down, up = Line(DOWN), Line(UP)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP)  # the TCP handshake
        from_server, to_server = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(
            carry(reader, to_server, up.arrival), carry(from_server, writer, down.arrival)
        )

    listener = await asyncio.start_server(connected, "127.0.0.1", port)
    await listener.serve_forever()


async def carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    arrival: Callable[[int, float], float],
) -> None:
    """Forward each segment at its time of arrival; close at the end."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            at, segment = await on_the_way.get()
            await asyncio.sleep(at - loop.time())
            if not segment:
                return writer.close()
            writer.write(segment)

    delivery = asyncio.create_task(deliver())
    try:
        while segment := await reader.read(SEGMENT):
            on_the_way.put_nowait((arrival(len(segment), loop.time()), segment))
    except ConnectionError:
        pass
    on_the_way.put_nowait((arrival(0, loop.time()), b""))
    await delivery


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
