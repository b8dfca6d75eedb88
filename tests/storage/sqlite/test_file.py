"""The file of the history in SQLite stays at its path, and is nobody else's to read."""

import contextlib
import errno
import os
import signal
import sqlite3
import threading
import time

import pytest

from chat.errors import Unavailable
from chat.settings import SettingsError
from chat.storage.sqlite import file as sqlite_file
from chat.storage.sqlite.database import LOOK_EVERY
from chat.storage.sqlite.file import Identities
from chat.storage.sqlite.history import SqliteHistory
from tests.chatters import chatting
from tests.servers import FLASK_RUN, GUNICORN, serving
from tests.storage.messages import message, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "chat.db"


@pytest.fixture
def history(path, clock):
    with contextlib.closing(SqliteHistory(path, monotonic=clock)) as history:
        history.create()
        yield history


def beside(path, what):
    return path.with_name(f"{path.name}-{what}")


@pytest.fixture
def next_tick(monkeypatch):
    """Wait until a change has another time than the one before."""
    monkeypatch.setattr(sqlite_file, "TICK", 50_000_000)
    return lambda: time.sleep(0.1)


def move_away(path):
    for what in ("wal", "shm"):
        beside(path, what).unlink()
    return path.rename(path.with_name("away"))


def texts(path):
    """What is in that one file, whatever is beside it."""
    alone = path.with_name("alone.db")
    alone.write_bytes(path.read_bytes())
    with contextlib.closing(sqlite3.connect(alone)) as database:
        return [text for (text,) in database.execute("SELECT text FROM messages ORDER BY id")]


def assert_refuses(history, caplog, *calls):
    for call in calls:
        caplog.clear()
        with pytest.raises(Unavailable):
            call()
        assert "put it back, or stop the chat" in caplog.records[-1].message


@pytest.mark.parametrize("what", ["", "-wal", "-shm"])
@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced"])
@pytest.mark.parametrize("wait", [True, False])
def test_when_a_file_is_gone_nothing_is_acknowledged(
    history, path, caplog, what, fate, wait, next_tick
):
    store(history, message())
    if wait:
        next_tick()
        store(history, message())
    file = path.with_name(path.name + what)
    away = file.with_name("away")
    file.rename(away)
    if fate == "deleted":
        away.unlink()
    elif fate == "replaced":
        file.write_bytes(away.read_bytes())
    assert_refuses(history, caplog, lambda: history.append([message()]), history.check)
    assert file.exists() == (fate == "replaced"), "no new file is made"


@pytest.mark.parametrize(
    ("place", "moved"),
    [
        ("folder/chat.db", "folder/chat.db"),
        ("folder/chat.db", "folder/chat.db-shm"),
        ("link.db", "link.db"),
        ("link.db", "folder/chat.db-wal"),
    ],
)
def test_files_are_not_looked_at_where_the_folder_has_not_changed(
    path, tmp_path, monkeypatch, place, moved, next_tick
):
    path.parent.mkdir()
    for file in (path, beside(path, "wal"), beside(path, "shm")):
        file.touch()
    (tmp_path / "link.db").symlink_to(path)
    identities = Identities(tmp_path / place)
    there = identities.now()
    monkeypatch.setattr(sqlite_file, "TICK", 3600 * 10**9)
    assert identities.are(there)
    looks = []
    original = sqlite_file._identity
    monkeypatch.setattr(sqlite_file, "_identity", lambda name: looks.append(name) or original(name))
    assert identities.are(there)
    assert looks, "the folder has just changed, and may change again at the same time"
    next_tick()
    monkeypatch.setattr(sqlite_file, "TICK", 0)
    assert identities.are(there)
    looks.clear()
    assert identities.are(there)
    assert not looks
    (tmp_path / moved).rename(path.with_name("away"))
    assert not identities.are(there)
    assert not identities.are(there)


def test_a_link_on_the_way_that_leads_elsewhere_is_noticed(path, tmp_path, next_tick):
    for release in ("one", "two"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "chat.db").touch()
    (tmp_path / "current").symlink_to("one")
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "chat.db"
    link.symlink_to("../current/chat.db")
    identities = Identities(link)
    there = identities.now()
    next_tick()
    assert identities.are(there)
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("two")
    assert not identities.are(there)


def test_a_folder_that_was_replaced_has_changed(path, tmp_path, next_tick):
    path.parent.mkdir()
    path.touch()
    identities = Identities(path)
    there = identities.now()
    next_tick()
    assert identities.are(there)
    path.parent.rename(tmp_path / "away")
    assert not identities.are(there)
    path.parent.mkdir()
    assert not identities.are(there)


def test_when_the_database_is_gone_it_is_read_for_no_longer_than_a_moment(
    history, path, caplog, clock
):
    store(history, message())
    path.rename(path.with_name("away"))
    clock.now += LOOK_EVERY
    assert_refuses(
        history,
        caplog,
        lambda: history.newest("general", 10),
        lambda: history.count_after("general", "0", 10),
    )


def test_a_write_that_was_refused_ends_all_reading_at_once(history, path, caplog):
    store(history, message())
    path.rename(path.with_name("away"))
    assert_refuses(
        history,
        caplog,
        lambda: history.append([message()]),
        lambda: history.newest("general", 10),
    )


def test_a_sign_out_is_not_written_to_a_file_that_is_gone(history, path, caplog):
    store(history, message())
    path.rename(path.with_name("away"))
    assert_refuses(history, caplog, lambda: history.accounts.end_session(("ann", "1"), 2e9))


@pytest.mark.parametrize("what", ["wal", "shm"])
def test_no_new_file_is_made_beside_what_is_left_of_another(path, history, what):
    store(history, message())
    path.rename(path.with_name("away"))
    beside(path, {"wal": "shm", "shm": "wal"}[what]).unlink()
    with (
        contextlib.closing(SqliteHistory(path)) as other,
        pytest.raises(SettingsError, match=f"is gone and chat.db-{what} is not; put it back"),
    ):
        other.check()
    assert not path.exists()


def test_a_link_may_lead_to_the_file_and_nowhere_else_later(path, tmp_path, caplog):
    path.parent.mkdir()
    link = tmp_path / "link"
    link.symlink_to(path)
    with contextlib.closing(SqliteHistory(link)) as history:
        store(history, message("acknowledged"))
        assert beside(path, "wal").exists()
        link.unlink()
        link.symlink_to(tmp_path / "other.db")
        assert_refuses(history, caplog, lambda: history.append([message()]), history.check)
    assert texts(path) == ["acknowledged"]


def test_it_goes_on_when_the_file_is_back(history, path):
    before, after = message("before"), message("after")
    store(history, before)
    path.rename(path.with_name("away"))
    with pytest.raises(Unavailable):
        history.append([message()])
    path.with_name("away").rename(path)
    store(history, after)
    assert history.newest("general", 10).messages == [before, after]
    history.check()


def test_a_thread_that_comes_later_reads_no_other_file(history, path):
    store(history, message())
    move_away(path)
    with contextlib.closing(SqliteHistory(path)) as other:
        other.create()
        del history._database._local.connection  # as in a thread that has none yet
        with pytest.raises(Unavailable):
            history.newest("general", 10)


@pytest.mark.parametrize("what", ["wal", "shm"])
def test_what_was_acknowledged_before_a_file_beside_it_was_deleted_is_there_after_a_stop(
    history, path, what
):
    store(history, message("acknowledged"))
    beside(path, what).unlink()
    history.close()
    assert texts(path) == ["acknowledged"]


def test_a_file_that_was_moved_is_whole_after_a_stop_and_another_one_is_left_alone(history, path):
    store(history, message("acknowledged"))
    away = move_away(path)
    with contextlib.closing(SqliteHistory(path)) as other:
        store(other, message("of another chat"))
        history.close()
        assert other.newest("general", 10).messages[0].text == "of another chat"
    assert texts(away) == ["acknowledged"]


def test_after_a_stop_the_file_alone_holds_everything(history, path):
    store(history, *[message(f"number {n}") for n in range(30)])
    history.close()
    assert texts(path) == [f"number {n}" for n in range(30)]
    assert {file.name for file in path.parent.iterdir()} == {"alone.db", "chat.db"}


def test_a_stop_beside_another_process_leaves_that_its_log_and_the_file_everything(history, path):
    stored = message("both know it")
    store(history, stored)
    with contextlib.closing(SqliteHistory(path)) as other:
        assert other.newest("general", 10).messages == [stored]
        history.close()
        assert texts(path) == ["both know it"]
        store(other, message("still going"))
    assert texts(path) == ["both know it", "still going"]


def test_after_the_end_nothing_is_opened_again(history, path):
    history.close()
    history._local = threading.local()  # as in a thread that comes later
    for call in (history.check, lambda: history.append([message()])):
        with pytest.raises(Unavailable):
            call()
    assert not beside(path, "wal").exists()


@pytest.mark.parametrize(
    ("command", "stop"),
    [(GUNICORN, signal.SIGTERM), (GUNICORN, signal.SIGINT), (FLASK_RUN, signal.SIGINT)],
    ids=["planned", "Ctrl-C", "Ctrl-C in development"],
)
def test_a_server_leaves_one_whole_file_when_it_is_stopped(tmp_path, command, stop):
    path = tmp_path / "data/chat.db"
    with serving(tmp_path, command, history=f"sqlite:///{path}") as server:
        with chatting(server.url, "Ann") as ann:
            ann.join("general")
            ann.say("general", "acknowledged")
        assert beside(path, "wal").exists()
        os.killpg(server.process.pid, stop)
        server.process.wait(20)
    assert {file.name for file in path.parent.iterdir()} == {"chat.db", "secret-key"}
    assert texts(path) == ["acknowledged"]


def test_nobody_else_may_read_what_is_made(history, path):
    store(history, message())
    files = [path, beside(path, "wal"), beside(path, "shm")]
    assert [file.stat().st_mode & 0o777 for file in files] == 3 * [0o600]


def test_what_others_may_read_is_taken_from_them_at_the_start(history, path):
    store(history, message())
    files = [path, beside(path, "wal"), beside(path, "shm")]
    for file in files:
        file.chmod(0o664)
    with contextlib.closing(SqliteHistory(path)) as again:
        again.check()
        assert [file.stat().st_mode & 0o777 for file in files] == 3 * [0o600]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_the_file_is_made_where_there_are_no_hard_links(tmp_path, monkeypatch, number):
    def fail(*_):
        raise OSError(number, "no hard links")

    monkeypatch.setattr(os, "link", fail)
    with contextlib.closing(SqliteHistory(tmp_path / "chat.db")) as history:
        history.check()
        assert (tmp_path / "chat.db").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["chat.db"]
