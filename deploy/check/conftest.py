"""Fixtures and the report of figures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.check import aws, aws_faults
from deploy.check.podman import Container

figures: list[tuple[str, str]] = []


@pytest.fixture
def figure() -> Callable[[str, str], None]:
    """Records a figure that is printed at the end of the check."""
    return lambda what, value: figures.append((what, value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures."""
    terminalreporter.section("figures")
    for what, value in figures:
        terminalreporter.write_line(f"{what:<58} {value}")


@pytest.fixture(scope="module")
def chat() -> Iterator[Container]:
    """A container that keeps its history in a volume, as on a laptop."""
    container = Container("chat", 8000, {"CHAT_SEND_RATE": "0"})
    try:
        container.start()
        yield container
    finally:
        container.remove()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The stand-in for AWS."""
    with aws.running(tmp_path_factory.mktemp("ministack")):
        yield


@pytest.fixture(scope="module")
def account(cloud: None) -> None:
    """A new account in the stand-in."""
    aws.reset()
    aws.publish_instance_image("ami-0123456789abcdef0")


@pytest.fixture
def new(tmp_path: Path) -> aws_faults.Faults:
    """A new account, which a program plays."""
    return aws_faults.new_account(tmp_path)


@pytest.fixture
def running(tmp_path: Path) -> aws_faults.Faults:
    """The same of one in which a chat runs."""
    return aws_faults.running_account(tmp_path)
