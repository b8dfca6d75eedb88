"""The names of the wire contract are the same in Python and in the browser.

A namespace would ignore a misspelt event of a browser only with an error that nobody sees.
"""

import json
import shutil
import subprocess

from chat import broadcasts, events
from chat.rooms import RoomsNamespace
from chat.typing_indicators import TypingNamespace
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
    contract = browser_contract()
    assert contract["NAMESPACES"] == {
        "rooms": broadcasts.ROOMS_NAMESPACE,
        "typing": broadcasts.TYPING_NAMESPACE,
    }
    assert set(contract["REQUESTS"].values()) == set(events.ROOMS_REQUESTS)
    assert contract["TYPING"] in events.TYPING_REQUESTS
    assert contract["TYPING"] == events.TYPING
    assert set(contract["BROADCASTS"].values()) == {
        events.MESSAGE,
        events.PRESENCE,
        events.ACTIVITY,
        events.GOING_AWAY,
        events.MARK,
    }


def test_every_event_has_a_handler():
    for namespace in (RoomsNamespace, TypingNamespace):
        handlers = {name for name in dir(namespace) if name.startswith("handle_")}
        assert handlers == {f"handle_{event}" for event in namespace.accepts}
