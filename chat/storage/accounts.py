"""The interface of the durable records of people and their sessions."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Profile(NamedTuple):
    """What is known of a person.

    `subject` is who the person is at the OpenID provider: the issuer, a line break, the subject;
    empty for somebody who signed in by name. `last_here` is in seconds since the epoch.
    """

    id: str
    name: str
    subject: str = ""
    is_administrator: bool = False
    is_banned: bool = False
    last_here: float = 0.0


Key = tuple[str, str]  # the ids of a person and of a session


class Session(NamedTuple):
    """One sign-in of a person with one browser, until it ends or its last day is over.

    `device` says in words what the browser is. `since`, `last_seen` and `until` are in seconds
    since the epoch. Four are of the OpenID provider, and empty without one: `provider_session` is
    its `sid`, `refresh_token` asks it whether the person may still sign in, `checked_at` is when it
    was asked last, and `id_token` ends its own session.

    A ticket signs nobody in: with it, a browser that has signed out may sign in as the same person
    again.
    """

    id: str
    person: str
    device: str
    since: float
    last_seen: float
    until: float
    provider_session: str = ""
    refresh_token: str = ""
    id_token: str = ""
    checked_at: float = 0.0
    is_ticket: bool = False

    @property
    def key(self) -> Key:
        """What the session is found by."""
        return self.person, self.id


class Revocation(NamedTuple):
    """Something that was taken away from a person: a session, or the name or rights if it is empty.

    `id` has the form of message ids, so the order of ids is the order of time.
    """

    id: str
    person: str
    session: str


class Accounts(ABC):
    """The people, their names and their sessions, kept for good or until their last day.

    Every method may block, and raises `chat.errors.Unavailable` where the storage can't be reached.
    A write that was answered so may still be done, for MAY_LAND_WITHIN seconds; a session that has
    ended stays so whatever is written late. Reads are consistent. Times are kept to 10 µs.
    """

    @abstractmethod
    def claim_name(self, keys: Sequence[str], person: str) -> str:
        """Give the keys of a name to a person, for good.

        Args:
            keys: The one or two texts that a name and its look-alikes have in common.
            person: The id of the person.

        Returns:
            The id of somebody else who has one of the keys, and then the person has none that the
            person had not before; empty if the person has all of them now.
        """

    @abstractmethod
    def give_back_name(self, keys: Sequence[str], person: str) -> None:
        """Let others have those of the keys that this person has."""

    @abstractmethod
    def put_profile(self, profile: Profile) -> None:
        """Store a profile, or replace it, but `last_here` never goes back.

        `is_banned` is left as it is: only `ban` changes it.
        """

    @abstractmethod
    def ban(self, person: str, is_banned: bool) -> None:
        """Ban somebody, or let them in again; does nothing for somebody without a profile."""

    @abstractmethod
    def profiles(self, people: Sequence[str]) -> dict[str, Profile]:
        """The profiles of up to ASKED_AT_ONCE people, by their ids, where there are any."""

    @abstractmethod
    def begin_session(self, session: Session) -> None:
        """Store a new session; does nothing if one of this id has begun or ended before."""

    @abstractmethod
    def look_up(self, keys: Sequence[Key]) -> dict[Key, tuple[Profile, Session]]:
        """Those of up to LOOKED_UP_AT_ONCE sessions that are still good, with their people.

        A session is good until it has ended or its last day is over.
        """

    @abstractmethod
    def sessions(self, person: str) -> list[Session]:
        """All good sessions of a person, the oldest first."""

    @abstractmethod
    def seen(self, times: Mapping[Key, float]) -> None:
        """Note when sessions were in use, and so when their people were here.

        Times never go back. A session that has ended is left as it is, but its person was here. In
        an outage some times may be written and others not; again is fine.

        Args:
            times: The moments (seconds since the epoch), by session.
        """

    @abstractmethod
    def begin_check(self, key: Key, before: float, at: float) -> bool:
        """Claim to ask the provider about a session: it takes a refresh token only once.

        Args:
            key: The session.
            before: Its `checked_at`, as it was read.
            at: The new one.

        Returns:
            Whether this is the one that asks; not if another process was first, or it has ended.
        """

    @abstractmethod
    def set_refresh_token(self, key: Key, token: str) -> None:
        """Replace the refresh token of a session; does nothing if it has ended."""

    @abstractmethod
    def end_session(self, key: Key, until: float) -> None:
        """End a session for good; again is fine, and so is one that never began.

        Args:
            key: The session.
            until: Its last day (seconds since the epoch): so long it can't begin.
        """

    @abstractmethod
    def revoke(self, revocation: Revocation) -> None:
        """Tell all processes what is taken away; do so before it is taken away."""

    @abstractmethod
    def revoked_since(self, start: str) -> list[Revocation]:
        """The revocations whose ids sort after `start`, the oldest first."""


def latest_by_person(times: Mapping[Key, float]) -> dict[str, float]:
    """When each person was here last, from when their sessions were in use."""
    latest: dict[str, float] = {}
    for (person, _), at in times.items():
        latest[person] = max(at, latest.get(person, at))
    return latest


TOLD_FOR = 86_400.0  # seconds for which revocations are kept; processes read them within a few

LOOKED_UP_AT_ONCE = 50  # sessions: two keys each of the 100 that DynamoDB takes in one read
