"""The names of the wire contract are the same in Python and in the browser.

A namespace would ignore a misspelt event of a browser only with an error that nobody sees.
"""

import json
import shutil
import subprocess

from chat.realtime import broadcasts, contract
from chat.realtime.rooms_namespace import RoomsNamespace
from chat.realtime.typing_namespace import TypingNamespace
from tests.servers import ROOT

SCRIPT = """
import * as contract from "./chat/static/js/contract.js";
console.log(JSON.stringify(contract));
"""


def browser_contract():
    node = shutil.which("node") or ROOT / ".venv/bin/node"
    command = [node, "--input-type=module", "--eval", SCRIPT]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def test_the_browser_knows_the_same_names():
    browser = browser_contract()
    assert browser["NAMESPACES"] == {
        "rooms": broadcasts.ROOMS_NAMESPACE,
        "typing": broadcasts.TYPING_NAMESPACE,
    }
    assert set(browser["REQUESTS"].values()) == set(contract.ROOMS_REQUESTS)
    assert browser["TYPING"] in contract.TYPING_REQUESTS
    assert browser["TYPING"] == contract.TYPING
    assert set(browser["BROADCASTS"].values()) == {
        contract.MESSAGE,
        contract.PRESENCE,
        contract.ACTIVITY,
        contract.GOING_AWAY,
        contract.MARK,
    }


def test_every_event_has_a_handler():
    for namespace in (RoomsNamespace, TypingNamespace):
        handlers = {name for name in dir(namespace) if name.startswith("handle_")}
        assert handlers == {f"handle_{event}" for event in namespace.accepts}
