"""The certificate: restored before it is ordered, ordered in time, never ordered too often."""

import datetime
import logging
import random
from collections.abc import Callable
from contextlib import suppress

from deploy.https import certificates, failures
from deploy.https import state as states
from deploy.https.authority import Authority
from deploy.https.certificates import Certificate
from deploy.https.runtime import RuntimeRefusal
from deploy.https.settings import Settings
from deploy.https.state import State, StateError
from deploy.https.stores import Store, StoreError
from deploy.https.work import Moment, Work, thumbprint

log = logging.getLogger("https")

LONGEST = 86_400.0  # seconds until the next run
STORE_AGAIN = 60.0  # seconds until a store that failed is tried again

# After an order that succeeded there is none for so long, whatever clock and authority say: in
# seconds, or a part of the certificate's lifetime if that is shorter.
SETTLED = 3600.0
SETTLED_PART = 1 / 3

# The part of its lifetime after which a certificate is renewed, unless its authority wants it
# earlier; up to a twentieth before, so that servers that began together don't go on together.
RENEWED_AT = 2 / 3
SPREAD = 1 / 20

# The last part of its lifetime, in which a certificate is renewed even if the store can't keep it.
URGENT = 1 / 6


class Renewal:
    """One run of the job.

    Args:
        settings: What an operator has chosen.
        store: Keeps the state.
        work: The files of the container.
        clock: Seconds since 1970.
        connect: Makes the connection to the authority.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        work: Work,
        clock: Callable[[], float],
        connect: Callable[..., Authority] = Authority,
    ) -> None:
        self._settings = settings
        self._store = store
        self._work = work
        self._now = clock
        self._connect = connect
        self._moment: Moment
        self._is_counted = False  # whether the store knows of the attempt of this run

    def prepare(self) -> None:
        """Before HAProxy starts: write its files, with what the store has."""
        state = State(self._settings.name, self._settings.directory)
        self._moment = Moment(state, is_restored=False, is_saved=True)
        self._restore()
        self._work.write_certificate(self._moment.state, self._settings, self._now())
        self._work.write(self._moment)

    def run(self, *, at_once: bool = False) -> float:
        """Do what is due; returns the seconds until the next run.

        Args:
            at_once: Whether an attempt that is due doesn't wait until some time after a failed one.
        """
        self._moment = self._work.read()
        if not self._moment.is_restored:
            if not self._restore():
                return STORE_AGAIN
            self._work.write_certificate(self._moment.state, self._settings, self._now())
            self._prove()
        self._serve()
        self._disbelieve()
        if at_once:
            self._moment.state.not_before = 0
        if not self._moment.is_saved and not self._save() and not self._is_urgent():
            return STORE_AGAIN
        pause = self._renew()
        self._work.write(self._moment)
        return pause if self._moment.is_saved else min(pause, STORE_AGAIN)

    def _restore(self) -> bool:
        """Whether it is known now what the store has."""
        try:
            text = self._store.read()
            state = states.load(text) if text else self._moment.state
        except StoreError as error:
            log.error("The certificate can't be restored: %s", error)
            return False
        except StateError as error:
            log.error(
                "The certificate can't be restored: HTTPS_STORE has something else (%s); name "
                "another place, or remove it there",
                error,
            )
            return False
        if state.adopt(self._settings):
            log.info(
                "A certificate is ordered at once, because HTTPS_NAME or HTTPS_DIRECTORY changed"
            )
        self._moment.state, self._moment.is_restored = state, True
        self._tell(state)
        return True

    def _tell(self, state: State) -> None:
        if not state.certificate:
            log.info("There is no certificate yet; until there is, browsers warn of this server")
        elif state.is_current:
            log.info(
                "The certificate for %s was restored; it is valid until %s",
                self._settings.name,
                _utc(state.certificate.ends),
            )

    def _save(self) -> bool:
        """Keep the state, in the container in any case; whether the store has it, too."""
        try:
            self._store.write(states.dump(self._moment.state))
        except StoreError as error:
            self._moment.is_saved = False
            log.error("The certificate and its account can't be kept: %s", error)
        else:
            self._moment.is_saved = True
        self._work.write(self._moment)
        return self._moment.is_saved

    def _prove(self) -> None:
        try:
            self._work.runtime.prove(thumbprint(self._moment.state.account_key))
        except RuntimeRefusal as error:
            log.error("HAProxy doesn't take the account: %s", error)

    def _serve(self) -> None:
        """Let HAProxy serve the newest certificate, if it doesn't."""
        certificate = self._moment.state.certificate
        try:
            if certificate and self._work.runtime.serial() != certificate.serial:
                self._work.runtime.serve(certificate.pem())
        except RuntimeRefusal as error:
            log.error("HAProxy doesn't take the certificate: %s", error)

    def _disbelieve(self) -> None:
        """Don't wait for a time that only a wrong clock can have set."""
        state = self._moment.state
        if state.not_before > self._now() + failures.LONGEST * failures.SPREAD:
            log.warning(
                "The clock was wrong: there should have been no attempt before %s; this is not "
                "waited for",
                _utc(state.not_before),
            )
            state.not_before = 0

    def _renew(self) -> float:
        """Order a certificate if it is time; returns the seconds until the next run."""
        state = self._moment.state
        authority = self._connect(state.directory, state.account_key, state.account)
        try:
            due, ask = self._due(authority)
            begin = max(due, state.not_before)
            if self._now() < begin:
                return min(begin - self._now(), ask, LONGEST)
            self._order(authority)
        except Exception as error:  # noqa: BLE001  whatever fails: the old certificate is served
            return self._note(error, authority.retry_after)
        return 1.0

    def _due(self, authority: Authority) -> tuple[float, float]:
        """When to order, in seconds since 1970, and the seconds until that may have changed."""
        state = self._moment.state
        if not state.certificate or not state.is_current:
            return 0.0, LONGEST
        due = renewed_at(state.certificate)
        if self._now() >= due:
            return due, LONGEST
        wish, again = self._wish(authority, state.certificate)
        return min(due, wish or due), max(60.0, again - self._now())

    def _wish(self, authority: Authority, certificate: Certificate) -> tuple[float | None, float]:
        """When the authority wants a renewal; if it can't be asked, that is no failure."""
        with suppress(Exception):
            authority.connect()
            return authority.renewal(certificate.chain[0].public_bytes(certificates.PEM))
        return None, self._now() + LONGEST

    def _order(self, authority: Authority) -> None:
        state = self._moment.state
        authority.connect()
        self._count()
        if not state.account:
            state.account = authority.sign_up(self._settings.contact)
        if state.order and authority.is_over(state.order):
            state.order = None
        if not state.order:
            is_address = self._settings.address is not None
            profile = authority.profile(self._settings.profile, is_address=is_address)
            state.order = authority.order(state.name, certificates.new_key(), profile)
        # If this process dies, the next one fetches what was ordered, instead of ordering it again.
        self._save()
        chain = authority.finish(state.name, state.order)
        state.certificate = certificates.issued(state.name, state.order.key, chain, self._now())
        state.is_current, state.order = True, None
        lifetime = state.certificate.ends - state.certificate.begins
        state.failures = 0
        state.not_before = self._now() + min(SETTLED, SETTLED_PART * lifetime)
        log.info(
            "A certificate for %s was issued; it is valid until %s",
            state.name,
            _utc(state.certificate.ends),
        )
        self._work.write_certificate(state, self._settings, self._now())
        self._save()
        self._serve()

    def _count(self) -> None:
        """Count the attempt before it is made. What can't be counted isn't made, unless it must."""
        state = self._moment.state
        state.failures += 1
        state.not_before = self._now() + failures.pause_after(state.failures)
        if not self._save() and not self._is_urgent():
            raise _Uncounted
        self._is_counted = True

    def _is_urgent(self) -> bool:
        certificate = self._moment.state.certificate
        if not certificate:
            return False
        return self._now() > certificate.ends - URGENT * (certificate.ends - certificate.begins)

    def _note(self, error: Exception, retry_after: str) -> float:
        """Say what failed; returns the seconds until the next attempt."""
        state = self._moment.state
        if isinstance(error, _Uncounted):  # it is said already
            state.failures -= 1
            state.not_before = 0
            return STORE_AGAIN
        failure = failures.explain(error, state.name, retry_after, self._now())
        if self._is_counted and not failure.counts:
            state.failures -= 1
        if failure.is_over:
            state.order = None
        if failure.is_unknown:
            state.account = ""
        pause = failure.pause or failures.pause_after(state.failures)
        pause *= random.uniform(1, failures.SPREAD)  # noqa: S311  not a secret
        state.not_before = self._now() + pause
        log.error(
            "No certificate for %s: %s. %s. The next attempt is at %s",
            state.name,
            failure.why,
            self._served(),
            _utc(state.not_before),
        )
        if self._is_counted:
            self._save()
        return min(pause, LONGEST)

    def _served(self) -> str:
        certificate = self._moment.state.certificate
        if not certificate:
            return "Until there is one, browsers warn of this server"
        if certificate.ends <= self._now():
            return f"The old one is out of date since {_utc(certificate.ends)}"
        return f"The old one is valid until {_utc(certificate.ends)}"


class _Uncounted(Exception):
    """The attempt couldn't be counted."""


def renewed_at(certificate: Certificate) -> float:
    """When to renew a certificate of whose authority nothing else is known."""
    part = RENEWED_AT - SPREAD * (certificate.serial % 1000) / 1000
    return certificate.begins + part * (certificate.ends - certificate.begins)


def _utc(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
