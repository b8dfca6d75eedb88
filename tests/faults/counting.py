"""How a client notices that it missed an event, and up to where it has everything."""


class Counting:
    """The numbers of one room's events over one connection.

    `up_to` moves by what the server says of it alone, and with it the cursor, to the newest message
    up to there. Between the request to join and its answer events are kept and counted afterwards.

    Args:
        held: Gives the ids of all messages that the client has.
    """

    def __init__(self, held):
        self.up_to = None
        self._after = None
        self._held = held
        self._next = None  # the number of the next event; None while it isn't known
        self._early = []

    @property
    def cursor(self):
        """What a join has to say; nothing asks for the newest page."""
        return {"after": self._after, "up_to": self.up_to} if self._after else {}

    def forget(self):
        """A join is under way, or the connection ended: no number means anything."""
        self._next, self._early = None, []

    def joined(self, answer):
        """Begin to count; returns whether something was missed since."""
        early, self._early = self._early, []
        self._next = answer["follows"]
        if not answer["recovered"]:
            self.up_to = self._after = None
        self._raise(answer["up_to"])
        return any(self.takes(event, payload) for event, payload in early)

    def takes(self, event, payload):
        """Count an event, or a mark; returns whether something was missed before it."""
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
