"""The newest id of each room, with a history in SQLite."""

import pytest

from chat.errors import Unavailable
from chat.history.newest_ids import READ_EVERY, NewestIds
from chat.history.reader import Reader
from chat.messages.ids import FIRST_ID, MessageIds
from chat.storage import open_history
from tests.storage.messages import message, store


@pytest.fixture
def history(tmp_path):
    history = open_history(f"sqlite:///{tmp_path}/chat.db")
    history.create()
    yield history
    history.close()


@pytest.fixture
def asked(history, monkeypatch):
    """The rooms of each read."""
    asked = []
    real = history.newest_ids

    def newest_ids(rooms, before):
        asked.append(list(rooms))
        return real(rooms, before)

    monkeypatch.setattr(history, "newest_ids", newest_ids)
    return asked


@pytest.fixture
def newest(history, asked, clock):
    return NewestIds(Reader(history, MessageIds(), page_size=3), clock)


def test_rooms_are_read_together_and_not_again_soon(history, newest, asked, clock):
    stored = message(room="tech")
    store(history, stored)
    known = {"tech": stored.id, "general": FIRST_ID}
    assert newest.of(["tech", "general"]) == known
    clock.now += READ_EVERY - 0.1
    assert newest.of(["tech", "general"]) == known
    assert asked == [["tech", "general"]]


def test_only_what_is_not_known_is_read(newest, asked):
    newest.of(["tech"])
    newest.of(["tech", "general"])
    assert newest.of([]) == {}
    assert asked == [["tech"], ["general"]]


def test_what_is_seen_here_is_known_at_once(newest, asked):
    assert newest.seen("general") == ""
    newest.of(["general"])
    older, newer = message(), message()
    for each in (newer, older):
        newest.saw("general", each.id)
        assert newest.seen("general") == newer.id
        assert newest.of(["general"]) == {"general": newer.id}
    assert len(asked) == 1


def test_what_another_server_has_stored_is_known_soon(history, newest, clock):
    newest.of(["general"])
    stored = message()
    store(history, stored)
    assert newest.of(["general"]) == {"general": FIRST_ID}
    clock.now += READ_EVERY
    assert newest.of(["general"]) == {"general": stored.id}


def test_a_room_does_not_go_back(history, newest, monkeypatch):
    """A read that began before a message was stored may end after that."""
    monkeypatch.setattr(history, "newest_ids", lambda rooms, _before: ["" for _ in rooms])
    seen = message()
    newest.saw("general", seen.id)
    assert newest.of(["general"]) == {"general": seen.id}


def test_what_cannot_be_read_now_is_left_out(history, newest, clock, monkeypatch):
    stored = message()
    store(history, stored)
    newest.of(["general"])
    clock.now += READ_EVERY - 1
    monkeypatch.setattr(history, "newest_ids", fail)
    assert newest.of(["tech", "general"]) == {"general": stored.id}
    clock.now += 1
    assert newest.of(["tech", "general"]) == {}


def fail(_rooms, _before):
    raise Unavailable("down")
