"""One history after the other: SQLite, and DynamoDB in two implementations."""

import contextlib
import resource
import uuid

import pytest

from chat.storage import open_history
from tests.storage import dynamodbs


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
    """The URL of a table that nobody else uses."""
    return f"dynamodb://Chat-{uuid.uuid4().hex}?region=us-east-1&endpoint_url={endpoint}"


@pytest.fixture(params=["sqlite", "moto", "dynalite"])
def url(request, tmp_path):
    """Where an empty history is to be."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/chat.db"
    return table_url(request.getfixturevalue(request.param))


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
    """No file may grow over the size of the database: writes fail as on a full disk."""
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
