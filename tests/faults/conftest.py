"""An arena for each test, with a seed that is printed and can be set again."""

import os
import random
import sys

import pytest

from tests.faults.arenas import cloud_arena, sqlite_arena
from tests.storage import dynamodbs


@pytest.fixture
def seed(request):
    """Set `SEED` to repeat the random choices of a failed test."""
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    sys.stdout.write(f"SEED={seed} pytest '{request.node.nodeid}'\n")  # shown if it fails
    return seed


@pytest.fixture
def arena(tmp_path, seed):
    """One server on SQLite, not started yet."""
    arena = sqlite_arena(tmp_path, seed)
    yield arena
    arena.close()


@pytest.fixture(scope="session")
def dynalite(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dynamodbs.CREDENTIALS.items():
            patch.setenv(name, value)
        with dynamodbs.dynalite(tmp_path_factory.mktemp("dynalite")) as endpoint:
            yield endpoint


@pytest.fixture
def cloud(tmp_path, dynalite, seed):
    """An arena whose servers reach DynamoDB through a proxy, `cloud.proxy`."""
    arena = cloud_arena(tmp_path, dynalite, seed)
    yield arena
    arena.close()


@pytest.fixture(params=["sqlite", "dynamodb"])
def either(request):
    """An arena on SQLite, and in a second run of the test on DynamoDB."""
    return request.getfixturevalue("arena" if request.param == "sqlite" else "cloud")


@pytest.fixture
def join(either, valkey):
    """Starts so many servers that a bus joins, behind a balancer; returns the arena."""

    def join(servers=2, *, is_sticky=True, **settings):
        either.bus = valkey
        for _ in range(servers):
            either.serve(proxies=1, **settings)
        either.balance(is_sticky=is_sticky)
        return either

    return join
