"""A certificate authority on this machine: pebble, with real visits to port 80 of who orders.

In front of it is a server of ours, which counts the orders, adds to the directory what pebble's
version lacks (profiles, renewal information), and fails as a real authority does.
"""

import base64
import contextlib
import http.client
import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from cryptography import x509

from tests.waiting import wait_until

HOST = "10.99.0.1"  # of this machine, seen from containers, too
PEBBLE, MANAGEMENT, SHIM = 14000, 15000, 14001

PROFILES = {"classic": "the usual one", "shortlived": "for addresses"}


class AcmeServer:
    """The authority.

    Attributes:
        url: Of its directory.
        trust: A folder with the file `ca.pem`, for those who connect to it.
        root: The file with the root of the certificates that it issues.
        orders: What was ordered, such as `{"identifiers": [...], "profile": "shortlived"}`.
        requests: The signing requests.
        limited: Seconds for which it takes no order.
        loses_count: Requests that it refuses because of their nonce.
        wants_renewal: Whether all certificates should be renewed now.
        before: What happens before a request is passed on; by the beginning of its path.
    """

    url = f"https://{HOST}:{SHIM}/dir"

    def __init__(self, folder: Path, lifetime: int) -> None:
        self.trust = folder / "trust"
        self.trust.mkdir()
        self.root = folder / "root.pem"
        self.orders: list[dict[str, Any]] = []
        self.requests: list[x509.CertificateSigningRequest] = []
        self.limited = 0
        self.loses_count = 0
        self.wants_renewal = False
        self.before: dict[str, Callable[[], None]] = {}
        self._folder = folder
        self._lifetime = lifetime
        self._certify()
        self._context = ssl.create_default_context(cafile=self.trust / "ca.pem")
        self._pebble: subprocess.Popen[bytes]
        self._server: ThreadingHTTPServer | None = None

    def _certify(self) -> None:
        """A certificate for the servers themselves."""
        files = ["-out", self.trust / "ca.pem", "-keyout", self._folder / "key.pem", "-nodes"]
        name = ["-subj", "/CN=authority", "-addext", f"subjectAltName=IP:{HOST}"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command = ["openssl", "req", "-x509", "-days", "2", *curve, *name, *files]
        subprocess.run(command, check=True, capture_output=True)

    def start(self) -> None:
        """Start both servers."""
        configuration = {
            "listenAddress": f"{HOST}:{PEBBLE}",
            "managementListenAddress": f"{HOST}:{MANAGEMENT}",
            "certificate": str(self.trust / "ca.pem"),
            "privateKey": str(self._folder / "key.pem"),
            "httpPort": 80,
            "tlsPort": 443,
            "certificateValidityPeriod": self._lifetime,
        }
        file = self._folder / "pebble.json"
        file.write_text(json.dumps({"pebble": configuration}))
        environment = os.environ | {
            "PEBBLE_VA_ALWAYS_VALID": "0",
            "PEBBLE_VA_NOSLEEP": "1",
            "PEBBLE_AUTHZREUSE": "0",
            "PEBBLE_WFE_NONCEREJECT": "0",  # percent
        }
        with (self._folder / "pebble.log").open("w") as log:
            self._pebble = subprocess.Popen(
                ["pebble", "-config", file], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        wait_until(self._has_root, 20, "pebble")
        self.come_up()

    def _has_root(self) -> bool:
        try:
            answer = requests.get(
                f"https://{HOST}:{MANAGEMENT}/roots/0", verify=self.trust / "ca.pem", timeout=5
            )
        except requests.ConnectionError:
            return False
        self.root.write_text(answer.text)
        return answer.ok

    def come_up(self) -> None:
        """Accept connections."""
        server = ThreadingHTTPServer((HOST, SHIM), _handler(self))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.trust / "ca.pem", self._folder / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self._server = server

    def go_down(self) -> None:
        """Accept no connection."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def stop(self) -> None:
        """Stop both servers."""
        self.go_down()
        self._pebble.kill()
        self._pebble.wait()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request: pebble's, as far as nothing else is wanted."""
        for beginning, happens in list(self.before.items()):
            if path.startswith(beginning):
                happens()
        if path.startswith("/renewal-info"):
            return _json(200, self._window(), {"Retry-After": "21600"})
        if path.startswith("/order-plz") and self.limited:
            return _problem(429, "rateLimited", {"Retry-After": str(self.limited)})
        if method == "POST" and self.loses_count:
            self.loses_count -= 1
            _, headers, _ = self._ask_pebble("HEAD", "/nonce-plz", b"")
            return _problem(400, "badNonce", {"Replay-Nonce": headers["Replay-Nonce"]})
        status, headers, content = self._ask_pebble(method, path, body)
        if path.startswith("/order-plz") and status == 201:
            self.orders.append(_payload(body))
        if path.startswith("/finalize-order") and status == 200:
            der = base64.urlsafe_b64decode(_payload(body)["csr"] + "==")
            self.requests.append(x509.load_der_x509_csr(der))
        if path == "/dir":
            directory = json.loads(content)
            directory["meta"]["profiles"] = PROFILES
            directory["renewalInfo"] = f"https://{HOST}:{SHIM}/renewal-info"
            content = json.dumps(directory).encode()
        return status, headers, content

    def _window(self) -> dict[str, Any]:
        year = 2020 if self.wants_renewal else 2099
        window = {"start": f"{year}-01-01T00:00:00Z", "end": f"{year}-01-02T00:00:00Z"}
        return {"suggestedWindow": window}

    def _ask_pebble(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPSConnection(HOST, PEBBLE, context=self._context, timeout=60)
        with contextlib.closing(connection):
            headers = {"Host": f"{HOST}:{SHIM}", "Content-Type": "application/jose+json"}
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()


def _problem(status: int, kind: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    problem = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": "as the test wants it"}
    return _json(status, problem, headers)


def _json(status: int, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    kind = "application/json" if status == 200 else "application/problem+json"
    return status, headers | {"Content-Type": kind}, json.dumps(body).encode()


def _payload(body: bytes) -> dict[str, Any]:
    """What a signed request says."""
    text = json.loads(body)["payload"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _handler(authority: AcmeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, headers, content = authority.answer(
                self.command, self.path, self.rfile.read(length)
            )
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                with contextlib.suppress(OSError):  # the other side was killed
                    self.wfile.write(content)

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextlib.contextmanager
def acme_server(folder: Path, lifetime: int = 500_000) -> Iterator[AcmeServer]:
    """An authority, until the end of the `with` block; its certificates last so many seconds."""
    _have_addresses()
    server = AcmeServer(folder, lifetime)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _have_addresses() -> None:
    """Give this machine addresses that don't mean itself to everybody, as 127.0.0.1 does."""
    for number in range(1, 5):
        address = f"10.99.0.{number}/32"
        subprocess.run(["ip", "address", "replace", address, "dev", "lo"], check=True)
