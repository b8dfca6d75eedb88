"""How far somebody has read, on two devices that use two servers."""

import random
import time

import pytest

from chat.messages.ids import id_at
from chat.realtime.read_markers import RETRY_AFTER, TICK, WRITE_AFTER
from tests.chatters import Chatter
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles

BEGINNING = 1_790_000_000

ASKS_AGAIN_FOR = 20  # seconds


@pytest.fixture
def devices(cloud):
    """Two devices of one person, each with a server of its own; both servers share a table."""
    servers = [cloud.serve(), cloud.serve()]
    laptop = Chatter(servers[0].url, "Ann")
    phone = Chatter(servers[1].url, session=laptop.session)
    yield laptop, phone
    for device in (laptop, phone):
        device.close()


def read(device, second):
    answer = device.call("read", {"room": "general", "id": id_at(BEGINNING + second)})
    assert answer["ok"], answer


def have_written(device):
    """Let a third device come and go: the end of a connection has the person's markers written."""
    Chatter(device.url, session=device.session).close()
    troubles.wait(2 * TICK)


def marker(device):
    """How far the server says that the person has read.

    After an outage a server refuses for seconds, because it doesn't ask the storage each time: then
    the device asks again, as the page does.
    """
    deadline = time.monotonic() + ASKS_AGAIN_FOR
    while not (answer := device.call("rooms", {}))["ok"]:
        assert answer["error"]["code"] == "unavailable", answer
        assert time.monotonic() < deadline, answer
        time.sleep(answer["error"]["retry_after"])
    return next(room["read_up_to"] for room in answer["rooms"] if room["id"] == "general")


def test_markers_of_two_servers_meet_at_the_newest_and_never_go_back(cloud, devices, seed):
    """Calls to DynamoDB take long, are carried out without an answer, or not at all."""
    choices = random.Random(seed)
    kinds = [faults.delayed(0.4), faults.committed_and_cut, faults.failed()]
    read(devices[0], 0)
    newest, seen = 0, ["", ""]
    for _ in range(30):
        cloud.proxy.fault = faults.sometimes(choices, 0.75, *kinds)
        which = choices.randrange(2)
        second = newest + choices.randrange(-20, 5)
        read(devices[which], second)
        newest = max(newest, second)
        if choices.random() < 0.3:
            have_written(devices[which])
        cloud.proxy.heal()
        for index, device in enumerate(devices):
            found = marker(device) or ""
            assert found >= seen[index]
            seen[index] = found
        assert seen[which] >= id_at(BEGINNING + second)
    for device in devices:
        troubles.until(
            lambda device=device: marker(device) == id_at(BEGINNING + newest),
            WRITE_AFTER + RETRY_AFTER + 10,
        )


def test_what_is_read_in_an_outage_is_stored_after_it(cloud, devices):
    laptop, phone = devices
    cloud.proxy.fault = faults.failed()
    read(laptop, 7)
    troubles.wait(WRITE_AFTER + 2)  # the first write fails
    cloud.proxy.heal()
    troubles.until(lambda: marker(phone) == id_at(BEGINNING + 7), RETRY_AFTER + 10)


def test_a_planned_stop_stores_what_was_just_read(cloud, devices):
    laptop, phone = devices
    read(laptop, 7)
    cloud.servers[0].stop()
    assert marker(phone) == id_at(BEGINNING + 7)
