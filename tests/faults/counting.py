"""How a client detects a missed event, and up to which id it holds all messages."""


class Counting:
    """The numbers of one room's events over one connection.

    Only the server moves `up_to`. The cursor is the newest held message up to `up_to`. Events
    between a request to join and its answer are queued, and counted after the answer.

    Args:
        held: Returns the ids of all messages that the client holds.
    """

    def __init__(self, held):
        self.up_to = None
        self._after = None
        self._held = held
        self._next = None  # the number of the next event; None while it isn't known
        self._early = []

    @property
    def cursor(self):
        """The cursor fields of a join; without any, a join asks for the newest page."""
        return {"after": self._after, "up_to": self.up_to} if self._after else {}

    def forget(self):
        """A join is pending, or the connection ended: numbers can't be checked."""
        self._next, self._early = None, []

    def joined(self, answer):
        """Begin to count; returns whether an event was missed during the join."""
        early, self._early = self._early, []
        self._next = answer["follows"]
        if not answer["recovered"]:
            self.up_to = self._after = None
        self._raise(answer["up_to"])
        return any(self.takes(event, payload) for event, payload in early)

    def takes(self, event, payload):
        """Count an event, or a mark; returns whether an event was missed before it."""
        if self._next is None:
            self._early.append((event, payload))
        elif payload["follows"] > self._next:
            return True
        elif payload["follows"] == self._next:
            self._next += event != "mark"
            if "up_to" in payload:
                self._raise(payload["up_to"])
        return False

    def _raise(self, up_to):
        if up_to > (self.up_to or ""):
            self.up_to = up_to
            self._after = max((id_ for id_ in self._held() if id_ <= up_to), default=None)
