"""DynamoDB answers late, wrongly, or not at all."""

import asyncio

import pytest

from tests.faults import dynamodb_proxy as faults

WRITE = "BatchWriteItem"


@pytest.mark.parametrize(
    "fault",
    [
        faults.throttled,
        faults.failed("InternalServerError", 500),
        faults.failed("ServiceUnavailable", 503),
        faults.unprocessed,
        faults.committed_and_cut,
        faults.cut,
        faults.delayed(1.5),
    ],
    ids=["throttling", "500", "503", "unprocessed", "reply lost", "cut", "slow"],
)
def test_a_write_that_goes_wrong_is_stored_once(cloud, fault):
    cloud.serve()
    ann, ben = cloud.admit("Ann", "Ben")
    cloud.proxy.fault = faults.in_turn(*4 * [faults.only(WRITE, fault)])
    for _ in range(5):
        cloud.post(ann, "from Ann")
        cloud.post(ben, "from Ben")
    cloud.assert_promises_held()
    assert cloud.journal.count("acknowledged") == 10
    assert len(cloud.stored()["general"]) == 10


def test_all_kinds_of_trouble_at_once(cloud):
    cloud.serve()
    clients = cloud.admit("Ann", "Ben", "Cem")
    cloud.proxy.fault = faults.sometimes(
        cloud.random,
        0.3,
        faults.throttled,
        faults.failed(),
        faults.unprocessed,
        faults.committed_and_cut,
        faults.cut,
        faults.delayed(0.3),
    )
    for _ in range(10):
        cloud.chatter(10)
        cloud.cut(cloud.random.choice(clients))
        cloud.until_more_are_acknowledged(5)
    cloud.proxy.fault = faults.passed
    cloud.assert_promises_held()
    assert cloud.journal.count("acknowledged") == 100


def test_a_write_of_unknown_outcome_that_lands_late_is_seen_by_all(cloud):
    """It is executed after its outcome was logged as unknown and others have written more."""
    cloud.serve()
    ann, ben, cem = cloud.admit("Ann", "Ben", "Cem")
    cloud.post(ben, "before")
    cloud.come_to_rest()
    land = cloud.loop.run(_event())
    cloud.proxy.fault = faults.only(WRITE, faults.held(land))
    cloud.post(ann, "late")
    cloud.until(lambda: "It is unknown whether" in cloud.server.output())
    cloud.post(ben, "while it is unknown")
    cloud.cut(cem)
    cloud.proxy.fault = faults.passed
    cloud.loop.call(land.set)
    cloud.post(cem, "after")
    cloud.assert_promises_held()
    assert len(cloud.stored()["general"]) == 4


async def _event():
    return asyncio.Event()
