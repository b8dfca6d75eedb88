"""What only the history in DynamoDB has to answer for."""

import contextlib
import re
import socketserver
import threading
from time import monotonic
from time import time as now

import boto3
import pytest
from botocore.awsrequest import AWSHTTPConnection

from chat.clocks import steady
from chat.errors import Invalid, Unavailable
from chat.messages.message import MAX_TEXT_BYTES
from chat.settings import SettingsError
from chat.storage.accounts import Profile
from chat.storage.base import APPEND_WITHIN, WRITE_PROVES, InDoubt
from chat.storage.dynamodb.history import DynamoDBHistory
from chat.storage.dynamodb.outages import Outages
from chat.storage.memberships import Choices, Membership, ReadMarker
from tests.storage.conftest import table_url
from tests.storage.messages import draft, ids, message, store
from tests.waiting import wait_until


@pytest.fixture
def url(dynalite):
    return table_url(dynalite)


@pytest.fixture
def table(url):
    return re.search("Chat-[0-9a-f]+", url).group()


@pytest.fixture
def client(dynalite):
    client = boto3.client("dynamodb", endpoint_url=dynalite)
    yield client
    client.close()


def test_tables_of_one_name_in_two_regions_are_two_histories():
    names = []
    for region in ("eu-central-1", "us-east-1"):
        history = DynamoDBHistory("Chat", region)
        names.append(history.name)
        history.close()
    assert names == ["eu-central-1/Chat", "us-east-1/Chat"]


def test_an_item_looks_as_the_design_says(history, client, table):
    stored = message()
    store(history, stored)
    (item,) = client.scan(TableName=table)["Items"]
    assert item == {
        "RoomID": {"S": "general"},
        "Timestamp": {"S": stored.id},
        "ClientID": {"S": stored.client_id},
        "UserID": {"S": "u1"},
        "UserName": {"S": "Name of u1"},
        "Text": {"S": "Hello"},
    }


def test_what_a_room_is_to_a_person_is_an_item_of_theirs(history, client, table):
    history.memberships.advance([ReadMarker("p1", "general", "id")])
    history.memberships.set_level("p1", "general", "all", "change")
    (item,) = client.scan(TableName=table)["Items"]
    assert item == {
        "RoomID": {"S": "person:p1"},
        "Timestamp": {"S": "room#general"},
        "ReadUpTo": {"S": "id"},
        "Level": {"S": "all"},
        "LevelChange": {"S": "change"},
    }


def test_what_a_person_chose_is_an_item_that_one_query_reads_with_the_rooms(
    history, client, table, monkeypatch
):
    history.memberships.choose("p1", "theme", "dark", "change 1")
    history.memberships.choose("p1", "skin_tone", "medium", "change 2")
    (item,) = client.scan(TableName=table)["Items"]
    assert item == {
        "RoomID": {"S": "person:p1"},
        "Timestamp": {"S": "profile#choices"},
        "Theme": {"S": "dark"},
        "ThemeChange": {"S": "change 1"},
        "SkinTone": {"S": "medium"},
        "SkinToneChange": {"S": "change 2"},
    }
    history.memberships.set_level("p1", "general", "all", "change 3")
    calls = []
    retrying = history._connection.retrying

    def noted(call, **arguments):
        calls.append(call)
        return retrying(call, **arguments)

    monkeypatch.setattr(history._connection, "retrying", noted)
    assert history.memberships.of("p1") == (
        [Membership("general", "", "all")],
        Choices("dark", "medium"),
    )
    assert len(calls) == 1


def test_with_a_retention_items_and_table_have_the_expiry(moto, open_here):
    url = table_url(moto)
    history = open_here(url, retention_days=7)
    history.create()
    store(history, message())
    client = boto3.client("dynamodb", endpoint_url=moto)
    name = re.search("Chat-[0-9a-f]+", url).group()
    (item,) = client.scan(TableName=name)["Items"]
    setting = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    client.close()
    assert item["ExpiresAt"]["N"].isdecimal()
    assert setting == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ExpiresAt"}


FOREIGN = [
    {"Timestamp": {"S": "yesterday"}, "Text": {"S": "no id"}},
    {"Timestamp": {"S": "2026-11-22T10:47:12.123456Z.7f3ac21e00"}, "Text": {"N": "1"}},
    {"Timestamp": {"S": "2026-11-22T10:47:12.123456Z.7f3ac21e01"}},
]


def test_foreign_items_are_passed_over(history, client, table):
    for item in FOREIGN:
        client.put_item(TableName=table, Item={"RoomID": {"S": "general"}, **item})
    stored = [message(), message()]
    store(history, *stored)
    assert history.newest("general", 10) == (stored, False)
    assert history.since("general", "0", 1) == (stored[:1], True)
    assert history.before("general", stored[1].id, 10) == (stored[:1], False)


def test_a_search_that_would_read_too_much_is_refused(history, monkeypatch):
    monkeypatch.setattr("chat.storage.dynamodb.history.SEARCHED_PAGES", 1)
    many = [message("x" * MAX_TEXT_BYTES) for _ in range(8)]  # two pages of 1 MB
    store(history, *many)
    first, last = many[0], many[-1]
    assert history.find("general", "u1", first.client_id, "0") == first
    assert history.find("general", "u1", last.client_id, many[5].id) == last
    with pytest.raises(Invalid, match="as a new message"):
        history.find("general", "u1", last.client_id, "0")


@pytest.fixture
def answers(history):
    """Puts answers in place of DynamoDB's, one for each call: None lets the call through."""
    return Answers(history._connection.client)


class Answers(list):
    def __init__(self, client):
        self.calls = 0
        self._call = client._make_api_call
        client._make_api_call = self._answer

    def _answer(self, operation, parameters):
        self.calls += 1
        answer = self.pop(0) if self else None
        if answer is None:
            return self._call(operation, parameters)
        return answer(parameters)


def leave_over(count):
    """DynamoDB stores nothing and says that the first items are left over; the rest is lost."""

    def answer(parameters):
        ((table, requests),) = parameters["RequestItems"].items()
        return {"UnprocessedItems": {table: requests[:count]}}

    return answer


def refuse(code, status=400):
    def answer(parameters):
        from botocore.exceptions import ClientError

        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, "BatchWriteItem")

    return answer


def test_unprocessed_items_are_written_again(history, answers):
    group = [message(f"number {n}") for n in range(25)]
    answers += [leave_over(25), leave_over(25), None]
    assert history.append(group) == group
    assert history.newest("general", 25).messages == group


def test_it_is_told_for_each_message_whether_it_is_there(history, answers):
    group = [message(f"number {n}") for n in range(3)]
    answers += [leave_over(1)] + 20 * [leave_over(1)]
    outcomes = history.append(group)
    assert isinstance(outcomes[0], Unavailable)
    assert outcomes[1:] == group[1:]


def leave_keys_over(parameters):
    return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}


def test_unprocessed_keys_are_asked_for_again_and_never_taken_for_no(history, answers):
    history.accounts.put_profile(Profile("ann", "Ann"))
    answers += [leave_keys_over, None]
    assert history.accounts.profiles(["ann", "ben"]).keys() == {"ann"}
    answers += 20 * [leave_keys_over]
    with pytest.raises(Unavailable):
        history.accounts.profiles(["ann", "ben"])


@pytest.mark.parametrize(
    "error",
    [
        refuse("ProvisionedThroughputExceededException"),
        refuse("ThrottlingException"),
        refuse("InternalServerError", 500),
        refuse("Whatever", 503),
    ],
)
def test_what_passes_is_tried_again(history, answers, error):
    stored = message()
    answers += [error, error]
    store(history, stored)
    answers += [error, error]
    assert history.newest("general", 1).messages == [stored]


def later(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + APPEND_WITHIN)
    monkeypatch.setattr("chat.storage.dynamodb.sockets.steady", lambda: steady() + APPEND_WITHIN)


def test_what_could_not_be_sent_in_time_is_not_sent_later(history, client, table, monkeypatch):
    """Such as while the credentials of the task's role are renewed."""

    def take_long(**_request):
        later(monkeypatch)

    history._connection.client.meta.events.register(
        "before-sign.dynamodb.BatchWriteItem", take_long
    )
    (outcome,) = history.append([message("late")])
    assert isinstance(outcome, Unavailable)
    assert not isinstance(outcome, InDoubt)
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize("step", ["connect", "endheaders"])
def test_a_process_that_stands_still_while_it_sends_does_not_send_later(
    open_here, credentials, monkeypatch, step
):
    original = getattr(AWSHTTPConnection, step)

    def stand_still(connection, *args, **options):
        original(connection, *args, **options)
        later(monkeypatch)

    monkeypatch.setattr(AWSHTTPConnection, step, stand_still)
    with listening() as (url, arrived):
        (outcome,) = open_here(table_url(url)).append([message("late")])
        wait_until(lambda: b"POST / HTTP/1.1" in b"".join(arrived), 10, "the head of the request")
    assert isinstance(outcome, Unavailable)
    assert not isinstance(outcome, InDoubt)
    assert b"late" not in arrived[0]


@contextlib.contextmanager
def listening():
    """A server that takes what comes; gives its address, and at the end what each peer has sent."""
    arrived = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            arrived.append(b"")
            with contextlib.suppress(ConnectionResetError):
                while data := self.request.recv(65_536):
                    arrived[-1] += data

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", arrived
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_what_does_not_pass_is_not_tried_again(history, answers, code):
    answers += [refuse(code), refuse(code)]
    (outcome,) = history.append([message()])
    assert isinstance(outcome, Unavailable)
    with pytest.raises(Unavailable):
        history.newest("general", 1)
    assert answers.calls == 2


def test_only_one_process_holds_the_claim_to_a_resend(history):
    resent, other = draft(), draft()
    assert history.claim(resent, "a.1", "none") == "a.1"
    assert history.claim(resent, "b.1", "none") == "a.1"
    assert history.claim(other, "b.2", "none") == "b.2"
    history.release(resent, "b.1")  # not theirs
    assert history.claim(resent, "b.3", "none") == "a.1"
    history.release(resent, "a.1")
    assert history.claim(resent, "b.4", "none") == "b.4"


def test_a_claim_that_has_run_out_is_replaced_by_one_alone(history):
    resent = draft()
    history.claim(resent, "dead.1", "none")
    assert history.claim(resent, "a.1", "dead.1") == "a.1"
    assert history.claim(resent, "b.1", "dead.1") == "a.1"


def test_a_claim_whose_answer_is_lost_is_ours(history, answers):
    resent = draft()

    def lose_the_answer(parameters):
        answers._call("PutItem", parameters)
        refuse("InternalServerError", 500)(parameters)

    answers += [lose_the_answer]
    assert history.claim(resent, "a.1", "none") == "a.1"


def test_a_claim_is_in_no_room_and_leaves_only_what_expires(history, client, table):
    resent = draft()
    history.claim(resent, "a.1", "none")
    assert history.newest(resent.room, 10).messages == []
    history.release(resent, "a.1")
    (left,) = client.scan(TableName=table)["Items"]
    assert left.keys() == {"RoomID", "Timestamp", "ExpiresAt"}
    assert float(left["ExpiresAt"]["N"]) <= now()


@pytest.mark.parametrize(
    ("errors", "is_in_doubt"),
    [
        (["ThrottlingException 400"], False),
        (["AccessDeniedException 400"], False),
        (["InternalServerError 500"], True),
        (["InternalServerError 500", "ThrottlingException 400"], True),
    ],
)
def test_it_says_whether_a_message_may_still_be_stored(history, answers, errors, is_in_doubt):
    answers += [refuse(error.split()[0], int(error.split()[1])) for error in errors]
    answers += 20 * answers[-1:]
    (outcome,) = history.append([message()])
    assert isinstance(outcome, Unavailable)
    assert isinstance(outcome, InDoubt) == is_in_doubt


def test_during_an_outage_calls_fail_at_once_and_one_finds_its_end(history, answers, time):
    stored = message()
    store(history, stored)
    answers += 20 * [refuse("InternalServerError", 500)]
    with pytest.raises(Unavailable):
        history.newest("general", 1)
    answers.clear()
    tried = answers.calls
    with pytest.raises(Unavailable):
        history.newest("general", 1)
    (outcome,) = history.append([message()])
    assert isinstance(outcome, Unavailable)
    assert not isinstance(outcome, InDoubt)
    assert answers.calls == tried

    time.pass_(5)
    assert history.newest("general", 1).messages == [stored]
    assert history.newest("general", 1).messages == [stored]


def test_throttling_is_no_outage(history, answers):
    answers += 20 * [refuse("ThrottlingException")]
    with pytest.raises(Unavailable):
        history.newest("general", 1)
    answers.clear()
    assert history.newest("general", 1).messages == []


@pytest.fixture
def time(history):
    """A clock of outages that only the test moves."""
    time = Time()
    history._connection._outages = Outages(time)
    return time


class Time:
    now = 0.0

    def __call__(self):
        return self.now

    def pass_(self, seconds):
        self.now += seconds


def error_of(call):
    with pytest.raises(SettingsError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("CHAT_HISTORY: ")
    return text


def test_a_missing_table_is_one_clear_line(url, open_here):
    text = error_of(open_here(url).check)
    assert "there is no table" in text
    assert "create-table" in text


def test_a_region_without_the_table_is_named(moto, open_here):
    url = table_url(moto)
    open_here(url).create()
    elsewhere = open_here(url.replace("us-east-1", "eu-west-1"))
    assert "in eu-west-1" in error_of(elsewhere.check)


def test_a_region_that_does_not_exist_is_named(history, answers, monkeypatch):
    from botocore.exceptions import EndpointConnectionError

    def nowhere(parameters):
        raise EndpointConnectionError(endpoint_url="https://dynamodb.us-est-1.amazonaws.com")

    monkeypatch.setattr(history._connection, "_has_own_endpoint", False)
    monkeypatch.setattr(history._connection, "region", "us-est-1")
    answers += [nowhere]
    assert "us-est-1" in error_of(history.check)


def test_a_table_with_other_keys_is_refused(url, client, table, open_here):
    client.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert "other keys" in error_of(open_here(url).check)
    assert "other keys" in error_of(open_here(url).create)


def test_ready_means_that_a_write_would_work_and_costs_no_item(history, answers, client, table):
    history.check()
    assert client.scan(TableName=table)["Count"] == 0
    assert answers.calls == 2, "describe, and a put whose condition is never true"


def test_without_permission_to_write_it_is_not_ready(history, answers):
    answers += [None, refuse("AccessDeniedException")]
    assert "no permission on the table" in error_of(history.check)


def test_while_writes_are_throttled_it_is_not_ready(history, answers):
    answers += [None, *20 * [refuse("ThrottlingException")]]
    with pytest.raises(Unavailable):
        history.check()
    answers.clear()
    history.check()


def test_a_write_proves_for_a_while_that_another_one_would_work(history, answers, monkeypatch):
    store(history, message())
    answers.calls = 0
    history.check()
    assert answers.calls == 1, "describe"
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + WRITE_PROVES)
    history.check()
    assert answers.calls == 3, "describe and put"


def test_after_a_write_that_failed_the_next_one_is_tried_at_once(history, answers):
    store(history, message())
    answers += [refuse("AccessDeniedException")]
    history.append([message()])
    answers += [None, refuse("AccessDeniedException")]
    error_of(history.check)


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """No AWS credentials anywhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def test_missing_credentials_are_one_clear_line(url, nobody, open_here):
    history = open_here(url)
    assert "no AWS credentials" in error_of(history.check)
    assert "no AWS credentials" in error_of(history.create)


def test_a_missing_region_is_one_clear_line(monkeypatch, nobody):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert "region" in error_of(lambda: DynamoDBHistory("Chat"))


def test_when_nothing_answers_it_may_pass(open_here, credentials):
    history = open_here(table_url("http://127.0.0.1:9"))
    with pytest.raises(Unavailable):
        history.check()
    with pytest.raises(Unavailable):
        history.newest("general", 1)
    (outcome,) = history.append([draft().with_id(ids.make("general"))])
    assert isinstance(outcome, Unavailable)
    error_of(history.create)
