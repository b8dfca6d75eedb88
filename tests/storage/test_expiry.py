"""A new or changed retention also holds for messages that are already stored."""

import boto3
import pytest

from chat.app import create_app
from chat.errors import Unavailable
from chat.history.expiry import AFTER_TROUBLE, BEGINNING, PAUSE, Expiry
from chat.settings import Settings
from tests.storage.conftest import table_url
from tests.storage.messages import days_ago, message, store


@pytest.fixture
def url(dynalite):
    return table_url(dynalite)


def everything(dynalite, url):
    """The texts of all items of the table, expired or not."""
    client = boto3.client("dynamodb", endpoint_url=dynalite)
    items = client.scan(TableName=url.split("/")[2].split("?")[0])["Items"]
    client.close()
    return sorted(item.get("Text", {}).get("S", "") for item in items)


def clear(history):
    Expiry(history, [], sleep=lambda _: None).clear("general")


def test_what_was_written_without_a_retention_is_deleted_for_good(
    dynalite, url, history, open_here
):
    old = [message(f"old {n:02}", at=days_ago(9 - n / 100)) for n in range(60)]
    store(history, *old, message("new"), message("elsewhere", at=days_ago(9), room="tech"))
    keeper = open_here(url, retention_days=7)
    clear(keeper)
    assert everything(dynalite, url) == ["elsewhere", "new"]
    assert [each.text for each in history.newest("general", 100).messages] == ["new"]


def test_what_was_to_be_kept_longer_is_deleted_too(dynalite, url, history, open_here):
    store(open_here(url, retention_days=365), message("old", at=days_ago(9)), message("new"))
    clear(open_here(url, retention_days=7))
    assert everything(dynalite, url) == ["new"]


def test_what_dynamodb_is_about_to_delete_costs_no_write(dynalite, url, history, open_here):
    late = open_here(url, retention_days=7)
    late._clock = lambda: days_ago(9)
    store(late, message("expired yesterday", at=days_ago(9)))
    late._clock = lambda: days_ago(30)
    store(late, message("overdue: the table has no TTL", at=days_ago(30)))
    clear(open_here(url, retention_days=7))
    assert everything(dynalite, url) == ["expired yesterday"]


def test_items_of_others_are_left_alone(dynalite, url, history, open_here):
    client = boto3.client("dynamodb", endpoint_url=dynalite)
    item = {"RoomID": "general", "Timestamp": "2001", "Text": "not ours"}
    client.put_item(
        TableName=history._table, Item={name: {"S": value} for name, value in item.items()}
    )
    client.close()
    store(history, message("old", at=days_ago(9)))
    clear(open_here(url, retention_days=7))
    assert everything(dynalite, url) == ["not ours"]


class Troubled:
    """A history that fails at the second batch."""

    def __init__(self, error):
        self.asked = []
        self.error = error

    def delete_expired(self, room, after):
        self.asked.append((room, after))
        if len(self.asked) == 2:
            raise self.error
        return {1: "a", 3: "b"}.get(len(self.asked))


@pytest.mark.parametrize("error", [Unavailable("down"), ValueError("a mistake")])
def test_it_goes_batch_by_batch_with_pauses_and_goes_on_after_trouble(error):
    history, slept = Troubled(error), []
    Expiry(history, [], sleep=slept.append).clear("general")
    assert history.asked == [("general", after) for after in (BEGINNING, "a", "a", "b")]
    assert slept == [PAUSE, PAUSE, AFTER_TROUBLE, PAUSE, PAUSE]


@pytest.mark.parametrize(("days", "starts"), [(7, True), (0, False)])
def test_the_chat_starts_it_where_there_is_a_retention(url, history, monkeypatch, days, starts):
    started = []
    monkeypatch.setattr(Expiry, "start", lambda expiry: started.append(expiry._rooms))
    key = "a key of the operator"
    create_app(Settings(history=url, rooms="General,Tech", retention_days=days, secret_key=key))
    assert started == ([["general", "tech"]] if starts else [])


def test_sqlite_expires_messages_by_itself(tmp_path, open_here):
    assert open_here(f"sqlite:///{tmp_path}/chat.db").expires_by_itself
