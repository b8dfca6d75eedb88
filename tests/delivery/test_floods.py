"""Floods of one client, kind by kind: each is limited, and others are served meanwhile."""

import contextlib
import json

import pytest

from tests.delivery.client import BINARY, CLOSE, PING, PONG, TEXT, Client, masked, member
from tests.delivery.conftest import seen, tables
from tests.delivery.servers import running
from tests.waiting import wait_until

ROOMS = "tests.delivery.rooms:app"

FRAGMENT = masked(b"", 0, fin=False)
BURST = 64 * 1024  # bytes

# Frames without effect, which a client could repeat for ever.
IDLE_TALK = {
    "connect and disconnect": masked(b"41/rooms,") + masked(b"40/rooms,"),
    "another namespace": masked(b"40/admin,"),
    "acknowledgement of nothing": masked(b"43/rooms,9[]"),
    "Engine.IO pong": masked(b"3"),
    "WebSocket ping": masked(b"", PING),
    "WebSocket pong": masked(b"", PONG),
    "empty fragment": FRAGMENT,
}


def burst(frame):
    """As many copies of the frame as fit; before fragments, the first frame of their message."""
    begin = masked(b"", TEXT, fin=False) if frame is FRAGMENT else b""
    return begin + frame * (BURST // len(frame))


@pytest.mark.parametrize("frame", IDLE_TALK.values(), ids=IDLE_TALK)
def test_idle_talk_of_a_member_ends_the_connection(server, neighbour, tidy, frame):
    with member(server) as client:
        client.send_raw(burst(frame))
        answers, closed = until_close(client)
        assert (closed.code, closed.reason) == (1008, "too many packets")
        assert len(answers) <= 202, "the limit of two periods: one may have ended meanwhile"
        client.socket.close()


STRANGERS_TALK = {
    "a refusal": masked(b'40/rooms,{"refuse":"me"}'),
    "another namespace": masked(b"40/admin,"),
    "Engine.IO pong": masked(b"3"),
    "WebSocket ping": masked(b"", PING),
    "WebSocket pong": masked(b"", PONG),
    "empty fragment": FRAGMENT,
}


@pytest.mark.parametrize("frame", STRANGERS_TALK.values(), ids=STRANGERS_TALK)
def test_a_stranger_may_say_little(server, neighbour, tidy, frame):
    with Client(server) as client:
        client.open().send_raw(burst(frame))
        answers, closed = until_close(client)
        assert (closed.code, closed.reason) == (1008, "too many packets")
        assert len(answers) <= 22, "the limit of two periods"
        client.socket.close()


def until_close(client):
    answers = []
    while (frame := client.frame()).opcode != CLOSE:
        answers.append(frame)
    return answers, frame


def test_a_probe_for_the_upgrade_may_say_as_little(own):
    connection = own.connect_http()
    connection.request("GET", "/socket.io/?EIO=4&transport=polling")
    sid = json.loads(connection.getresponse().read()[1:])["sid"]
    connection.close()
    with Client(own, query=f"EIO=4&transport=websocket&sid={sid}") as probe:
        probe.send_raw(burst(masked(b"", PING)))
        _, closed = until_close(probe)
        assert (closed.code, closed.reason) == (1008, "too many packets")


def test_events_are_no_idle_talk(own):
    with member(own) as client:
        for number in range(300):
            client.emit("join", {"room": str(number)})
        for number in range(300):
            assert client.packet().startswith(f"43/rooms,{number + 2}[")


def test_an_acknowledgement_that_was_asked_for_is_no_idle_talk(own):
    with member(own) as client:
        for number in range(1, 151):
            client.emit("ask", {})
            while not (packet := client.packet()).startswith("42/rooms,"):
                pass
            assert packet.startswith(f"42/rooms,{number}[")
            client.send(f'43/rooms,{number}["yes"]')
        wait_until(lambda: seen(own).count(["answer", "yes"]) == 150)


def test_a_neighbour_is_served_in_the_midst_of_a_burst(own):
    """The hub is blocked until both have sent; then the burst is read first."""
    with member(own) as holder, member(own, room="flood") as flood, member(own) as neighbour:
        holder.emit("hold_the_hub", {"seconds": 1})
        flood.send_raw(masked(b'42/rooms,["send",{"room":"flood","text":"flood"}]') * 1000)
        neighbour.emit("send", {"room": "lobby", "text": "neighbour"})
        wait_until(lambda: len(seen(own)) == 1002)
        assert seen(own).index(["send", "neighbour"]) < 700


def test_many_bursts_leave_a_neighbour_served(own):
    with member(own) as holder, member(own) as neighbour:
        floods = [member(own, room="flood") for _ in range(20)]
        holder.emit("hold_the_hub", {"seconds": 1})
        for flood in floods:
            flood.send_raw(masked(b'42/rooms,["send",{"room":"none","text":"flood"}]') * 200)
        neighbour.emit("send", {"room": "lobby", "text": "neighbour"})
        wait_until(lambda: len(seen(own)) == 4002)
        # How many events fit into a turn depends on the machine; it is a small part of a burst.
        assert seen(own).index(["send", "neighbour"]) < 2000
        for flood in floods:
            flood.socket.close()


def test_requests_are_served_while_many_connections_have_something(own):
    with contextlib.ExitStack() as stack:
        members = [stack.enter_context(member(own)) for _ in range(40)]
        members[0].emit("hold_the_hub", {"seconds": 1})
        for each in members[1:]:
            each.emit("hold_the_hub", {"seconds": 0.02})
        assert own.get("/mark") == "ok"
        for each in members:
            assert each.packet().startswith("43/rooms,")
        assert seen(own).index(["mark"]) < 30


def test_a_burst_stays_in_order_and_whole(own):
    with member(own) as client:
        for number in range(300):
            client.emit("send", {"room": "none", "text": str(number)})
        wait_until(lambda: len(seen(own)) == 300)
        assert [text for _, text in seen(own)] == [str(number) for number in range(300)]


def open_by_polling(server, count, **headers):
    """Open sessions without using them; returns the statuses of the answers."""
    connection = server.connect_http()
    statuses = []
    for _ in range(count):
        connection.request("GET", "/socket.io/?EIO=4&transport=polling", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200 or answer.getheader("Content-Length") == "0"
        statuses.append(answer.status)
    connection.close()
    return statuses


def test_strangers_do_not_take_the_places_of_members(tmp_path):
    patient = {"CONNECT_TIMEOUT": "100", "PING_INTERVAL": "100"}
    with running(ROOMS, tmp_path, MEMBERS="1", MAX_SESSIONS="2", **patient) as server:
        assert open_by_polling(server, 101) == [200] * 100 + [503]
        assert open_by_polling(server, 3, **{"X-Member": "ann"}) == [200, 200, 503]


def test_who_opens_too_many_is_refused_for_a_while_and_others_are_not(tmp_path):
    with running(ROOMS, tmp_path, MEMBERS="1", MAX_HANDSHAKES="5") as server:
        ann = [Client(server, X_Member="ann") for _ in range(6)]
        assert [client.status for client in ann] == [101] * 5 + [429]
        with Client(server, X_Member="bob") as bob:
            assert bob.status == 101
        for client in ann:
            client.socket.close()


def test_strangers_of_one_address_may_open_fewer_than_a_member(tmp_path):
    with running(ROOMS, tmp_path, MEMBERS="1", MAX_HANDSHAKES="80") as server:
        assert open_by_polling(server, 11) == [200] * 10 + [429]
        assert open_by_polling(server, 11, **{"X-Member": "ann"}) == [200] * 11


def test_who_is_let_in_takes_no_place_of_newcomers(tmp_path):
    with running(ROOMS, tmp_path, MEMBERS="1") as server:
        clients = [Client(server, X_Member="ann").open("/rooms") for _ in range(101)]
        assert [client.status for client in clients] == [101] * 101
        for client in clients:
            client.socket.close()


BEGUN = 90_000  # bytes of a message that has 100,000


def begin(client):
    """Begin a message that never ends."""
    client.send_raw(masked(b"4" + b"x" * 99_999)[:BEGUN])


def begin_in_fragments(client):
    for number in range(9):
        client.send_raw(masked(b"4" + b"x" * 9_999, 0 if number else TEXT, fin=False))


@pytest.mark.parametrize("begin", [begin, begin_in_fragments])
def test_messages_that_never_end_are_bounded_in_all(tmp_path, begin):
    with (
        running(ROOMS, tmp_path, MAX_HELD="1000000") as server,
        contextlib.ExitStack() as stack,
        member(server) as neighbour,
    ):
        for _ in range(30):
            client = stack.enter_context(member(server, room="flood"))
            begin(client)
        wait_until(lambda: tables(server)["sessions"] <= 12)
        assert tables(server)["sessions"] >= 10
        assert neighbour.call("send", {"room": "lobby", "text": "hi"}) == {"ok": True}


def test_what_is_not_read_is_bounded_in_all(tmp_path):
    limits = {"MAX_UNSENT": "1000000", "MAX_HELD": "2000000"}
    with (
        running(ROOMS, tmp_path, **limits) as server,
        contextlib.ExitStack() as stack,
        member(server) as neighbour,
    ):
        for _ in range(10):
            stack.enter_context(member(server, room="slow", receive_buffer=4096))
        for _ in range(15):  # the kernel buffers some
            message = {"room": "slow", "text": "x" * 90_000}
            assert neighbour.call("send", message) == {"ok": True}
        wait_until(lambda: tables(server)["sessions"] < 8)
        wait_until(lambda: int(server.get("/slow-clients")) == 11 - tables(server)["sessions"])


def test_what_pollers_do_not_fetch_is_bounded_in_all(tmp_path):
    limits = {"MAX_UNSENT": "1000000", "MAX_HELD": "2000000"}
    with running(ROOMS, tmp_path, **limits) as server, member(server) as neighbour:
        for _ in range(10):
            poller(server, "slow")
        for _ in range(8):
            message = {"room": "slow", "text": "x" * 90_000}
            assert neighbour.call("send", message) == {"ok": True}
        wait_until(lambda: tables(server)["sessions"] < 8)


def test_a_poller_that_fetches_too_little_is_ended(tmp_path):
    limits = {"MAX_UNSENT": "200000"}
    with running(ROOMS, tmp_path, **limits) as server, member(server) as neighbour:
        poller(server, "slow")
        for _ in range(3):
            message = {"room": "slow", "text": "x" * 90_000}
            assert neighbour.call("send", message) == {"ok": True}
        wait_until(lambda: tables(server)["sessions"] == 1)
        assert server.get("/slow-clients") == "1"


def poller(server, room):
    """A member of a room that never fetches."""
    connection = server.connect_http()
    connection.request("GET", "/socket.io/?EIO=4&transport=polling")
    sid = json.loads(connection.getresponse().read()[1:])["sid"]
    join = json.dumps(["join", {"room": room}])
    body = f"40/rooms,\x1e42/rooms,{join}"
    connection.request("POST", f"/socket.io/?EIO=4&transport=polling&sid={sid}", body=body)
    assert connection.getresponse().read() == b"ok"
    connection.close()


def test_whole_messages_leave_nothing_counted(tmp_path):
    with running(ROOMS, tmp_path, MAX_HELD="1000000") as server, member(server) as client:
        for _ in range(30):
            message = {"room": "none", "text": "x" * 90_000}
            assert client.call("send", message) == {"ok": True}


def wait(size=90_000):
    """An event with so many bytes, whose handler waits for `/release`."""
    return f'42/rooms,1["wait","{"x" * size}"]'


def test_long_messages_that_wait_to_be_handled_are_bounded_in_all(tmp_path):
    with (
        running(ROOMS, tmp_path, MAX_HELD="1000000") as server,
        member(server) as neighbour,
        member(server, room="one") as one,
        member(server, room="other") as other,
    ):
        one.send(wait())
        wait_until(lambda: tables(server)["long"] > 90_000)
        other.send(wait())
        closed = other.until_close()
        assert closed.reason == "too much waits to be handled, of all clients together"
        assert neighbour.call("send", {"room": "lobby", "text": "x" * 10_000}) == {"ok": True}
        server.get("/release")
        wait_until(lambda: tables(server)["long"] == 0)
        other.socket.close()
        neighbour.send(wait())
        assert neighbour.packet() == '43/rooms,1["released"]'


def test_long_messages_that_are_dropped_with_their_client_are_not_counted(tmp_path):
    with (
        running(ROOMS, tmp_path, MAX_HELD="1000000") as server,
        member(server, room="one") as client,
    ):
        client.send(wait(40_000))
        client.send(wait(40_000))
        wait_until(lambda: tables(server)["long"] > 80_000)
        client.send_raw(masked(b"x", BINARY))
        wait_until(lambda: 40_000 < tables(server)["long"] < 80_000, what="the end of the second")
        server.get("/release")
        wait_until(lambda: tables(server)["long"] == 0)
