"""What is wrong with a file is found at the start; ready means that a write would work."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from chat.errors import Unavailable
from chat.settings import SettingsError
from chat.storage.base import WRITE_PROVES
from chat.storage.sqlite import check as sqlite_check
from chat.storage.sqlite.file import log_of
from chat.storage.sqlite.history import SqliteHistory
from tests.clock import Clock
from tests.storage.messages import message, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "chat.db"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(path, clock):
    with contextlib.closing(SqliteHistory(path, monotonic=clock)) as history:
        history.check()
        yield history


def killed(path, messages):
    """Files as a process leaves them that is killed after it has stored messages."""
    draft = path.with_name("running")
    with contextlib.closing(SqliteHistory(draft)) as history:
        store(history, *messages)
        for what in ("", "-wal"):
            shutil.copy(f"{draft}{what}", f"{path}{what}")


def many(name):
    return [message(f"{name} {n} " + "x" * 500) for n in range(400)]


def test_what_a_killed_process_has_left_is_taken_over(path, caplog):
    messages = many("number")
    killed(path, messages)
    with contextlib.closing(SqliteHistory(path)) as history:
        assert history.newest("general", 400).messages == messages
    assert "was not closed, or is in use by another process" in caplog.text


def test_a_process_that_was_killed_during_a_checkpoint_has_lost_nothing(path):
    """A checkpoint writes page by page; the first page already states the later length."""
    messages = many("number")
    killed(path, messages)
    running = path.with_name("running")
    shutil.copy(path, running)
    shutil.copy(log_of(path), log_of(running))
    with contextlib.closing(sqlite3.connect(running)) as database:
        database.execute("PRAGMA wal_checkpoint")
    first_page = running.read_bytes()[:4096]
    assert running.stat().st_size > path.stat().st_size == len(first_page)
    path.write_bytes(first_page)
    with contextlib.closing(SqliteHistory(path)) as history:
        history.check()
        assert history.newest("general", 400).messages == messages


def test_a_backup_beside_the_log_of_what_was_there_is_refused_and_not_ruined(path):
    with contextlib.closing(SqliteHistory(path.with_name("running"))) as history:
        store(history, *many("mine")[:200])
        history.backup(path.with_name("backup"))
    killed(path, many("newer"))
    shutil.copy(path.with_name("backup"), path)
    before = path.read_bytes()
    for _ in range(2):
        with contextlib.closing(SqliteHistory(path)) as history:
            with pytest.raises(SettingsError, match="if a backup was put there, remove") as refusal:
                history.check()
            with pytest.raises(Unavailable):
                history.append([message()])
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before
    log_of(path).unlink()
    with contextlib.closing(SqliteHistory(path)) as history:
        assert len(history.newest("general", 400).messages) == 200


def test_a_file_that_is_damaged_is_refused_when_it_was_not_closed(path):
    draft = path.with_name("running")
    with contextlib.closing(SqliteHistory(draft)) as history:
        store(history, *many("number"))
        history._database._keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store(history, message())
        shutil.copy(log_of(draft), log_of(path))
        content = bytearray(draft.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40_960] = bytes(40_960)
    path.write_bytes(content)
    with (
        contextlib.closing(SqliteHistory(path)) as history,
        pytest.raises(SettingsError, match="is damaged, or") as refusal,
    ):
        history.check()
    assert "flask --app wsgi restore FILE" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content


def test_damage_that_the_first_write_finds_is_told_of_with_the_way_back(path):
    with contextlib.closing(SqliteHistory(path)) as history:
        store(history, *many("number"))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    with (
        contextlib.closing(SqliteHistory(path)) as history,
        pytest.raises(
            SettingsError, match=r"chat\.db is damaged .*`flask --app wsgi restore FILE`"
        ),
    ):
        history.check()


def test_a_copy_without_its_log_is_told_of(path, caplog):
    killed(path, [message()])
    log_of(path).unlink()
    with contextlib.closing(SqliteHistory(path)) as history:
        history.check()
    assert "was copied without chat.db-wal while it was in use" in caplog.text


def test_a_file_that_was_closed_is_not_complained_about(path, history, caplog):
    store(history, message())
    history.close()
    with contextlib.closing(SqliteHistory(path)) as again:
        again.check()
    assert caplog.records == []


def test_a_large_file_delays_the_start_only_so_much(path, caplog, monkeypatch):
    monkeypatch.setattr(sqlite_check, "EXAMINE_FOR", 0)
    monkeypatch.setattr(sqlite_check, "STEPS", 10)
    killed(path, many("number"))
    with contextlib.closing(SqliteHistory(path)) as history:
        history.check()
    assert "it was not examined to its end" in caplog.text


def test_a_database_of_something_else_is_left_alone(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE customers (name TEXT)")
    before = path.read_bytes()
    with (
        contextlib.closing(SqliteHistory(path)) as history,
        pytest.raises(SettingsError, match="is a database of something else; name another file"),
    ):
        history.check()
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["folder", "device"])
def test_what_is_no_file_is_refused(path, what):
    path = path.parent if what == "folder" else Path("/dev/null")
    with (
        contextlib.closing(SqliteHistory(path)) as history,
        pytest.raises(SettingsError, match="is not a file; name a file"),
    ):
        history.check()


def test_on_a_full_disk_it_is_not_ready_and_heals(path, history, clock, fill_disk):
    store(history, message())
    with fill_disk(path):
        clock.now += WRITE_PROVES
        for _ in range(3):
            with pytest.raises(Unavailable, match="can't be written to"):
                history.check()
    history.check()


def test_after_a_write_that_failed_it_is_not_ready_at_once(path, history, fill_disk):
    store(history, message())
    with fill_disk(path):
        with pytest.raises(Unavailable):
            history.append([message("x" * 200_000)])
        with pytest.raises(Unavailable):
            history.check()
    history.check()


def test_a_write_proves_that_another_one_would_work(path, history, clock):
    store(history, message())
    size = log_of(path).stat().st_size
    for _ in range(5):
        history.check()
    assert log_of(path).stat().st_size == size, "an idle disk is left alone"
    clock.now += WRITE_PROVES
    history.check()
    assert log_of(path).stat().st_size > size


def test_a_check_writes_no_less_than_a_long_message(path, history, clock):
    """On a disk that has room for a little, and not for a message, it is not ready."""

    def grown_by(write):
        before = log_of(path).stat().st_size
        clock.now += WRITE_PROVES
        write()
        return log_of(path).stat().st_size - before

    long = message("x" * 32_000)
    assert grown_by(history.check) >= grown_by(lambda: store(history, long)) > 32_000


def test_being_asked_for_ever_does_not_let_the_log_grow(path, history, clock):
    for _ in range(1000):
        clock.now += WRITE_PROVES
        history.check()
    assert log_of(path).stat().st_size < 10_000_000


@pytest.fixture
def stranger():
    """A folder of a user that this process becomes for a while: root may write to all files."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)

        @contextlib.contextmanager
        def become():
            root = os.geteuid() == 0
            if root:
                os.seteuid(65_534)
            try:
                yield
            finally:
                if root:
                    os.seteuid(0)

        yield Path(folder), become


def test_a_start_on_a_file_that_is_read_only_stops_in_one_line(stranger):
    folder, become = stranger
    path = folder / "chat.db"
    with contextlib.closing(SqliteHistory(path)) as history:
        store(history, message())
    path.chmod(0o444)
    with (
        become(),
        contextlib.closing(SqliteHistory(path)) as history,
        pytest.raises(SettingsError, match="name a file") as refusal,
    ):
        history.check()
    assert "\n" not in str(refusal.value)


def test_a_file_that_becomes_read_only_is_found_by_a_write(path, history, clock, monkeypatch):
    with contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT 1")
        history._database._connection().execute("PRAGMA query_only = ON")
        clock.now += WRITE_PROVES
        with pytest.raises(SettingsError, match="can't be written to"):
            history.check()
