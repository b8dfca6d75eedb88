"""What servers answer, also those that are old, busy, broken or strangers."""

import contextlib
import socket
import threading

import libvalkey
import pytest

from chat.bus import connection as module
from chat.bus.connection import Connection, Down, Unusable
from chat.bus_settings import bus_address
from tests.certificates import Certificate
from tests.waiting import PATIENCE

SECRET = "a-long-secret"
HELLO = b"%1\r\n+server\r\n+valkey\r\n"


class Server:
    """Answers each command with the next answer, and then sends the last one without an end.

    Args:
        answers: Bytes.
        tls: A context of `ssl`, if clients have to speak TLS.
    """

    def __init__(self, *answers, tls=None):
        self._answers = answers
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError), self._accept() as client:
            for answer in self._answers:
                client.recv(65_536)
                client.sendall(answer)
            while True:
                client.sendall(self._answers[-1])

    def _accept(self):
        client, _ = self._listener.accept()
        return self._tls.wrap_socket(client, server_side=True) if self._tls else client

    def url(self, host="127.0.0.1", who=f"chat:{SECRET}@", scheme="valkey", more=""):
        return f"{scheme}://{who}{host}:{self.port}{more}"

    def close(self):
        self._listener.close()
        self._thread.join(PATIENCE)


@pytest.fixture
def serve():
    servers = []

    def serve(*answers, **options):
        servers.append(Server(*answers, **options))
        return servers[-1]

    yield serve
    for each in servers:
        each.close()


def connect(url):
    return contextlib.closing(Connection(bus_address(url)))


def test_a_server_that_is_too_old_repeats_the_command_but_the_advice_does_not(serve):
    arguments = f"`3`, `AUTH`, `chat`, `{SECRET}`, "
    refusal = f"-ERR unknown command `HELLO`, with args beginning with: {arguments}\r\n"
    with pytest.raises(Unusable, match="Valkey 7 or Redis 6") as found:
        connect(serve(refusal.encode()).url())
    assert SECRET not in str(found.value)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (b"-NOPROTO unsupported protocol version\r\n", "Valkey 7 or Redis 6"),
        (b"-WRONGPASS invalid username-password pair\r\n", "the user or the password"),
        (b"-NOAUTH HELLO must be called with the client already authenticated\r\n", "password"),
    ],
)
def test_what_the_settings_have_to_change(serve, answer, advice):
    with pytest.raises(Unusable, match=advice):
        connect(serve(answer).url())


def test_a_database_that_there_is_not(serve):
    server = serve(HELLO, b"-ERR DB index is out of range\r\n")
    with pytest.raises(Unusable, match="database"):
        connect(server.url(more="/99"))


@pytest.mark.parametrize(
    "answer",
    [
        b"-ERR max number of clients reached\r\n",
        b"-LOADING Valkey is loading the dataset in memory\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_a_server_that_may_be_better_later(serve, answer):
    with pytest.raises(Down):
        connect(serve(answer).url())


def test_a_name_that_no_host_has():
    with pytest.raises(Down, match=r"a\.\.b:6379"):
        connect("valkey://a..b")


@pytest.mark.parametrize(
    "endless", [b"$500000000\r\n" + b"x" * 65_536, b"*9000000\r\n" + b":1\r\n" * 10_000, b"+" * 9]
)
def test_an_answer_without_an_end_is_not_kept(serve, monkeypatch, endless):
    monkeypatch.setattr(module, "LONGEST", 1_000_000)
    fed = []

    class Reader(libvalkey.Reader):
        def feed(self, data):
            fed.append(len(data))
            super().feed(data)

    monkeypatch.setattr(libvalkey, "Reader", Reader)
    with connect(serve(HELLO, endless).url()) as connection:
        connection.send([("PUBLISH", "a", "b")])
        with pytest.raises(Down, match="bytes"):
            connection.receive()
    assert sum(fed) < 1_200_000


def test_a_push_of_another_kind_is_left_out(serve):
    message = b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n"
    with connect(serve(HELLO, b">2\r\n$10\r\ninvalidate\r\n*0\r\n" + message).url()) as connection:
        connection.send([("PUBLISH", "a", "b")])
        assert connection.receive() is None
        assert connection.receive() == ("message", b"a", b"b")


def test_tls_needs_a_certificate_of_that_host_by_a_known_authority(serve, tmp_path):
    certificate = Certificate(tmp_path)
    known = f"?ca={certificate.path}"
    for host, more in (("127.0.0.1", ""), ("localhost", known)):
        server = serve(HELLO, tls=certificate.context())
        with pytest.raises(Down, match="certificate"):
            connect(server.url(host=host, scheme="valkeys", more=more))
    server = serve(HELLO, tls=certificate.context())
    with connect(server.url(scheme="valkeys", more=known)):
        pass


def test_a_file_that_is_no_certificate(serve, tmp_path):
    missing = tmp_path / "missing.pem"
    with pytest.raises(Unusable, match="no certificate"):
        connect(serve(HELLO).url(scheme="valkeys", more=f"?ca={missing}"))
