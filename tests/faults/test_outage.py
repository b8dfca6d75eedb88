"""The history can't be reached for a while, and then it can."""

import time
import uuid

import pytest
import requests

from tests.chatters import chatting
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles


def go_down(cloud, kind):
    if kind == "refuses":
        cloud.loop.call(cloud.proxy.refuse)
    else:
        cloud.proxy.fault = {"is silent": faults.swallowed, "fails": faults.failed()}[kind]


def come_back(cloud, kind):
    cloud.proxy.heal()
    if kind == "refuses":
        cloud.loop.run(cloud.proxy.listen())


def readiness(server):
    return requests.get(f"{server.url}/readyz", timeout=10).status_code


KINDS = ("refuses", "is silent", "fails")


@pytest.mark.parametrize("kind", KINDS)
def test_in_an_outage_sends_fail_clearly_the_rest_goes_on_and_it_heals(cloud, kind):
    server = cloud.serve()
    with chatting(server.url, "Ann", "Ben") as (ann, ben):
        for chatter in (ann, ben):
            chatter.join("general")
            chatter.join_typing("general")
        before = ann.say("general", "before")
        go_down(cloud, kind)

        client_id = str(uuid.uuid4())
        began = time.monotonic()
        refused = ann.send("general", "in the outage", client_id)
        assert refused["error"]["code"] == "unavailable"
        assert refused["error"]["retry_after"] > 0
        assert time.monotonic() - began < 5.5

        ann.call("typing", {"room": "general", "active": True}, namespace="/typing")
        assert ben.wait_for("typing")["user"]["name"] == "Ann"
        with chatting(server.url, "Late") as late:
            answer = late.call("join", {"room": "general"})
            assert answer["error"]["code"] == "unavailable"
            ben.wait_for("presence", lambda p: "Late" in [each["name"] for each in p["joined"]])
            troubles.until(lambda: readiness(server) == 503, 20)
            assert cloud.is_alive(server), "an outage must not cause a restart"

            come_back(cloud, kind)
            troubles.until(cloud.is_ready, 20)
            troubles.until(lambda: ann.send("general", "healed", str(uuid.uuid4()))["ok"], 20)
            assert late.wait_for("message", lambda m: m["text"] == "healed")

        age = {"first_attempt_ms_ago": int((time.monotonic() - began) * 1000)}
        again = {}

        def is_stored():
            again.update(ann.send("general", "in the outage", client_id, **age))
            return again["ok"]

        troubles.until(is_stored, 20)
        texts = [message["text"] for message in ben.join("general", after=before["id"])["messages"]]
        assert texts.count("in the outage") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_thirty_seconds_without_dynamodb_lose_and_double_nothing(cloud, kind):
    cloud.serve()
    clients = cloud.admit("Ann", "Ben", "Cem", "Dora")
    cloud.chatter(20)
    go_down(cloud, kind)
    deadline = time.monotonic() + (30 if kind == "is silent" else 8)
    while time.monotonic() < deadline:
        cloud.chatter(1)
        cloud.cut(cloud.random.choice(clients))
        troubles.wait(0.5)
    come_back(cloud, kind)
    cloud.assert_promises_held()
    assert cloud.journal.count("acknowledged") == cloud.journal.count("sent")


def test_a_crowd_asks_little_of_a_history_that_is_down(cloud):
    """No thundering herd: in an outage one call at a time checks whether the history is back."""
    cloud.serve()
    crowd = cloud.crowd("Crowd", 200)
    cloud.proxy.fault = faults.failed()
    for client in crowd:
        cloud.cut(client)
    troubles.until(lambda: not cloud.is_ready(), 20)
    troubles.wait(3)  # until the calls from before the outage was detected are over
    before = len(cloud.proxy.calls)
    troubles.wait(5)
    asked = len(cloud.proxy.calls) - before
    cloud.proxy.heal()
    cloud.assert_promises_held()
    assert asked < 60, "200 clients, each every 2 s, would make 500 calls, and retries"


def test_a_server_starts_without_its_history_and_finds_it_later(cloud):
    cloud.proxy.fault = faults.failed()
    server = cloud.launch()
    troubles.until(lambda: cloud.is_alive(server), 20)
    assert not cloud.is_ready(server)
    cloud.proxy.heal()
    troubles.until(lambda: cloud.is_ready(server), 20)
