"""A real Valkey server: the bus between several processes."""

import socket
from urllib.parse import quote

import libvalkey

from scripts.valkey import valkey_server
from tests.servers import Server

SECRETS = {"user": "chat", "password": "a/b:c@d?e#f%20"}  # has to be escaped in a URL


class Valkey(Server):
    """A Valkey server, which is empty at each start.

    With a `user`, only that one may use it; with a `password` alone, who knows that.
    """

    def __init__(self, folder, *, user=None, password=None):
        super().__init__(folder / "valkey.log")
        self.user, self.password = user, password
        self._configuration = folder / "valkey.conf"
        self.command = [valkey_server(), str(self._configuration)]

    def launch(self):
        lines = [f"port {self.port}", "bind 127.0.0.1", 'save ""', "loglevel warning"]
        if self.user:
            lines += [f'user {self.user} on ">{self.password}" ~* &* +@all', "user default off"]
        elif self.password:
            lines += [f'requirepass "{self.password}"']
        self._configuration.write_text("\n".join(lines))
        super().launch()

    @property
    def url(self):
        return self.url_at(self.port)

    def url_at(self, port):
        """Its URL through a proxy on that port."""
        who = f"{self.user or ''}:{quote(self.password, safe='')}@" if self.password else ""
        return f"valkey://{who}127.0.0.1:{port}/0"

    def connect(self, port=None, **options):
        """A connection to it, or to a proxy on that port; for `options` see `Connection`."""
        connection = Connection(port or self.port, **options)
        if self.password:
            connection.ask("AUTH", self.user or "default", self.password)
        return connection

    def ask(self, *command):
        """The answer to a command, over a connection of its own."""
        with self.connect() as connection:
            return connection.ask(*command)

    def publish(self, channel, data):
        """Publish; returns how many got it."""
        return self.ask("PUBLISH", channel, data)

    def limit_output(self, size):
        """Disconnect subscribers for whom more than so many bytes wait, until the next start."""
        self.ask("CONFIG", "SET", "client-output-buffer-limit", f"pubsub {size} {size} 0")


class Connection:
    """A connection to the server; if it breaks, ConnectionError or TimeoutError is raised.

    Args:
        tls: A context of `ssl`, if TLS is spoken there.
    """

    def __init__(self, port, *, tls=None):
        self._socket = socket.create_connection(("127.0.0.1", port), 5)
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname="127.0.0.1")
        self._reader = libvalkey.Reader(notEnoughData=self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, *command):
        """The answer to a command; raises `libvalkey.ReplyError`."""
        self.send(*command)
        return self.receive()

    def send(self, *command):
        self._socket.sendall(libvalkey.pack_command(command))

    def receive(self, seconds=5):
        """The next answer or publication."""
        self._socket.settimeout(seconds)
        while (value := self._reader.gets()) is self:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionResetError
            self._reader.feed(data)
        if isinstance(value, libvalkey.ReplyError):
            raise value
        return value

    def subscribe(self, *channels):
        self.send("SUBSCRIBE", *channels)
        for channel in channels:
            assert self.receive()[:2] == [b"subscribe", channel.encode()]

    def data_up_to(self, last):
        """The data of all publications, in order, up to one with that data."""
        found = []
        while last not in found:
            what, _, data = self.receive()
            assert what == b"message"
            found.append(data)
        return found
