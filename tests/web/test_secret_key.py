"""The key that signs session cookies: given, or made once and kept."""

import errno
import os
import stat
import threading

import pytest

from chat.settings import Settings, SettingsError
from chat.web.secret_key import secret_key


@pytest.fixture
def settings(tmp_path):
    return Settings(history=f"sqlite:///{tmp_path}/made/chat.db")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made" / "secret-key"


def test_a_key_is_made_once_and_kept_where_only_we_can_read_it(settings, file):
    key = secret_key(settings)
    assert len(key) >= 43, "32 random bytes"
    assert file.read_text() == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret_key(settings) == key
    assert [each.name for each in file.parent.iterdir()] == ["secret-key"]


def test_a_key_that_others_may_read_is_taken_from_them(settings, file):
    key = secret_key(settings)
    file.chmod(0o644)
    assert secret_key(settings) == key
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_database_has_a_key_of_its_own(settings, tmp_path):
    other = Settings(history=f"sqlite:///{tmp_path}/other/chat.db")
    assert secret_key(settings) != secret_key(other)


def test_processes_that_start_together_agree_on_one_key(settings):
    keys, start = [], threading.Barrier(8)

    def begin():
        start.wait()
        keys.append(secret_key(settings))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_is_given_is_used_and_nothing_is_kept(tmp_path, file):
    given = Settings(history=f"sqlite:///{tmp_path}/made/chat.db", secret_key="given by hand, long")
    assert secret_key(given) == "given by hand, long"
    assert not file.exists()


def test_with_dynamodb_it_has_to_be_given():
    with pytest.raises(SettingsError, match="CHAT_SECRET_KEY: is required with dynamodb"):
        secret_key(Settings(history="dynamodb://ChatMessages?region=us-east-1"))


def test_a_folder_that_cannot_be_written_to_is_explained():
    with pytest.raises(SettingsError, match="can't be kept"):
        secret_key(Settings(history="sqlite:////proc/nowhere/chat.db"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"x", b"15 characters..", b" \n" * 20])
def test_a_file_that_is_no_key_is_explained(settings, file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="set the variable instead") as refusal:
        secret_key(settings)
    assert "\n" not in str(refusal.value)


def test_a_kept_key_may_be_as_short_as_a_given_one(settings, file):
    file.parent.mkdir()
    file.write_text("16 characters...")
    assert secret_key(settings) == "16 characters..."


def test_a_key_is_on_the_disk_before_it_is_used(settings, file, monkeypatch):
    synced = []

    def fsync(descriptor):
        state = os.fstat(descriptor)
        what = "folder" if stat.S_ISDIR(state.st_mode) else f"{state.st_size} bytes"
        synced.append((what, file.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    key = secret_key(settings)
    assert synced == [(f"{len(key)} bytes", False), ("folder", True)], "content, then name"


def test_without_hard_links_it_has_to_be_given(settings, monkeypatch):
    def fail(*_):
        raise PermissionError(errno.EPERM, "no hard links")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(SettingsError, match="has no hard links; set the variable"):
        secret_key(settings)
