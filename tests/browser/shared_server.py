"""A server for many browser tests, with rooms that each test has for itself."""

import contextlib

from tests.servers import serving

NO_LIMITS = {"send_rate": 0, "event_rate": 0, "sign_in_rate": 0}
CORNERS = 40  # rooms for single tests, of one server; a page with hundreds of rooms is slower
CORNERS_OF_A_TEST = 4  # at most


class SharedServer:
    """A server for many tests; when its corners are used up, a new server replaces it."""

    def __init__(self, new_folder, page):
        self._new_folder = new_folder
        self._page = page
        self._running = contextlib.ExitStack()
        self._corners = []

    def get(self):
        if len(self._corners) < CORNERS_OF_A_TEST:
            self._replace()
        return self._server

    def _replace(self):
        self.close()
        self.folder = self._new_folder("browser")
        corners = range(CORNERS)
        rooms = ",".join(["General", "Tech", "Random", *(f"Corner {n}" for n in corners)])
        server = serving(self.folder, variables=self._page, rooms=rooms, **NO_LIMITS)
        self._server = self._running.enter_context(server)
        self._corners = [f"corner-{n}" for n in corners]

    def take_corner(self):
        """The id of a room in which nobody has said anything yet."""
        return self._corners.pop(0)

    def close(self):
        self._running.close()
