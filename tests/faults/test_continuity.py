"""A client detects a missed event without a reconnect, and no recovery skips a message."""

import pytest

from chat.history.resends import IN_FLIGHT_FOR
from chat.realtime.continuity import READ_AFTER
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles
from tests.faults.polling_wire import PollingWire
from tests.faults.tcp_proxy import TcpProxy

POLLS = {"connect": PollingWire.open}


@pytest.fixture
def path(cloud):
    """A TCP proxy in front of the first of two servers."""
    cloud.serve()
    cloud.serve()
    proxy = cloud.loop.run(TcpProxy(cloud.server.port).listen())
    cloud.proxies.append(proxy)
    return proxy


def room_of(client):
    return client.rooms["general"]


def test_an_answer_to_a_poll_that_got_lost_is_noticed_at_the_next_event(arena):
    arena.serve()
    (ann,) = arena.admit("Ann")
    (ben,) = arena.admit("Ben", **POLLS)
    arena.loop.call(ben.wire.lose_answers, 1)
    arena.post(ann, "lost")
    arena.come_to_rest()
    arena.post(ann, "and another")
    arena.until(lambda: len(room_of(ben).shown) == 2, 30, "what was lost is there")
    assert room_of(ben).mended
    assert ben.connections == 1
    arena.assert_promises_held()


def test_the_last_one_that_got_lost_is_noticed_by_a_mark(arena):
    arena.serve()
    (ann,) = arena.admit("Ann")
    (ben,) = arena.admit("Ben", **POLLS)
    arena.loop.call(ben.wire.lose_answers, 1)
    arena.post(ann, "the last word")
    arena.until(lambda: len(room_of(ben).shown) == 1, 30, "what was lost is there")
    assert room_of(ben).mended
    assert ben.connections == 1


def test_a_client_of_the_first_edition_has_it_after_the_next_reconnect(arena):
    arena.serve()
    (ann,) = arena.admit("Ann")
    (ben,) = arena.admit("Ben", **POLLS, is_first_edition=True)
    arena.loop.call(ben.wire.lose_answers, 1)
    arena.post(ann, "lost")
    arena.come_to_rest()
    arena.post(ann, "and another")
    arena.until(lambda: room_of(ben).shown, 30, "the second message")
    arena.cut(ben)
    arena.until(lambda: ben.connections == 2)
    arena.assert_promises_held()


@pytest.mark.timeout(180)
def test_what_was_written_at_the_other_server_is_never_passed_by(cloud):
    """People write at both servers for longer than two reads, and no bus connects the servers.

    The room was empty, so a client has no cursor until two reads of the room are over: the first
    read raises `up_to` only to half a second after the join.
    """
    here, there = cloud.serve(), cloud.serve()
    ann, ben = cloud.admit("Ann", "Ben", port=here.port)
    (cem,) = cloud.admit("Cem", port=there.port)
    cloud.post(cem, "long before")
    for number in range(round(2 * (READ_AFTER + 2) / 0.5)):
        cloud.post(ann, f"here {number}")
        cloud.post(cem, f"there {number}")
        troubles.wait(0.5)
    cloud.cut(ben)
    cloud.assert_promises_held()
    for client in (ann, ben, cem):
        assert room_of(client).reloads == 1, "a client started over"


def test_without_a_bus_it_is_shown_after_a_while_all_the_same(cloud):
    here, there = cloud.serve(), cloud.serve()
    (ann,) = cloud.admit("Ann", port=here.port)
    (cem,) = cloud.admit("Cem", port=there.port)
    cloud.post(cem, "there")
    cloud.until(lambda: len(room_of(ann).shown) == 1, 60, "the other server's message")
    assert ann.connections == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("is_first_edition", [False, True], ids=["counts", "doesn't count"])
def test_what_waited_in_a_server_that_stood_still_is_not_a_second_message(
    cloud, path, is_first_edition
):
    """Meanwhile the message was sent again to the other server."""
    here, there = cloud.servers
    (ann,) = cloud.admit("Ann", port=path.port, is_first_edition=is_first_edition)
    (ben,) = cloud.admit("Ben", port=there.port)
    with troubles.frozen(here):
        client_id = cloud.post(ann, "once")
        cloud.until(lambda: room_of(ann).outbox[0]["first"], what="the first attempt")
        troubles.wait(1)
        cloud.loop.call(path.sever)
        ann.port = there.port
        cloud.cut(ann)
        cloud.until(lambda: room_of(ben).shown, 60, "the second attempt is stored")
        troubles.wait(max(0, IN_FLIGHT_FOR - 10))
    troubles.wait(2)
    assert [m["client_id"] for m in cloud.stored()["general"]] == [client_id]
    cloud.assert_promises_held()


@pytest.mark.timeout(180)
def test_what_the_network_delivers_late_to_the_other_server_is_not_a_second_message(cloud, path):
    _, there = cloud.servers
    (ann,) = cloud.admit("Ann", port=path.port)
    (ben,) = cloud.admit("Ben", port=there.port)
    severed = cloud.loop.call(path.sever)
    client_id = cloud.post(ann, "once")
    cloud.until(lambda: room_of(ann).outbox[0]["first"], what="the first attempt")
    troubles.wait(0.5)
    ann.port = there.port
    cloud.cut(ann)
    cloud.until(lambda: room_of(ben).shown, 60, "the second attempt is stored")
    cloud.loop.call(path.mend, severed)
    troubles.wait(2)
    assert [m["client_id"] for m in cloud.stored()["general"]] == [client_id]


@pytest.mark.timeout(180)
def test_a_message_that_is_found_long_after_it_was_stored_is_told(cloud):
    """The answer to its write was lost, and then the history was down for more than a minute."""
    cloud.serve()
    ann, ben = cloud.admit("Ann", "Ben")
    cloud.proxy.fault = faults.only("BatchWriteItem", faults.committed_and_cut)
    cloud.post(ann, "stored, and nobody knows")
    cloud.until(lambda: len(cloud.stored()["general"]) == 1)
    cloud.proxy.fault = faults.failed()
    troubles.wait(65)
    cloud.proxy.heal()
    cloud.until(lambda: len(room_of(ben).shown) == 1, 60, "the message")
    assert ben.connections == 1
    cloud.assert_promises_held()
