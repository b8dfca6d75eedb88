"""The key that signs session cookies: given, or made once and kept."""

import errno
import os
import stat
import threading

import pytest

from chat.settings import Settings, SettingsError
from chat.web.secret_key import secret_keys


@pytest.fixture
def settings(tmp_path):
    return Settings(history=f"sqlite:///{tmp_path}/made/chat.db")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made" / "secret-key"


def only_key(settings):
    (key,) = secret_keys(settings)
    return key


def test_a_key_is_made_once_and_kept_where_only_we_can_read_it(settings, file):
    key = only_key(settings)
    assert len(key) >= 43, "32 random bytes"
    assert file.read_text() == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert only_key(settings) == key
    assert [each.name for each in file.parent.iterdir()] == ["secret-key"]


def test_a_key_that_others_may_read_is_taken_from_them(settings, file):
    key = only_key(settings)
    file.chmod(0o644)
    assert only_key(settings) == key
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_database_has_a_key_of_its_own(settings, tmp_path):
    other = Settings(history=f"sqlite:///{tmp_path}/other/chat.db")
    assert only_key(settings) != only_key(other)


def test_processes_that_start_together_agree_on_one_key(settings):
    keys, start = [], threading.Barrier(8)

    def begin():
        start.wait()
        keys.append(only_key(settings))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_is_given_is_used_and_nothing_is_kept(tmp_path, file):
    given = Settings(history=f"sqlite:///{tmp_path}/made/chat.db", secret_key="given by hand, long")
    assert only_key(given) == "given by hand, long"
    assert not file.exists()


def test_further_lines_are_older_keys(settings):
    given = Settings(secret_key="the new key of ours\n the old key of ours \n\n")
    assert secret_keys(given) == ["the new key of ours", "the old key of ours"]


@pytest.mark.parametrize("spaces", ["{}\n", " {}", "{}\r\n\n"])
def test_a_key_is_the_same_alone_and_with_others(spaces):
    """Otherwise a line more or less would sign everybody out."""
    alone = Settings(secret_key=spaces.format("the old key of ours"))
    assert secret_keys(alone) == ["the old key of ours"]


def test_a_file_may_have_older_keys_too(settings, file):
    file.parent.mkdir()
    file.write_text("the new key of ours\nthe old key of ours\n")
    assert secret_keys(settings) == ["the new key of ours", "the old key of ours"]


def test_an_older_key_that_is_too_short_stops_the_start():
    with pytest.raises(ValueError, match="each line needs 16 characters"):
        Settings(secret_key="the new key of ours\nshort")


def test_lines_without_a_key_stop_the_start():
    with pytest.raises(ValueError, match="each line needs 16 characters"):
        Settings(secret_key="\n" * 20)


def test_with_dynamodb_it_has_to_be_given():
    with pytest.raises(SettingsError, match="CHAT_SECRET_KEY: is required with dynamodb"):
        secret_keys(Settings(history="dynamodb://ChatMessages?region=us-east-1"))


def test_a_folder_that_cannot_be_written_to_is_explained():
    with pytest.raises(SettingsError, match="can't be kept"):
        secret_keys(Settings(history="sqlite:////proc/nowhere/chat.db"))


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"", b"x", b"15 characters..", b" \n" * 20,
     b"the new key of ours\nx\n"],
)  # fmt: skip
def test_a_file_that_is_no_key_is_explained(settings, file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="set the variable instead") as refusal:
        only_key(settings)
    assert "\n" not in str(refusal.value)


def test_a_kept_key_may_be_as_short_as_a_given_one(settings, file):
    file.parent.mkdir()
    file.write_text("16 characters...")
    assert only_key(settings) == "16 characters..."


def test_a_key_is_on_the_disk_before_it_is_used(settings, file, monkeypatch):
    synced = []

    def fsync(descriptor):
        state = os.fstat(descriptor)
        what = "folder" if stat.S_ISDIR(state.st_mode) else f"{state.st_size} bytes"
        synced.append((what, file.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    key = only_key(settings)
    assert synced == [(f"{len(key)} bytes", False), ("folder", True)], "content, then name"


def test_without_hard_links_it_has_to_be_given(settings, monkeypatch):
    def fail(*_):
        raise PermissionError(errno.EPERM, "no hard links")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(SettingsError, match="has no hard links; set the variable"):
        only_key(settings)
