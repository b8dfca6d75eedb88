"""The form of a publication. It is sealed: only who has the chat's secret key can make one.

Whoever reaches the bus can still read what crosses, and hold it back. What was held back or is
repeated is noticed by its numbers, or by its age when its sender is forgotten.
"""

import hmac
import time
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

VERSION = 1
SEAL = 32  # bytes, of keyed BLAKE2b; for so few bytes HMAC by OpenSSL takes several times as long

LARGEST = 1_048_576  # bytes; the largest message takes about half of it

# Seconds after which a publication is refused. Its sender may be forgotten then, and so its
# numbers. Clocks of containers may be very wrong before this harms.
OLDEST = 3600.0


class Publication(NamedTuple):
    """What a process tells those that have subscribed to a channel.

    `serial` counts all publications of the sender; `number` rises by one with each to this channel.
    """

    channel: str
    kind: str
    data: Any  # JSON
    sender: str  # the id of the process
    serial: int
    number: int


class Refused(Exception):
    """What arrived is no publication of this chat that this process understands.

    With `is_ours` its seal is good, so something was missed by refusing it.
    """

    def __init__(self, why: str, *, is_ours: bool = False) -> None:
        super().__init__(why)
        self.is_ours = is_ours


class Envelopes:
    """Seals and opens publications, and names channels so that several chats can share a server.

    Args:
        secret: The secret key of the chat.
        history: What tells its history from others: chats with the same key may have several.
        clock: Seconds since the epoch.
    """

    def __init__(self, secret: str, history: str, clock: Callable[[], float] = time.time) -> None:
        self._key = blake2b(f"bus\n{history}\n{secret}".encode(), digest_size=32).digest()
        chat = blake2b(b"channels", key=self._key, digest_size=8).hexdigest()
        self._prefix = f"cloud-chat:{chat}:".encode()
        self._clock = clock

    def name(self, channel: str) -> bytes:
        """What the server calls a channel of this chat."""
        return self._prefix + channel.encode()

    def channel(self, name: bytes) -> str:
        """The channel that the server calls so."""
        return name.removeprefix(self._prefix).decode(errors="replace")

    def seal(self, publication: Publication) -> bytes:
        """The bytes to publish.

        Raises:
            Refused: They are too many.
        """
        channel, kind, data, sender, serial, number = publication
        body = orjson.dumps([sender, VERSION, self._clock(), serial, number, kind, data])
        if SEAL + len(body) > LARGEST:
            raise Refused(f"{SEAL + len(body):,} bytes are too many", is_ours=True)
        return self._seal_of(channel, body) + body

    def _seal_of(self, channel: str, body: bytes) -> bytes:
        told = self.name(channel) + b"\n" + body
        return blake2b(told, key=self._key, digest_size=SEAL).digest()

    def says_it_is_of(self, sender: str, sealed: bytes) -> bool:
        """Whether what was published, by whomever, names a process as its sender."""
        return sealed.startswith(f'["{sender}",'.encode(), SEAL)

    def open(self, channel: str, sealed: bytes) -> Publication:
        """What was published.

        Raises:
            Refused: It is forged, of another chat, too old, of another version, or too large.
        """
        if len(sealed) > LARGEST:
            raise Refused(f"{len(sealed):,} bytes are too many")
        seal, body = sealed[:SEAL], sealed[SEAL:]
        if not hmac.compare_digest(seal, self._seal_of(channel, body)):
            raise Refused("it was not made with this chat's secret key")
        fields = orjson.loads(body)
        if fields[1] != VERSION:
            raise Refused(f"it is of version {fields[1]}", is_ours=True)
        sender, _version, at, serial, number, kind, data, *_of_a_later_release = fields
        if self._clock() - at > OLDEST:
            raise Refused("it is old")
        return Publication(channel, kind, data, sender, serial, number)
