"""A client that polls, for tests."""

import contextlib
import gzip
import http.client
import json

from tests.delivery.client import Client

SEPARATOR = "\x1e"


class Poller:
    """A client that polls; if `tagged`, with another `t` in each URL, as the official clients."""

    def __init__(self, server, *namespaces, tagged=False, query=""):
        self.server = server
        self.query = "EIO=4&transport=polling" + query
        self.tag = 0 if tagged else None
        status, [packet] = self.get()
        assert status == 200
        self.session = json.loads(packet[1:])
        self.query += f"&sid={self.session['sid']}"
        for namespace in namespaces:
            assert self.post(f"40{namespace},") == (200, "ok")
            [answer] = self.get()[1]
            assert answer.startswith(f"40{namespace},")

    def url(self, *, again=False):
        """The next URL, or the last one again."""
        if self.tag is None:
            return f"/socket.io/?{self.query}"
        self.tag += not again
        return f"/socket.io/?{self.query}&t={self.tag}"

    def get(self, *, again=False, **headers):
        status, text = self._request("GET", self.url(again=again), None, headers)
        return status, text.split(SEPARATOR)

    def post(self, *packets, again=False, **headers):
        body = SEPARATOR.join(packets).encode()
        return self._request("POST", self.url(again=again), body, headers)

    def _request(self, method, url, body, headers):
        connection = self.server.connect_http()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, url, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        connection.close()
        return answer.status, data.decode()

    def post_head(self, size):
        return f"POST {self.url()} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()

    @contextlib.contextmanager
    def start_get(self, *, again=False):
        """Send a GET request, and yield a function that waits for the answer."""
        with self.server.connect() as waiting:
            head = f"GET {self.url(again=again)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            waiting.sendall(head.encode())
            yield lambda: read_answer(waiting)


def read_answer(connection):
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return f"{answer.status} {answer.read().decode()}"


def upgrade(server, client):
    return Client(server, f"EIO=4&transport=websocket&sid={client.session['sid']}")
