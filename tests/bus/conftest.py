"""Fixtures of the processes that share one history."""

import pytest

from tests.bus.doubles import MemoryContainers
from tests.virtual_time import VirtualTime


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def containers():
    return MemoryContainers()
