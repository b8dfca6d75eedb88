"""What only the history in SQLite has to answer for."""

import contextlib
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.errors import Unavailable
from chat.messages.ids import FARTHEST_AHEAD
from chat.settings import SettingsError
from chat.storage.accounts import TOLD_FOR, Revocation, Session
from chat.storage.sqlite import database as sqlite_database
from chat.storage.sqlite.history import SqliteHistory
from tests.storage.messages import days_ago, draft, ids, message, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "chat.db"


@pytest.fixture
def history(path):
    with contextlib.closing(SqliteHistory(path)) as history:
        history.create()
        yield history


def test_a_resend_stores_nothing_and_gives_the_first_message(history):
    first = message()
    again = draft("something else", client_id=first.client_id).with_id(ids.make("general"))
    store(history, first)
    assert history.append([again, again]) == [first, first]
    assert history.newest("general", 10).messages == [first]


def test_a_resend_in_the_same_group_is_found(history):
    first = message()
    again = draft(client_id=first.client_id).with_id(ids.make("general"))
    assert history.append([first, again]) == [first, first]


def test_the_same_client_id_of_somebody_else_is_another_message(history):
    first = message()
    other = message(user="u2", client_id=first.client_id)
    store(history, first, other)
    assert history.newest("general", 10).messages == [first, other]


def test_only_an_id_that_a_wrong_clock_may_have_made_is_followed(history):
    now = time.time()
    too_far = message(at=now + FARTHEST_AHEAD + 3600)
    ours = message("ours", at=now)
    store(history, too_far, ours)
    far = message(at=now + FARTHEST_AHEAD - 3600)
    store(history, far)
    [after] = history.append([message("after", at=now + 1)])
    assert far.id < after.id < too_far.id


def test_expired_messages_are_deleted(path, history):
    store(history, message("old", at=days_ago(2)), message("new"))
    with contextlib.closing(SqliteHistory(path, retention_s=86_400)) as keeper:
        keeper.append([message("newer")])
    with contextlib.closing(sqlite3.connect(path)) as database:
        texts = [text for (text,) in database.execute("SELECT text FROM messages ORDER BY id")]
    assert texts == ["new", "newer"]


def test_expired_messages_are_deleted_where_nobody_talks(path, history):
    store(history, message("old", at=days_ago(2)))
    with contextlib.closing(SqliteHistory(path, retention_s=86_400)) as keeper:
        keeper.check()
    assert history.newest("general", 10).messages == []


def test_sessions_are_forgotten_when_their_last_day_is_over(path, history):
    now = time.time()
    for id_, until in [("old", now - 1), ("new", now + 1000), ("third", now + 1000)]:
        history.accounts.end_session(("ann", id_), until)
    history.accounts.begin_session(Session("fourth", "ann", "", now, now, now + 1000))
    with contextlib.closing(sqlite3.connect(path)) as database:
        kept = database.execute("SELECT id FROM sessions ORDER BY id").fetchall()
    assert kept == [("fourth",), ("new",), ("third",)]


def test_revocations_are_forgotten_once_everybody_has_read_them(path, clock):
    with contextlib.closing(SqliteHistory(path, clock=clock)) as history:
        history.create()
        accounts, revocation = history.accounts, Revocation(ids.make("revoked:"), "ann", "s")
        accounts.revoke(revocation)
        for passed, known in [(TOLD_FOR, [revocation]), (1, [])]:
            clock.now += passed
            accounts.begin_session(Session(f"{passed}", "ben", "", 0, 0, clock.now + 1000))
            assert accounts.revoked_since("0") == known


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(sqlite_database, "BUSY_TIMEOUT", 0.05)


def test_while_another_process_writes_it_is_unavailable_and_reads_go_on(hasty, path, history):
    stored = message()
    store(history, stored)
    with contextlib.closing(SqliteHistory(path)) as late, contextlib.closing(_lock(path)):
        with pytest.raises(Unavailable):
            late.append([message()])
        with pytest.raises(Unavailable):
            late.check()
        assert late.newest("general", 10).messages == [stored]
    store(history, message())
    history.check()


def _lock(path, timeout=5):
    database = sqlite3.connect(path, timeout, isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.Error:
        database.close()
        raise
    return database


def test_files_are_looked_at_when_no_other_process_can_write_any_more(path, history, monkeypatch):
    """Otherwise they could be replaced between the look and the write, which then would be lost."""
    history.append([message()])
    looks = []
    look = history._database._require_same_files

    def look_and_try_to_write():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _lock(path, timeout=0)
        looks.append(look())

    monkeypatch.setattr(history._database, "_require_same_files", look_and_try_to_write)
    history.append([message()])
    history.accounts.end_session(("ann", "one"), time.time() + 1000)
    history.check()
    assert len(looks) == 3


def test_every_thread_waits_until_what_it_wrote_is_on_the_disk(history):
    """A power cut can't be had here. `FULL`, which is 2, is what SQLite needs to survive it."""

    def level():
        with history._database.use() as database:
            return database.execute("PRAGMA synchronous").fetchone()

    with ThreadPoolExecutor(1) as thread:
        assert [level(), thread.submit(level).result()] == [(2,), (2,)]


def test_a_full_disk_loses_nothing_and_heals(path, history, fill_disk):
    stored = message()
    store(history, stored)
    with fill_disk(path), pytest.raises(Unavailable):
        history.append([message("x" * 200_000)])
    assert history.newest("general", 10).messages == [stored]
    after = message("there is room again")
    store(history, after)
    assert history.newest("general", 10).messages == [stored, after]


def test_several_threads_make_the_file_at_once(path):
    errors = []

    def create():
        with contextlib.closing(SqliteHistory(path)) as history:
            try:
                while not succeeds(history):
                    pass
            except Exception as error:  # noqa: BLE001  any
                errors.append(error)

    def succeeds(history):
        with contextlib.suppress(Unavailable):  # another one takes long
            history.create()
            history.append([message()])
            return True

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize("obstacle", ["folder", "text", "other tables", "no folder"])
def test_a_path_that_cannot_be_used_is_one_clear_line(tmp_path, obstacle):
    path = tmp_path / "chat.db"
    if obstacle == "folder":
        path.mkdir()
    elif obstacle == "text":
        path.write_text("This is no database. " * 100)
    elif obstacle == "other tables":
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE messages (subject TEXT)")
    else:
        (tmp_path / "file").touch()
        path = tmp_path / "file" / "chat.db"
    with contextlib.closing(SqliteHistory(path)) as history, pytest.raises(SettingsError) as caught:
        history.check()
    assert str(caught.value).startswith("CHAT_HISTORY: ")
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_threads_that_come_together_open_the_file_once(tmp_path, monkeypatch):
    opened = []

    def inspect(path, _timeout):
        opened.append(path)
        time.sleep(0.1)  # in which the others come

    monkeypatch.setattr(sqlite_database, "inspect", inspect)
    with (
        contextlib.closing(SqliteHistory(tmp_path / "chat.db")) as history,
        ThreadPoolExecutor(4) as threads,
    ):
        reads = [threads.submit(history.newest, "general", 1) for _ in range(4)]
        assert all(not read.result().messages for read in reads)
    assert len(opened) == 1
