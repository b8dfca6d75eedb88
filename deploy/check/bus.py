"""A stand-in for the bus on AWS: Valkey, where the chat may do what `docs/scaling.md` names."""

from pathlib import Path

from tests.servers import Server
from tests.valkeys import SECRETS, Connection, Valkey

COMMANDS = ("hello", "auth", "select", "publish", "subscribe", "unsubscribe")
CHANNELS = "cloud-chat:*"
OPERATOR = "operator"  # the user who may do anything, by a password of that text


class Bus(Valkey):
    """A Valkey server that containers reach at an address of this host.

    Args:
        folder: For its files.
        address: The address; the server also listens on loopback.
    """

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder, **SECRETS)
        self._address = address

    def launch(self) -> None:
        """Start without waiting."""
        commands = " ".join(f"+{each}" for each in COMMANDS)
        lines = (
            f"port {self.port}",
            f"bind 127.0.0.1 {self._address}",
            'save ""',
            "user default reset",
            f'user {self.user} on ">{self.password}" resetchannels &{CHANNELS} {commands}',
            f"user {OPERATOR} on >{OPERATOR} +@all",
        )
        self._configuration.write_text("\n".join(lines))
        Server.launch(self)

    @property
    def url(self) -> str:
        """Its URL for containers."""
        return self.url_at(self.port).replace("127.0.0.1", self._address)

    def refused(self) -> list[object]:
        """What its users tried to do, and may not."""
        with Connection(self.port) as connection:
            connection.ask("AUTH", OPERATOR, OPERATOR)
            return connection.ask("ACL", "LOG")
