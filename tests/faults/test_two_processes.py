"""Two server processes share one history, as during a deployment or behind a load balancer."""

import asyncio
import threading
import uuid

import pytest
import requests

from chat.history.resends import CLAIM_LASTS, IN_FLIGHT_FOR
from tests.chatters import Chatter
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles

WRITE = "BatchWriteItem"


def copies(arena, client_id):
    return [m for m in arena.stored()["general"] if m["client_id"] == client_id]


@pytest.fixture
def ann(either):
    """One person with a connection to each of two servers."""
    servers = [either.serve(), either.serve()]
    here = Chatter(servers[0].url, "Ann")
    there = Chatter(servers[1].url, session=here.session)
    for chatter in (here, there):
        chatter.join("general")
    yield here, there
    for chatter in (here, there):
        chatter.close()


def test_the_same_message_to_both_is_one_with_the_same_answer(either, ann):
    here, there = ann
    client_id = str(uuid.uuid4())
    first = here.send("general", "once", client_id)
    assert first["ok"]
    for chatter in (there, here, there):
        assert chatter.send("general", "once", client_id, first_attempt_ms_ago=50) == first
    assert copies(either, client_id) == [first["message"]]
    other = there.send("general", "other", client_id, first_attempt_ms_ago=50)
    assert other["error"]["code"] == "conflict"


def test_many_resends_to_both_at_the_same_time_are_one_message(either, ann):
    """All are resends: the first attempt never arrived."""
    ids = [str(uuid.uuid4()) for _ in range(5)]
    answers = {id_: [] for id_ in ids}

    def resend(chatter, id_):
        answer = chatter.send("general", id_, id_, first_attempt_ms_ago=60_000)
        answers[id_].append(answer)

    threads = [
        threading.Thread(target=resend, args=(chatter, id_)) for id_ in ids for chatter in ann
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for id_ in ids:
        (message,) = copies(either, id_)
        assert answers[id_] == 2 * [{"ok": True, "message": message}]


def test_the_resend_waits_for_a_first_attempt_that_hangs_at_the_other_server(cloud):
    """The first server dies after it sent its write; DynamoDB executes the write seconds later."""
    here = cloud.serve()
    there = cloud.serve()
    (ann,) = cloud.admit("Ann")
    land, arrived = cloud.loop.run(_events())
    cloud.proxy.fault = faults.in_turn(faults.only(WRITE, faults.held(land, arrived)))
    client_id = cloud.post(ann, "once")
    cloud.until(arrived.is_set)
    ann.port = there.port
    here.kill()
    cloud.until(lambda: ann.is_live)
    troubles.wait(IN_FLIGHT_FOR / 3)
    cloud.loop.call(land.set)
    cloud.come_to_rest()
    assert len(copies(cloud, client_id)) == 1
    assert cloud.journal.count("acknowledged") == 1


def test_a_resend_that_hangs_at_the_other_server_is_waited_for(cloud):
    """The first attempt is long over; the second one hangs while the third one is made."""
    servers = [cloud.serve(), cloud.serve()]
    here = Chatter(servers[0].url, "Ann")
    there = Chatter(servers[1].url, session=here.session)
    for chatter in (here, there):
        chatter.join("general")
    land, arrived = cloud.loop.run(_events())
    cloud.proxy.fault = faults.only(WRITE, faults.in_turn(faults.held(land, arrived)))
    client_id = str(uuid.uuid4())
    message = ("general", "once", client_id)
    second = threading.Thread(
        target=here.send, args=message, kwargs={"first_attempt_ms_ago": 60_000}
    )
    second.start()
    cloud.until(arrived.is_set)
    third = there.send(*message, first_attempt_ms_ago=61_000)
    assert third["error"]["code"] == "unavailable", "while the second attempt may succeed"
    cloud.loop.call(land.set)
    second.join()
    answers = {}

    def is_answered():
        answers.update(there.send(*message, first_attempt_ms_ago=65_000))
        return answers["ok"]

    troubles.until(is_answered, 30)
    assert copies(cloud, client_id) == [answers["message"]]
    for chatter in (here, there):
        chatter.close()


def test_a_server_that_dies_with_a_claim_delays_a_message_and_does_not_stop_it(cloud):
    servers = [cloud.serve(), cloud.serve()]
    here = Chatter(servers[0].url, "Ann")
    there = Chatter(servers[1].url, session=here.session)
    for chatter in (here, there):
        chatter.join("general")
    never, arrived = cloud.loop.run(_events())
    cloud.proxy.fault = faults.only(WRITE, faults.in_turn(faults.held(never, arrived)))
    message = ("general", "once", str(uuid.uuid4()))
    here.client.emit("send", _resend(*message), namespace="/rooms")
    cloud.until(arrived.is_set)
    servers[0].kill()
    troubles.until(
        lambda: there.send(*message, first_attempt_ms_ago=60_000)["ok"], CLAIM_LASTS + 20
    )
    assert len(copies(cloud, message[2])) == 1
    for chatter in (here, there):
        chatter.close()


def _resend(room, text, client_id):
    return {"room": room, "text": text, "client_id": client_id, "first_attempt_ms_ago": 60_000}


async def _events():
    return asyncio.Event(), asyncio.Event()


def test_a_message_is_in_the_history_of_the_other_server_at_once(either, ann):
    here, there = ann
    said = [here.say("general", f"number {n}") for n in range(3)]
    page = there.join("general", after=said[0]["id"])
    assert page["recovered"] is True
    assert page["messages"][-3:] == said
    assert requests.get(f"{either.servers[1].url}/readyz", timeout=5).ok
