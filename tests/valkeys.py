"""A real Valkey server: the bus between several processes."""

from urllib.parse import quote

from valkey import Valkey as Client

from scripts.valkey import valkey_server
from tests.servers import Server

SECRETS = {"user": "chat", "password": "a/b:c@d?e#f%20"}  # has to be escaped in a URL


class Valkey(Server):
    """A Valkey server, which is empty at each start.

    With a `user`, only that one may use it; with a `password` alone, who knows that. `client` is a
    connection for the test.
    """

    def __init__(self, folder, *, user=None, password=None):
        super().__init__(folder / "valkey.log")
        self.user, self.password = user, password
        self.client = Client(port=self.port, username=user, password=password)
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

    def limit_output(self, size):
        """Disconnect subscribers for whom more than so many bytes wait, until the next start."""
        self.client.config_set("client-output-buffer-limit", f"pubsub {size} {size} 0")

    def kill(self):
        self.client.close()
        super().kill()
