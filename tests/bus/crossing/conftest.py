"""Two processes that share a history and a bus, and people who are connected to one of them."""

from contextlib import ExitStack

import pytest

from tests.chatters import Chatter, chatting
from tests.servers import serving
from tests.valkeys import Valkey
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The settings of processes that are one chat."""
    folder = tmp_path_factory.mktemp("chat")
    valkey = Valkey(folder).start()
    yield {
        "history": f"sqlite:///{folder}/chat.db",
        "bus": valkey.url,
        "secret_key": "the same for all processes",
        "rooms": "General,Tech,Random",
    }
    valkey.kill()


@pytest.fixture(scope="module")
def two(shared, tmp_path_factory):
    """The addresses of two processes that know each other."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(tmp_path_factory.mktemp("server"), **shared))
            for _ in range(2)
        ]
        urls = [server.url for server in servers]
        with chatting(urls[0], "Scout") as scout, chatting(urls[1], "Other scout") as other:
            you = scout.join("general")["you"]
            wait_until(lambda: other.call("people", {"ids": [you["id"]]})["people"][0]["here"])
        yield urls


@pytest.fixture
def admit(two):
    """Connects somebody to the first or the second process."""
    admitted = []

    def admit(name, place=0, session=None, room="general"):
        chatter = Chatter(two[place], name, session=session)
        admitted.append(chatter)
        if room:
            chatter.join(room)
            chatter.join_typing(room)
        return chatter

    yield admit
    for chatter in admitted:
        chatter.close()
