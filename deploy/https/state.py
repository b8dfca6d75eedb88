"""What has to outlive the container: the account, the certificate, and the failures.

Its text has to fit into a parameter of AWS Systems Manager, which takes 4,096 characters for
nothing. So keys are kept as their number alone, and the chain is compressed.
"""

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.https.certificates import Certificate, Key, new_key
from deploy.https.settings import Settings

VERSION = 1
LONGEST_CHAIN = 100_000  # bytes; a real one has 3,000


class StateError(Exception):
    """A text that is not a state."""


@dataclass
class Order:
    """An order that is under way at the authority."""

    url: str
    key: Key


@dataclass
class State:
    """What is kept.

    Attributes:
        name: The name for which the certificate is ordered.
        directory: The authority where it is ordered.
        account_key: The key of the account there.
        account: The URL of the account; empty until there is one.
        certificate: The newest certificate.
        is_current: Whether the certificate is for that name and of that authority.
        order: What is under way.
        failures: Attempts since the last one that succeeded. One that is under way counts, so that
            a container that dies in it doesn't try again at once.
        not_before: No attempt before this time, in seconds since 1970.
    """

    name: str
    directory: str
    account_key: Key = field(default_factory=new_key)
    account: str = ""
    certificate: Certificate | None = None
    is_current: bool = False
    order: Order | None = None
    failures: int = 0
    not_before: float = 0

    def adopt(self, settings: Settings) -> bool:
        """Follow a change of the settings; returns whether something changed."""
        if (self.name, self.directory) == (settings.name, settings.directory):
            return False
        if self.directory != settings.directory:
            self.account = ""
        self.name, self.directory = settings.name, settings.directory
        self.is_current, self.order = False, None
        self.failures, self.not_before = 0, 0
        return True


def dump(state: State) -> str:
    """The text of a state."""
    fields: dict[str, Any] = {
        "version": VERSION,
        "name": state.name,
        "directory": state.directory,
        "account_key": _dump_key(state.account_key),
        "account": state.account,
        "is_current": state.is_current,
        "failures": state.failures,
        "not_before": round(state.not_before),
    }
    if certificate := state.certificate:
        fields["key"] = _dump_key(certificate.key)
        fields["chain"] = _dump_chain(certificate.chain)
    if state.order:
        fields["order"] = state.order.url
        fields["order_key"] = _dump_key(state.order.key)
    return json.dumps(fields, separators=(",", ":"))


def load(text: str) -> State:
    """The state of a text.

    Raises:
        StateError: The text is something else, or of another version.
    """
    try:
        fields = json.loads(text)
        if fields["version"] != VERSION:
            raise StateError(f"it is of version {fields['version']}, and this is {VERSION}")
        state = State(
            name=fields["name"],
            directory=fields["directory"],
            account_key=_load_key(fields["account_key"]),
            account=fields["account"],
            is_current=fields["is_current"],
            failures=fields["failures"],
            not_before=fields["not_before"],
        )
        if "chain" in fields:
            state.certificate = Certificate(_load_key(fields["key"]), _load_chain(fields["chain"]))
        if "order" in fields:
            state.order = Order(fields["order"], _load_key(fields["order_key"]))
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise StateError("it was not written by this program") from error
    return state


def _dump_key(key: Key) -> str:
    number = key.private_numbers().private_value
    return base64.b64encode(number.to_bytes(32)).decode()


def _load_key(text: str) -> Key:
    number = int.from_bytes(base64.b64decode(text, validate=True))
    return ec.derive_private_key(number, ec.SECP256R1())


def _dump_chain(chain: tuple[x509.Certificate, ...]) -> str:
    parts = [each.public_bytes(Encoding.DER) for each in chain]
    joined = b"".join(len(part).to_bytes(2) + part for part in parts)
    return base64.b64encode(zlib.compress(joined, 9)).decode()


def _load_chain(text: str) -> tuple[x509.Certificate, ...]:
    data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), LONGEST_CHAIN)
    chain = []
    while data:
        end = 2 + int.from_bytes(data[:2])
        chain.append(x509.load_der_x509_certificate(data[2:end]))
        data = data[end:]
    if not chain:
        raise ValueError("no certificate")
    return tuple(chain)
