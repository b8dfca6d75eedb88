"""What the TLS server tells the chat about a visitor; a server of ours is in the chat's place."""

import contextlib
import http.client
import json
import os
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from deploy.check.acme_server import HOST, acme_server
from deploy.check.pair import Https, volumes
from deploy.check.podman import podman
from tests.waiting import wait_until


class _Handler(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    def do_GET(self):
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        body = json.dumps(headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def https(tmp_path_factory):
    with volumes(), acme_server(tmp_path_factory.mktemp("authority")) as authority:
        https = Https(authority)
        https.start()
        folder = podman("volume", "inspect", "--format", "{{.Mountpoint}}", "sockets")
        path = Path(folder, "socket")
        with socketserver.ThreadingUnixStreamServer(str(path), _Handler) as server:
            os.chown(path, 10001, 10001)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            wait_until(lambda: asked("10.99.0.1")[0] == 200, 20, "the stand-in")
            yield https
            server.shutdown()


def asked(address, headers=None):
    """The status and the body of the answer to a request from this address."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        HOST, context=context, timeout=15, source_address=(address, 0)
    )
    with contextlib.closing(connection):
        connection.request("GET", "/", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "x-forwarded-proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
    "X-Forwarded-Port": "81",
    "Forwarded": "for=203.0.113.9;proto=http",
    "X-Real-IP": "203.0.113.9",
}


@pytest.mark.usefixtures("https")
@pytest.mark.parametrize("headers", [{}, FORGED], ids=["plain", "forged"])
@pytest.mark.parametrize("address", ["10.99.0.2", "10.99.0.3"])
def test_the_chat_gets_the_address_of_each_visitor_and_nothing_forged(address, headers):
    seen = json.loads(asked(address, headers)[1])
    told = {name: value for name, value in seen.items() if "forward" in name or "real" in name}
    assert told == {"x-forwarded-for": [address], "x-forwarded-proto": ["https"]}
    assert seen["host"] == [HOST]
