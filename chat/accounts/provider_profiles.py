"""The profiles of people who sign in with the OpenID provider.

A name belongs to one account for good, and so does every name that looks like it.
"""

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.look_alikes import look_alikes
from chat.accounts.names import MAX_NAME
from chat.accounts.openid.identity import Identity
from chat.accounts.sessions import BANNED
from chat.errors import Forbidden, Unavailable
from chat.storage.accounts import Accounts, Profile

NUMBERED = 99  # people of one name; others get a part of their id, so that nobody is kept out


class ProviderProfiles:
    """Makes profiles of what the provider says.

    Two people of one name both get in: the name of the second one gets a number, "Ben 2".

    Args:
        accounts: The records.
        known: Tells all processes of a new name: others may have the former one, so connections
            with it have to end.
    """

    def __init__(self, accounts: Accounts, known: KnownSessions) -> None:
        self._accounts = accounts
        self._known = known

    def keep(self, identity: Identity) -> Profile:
        """Store the profile of a person, as the provider describes the person now.

        Raises:
            chat.errors.Forbidden: The person is banned.
            chat.errors.Unavailable: The storage can't be reached.
        """
        id_ = identity.person_id
        known = self._accounts.profiles([id_]).get(id_)
        if known and known.is_banned:
            raise Forbidden(BANNED)
        if known and _is_up_to_date(known, identity):
            return known
        wanted = Profile(
            id_, identity.name, identity.subject, is_administrator=identity.is_administrator
        )
        return self._with_own_name(wanted, known)

    def _with_own_name(self, profile: Profile, known: Profile | None) -> Profile:
        forms = _forms(profile.name, profile.id)
        if known and known.name in forms:
            forms.insert(0, known.name)
        for name in forms:
            if self._claim(name, profile.id):
                named = profile._replace(name=name)
                self._store(known, named)
                # Again: before the profile was there, somebody else could take the name for unused.
                if self._claim(name, profile.id):
                    self._give_back_former(known, named)
                    return named
        raise Unavailable("Too many people here have this name.")

    def _claim(self, name: str, person: str) -> bool:
        """Take a name that is free, or that its owner doesn't use."""
        keys = sorted(look_alikes(name))
        while owner := self._accounts.claim_name(keys, person):
            profile = self._accounts.profiles([owner]).get(owner)
            if profile and not look_alikes(profile.name).isdisjoint(keys):
                return False
            # The owner's sign-in was cut off, or the owner has another name now.
            self._accounts.give_back_name(keys, owner)
        return True

    def _store(self, known: Profile | None, named: Profile) -> None:
        if known and known.name != named.name:
            self._known.rename(named)
        else:
            self._accounts.put_profile(named)

    def _give_back_former(self, known: Profile | None, named: Profile) -> None:
        """Let others have the name before, except what looks like the new one."""
        if known and known.name != named.name:
            unused = look_alikes(known.name) - look_alikes(named.name)
            self._accounts.give_back_name(sorted(unused), named.id)


def _is_up_to_date(known: Profile, identity: Identity) -> bool:
    forms = _forms(identity.name, identity.person_id)
    return known.is_administrator == identity.is_administrator and known.name in forms


def _forms(name: str, person: str) -> list[str]:
    """A name, the name with each number, and with a part of the person's id."""
    endings = [*map(str, range(2, NUMBERED + 1)), person[:8]]
    return [name, *(_with_ending(name, f" {each}") for each in endings)]


def _with_ending(name: str, ending: str) -> str:
    """Such as "Ben 2", not longer than a name may be."""
    return name[: MAX_NAME - len(ending)].rstrip() + ending
