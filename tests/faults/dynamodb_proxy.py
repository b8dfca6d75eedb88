"""An HTTP proxy between a server and its local DynamoDB, with the faults of AWS and networks.

A fault is a function of a request. It may `forward` the request (then DynamoDB executes it, whether
the answer arrives or not), and returns the answer, or None to cut the connection.
"""

import asyncio
import contextlib
import json

from tests.servers import free_port

THROTTLED = "ProvisionedThroughputExceededException"


class Request:
    """One call of an operation such as `BatchWriteItem`."""

    def __init__(self, operation, head, body, port):
        self.operation = operation
        self.body = body
        self._head = head
        self._port = port

    async def forward(self, body=None):
        """The answer of DynamoDB, in bytes."""
        body = self.body if body is None else body
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            lines = [
                line
                for line in self._head.split(b"\r\n")
                if line and not line.lower().startswith((b"content-length:", b"connection:"))
            ]
            lines += [b"Content-Length: %d" % len(body), b"Connection: close", b"", b""]
            writer.write(b"\r\n".join(lines) + body)
            head, answer = await _read(reader)
            return head + answer
        finally:
            writer.close()


def passed(request):
    return request.forward()


async def undated(request):
    """The answer has no Date header."""
    head, end, body = (await request.forward()).partition(b"\r\n\r\n")
    undated = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"date:")]
    return b"\r\n".join(undated) + end + body


def delayed(seconds):
    async def fault(request):
        await asyncio.sleep(seconds)
        return await request.forward()

    return fault


def failed(code="InternalServerError", status=500):
    async def fault(request):
        return _answer(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}"})

    return fault


throttled = failed(THROTTLED, 400)


async def unprocessed(request):
    """The first half of a batch is stored; the rest is returned as unprocessed."""
    if request.operation != "BatchWriteItem":
        return await request.forward()
    batch = json.loads(request.body)
    ((table, items),) = batch["RequestItems"].items()
    half = len(items) // 2
    if half:
        body = json.dumps({"RequestItems": {table: items[:half]}}).encode()
        await request.forward(body)
    return _answer(200, {"UnprocessedItems": {table: items[half:]}})


async def committed_and_cut(request):
    """The request is executed, and the answer is lost."""
    await request.forward()


async def cut(request):
    """The request never arrives."""


def held(until, arrived=None):
    """The request is executed after an event, even if nobody waits for the answer any more."""

    async def fault(request):
        if arrived:
            arrived.set()
        await until.wait()
        return await request.forward()

    return fault


async def swallowed(request):
    """No answer, and the connection stays open."""
    await asyncio.sleep(3600)


def only(operation, fault):
    """The fault for calls of one operation; the others pass."""
    return lambda request: (fault if request.operation == operation else passed)(request)


def sometimes(random, share, *faults):
    """One of the faults for a share of the calls."""

    def fault(request):
        return (random.choice(faults) if random.random() < share else passed)(request)

    return fault


def in_turn(*faults):
    """One fault after the other; then all pass."""
    left = list(faults)

    def fault(request):
        return (left.pop(0) if left else passed)(request)

    return fault


class DynamoDBProxy:
    """Listens on a port of its own. `fault` may be set at any time."""

    def __init__(self, endpoint):
        self.fault = passed
        self.calls = []
        self._upstream = int(endpoint.rpartition(":")[2])
        self._server = None
        self._clients = set()
        self.port = free_port()

    async def listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        return self

    def refuse(self):
        """Refuse connections until `listen` is called again."""
        self._server.close()
        self._drop_clients()

    def heal(self):
        """Let all calls pass from now on; those that hang get no answer."""
        self.fault = passed

    def _drop_clients(self):
        for client in list(self._clients):
            client.transport.abort()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader, writer):
        self._clients.add(writer)
        try:
            # Cancelled at the end of a test; asyncio of Python 3.11 would log that as an error.
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._clients.discard(writer)
            writer.transport.abort()

    async def _answer(self, reader, writer):
        head, body = await _read(reader)
        request = Request(_operation(head), head, body, self._upstream)
        self.calls.append(request.operation)
        answer = await self.fault(request)
        if answer:
            writer.write(answer)
            await writer.drain()
        return answer


async def _read(reader):
    """One message of HTTP: head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    return head, await reader.readexactly(int(fields.get(b"content-length", b"0")))


def _operation(head):
    _, _, rest = head.lower().partition(b"x-amz-target:")
    target = rest.split(b"\r\n")[0].strip().rpartition(b".")[2].decode()
    names = {name.lower(): name for name in OPERATIONS}
    return names.get(target, target)


OPERATIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PutItem",
    "Query",
)


def _answer(status, body):
    payload = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} Fault\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload
