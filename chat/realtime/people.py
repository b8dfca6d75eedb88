"""The event `people` of /rooms."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from chat.accounts.profiles import Profiles
from chat.realtime.connections import Connection
from chat.realtime.namespace import Answer, ChatNamespace
from chat.realtime.payload import Payload
from chat.storage.accounts import Profile
from chat.storage.base import ASKED_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PersonId = Annotated[str, Field(min_length=1, max_length=64)]


class WhichPeople(Payload):
    """Ask about people, given by their ids."""

    ids: Annotated[list[PersonId], Field(max_length=ASKED_AT_ONCE)]

    @property
    def cost(self) -> int:
        """One unit for 25 people, as for messages."""
        return max(1, len(self.ids) // 25)


class People:
    """Says of people what they are called, whether they are here, or when they last were.

    Whoever is signed in may ask about everybody: all rooms are public.

    Args:
        namespace: /rooms; who has a connection to it is here.
        profiles: Look people up.
    """

    def __init__(self, namespace: ChatNamespace, profiles: Profiles) -> None:
        self._connections = namespace.connections
        self.profiles = profiles
        # Which of some people are connected to other processes.
        self.here_elsewhere: Callable[[Sequence[str]], set[str]] = lambda _ids: set()
        namespace.register("people", WhichPeople, self.people)

    def people(self, _connection: Connection, which: WhichPeople) -> Answer:
        """Those of the people that there are."""
        found = self.profiles.find(which.ids)
        here = {each.id for each in found if self._connections.is_connected(each.id)}
        if away := [each.id for each in found if each.id not in here]:
            here |= self.here_elsewhere(away)
        return {"people": [_to_wire(each, each.id in here) for each in found], "more": False}


def _to_wire(profile: Profile, is_here: bool) -> dict[str, Any]:
    person: dict[str, Any] = {"id": profile.id, "name": profile.name}
    if profile.is_banned:
        person["shut_out"] = True
    if is_here:
        return {**person, "here": True}
    last_here = {"last_here": profile.last_here} if profile.last_here else {}
    return {**person, "here": False, **last_here}
