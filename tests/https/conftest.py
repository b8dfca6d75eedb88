"""A job with doubles around it."""

import pytest

from deploy.https.renewal import Renewal
from deploy.https.settings import Settings
from deploy.https.work import Work
from tests.https.authorities import DIRECTORY, NAME, FakeAuthority, FakeRuntime, FakeStore


class World:
    """The job, and all that it meets. The time goes on only when a test says so."""

    def __init__(self, folder):
        self.folder = folder
        self.time = 1_800_000_000.0
        self.settings = Settings(NAME, "file:///nowhere", DIRECTORY)
        self.store = FakeStore()
        self.runtime = FakeRuntime()
        self.authority = FakeAuthority(lambda: self.time)

    def _job(self):
        self.work = Work(self.folder)
        self.work.runtime = self.runtime
        return Renewal(self.settings, self.store, self.work, lambda: self.time, self.authority)

    def start(self):
        """As a container starts."""
        for each in self.folder.glob("*"):
            each.unlink()
        self.runtime = FakeRuntime()
        self._job().prepare()

    def run(self, *, at_once=False):
        """One run of the job."""
        return self._job().run(at_once=at_once)

    def state(self):
        self._job()
        return self.work.read().state


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "https")
