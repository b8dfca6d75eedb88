"""The user with which the chat signs in to the bus."""

import re
from contextlib import ExitStack

import pytest

from tests.chatters import chatting
from tests.servers import ROOT, serving
from tests.valkeys import SECRETS, Valkey
from tests.waiting import wait_until


@pytest.fixture
def valkey(tmp_path):
    server = Valkey(tmp_path, **SECRETS).start()
    yield server
    server.kill()


def test_it_needs_no_more_than_the_template_allows_and_its_password_may_stand_apart(
    valkey, tmp_path
):
    template = (ROOT / "deploy/templates/large.yaml").read_text()
    (rules,) = re.findall(r"AccessString: (.+)", template)
    valkey.ask("ACL", "SETUSER", "admin", "on", "nopass", "~*", "&*", "+@all")
    with valkey.connect() as admin:
        admin.ask("AUTH", "admin", "")
        admin.ask("ACL", "SETUSER", "chat", *rules.split())
        folders = [tmp_path / "a", tmp_path / "b"]
        for folder in folders:
            folder.mkdir()
        settings = {
            "history": f"sqlite:///{tmp_path}/chat.db",
            "bus": f"valkey://chat@127.0.0.1:{valkey.port}",
            "bus_password": SECRETS["password"],
            "secret_key": "the same for all processes",
        }
        with ExitStack() as stack:
            here, there = (stack.enter_context(serving(folder, **settings)) for folder in folders)
            with chatting(here.url, "Ann") as ann, chatting(there.url, "Bob") as bob:
                ann.join("general")
                bob.join("general")
                wait_until(lambda: "Ann" in str(bob.join("general")["people"]))
                bob.wait_for_message(ann.say("general", "over the bus"))
        assert admin.ask("ACL", "LOG") == [], "nothing was refused"
