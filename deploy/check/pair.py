"""The chat and the TLS server beside it, as in their task: they share a volume with a socket."""

import contextlib
import select
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import requests
from cryptography import x509

from deploy.check.acme_server import HOST, AcmeServer
from deploy.check.images import CHAT, HTTPS
from deploy.check.podman import PODMAN, Bare, podman
from tests.chatters import Chatter, submit_sign_in


class _Connection(ssl.SSLSocket):
    """Never reads and writes at once, which Python before 3.13 can't over TLS.

    The client by WebSocket reads in one thread and writes in others: OpenSSL then breaks now and
    then.
    """

    def __new__(cls, *arguments: Any, **options: Any) -> "_Connection":
        connection = super().__new__(cls, *arguments, **options)
        connection.turn = threading.RLock()
        return connection

    def recv(self, size: int = 1024, flags: int = 0) -> bytes:
        while True:
            with self.turn:
                timeout = self.gettimeout()
                self.settimeout(0)
                try:
                    return super().recv(size, flags)
                except ssl.SSLWantReadError:
                    pass
                finally:
                    self.settimeout(timeout)
            if not select.select([self], [], [], timeout)[0]:
                raise TimeoutError("timed out")

    def send(self, data: Any, flags: int = 0) -> int:
        with self.turn:
            return super().send(data, flags)


SOCKETS = ("--volume", "sockets:/run/chat")


class Chat(Bare):
    """The chat, which publishes no port."""

    def __init__(
        self, environment: dict[str, str] | None = None, options: Sequence[str] = ()
    ) -> None:
        ours = {"SOCKET": "/run/chat/socket", "CHAT_PROXIES": "1", "CHAT_SEND_RATE": "0"}
        given = (*SOCKETS, "--volume", "history:/data", *options)
        super().__init__("chat", CHAT, ours | (environment or {}), given)

    def _is_ready(self) -> bool:
        try:
            self.run("python", "-IS", "healthcheck.py")
        except RuntimeError:
            return False
        return True


class Https(Bare):
    """The TLS server.

    Args:
        authority: Where it orders.
        name: The name or the address for which it orders.
        environment: Further variables.
        options: Further arguments of `podman create`.
    """

    def __init__(
        self,
        authority: AcmeServer,
        name: str = HOST,
        environment: dict[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        ours = {
            "HTTPS_NAME": name,
            "HTTPS_DIRECTORY": authority.url,
            "REQUESTS_CA_BUNDLE": "/trust/ca.pem",
        }
        given = ("--publish", "80:8080", "--publish", "443:8443", *SOCKETS)
        volumes = (
            "--volume",
            f"{authority.trust}:/trust:ro",
            "--volume",
            "certificates:/certificates",
        )
        super().__init__("https", HTTPS, ours | (environment or {}), (*given, *volumes, *options))
        self._host = name
        self._authority = authority
        self._said_by_job = ""
        self.url = f"https://{name}"

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            served(self._host)
            return True
        return False

    def wait_for_certificate(self, other_than: int | None = None, seconds: float = 60) -> int:
        """Wait for a certificate that verifies, and is another one; returns its number."""
        deadline = time.monotonic() + seconds
        while (number := self.certified()) in {None, other_than}:
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.1)
        return number

    def certified(self) -> int | None:
        """The number of the certificate that it serves; None if it doesn't verify."""
        context = ssl.create_default_context(cafile=self._authority.root)
        try:
            with (
                socket.create_connection((HOST, 443), timeout=5) as plain,
                context.wrap_socket(plain, server_hostname=self._host) as connection,
            ):
                der = connection.getpeercert(binary_form=True)
        except OSError:
            return None
        return x509.load_der_x509_certificate(der or b"").serial_number

    def renew(self, *how: str) -> str:
        """Let the job run now; returns what it printed. Its log is added to the container's."""
        command = ("python", "-m", "deploy.https", "renew", *how)
        run = subprocess.run(
            [*PODMAN, "exec", self.name, *command], check=True, capture_output=True, text=True
        )
        self._said_by_job += run.stderr
        return run.stdout

    def logs(self) -> str:
        """The log since the container was created."""
        return super().logs() + self._said_by_job

    def said(self, words: str) -> int:
        """How often its log says these words."""
        return self.logs().count(words)


def served(host: str) -> x509.Certificate:
    """The certificate that is served, whether it verifies or not."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((HOST, 443), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")


@contextlib.contextmanager
def volumes() -> Iterator[None]:
    """The volume of the task, which is in memory, and those that stay; removed afterwards."""
    for name in ("sockets", "history", "certificates"):
        podman("volume", "rm", "--force", name)
    options = ("type=tmpfs", "device=tmpfs", "o=uid=10001,gid=10001,mode=0700")
    podman("volume", "create", *(f"--opt={each}" for each in options), "sockets")
    try:
        yield
    finally:
        for name in ("chat", "https"):
            podman("rm", "--force", "--time", "0", "--ignore", name)
        for name in ("sockets", "history", "certificates"):
            podman("volume", "rm", "--force", name)


@contextlib.contextmanager
def visiting(https: Https, root: Any, **people: str) -> Iterator[list[Chatter]]:
    """People by name, each with a transport; they trust the authority's root, and sign in."""
    with contextlib.ExitStack() as leaving:
        leaving.enter_context(mock.patch.object(ssl.SSLContext, "sslsocket_class", _Connection))
        came = []
        for name, transport in people.items():
            session = leaving.enter_context(requests.Session())
            session.headers["Referer"] = f"{https.url}/"  # as browsers do; forms need it over HTTPS
            session.verify = str(root)
            assert submit_sign_in(session, https.url, name).status_code == 303
            came.append(Chatter(https.url, name, session=session, transports=(transport,)))
            leaving.callback(came[-1].close)
        yield came


def stop_as_ecs_does(chat: Chat, https: Https) -> float:
    """Stop the chat, then the TLS server; returns the seconds."""
    began = time.monotonic()
    chat.stop()
    https.stop()
    return time.monotonic() - began


def get(url: str, **options: Any) -> requests.Response:
    """A request that follows nothing."""
    return requests.get(url, allow_redirects=False, timeout=15, **options)
