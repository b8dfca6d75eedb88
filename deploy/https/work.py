"""The files of the container: what HAProxy reads at its start, and the state of the moment."""

import json
from dataclasses import dataclass
from pathlib import Path

from josepy.b64 import b64encode
from josepy.jwk import JWKEC
from josepy.util import ComparableECKey

from deploy.https import state as states
from deploy.https.certificates import Key, self_signed
from deploy.https.runtime import Runtime
from deploy.https.settings import Settings
from deploy.https.state import State
from deploy.https.stores import write_private


@dataclass
class Moment:
    """The state of the moment.

    Attributes:
        state: What is kept.
        is_restored: Whether the store was read; until then nobody knows what it has.
        is_saved: Whether the store has all of it.
    """

    state: State
    is_restored: bool
    is_saved: bool


class Work:
    """A folder of this user alone, which ends with the container."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._state = folder / "state.json"
        self._certificate = folder / "certificate.pem"
        self._thumbprint = folder / "thumbprint"
        self.runtime = Runtime(folder / "runtime", self._certificate, self._thumbprint)

    def read(self) -> Moment:
        """What the last run has left."""
        fields = json.loads(self._state.read_text())
        return Moment(states.load(fields["state"]), fields["is_restored"], fields["is_saved"])

    def write(self, moment: Moment) -> None:
        """Leave this for the next run."""
        fields = vars(moment) | {"state": states.dump(moment.state)}
        write_private(self._state, json.dumps(fields))

    def write_certificate(self, state: State, settings: Settings, now: float) -> None:
        """Write what HAProxy reads at its start: a certificate in any case, and the thumbprint."""
        certificate = state.certificate or self_signed(settings.name, now)
        write_private(self._certificate, certificate.pem())
        write_private(self._thumbprint, f"account {thumbprint(state.account_key)}\n")


def thumbprint(account_key: Key) -> str:
    """The thumbprint of the account, by which the authority knows that a server is ours."""
    digest = JWKEC(key=ComparableECKey(account_key)).thumbprint()
    return b64encode(digest).decode()
