"""The names of the wire contract are the same in Python, in the browser and in the document.

A misspelt event of a browser would only cause an error answer that nobody sees.
"""

import json
import re
import shutil
import subprocess

import pytest

from chat import create_app
from chat.realtime.broadcasts import Event
from chat.realtime.typing_indicators import TYPING
from chat.settings import Settings
from tests.servers import ROOT

DOCUMENT = (ROOT / "docs/wire-contract.md").read_text()

SCRIPT = """
import * as contract from "./chat/static/js/contract.js";
console.log(JSON.stringify(contract));
"""


def browser_contract():
    node = shutil.which("node") or ROOT / ".venv/bin/node"
    command = [node, "--input-type=module", "--eval", SCRIPT]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


@pytest.fixture(scope="module")
def requests(tmp_path_factory):
    """The payloads that a chat takes, by namespace and event."""
    history = f"sqlite:///{tmp_path_factory.mktemp('contract')}/chat.db"
    namespaces = create_app(Settings(history=history)).extensions["socketio"].namespace_handlers
    return {each.namespace: each.payloads for each in namespaces}


def test_the_browser_knows_the_same_namespaces_and_events(requests):
    browser = browser_contract()
    assert set(browser["NAMESPACES"].values()) == set(requests)
    asked = {*browser["REQUESTS"].values(), browser["TYPING"]}
    assert asked == {event for payloads in requests.values() for event in payloads}
    told = {*browser["BROADCASTS"].values(), browser["TYPING"]}
    assert told == Event.names


def test_the_document_has_the_same_events_and_fields(requests):
    documented = documented_requests()
    assert documented == {
        namespace: {event: fields_of(payload) for event, payload in payloads.items()}
        for namespace, payloads in requests.items()
    }


@pytest.mark.usefixtures("requests")  # loads all modules that define events
def test_the_document_has_every_event_to_clients():
    told = re.findall(r"^\| event to clients .*?\n\n", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert [set(re.findall(r"^\| `(\w+)`", each, re.MULTILINE)) for each in told] == [
        Event.names - {TYPING},
        {TYPING},
    ]


def documented_requests():
    """By namespace and event: the fields as `fields_of` has them."""
    _, *sections = re.split(r"^## Namespace `(.+)`$", DOCUMENT, flags=re.MULTILINE)
    return {
        namespace: dict(rows_of(table))
        for namespace, text in zip(sections[::2], sections[1::2], strict=True)
        for table in re.findall(r"^\| event \|.*?\n\n", text, re.MULTILINE | re.DOTALL)
    }


def rows_of(table):
    for names, fields in re.findall(r"^\| (`.+?`) \| `\{(.*?)\}`", table, re.MULTILINE):
        without_types = re.sub(r": (\{.*\}|[^,]*)", "", fields)
        for name in re.findall(r"`(\w+)`", names):
            yield name, set(filter(None, without_types.split(", ")))


def fields_of(payload):
    """Names of fields, such as `{"room", "after?"}`: optional ones end in a question mark."""
    fields = payload.model_fields.items()
    return {name if field.is_required() else f"{name}?" for name, field in fields}
