"""The event `choose` of /rooms: what the reader has chosen for all devices.

The answer to `rooms` has it, too.
"""

from typing import Literal

from pydantic import model_validator

from chat.messages.ids import MessageIds
from chat.realtime.broadcasts import Event
from chat.realtime.connections import Connection
from chat.realtime.devices import Devices
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import Payload
from chat.storage.memberships import Choices, Memberships

CHOICES = Event("choices")

Theme = Literal["system", "light", "dark"]
SkinTone = Literal["yellow", "light", "medium_light", "medium", "medium_dark", "dark"]


class Choose(Payload):
    """The reader has chosen a theme, a skin tone for emoji, or both."""

    theme: Theme | None = None
    skin_tone: SkinTone | None = None

    @model_validator(mode="after")
    def _require_one(self) -> "Choose":
        if not self.chosen:
            raise ValueError("this has no choice in it")
        return self

    @property
    def chosen(self) -> dict[str, str]:
        """The values by choice."""
        return self.model_dump(exclude_none=True)

    @property
    def cost(self) -> int:
        """Each is written at once, which costs as much as a message."""
        return 5 * len(self.chosen)


class Choosing:
    """Keeps the reader's choices the same on all devices.

    Args:
        namespace: /rooms.
        memberships: Where choices are stored.
        devices: The other ones of the reader.
        ids: Makes the ids of changes.
    """

    def __init__(
        self,
        namespace: ChatNamespace,
        memberships: Memberships,
        devices: Devices,
        ids: MessageIds,
    ) -> None:
        self._namespace = namespace
        self._memberships = memberships
        self._devices = devices
        self._ids = ids
        namespace.register("choose", Choose, self.choose)

    def choose(self, connection: Connection, choose: Choose) -> None:
        """Store what was chosen, and tell the reader's other connections."""
        change = self._ids.make("choices:")
        for choice, value in choose.chosen.items():
            self._memberships.choose(connection.person.id, choice, value, change)
        self._devices.tell_others(connection, CHOICES, choose.chosen)


def choices_to_wire(choices: Choices) -> Answer:
    """`{"theme", "skin_tone"}`, each None until the reader has chosen."""
    return {choice: value or None for choice, value in choices._asdict().items()}
