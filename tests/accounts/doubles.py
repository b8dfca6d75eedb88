"""A storage of people and sessions for unit tests."""

from chat.errors import Unavailable


class MemoryAccounts:
    """What the storage does with the records of people and sessions, in memory."""

    def __init__(self):
        self.people, self.good, self.ended, self.revoked = {}, {}, {}, []
        self.banned, self.names = set(), {}
        self.look_ups = []
        self.is_down = False
        self.meanwhile = lambda: None  # what happens while a look-up is under way

    def _reach(self):
        if self.is_down:
            raise Unavailable("down")

    def put_profile(self, profile):
        self._reach()
        is_banned = profile.id in self.banned
        self.people[profile.id] = profile._replace(is_banned=is_banned)

    def ban(self, person, is_banned):
        self._reach()
        (self.banned.add if is_banned else self.banned.discard)(person)
        self.people[person] = self.people[person]._replace(is_banned=is_banned)

    def profiles(self, people):
        self._reach()
        return {id_: self.people[id_] for id_ in people if id_ in self.people}

    def claim_name(self, keys, person):
        self._reach()
        owners = {self.names.get(key, person) for key in keys} - {person}
        if owners:
            return min(owners)
        self.names |= dict.fromkeys(keys, person)
        return ""

    def give_back_name(self, keys, person):
        self._reach()
        for key in keys:
            if self.names.get(key) == person:
                del self.names[key]

    def begin_check(self, key, before, at):
        self._reach()
        session = self.good.get(key)
        is_ours = session is not None and session.checked_at == before
        if is_ours:
            self.good[key] = session._replace(checked_at=at)
        return is_ours

    def set_refresh_token(self, key, token):
        self._reach()
        if key in self.good:
            self.good[key] = self.good[key]._replace(refresh_token=token)

    def begin_session(self, session):
        self._reach()
        key = session.person, session.id
        if key not in self.ended:
            self.good[key] = session

    def end_session(self, key, until):
        self._reach()
        self.good.pop(key, None)
        self.ended[key] = until

    def revoke(self, revocation):
        self._reach()
        self.revoked.append(revocation)

    def look_up(self, keys):
        self._reach()
        self.look_ups.append(keys)
        found = {k: (self.people[k[0]], self.good[k]) for k in keys if k in self.good}
        self.meanwhile()
        return found

    def sessions(self, person):
        self._reach()
        found = (each for key, each in self.good.items() if key[0] == person)
        return sorted(found, key=lambda each: (each.since, each.id))

    def revoked_since(self, start):
        self._reach()
        return sorted(each for each in self.revoked if each.id > start)
