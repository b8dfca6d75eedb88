"""All histories: SQLite, and DynamoDB in two implementations."""

import contextlib
import resource
import uuid

import pytest
from botocore.config import Config

from chat.storage import open_history
from chat.storage.dynamodb import connection
from tests.storage import dynamodbs
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def credentials():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dynamodbs.CREDENTIALS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def moto(tmp_path_factory, credentials):
    with dynamodbs.moto(tmp_path_factory.mktemp("moto")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def dynalite(tmp_path_factory, credentials):
    with dynamodbs.dynalite(tmp_path_factory.mktemp("dynalite")) as endpoint:
        yield endpoint


def table_url(endpoint):
    """The URL of a table that no other test uses."""
    return f"dynamodb://Chat-{uuid.uuid4().hex}?region=us-east-1&endpoint_url={endpoint}"


# For each history: the fixture that gives it a place, and a function for its URL there.
HISTORIES = {
    "sqlite": ("tmp_path", lambda folder: f"sqlite:///{folder}/chat.db"),
    "moto": ("moto", table_url),
    "dynalite": ("dynalite", table_url),
}


@pytest.fixture(params=HISTORIES)
def url(request):
    """The URL of a history that doesn't exist yet."""
    place, url_at = HISTORIES[request.param]
    return url_at(request.getfixturevalue(place))


@pytest.fixture
def patient(monkeypatch):
    """Lets a DynamoDB of the tests take its time: the chat gives up after two seconds."""
    config = Config(connect_timeout=PATIENCE, read_timeout=PATIENCE)
    monkeypatch.setattr(connection, "CONFIG", connection.CONFIG.merge(config))


@pytest.fixture
def open_here():
    """Opens histories, which are closed after the test."""
    opened = []

    def open_here(url, **options):
        opened.append(open_history(url, **options))
        return opened[-1]

    yield open_here
    for history in opened:
        history.close()


@pytest.fixture
def history(url, open_here):
    """An empty history."""
    history = open_here(url)
    history.create()
    return history


@pytest.fixture
def fill_disk():
    """Limits files to the size of the database: writes fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def fill(path):
        size = max(file.stat().st_size for file in path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return fill
