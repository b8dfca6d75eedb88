"""A file of an older release is brought up to date, one of a newer release is left alone."""

import contextlib
import sqlite3
import threading

import pytest

from chat.errors import Unavailable
from chat.settings import SettingsError
from chat.storage.sqlite import migrations as sqlite_migrations
from chat.storage.sqlite.history import SqliteHistory
from chat.storage.sqlite.migrations import MIGRATIONS, newest_version
from tests.storage.messages import message, store

NEXT = ("CREATE TABLE next (id TEXT)", "INSERT INTO next VALUES ('made once')")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "chat.db"


@pytest.fixture
def next_release(monkeypatch):
    """One with a form more than this one."""
    monkeypatch.setattr(sqlite_migrations, "MIGRATIONS", [*MIGRATIONS, NEXT])


@pytest.fixture
def stored(path):
    """A message in a file of this release."""
    stored = message()
    with contextlib.closing(SqliteHistory(path)) as history:
        store(history, stored)
    return stored


def ask(path, query):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchone()[0]


def copies(path):
    return [file for file in path.parent.iterdir() if ".version-" in file.name]


def newest(path):
    with contextlib.closing(SqliteHistory(path)) as history:
        return history.newest("general", 10).messages


def test_a_new_file_has_the_newest_form_and_no_copy(path, stored):
    assert ask(path, "PRAGMA user_version") == newest_version()
    assert copies(path) == []


def test_a_file_of_before_there_were_forms_is_known_all_the_same(path):
    stored = message()
    with contextlib.closing(sqlite3.connect(path)) as database:
        for statement in MIGRATIONS[0][:3]:
            database.execute(statement)
        database.execute(
            "INSERT INTO messages (id, room, user_id, user_name, text, client_id) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            stored,
        )
        database.commit()
    assert newest(path) == [stored]
    assert ask(path, "PRAGMA user_version") == newest_version()
    with contextlib.closing(SqliteHistory(path)) as history:
        history.check()


def test_an_older_file_is_brought_up_to_date_and_kept(path, stored, next_release):
    assert newest(path) == [stored]
    assert ask(path, "SELECT id FROM next") == "made once"
    (copy,) = copies(path)
    assert ask(copy, "PRAGMA user_version") == newest_version() - 1
    assert ask(copy, "SELECT text FROM messages") == stored.text
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_file_of_before_there_were_choices_has_what_was_in_it_and_takes_some(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        for statement in (statement for version in MIGRATIONS[:2] for statement in version):
            database.execute(statement)
        database.execute("INSERT INTO memberships (person, room, level) VALUES ('p', 'r', 'all')")
        database.execute("PRAGMA user_version = 2")
        database.commit()
    with contextlib.closing(SqliteHistory(path)) as history:
        history.memberships.choose("p", "theme", "dark", "change")
        assert history.memberships.of("p") == ([("r", "", "all")], ("dark", ""))
    assert ask(path, "PRAGMA user_version") == newest_version()
    assert [file.name.partition(".version-")[2][:1] for file in copies(path)] == ["2"]


def test_a_file_of_before_there_were_containers_takes_their_records(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        for statement in (statement for version in MIGRATIONS[:3] for statement in version):
            database.execute(statement)
        database.execute("PRAGMA user_version = 3")
        database.commit()
    with contextlib.closing(SqliteHistory(path)) as history:
        history.containers.renew("a", 1, {"general": "id"})
        assert history.containers.all() == [("a", 1, {"general": "id"})]
    assert ask(path, "PRAGMA user_version") == newest_version()


def test_processes_that_start_together_do_so_once(path, stored, next_release):
    errors, start = [], threading.Barrier(6)

    def begin():
        with contextlib.closing(SqliteHistory(path)) as history:
            start.wait()
            try:
                while not passes(history):
                    pass
            except Exception as error:  # noqa: BLE001  any
                errors.append(error)

    def passes(history):
        with contextlib.suppress(Unavailable):  # another one takes long
            history.check()
            return True

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert ask(path, "SELECT count(*) FROM next") == 1
    assert len(copies(path)) == 1


def test_what_fails_half_way_changes_nothing(path, stored, monkeypatch):
    broken = ("CREATE TABLE next (id TEXT)", "INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr(sqlite_migrations, "MIGRATIONS", [*MIGRATIONS, broken])
    with contextlib.closing(SqliteHistory(path)) as history, pytest.raises(SettingsError):
        history.check()
    monkeypatch.undo()
    assert newest(path) == [stored]
    assert ask(path, "SELECT count(*) FROM sqlite_master WHERE name = 'next'") == 0


def make_newer(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {newest_version() + 1}")


def test_a_newer_file_stops_the_start_in_one_line_and_is_not_touched(path, stored):
    make_newer(path)
    before = path.read_bytes()
    with contextlib.closing(SqliteHistory(path)) as history:
        with pytest.raises(SettingsError, match="newer version of the chat") as refusal:
            history.check()
        with pytest.raises(Unavailable):
            history.append([message()])
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before


def test_when_a_newer_release_takes_the_file_over_this_one_is_not_ready(path):
    with contextlib.closing(SqliteHistory(path)) as history:
        history.check()
        make_newer(path)
        with pytest.raises(SettingsError, match="newer version of the chat"):
            history.check()
