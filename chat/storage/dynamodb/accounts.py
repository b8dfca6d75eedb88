"""People and their sessions as items of the table; `items.py` has their keys."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from chat.errors import Unavailable
from chat.storage.accounts import (
    TOLD_FOR,
    Accounts,
    Key,
    Profile,
    Revocation,
    Session,
    latest_by_person,
)
from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.items import (
    expiry,
    name_key,
    profile_key,
    revocation_key,
    session_key,
    session_range,
)

# The number may be missing: the first value is always stored.
NOT_EARLIER = "attribute_exists(RoomID) AND (attribute_not_exists(#at) OR #at < :at)"


class DynamoDBAccounts(Accounts):
    """Items of the partitions `person:<id>`, `names:` and `revoked:`.

    A write may be carried out late, long after it was given up. So no write is unconditional that
    could bring back what was taken away: an ended session keeps its item until its last day.

    Args:
        connection: To DynamoDB.
        clock: Seconds since the epoch.
    """

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._client = connection.client
        self._clock = clock

    def claim_name(self, keys: Sequence[str], person: str) -> str:
        """Put an item for each key, always in the same order; delete those again if one is taken.

        Two people who claim overlapping names at once meet at the first key that both want.
        """
        claimed: list[str] = []
        for key in sorted(keys):
            owner = self._claim(key, person)
            if not owner:
                claimed.append(key)
            elif owner != person:
                self.give_back_name(claimed, person)
                return owner
        return ""

    def _claim(self, key: str, person: str) -> str:
        """Put the item, if there is none; returns whose it was before, or an empty text."""
        try:
            self._connection.put(
                name_key(key) | {"Person": {"S": person}},
                ConditionExpression="attribute_not_exists(Person)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            items = self._get([name_key(key)])
            if not items:
                raise Unavailable("the name was just given back") from None
            return str(items[0]["Person"]["S"])
        return ""

    def give_back_name(self, keys: Sequence[str], person: str) -> None:
        """Delete the items, if they are this person's."""
        for key in keys:
            with suppress(self._client.exceptions.ConditionalCheckFailedException):
                self._connection.retrying(
                    self._client.delete_item,
                    TableName=self._connection.table,
                    Key=name_key(key),
                    ConditionExpression="Person = :person",
                    ExpressionAttributeValues={":person": {"S": person}},
                )

    def put_profile(self, profile: Profile) -> None:
        """Update the item, which makes it if it isn't there."""
        self._connection.update(
            profile_key(profile.id),
            "SET #name = :name, Subject = :subject, IsAdministrator = :admin, "
            "IsBanned = if_not_exists(IsBanned, :banned)",
            {
                ":name": {"S": profile.name},
                ":subject": {"S": profile.subject},
                ":admin": {"BOOL": profile.is_administrator},
                ":banned": {"BOOL": False},
            },
            {"#name": "Name"},
        )
        if profile.last_here:
            self._move_forward(profile_key(profile.id), "LastHere", profile.last_here)

    def ban(self, person: str, is_banned: bool) -> None:
        """Update the item, if there is one."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.update(
                profile_key(person),
                "SET IsBanned = :banned",
                {":banned": {"BOOL": is_banned}},
                condition="attribute_exists(RoomID)",
            )

    def profiles(self, people: Sequence[str]) -> dict[str, Profile]:
        """Items of several people in one read."""
        items = self._get([profile_key(person) for person in people])
        return {profile.id: profile for profile in map(_profile, items)}

    def begin_session(self, session: Session) -> None:
        """Put an item, unless there is one."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.put(
                session_key(session.person, session.id)
                | {
                    "Device": {"S": session.device},
                    "Since": {"N": str(session.since)},
                    "LastSeen": {"N": str(session.last_seen)},
                    "Until": {"N": str(session.until)},
                    "ProviderSession": {"S": session.provider_session},
                    "RefreshToken": {"S": session.refresh_token},
                    "IDToken": {"S": session.id_token},
                    "CheckedAt": {"N": str(session.checked_at)},
                    "IsTicket": {"BOOL": session.is_ticket},
                }
                | expiry(session.until + 1),
                ConditionExpression="attribute_not_exists(RoomID)",
            )

    def look_up(self, keys: Sequence[Key]) -> dict[Key, tuple[Profile, Session]]:
        """Items of the sessions and of their people, in one read."""
        wanted = [session_key(*key) for key in keys]
        wanted += [profile_key(person) for person in {person for person, _ in keys}]
        profiles: dict[str, Profile] = {}
        sessions: list[Session] = []
        for item in self._get(wanted):
            if item["Timestamp"]["S"] == "profile":
                profile = _profile(item)
                profiles[profile.id] = profile
            elif self._is_good(item):
                sessions.append(_session(item))
        return {
            session.key: (profiles[session.person], session)
            for session in sessions
            if session.person in profiles
        }

    def sessions(self, person: str) -> list[Session]:
        """A query for the items of one person."""
        first, last = session_range()
        pages = self._connection.query(session_key(person, "")["RoomID"]["S"], first, last)
        return sorted(
            (_session(item) for item in pages if self._is_good(item)),
            key=lambda session: (session.since, session.id),
        )

    def _is_good(self, item: dict[str, Any]) -> bool:
        return "HasEnded" not in item and float(item["Until"]["N"]) >= self._clock()

    def seen(self, times: Mapping[Key, float]) -> None:
        """Update the items of the sessions, then those of their people."""
        for key, at in times.items():
            self._move_forward(session_key(*key), "LastSeen", at)
        for person, at in latest_by_person(times).items():
            self._move_forward(profile_key(person), "LastHere", at)

    def _move_forward(self, key: dict[str, Any], name: str, at: float) -> None:
        """Set a time that never goes back, in an item that exists."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.update(
                key,
                "SET #at = :at",
                {":at": {"N": str(at)}},
                {"#at": name},
                condition=f"{NOT_EARLIER} AND attribute_not_exists(HasEnded)",
            )

    def begin_check(self, key: Key, before: float, at: float) -> bool:
        """Update the item, if the time in it is still the same."""
        try:
            self._connection.update(
                session_key(*key),
                "SET CheckedAt = :at",
                {":at": {"N": str(at)}, ":before": {"N": str(before)}},
                condition="CheckedAt = :before AND attribute_not_exists(HasEnded)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def set_refresh_token(self, key: Key, token: str) -> None:
        """Update the item, unless the session has ended."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.update(
                session_key(*key),
                "SET RefreshToken = :token",
                {":token": {"S": token}},
                condition="attribute_exists(RoomID) AND attribute_not_exists(HasEnded)",
            )

    def end_session(self, key: Key, until: float) -> None:
        """Put an item in its place that says so, and has nothing of the provider."""
        self._connection.put(
            session_key(*key)
            | {"HasEnded": {"BOOL": True}, "Until": {"N": str(until)}}
            | expiry(until + 1)
        )

    def revoke(self, revocation: Revocation) -> None:
        """Put an item; what is put late is the same."""
        self._connection.put(
            revocation_key(revocation.id)
            | {"Person": {"S": revocation.person}, "Session": {"S": revocation.session}}
            | expiry(self._clock() + TOLD_FOR)
        )

    def revoked_since(self, start: str) -> list[Revocation]:
        """A query for the items after that one."""
        partition = revocation_key("")["RoomID"]["S"]
        return [
            Revocation(item["Timestamp"]["S"], item["Person"]["S"], item["Session"]["S"])
            for item in self._connection.query(partition, f"{start}~", "~")
        ]

    def _get(self, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Items by their keys, in one consistent read."""
        if not keys:
            return []
        request = {self._connection.table: {"Keys": list(keys), "ConsistentRead": True}}

        def read() -> Any:
            answer = self._client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]
            if answer.get("UnprocessedKeys"):
                raise Unavailable("the history is too busy")
            return answer["Responses"].get(self._connection.table, [])

        items: list[dict[str, Any]] = self._connection.retrying(read)
        return items


def _profile(item: dict[str, Any]) -> Profile:
    return Profile(
        item["RoomID"]["S"].partition(":")[2],
        item["Name"]["S"],
        item["Subject"]["S"],
        item["IsAdministrator"]["BOOL"],
        item["IsBanned"]["BOOL"],
        float(item.get("LastHere", {}).get("N", 0)),
    )


def _session(item: dict[str, Any]) -> Session:
    return Session(
        item["Timestamp"]["S"].partition("#")[2],
        item["RoomID"]["S"].partition(":")[2],
        item["Device"]["S"],
        float(item["Since"]["N"]),
        float(item["LastSeen"]["N"]),
        float(item["Until"]["N"]),
        item["ProviderSession"]["S"],
        item["RefreshToken"]["S"],
        item["IDToken"]["S"],
        float(item["CheckedAt"]["N"]),
        item["IsTicket"]["BOOL"],
    )
