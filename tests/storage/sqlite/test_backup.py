"""Backups of the history in SQLite, and the way back, by the commands that operators use."""

import contextlib
import errno
import os
import sqlite3
import sys
import threading

import pytest
from flask import Flask

from chat.process.commands import add_commands
from chat.storage import open_history
from chat.storage.sqlite import backup as sqlite_backup
from chat.storage.sqlite.file import index_of, log_of
from chat.storage.sqlite.history import SqliteHistory
from chat.storage.sqlite.migrations import newest_version
from tests.chatters import chatting
from tests.servers import ChatServer, serving
from tests.storage.messages import message, store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "chat.db"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "backup.db"


@pytest.fixture
def run(path):
    """Runs a command; returns its exit code and the lines that it prints."""
    app = Flask(__name__)
    add_commands(app, open_history(f"sqlite:///{path}"))

    def run(*arguments):
        result = app.test_cli_runner().invoke(args=list(map(str, arguments)))
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.output.splitlines()

    return run


@pytest.fixture
def refused(run):
    def refused(*arguments):
        code, lines = run(*arguments)
        assert code == 1
        (line,) = lines
        return line

    return refused


def fill(path, *messages):
    with contextlib.closing(SqliteHistory(path)) as history:
        store(history, *messages)


def messages_of(path):
    with contextlib.closing(SqliteHistory(path)) as history:
        return history.newest("general", 100).messages


def files_beside(path):
    return {each.name for each in path.parent.iterdir()} - {"secret-key"}


def test_a_backup_holds_everything_while_the_chat_runs_and_goes_on(path, file, run):
    with contextlib.closing(SqliteHistory(path)) as history:
        messages = [message(f"number {n}") for n in range(100)]
        store(history, *messages)
        assert run("backup", file) == (0, [f"All is in {file}."])
        store(history, message("later"))
    assert messages_of(file) == messages


def test_a_backup_while_messages_are_written_is_whole(path, file, run):
    with contextlib.closing(SqliteHistory(path)) as history:
        store(history, message("first"))
        enough = threading.Event()

        def write():
            while not enough.is_set():
                store(history, *[message("x" * 1000) for _ in range(25)])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(5):
                assert run("backup", file)[0] == 0
                with contextlib.closing(sqlite3.connect(file)) as copy:
                    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                    (count,) = copy.execute("SELECT count(*) FROM messages").fetchone()
                    assert count % 25 == 1, "whole transactions"
        finally:
            enough.set()
            writer.join()


def test_a_backup_is_one_file_that_nobody_else_may_read(path, file, run):
    fill(path, message())
    file.write_text("the backup of yesterday")
    run("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"SQLite format 3")
    assert file.read_bytes()[18:20] == b"\1\1", "needs no log"
    assert files_beside(file) == {"backup.db", "data"}


def test_a_backup_is_what_the_file_is_itself_when_the_chat_has_stopped(path, file, run):
    fill(path, message())
    assert run("backup", file)[0] == 0
    assert files_beside(path) == {"chat.db"}


def test_a_backup_that_fails_leaves_the_one_before(path, file, run, monkeypatch):
    fill(path, message("old"))
    run("backup", file)
    before = file.read_bytes()
    monkeypatch.setattr("chat.storage.sqlite.copy.sync", lambda _: 1 / 0)
    with pytest.raises(AssertionError):
        run("backup", file)
    assert file.read_bytes() == before
    assert files_beside(file) == {"backup.db", "data"}


def test_a_backup_never_takes_the_place_of_the_history(path, tmp_path, refused):
    fill(path, message())
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    for file in (path, tmp_path / "link", log_of(path), index_of(path)):
        assert "is the history itself; name another file" in refused("backup", file)
    assert path.read_bytes() == before


def test_a_backup_of_nothing_or_to_nowhere_is_refused(path, tmp_path, refused):
    assert "there is no history yet" in refused("backup", tmp_path / "backup.db")
    fill(path, message())
    assert "is a folder; name a file" in refused("backup", tmp_path)
    assert "No such file or directory" in refused("backup", tmp_path / "nowhere" / "backup.db")


def test_a_damaged_file_is_not_backed_up_over_a_good_backup(path, file, run, refused):
    fill(path, *[message(f"number {n} " + "x" * 500) for n in range(200)])
    run("backup", file)
    before = file.read_bytes()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_480] = bytes(20_480)
    path.write_bytes(content)
    assert "chat.db is damaged" in refused("backup", file)
    assert file.read_bytes() == before


def test_restore_brings_back_what_was_and_keeps_what_is(path, file, run):
    old, new = message("old"), message("new")
    fill(path, old)
    run("backup", file)
    fill(path, new)
    code, (done, kept) = run("restore", file)
    assert code == 0
    assert done == f"All of {file} is restored."
    assert messages_of(path) == [old]
    (replaced,) = path.parent.glob("chat.db.replaced-*Z")
    assert kept == f"What was there before is in {replaced}."
    assert messages_of(replaced) == [old, new]
    assert messages_of(file) == [old], "the backup stays"
    assert path.stat().st_mode & 0o777 == 0o600


def test_restore_to_a_new_place(path, file, run):
    stored = message()
    fill(file, stored)
    assert run("restore", file) == (0, [f"All of {file} is restored."])
    assert messages_of(path) == [stored]


def test_restore_beside_the_log_of_a_file_that_is_gone_is_refused(path, file, refused):
    fill(file, message())
    path.parent.mkdir(exist_ok=True)
    log_of(path).write_text("whatever")
    assert "is gone and chat.db-wal is not" in refused("restore", file)
    assert not path.exists()


def test_restore_takes_the_log_that_a_killed_process_left_out_of_the_way(path, file, run):
    fill(file, message("from the backup"))
    with contextlib.closing(SqliteHistory(path.with_name("running"))) as history:
        store(history, message("in the log only"))
        for name in ("", "-wal", "-shm"):
            content = path.with_name(f"running{name}").read_bytes()
            path.with_name(f"chat.db{name}").write_bytes(content)
    assert run("restore", file)[0] == 0
    assert [each.text for each in messages_of(path)] == ["from the backup"]
    (replaced,) = path.parent.glob("chat.db.replaced-*Z")
    assert [each.text for each in messages_of(replaced)] == ["in the log only"]


def test_restore_through_a_link_puts_the_file_where_the_link_leads(path, file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    fill(path, message("old"))
    fill(file, message("from the backup"))
    with contextlib.closing(SqliteHistory(link)) as history:
        kept = history.restore(file)
    assert link.is_symlink()
    assert [each.text for each in messages_of(path)] == ["from the backup"]
    assert [each.text for each in messages_of(kept)] == ["old"]


def test_what_is_restored_belongs_to_whom_the_former_file_did(path, file, run, monkeypatch):
    """Root may restore what the user of the chat has to read."""
    owners = []
    monkeypatch.setattr(os, "chown", lambda _file, *owner: owners.append(owner))
    fill(path, message("old"))
    fill(file, message("from the backup"))
    former = path.stat()
    assert run("restore", file)[0] == 0
    assert owners == [(former.st_uid, former.st_gid)]


def test_restore_that_fails_late_leaves_nothing_behind(path, file, refused, monkeypatch):
    def fail(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    fill(path, message("old"))
    fill(file, message("from the backup"))
    monkeypatch.setattr(os, "link", fail)
    assert "Operation not permitted" in refused("restore", file)
    assert not list(path.parent.glob("*draft*"))
    assert [each.text for each in messages_of(path)] == ["old"]


def test_restore_twice_at_the_same_moment_is_refused(path, file, refused, monkeypatch):
    fill(path, message("old"))
    fill(file, message("from the backup"))
    kept = path.with_name("chat.db.taken")
    kept.touch()
    monkeypatch.setattr(sqlite_backup, "dated", lambda *_: kept)
    assert f"{kept} is there already; try again" in refused("restore", file)
    assert kept.exists()


def test_restore_in_place_of_a_file_that_is_damaged(path, file, run):
    fill(file, message("from the backup"))
    path.parent.mkdir(exist_ok=True)
    path.write_text("nothing of use " * 1000)
    assert run("restore", file)[0] == 0
    assert [each.text for each in messages_of(path)] == ["from the backup"]


def test_both_beside_a_server_as_an_operator_runs_them(path, file):
    with serving(path.parents[1], history=f"sqlite:///{path}") as server:
        with chatting(server.url, "Ann") as ann:
            ann.join("general")
            kept = ann.say("general", "in the backup")
            assert run_command(path, "backup", file) == 0
            later = ann.say("general", "later")
        assert run_command(path, "restore", file) == 1, "the chat is running"
        with chatting(server.url, "Bob") as bob:
            assert bob.join("general")["messages"] == [kept, later]
        assert server.stop() == 0
        assert run_command(path, "restore", file) == 0
        server.start()
        with chatting(server.url, "Cid") as cid:
            assert cid.join("general")["messages"] == [kept]


def run_command(path, *arguments):
    command = (sys.executable, "-m", "flask", "--app", "wsgi", *map(str, arguments))
    flask = ChatServer(path.parents[1], command, history=f"sqlite:///{path}")
    flask.launch()
    return flask.process.wait(20)


def test_restore_of_what_is_no_backup_is_refused_and_changes_nothing(path, file, refused):
    fill(path, message())
    before = path.read_bytes()
    assert "there is no file" in refused("restore", file)
    file.touch()
    assert "is empty" in refused("restore", file)
    file.write_text("no database " * 100)
    assert "file is not a database" in refused("restore", file)
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE customers (name TEXT)")
    assert "is a database of something else" in refused("restore", file)
    file.unlink()
    fill(file, *[message("x" * 500) for _ in range(200)])
    with contextlib.closing(sqlite3.connect(file)) as newer:
        newer.execute(f"PRAGMA user_version = {newest_version() + 1}")
    assert "newer version of the chat" in refused("restore", file)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_480] = bytes(20_480)
    file.write_bytes(content)
    refused("restore", file)
    assert "is the history itself" in refused("restore", path)
    assert path.read_bytes() == before
    assert files_beside(path) == {"chat.db"}


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_with_dynamodb_the_command_says_what_to_do_instead(file, command):
    app = Flask(__name__)
    add_commands(app, open_history("dynamodb://Chat?region=us-east-1"))
    file.touch()
    result = app.test_cli_runner().invoke(args=[command, str(file)])
    assert result.exit_code == 1
    assert "a table has point-in-time recovery" in result.output
    assert len(result.output.splitlines()) == 1
