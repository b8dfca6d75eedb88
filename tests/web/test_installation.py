"""What makes the page an app: manifest, service worker, and the page without a connection."""

import json
import re

import pytest

from chat import create_app
from chat.settings import Settings


@pytest.fixture
def browser(app):
    return app.test_client()


def test_the_manifest_names_the_chat_and_icons_that_are_there(tmp_path):
    app = create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", title="Ferry Talk"))
    browser = app.test_client()
    page = browser.get("/").text
    address = re.search(r'rel="manifest" href="([^"]+)"', page).group(1)
    answer = browser.get(address)
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert manifest["name"] == "Ferry Talk"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        answer = browser.get(icon["src"], buffered=True)
        assert answer.status_code == 200
        assert answer.mimetype == icon["type"]


def facts(browser):
    script = browser.get("/service-worker.js").text
    return json.loads(re.match(r"self\.offline = (\{.*\});\n", script).group(1))


def test_the_service_worker_is_of_this_version_and_its_files_are_there(browser):
    answer = browser.get("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-store"
    script = re.search(r'importScripts\("([^"]+)"\)', answer.text).group(1)
    assert script.startswith(facts(browser)["prefix"])
    for path in [script, *facts(browser)["files"]]:
        assert browser.get(path, buffered=True).status_code == 200


def test_what_the_page_without_a_connection_needs_is_kept(browser):
    kept = {facts(browser)["page"], *facts(browser)["files"]}
    page = browser.get("/offline").text
    needed = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert len(needed) > 5
    assert needed <= kept
    assert any(path.endswith("models/outbox.js") for path in kept), "imported by one of them"


def test_the_page_without_a_connection_is_the_same_for_everybody(browser):
    anonymous = browser.get("/offline").text
    page = browser.get("/").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    browser.post("/sign-in", data={"name": "Ann", "csrf_token": token})
    assert "Ann" in browser.get("/").text
    assert browser.get("/offline").text == anonymous
