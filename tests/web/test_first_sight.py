"""The messages that a page shows before its socket is open."""

import pytest

from chat import create_app
from chat.settings import Settings
from chat.storage import open_history
from tests.storage.messages import message, store
from tests.web.test_pages import sign_in


@pytest.fixture
def stored(tmp_path):
    """Messages that are in the room General."""
    history = open_history(f"sqlite:///{tmp_path}/chat.db")
    history.check()
    messages = [message(f"number {number}") for number in range(30)]
    store(history, *messages)
    history.close()
    return messages


@pytest.fixture
def browser(tmp_path, stored):
    settings = Settings(history=f"sqlite:///{tmp_path}/chat.db", event_rate=3, sign_in_rate=0)
    return create_app(settings).test_client()


def test_they_are_the_newest_of_the_room(browser, stored):
    sign_in(browser)
    answer = browser.get("/rooms/general/messages")
    assert answer.json == {"messages": [each.to_wire() for each in stored[5:]], "more": True}
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("/rooms/tech/messages").json == {"messages": [], "more": False}


def test_only_members_get_them(browser):
    assert browser.get("/rooms/general/messages").status_code == 401
    sign_in(browser)
    assert browser.get("/rooms/nowhere/messages").status_code == 404


def test_they_count_as_an_event_of_the_reader(browser):
    sign_in(browser)
    answers = [browser.get("/rooms/general/messages").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
