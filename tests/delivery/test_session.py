"""Order, backlog, timeouts and the end of a session, over raw sockets."""

import contextlib
import os
import signal
import time

import pytest

from chat.delivery.admission import NEWCOMERS_PACKETS
from tests.delivery.client import CLOSE, Client, masked, member
from tests.delivery.conftest import seen, tables
from tests.delivery.servers import running
from tests.waiting import PATIENCE, wait_until

ROOMS = "tests.delivery.rooms:app"


def test_events_of_a_client_are_handled_one_at_a_time_in_order(own):
    with member(own) as client:
        delays = [0.05, 0, 0.02, 0]
        for number, seconds in enumerate(delays):
            client.emit("slow", {"number": number, "seconds": seconds})
        for number in range(len(delays)):
            assert client.packet() == f"43/rooms,{number + 2}[{number}]"
    steps = [step for step in seen(own) if step[0] in {"slow", "done"}]
    assert steps == [[what, n] for n in range(4) for what in ("slow", "done")]


def test_a_client_whose_handler_waits_holds_up_nobody(own):
    with member(own) as slow, member(own) as quick:
        slow.emit("slow", {"number": 1, "seconds": 30})
        assert quick.call("join", {"room": "lobby"})["ok"]


def test_an_answer_keeps_its_order_with_broadcasts(own):
    with member(own) as client:
        for number in range(20):
            client.emit("send", {"room": "lobby", "text": str(number)})
        for number in range(20):
            assert client.packet().startswith("42/rooms,")
            assert client.packet().startswith(f"43/rooms,{number + 2}[")


def test_all_members_see_the_same_order(own):
    with member(own) as one, member(own) as two, member(own) as three:
        for number in range(30):
            for client in (one, two):
                client.emit("send", {"room": "lobby", "text": f"{number} {id(client)}"})
        orders = [texts(client, 60) for client in (one, two, three)]
        assert orders[0] == orders[1] == orders[2]


def texts(client, count):
    found = []
    while len(found) < count:
        if (packet := client.packet()).startswith("42/rooms,"):
            found.append(packet)
    return found


def test_reading_pauses_while_the_backlog_is_full(own):
    with member(own) as client:
        client.emit("slow", {"number": 0, "seconds": 2})
        client.socket.settimeout(0.5)
        event = masked(b'42/rooms,["join",{"room":"' + b"x" * 30_000 + b'"}]')
        sent = 0
        with contextlib.suppress(TimeoutError):  # the server doesn't take it from the kernel
            for _ in range(2000):
                client.send_raw(event)
                sent += len(event)
        assert sent < 30_000_000
        client.socket.settimeout(PATIENCE)
        assert client.packet() == "43/rooms,2[0]"


def test_events_that_had_to_wait_are_not_lost(own):
    with member(own) as client:
        client.emit("slow", {"number": 0, "seconds": 0.3})
        count = 500
        for number in range(count):
            client.emit("send", {"room": "lobby", "text": str(number)})
        found = texts(client, count)
        assert [int(packet.split('"text":"')[1].split('"')[0]) for packet in found] == list(
            range(count)
        )


def test_a_client_that_dies_while_its_backlog_is_full_is_noticed(own):
    with member(own) as client:
        client.emit("slow", {"number": 0, "seconds": 1})
        for number in range(100):
            client.emit("slow", {"number": number, "seconds": 0})
        linger = bytes([1, 0, 0, 0, 0, 0, 0, 0])
        import socket

        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    wait_until(lambda: tables(own)["sessions"] == 0)


def test_a_disconnect_handler_that_fails_leaves_nothing_behind(own):
    connection = own.connect_http()
    connection.request("GET", "/sign-in/breaks")
    cookie = connection.getresponse().getheader("Set-Cookie").split(";")[0]
    connection.close()
    before = tables(own)
    with Client(own, Cookie=cookie) as client:
        client.open("/rooms", "/typing").call("join", {"room": "lobby"}, namespace="/typing")
    wait_until(lambda: tables(own) == before)
    assert ["disconnect", "breaks", "transport close"] in seen(own)


def test_who_answers_pings_stays(tmp_path):
    with (
        running(ROOMS, tmp_path, PING_INTERVAL="1", PING_TIMEOUT="1") as server,
        member(server) as client,
    ):
        for _ in range(3):
            assert client.packet() == "2"
            client.send("3")
        assert client.call("join", {"room": "lobby"})["ok"]


def test_who_does_not_answer_a_ping_is_disconnected(tmp_path):
    with (
        running(ROOMS, tmp_path, PING_INTERVAL="1", PING_TIMEOUT="1") as server,
        member(server) as client,
    ):
        assert client.packet() == "2"
        assert client.until_close().reason == "no pong"
        wait_until(lambda: ["disconnect", None, "ping timeout"] in seen(server))


def test_who_cannot_answer_because_we_do_not_read_is_given_time_and_pinged(tmp_path):
    with (
        running(ROOMS, tmp_path, PING_INTERVAL="1", PING_TIMEOUT="1") as server,
        member(server) as client,
    ):
        client.emit("slow", {"number": 0, "seconds": 5})
        for number in range(50):
            client.emit("slow", {"number": number, "seconds": 0})
        started = time.monotonic()
        found, pings = [], 0
        while len(found) < 51:
            packet = client.packet()
            if packet == "2":
                pings += not found
                client.send("3")
            else:
                found.append(packet)
        assert time.monotonic() - started > 4
        assert pings >= 2
        for _ in range(2):  # then pings come as before
            assert client.packet() == "2"
            client.send("3")


def test_a_pong_that_nobody_waits_for_gives_no_more_time(tmp_path):
    with (
        running(ROOMS, tmp_path, CONNECT_TIMEOUT="2", PING_INTERVAL="100") as server,
        Client(server) as stranger,
    ):
        stranger.open()
        stranger.socket.settimeout(0.3)
        for _ in range(5):
            with contextlib.suppress(TimeoutError):
                while (frame := stranger.frame()).opcode != CLOSE:
                    pass
                break
            stranger.send("3")
        else:
            stranger.socket.settimeout(PATIENCE)
            frame = stranger.until_close()
        assert frame.reason == "no namespace is connected"


def test_who_has_connected_to_nothing_yet_is_pinged(tmp_path):
    with (
        running(ROOMS, tmp_path, CONNECT_TIMEOUT="3", PING_INTERVAL="1") as server,
        Client(server) as stranger,
    ):
        stranger.open()
        for _ in range(2):
            assert stranger.packet() == "2"
            stranger.send("3")
        while (frame := stranger.frame()).opcode != CLOSE:  # a third ping, if it comes in time
            stranger.send("3")
        assert frame.reason == "no namespace is connected"


def test_who_has_left_the_last_namespace_is_pinged_and_has_time_to_return(tmp_path):
    with running(ROOMS, tmp_path, CONNECT_TIMEOUT="4", PING_INTERVAL="1") as server:
        with Client(server) as returns:
            enter_and_leave(returns)
            returns.send("40/rooms,")
            assert unless_pinged(returns).startswith("40/rooms,")
            assert returns.packet() == "2"
        with Client(server) as stays_away:
            enter_and_leave(stays_away)
            while (frame := stays_away.frame()).opcode != CLOSE:
                stays_away.send("3")
            assert frame.reason == "no namespace is connected"


def enter_and_leave(client):
    client.open().send("40/rooms,")
    assert unless_pinged(client).startswith("40/rooms,")
    client.send("41/rooms,")
    assert client.packet() == "2"
    client.send("3")


def unless_pinged(client):
    """The next packet that is no ping."""
    while (packet := client.packet()) == "2":
        client.send("3")
    return packet


@pytest.fixture
def impatient(tmp_path):
    """A server that would ping only after the timeout of a test."""
    with running(ROOMS, tmp_path, CONNECT_TIMEOUT="1", PING_INTERVAL="100") as server:
        yield server


def test_who_connects_to_no_namespace_is_disconnected(impatient):
    with member(impatient) as neighbour, Client(impatient) as client:
        client.open()
        assert client.until_close().reason == "no namespace is connected"
        assert tables(impatient)["sessions"] == 1
        assert neighbour.call("join", {"room": "lobby"})["ok"]


def test_who_is_refused_by_all_namespaces_is_disconnected(own):
    with Client(own) as client:
        client.open()
        for _ in range(3):
            client.send('40/rooms,{"refuse":"me"}')
            assert client.packet().startswith("44/rooms,")
        client.send("40/admin,")
        assert client.packet().startswith("44/admin,")
        assert client.until_close().reason == "no namespace is connected"


def test_who_is_refused_by_one_namespace_may_connect_to_another(own):
    with Client(own) as client:
        client.open().send('40/rooms,{"refuse":"me"}')
        assert client.packet().startswith("44/rooms,")
        client.send("40/typing,")
        assert client.packet().startswith("40/typing,")
        assert client.packet() == "2", "connect_timeout is over, and the connection is still open"
        assert client.call("join", {"room": "lobby"}, namespace="/typing")["ok"]


def test_who_asks_again_and_again_gets_no_more_time(own):
    with Client(own) as client:
        client.open().socket.settimeout(0.3)
        for _ in range(NEWCOMERS_PACKETS - 1):  # one more would be too many packets
            client.send('40/rooms,{"refuse":"me"}')
            with contextlib.suppress(TimeoutError):
                while (frame := client.frame()).opcode != CLOSE:
                    pass
                break
        else:
            pytest.fail("each refusal has given the client more time")
        assert frame.reason == "no namespace is connected"


def test_too_many_clients_are_told_so_whether_they_were_let_in_or_not(tmp_path):
    with (
        running(ROOMS, tmp_path, MAX_SESSIONS="3") as server,
        member(server) as neighbour,
        Client(server) as stranger,
        Client(server).open(),
    ):
        with Client(server) as one_too_many:
            assert one_too_many.status == 503
        answer = http_get(server, "/socket.io/?EIO=4&transport=polling")
        assert answer == 503
        assert tables(server)["sessions"] == 3
        assert neighbour.call("join", {"room": "lobby"})["ok"]
        stranger.open().send("1")
        wait_until(lambda: tables(server)["sessions"] == 2)
        with member(server) as newcomer:
            assert newcomer.call("join", {"room": "lobby"})["ok"]


def http_get(server, path):
    with contextlib.closing(server.connect_http()) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_who_was_not_let_in_has_room_for_short_messages_only(server, tidy):
    with Client(server) as stranger:
        stranger.open().send("40/rooms," + " " * 20_000)
        assert stranger.until_close().code == 1009
    with member(server) as client:
        long = {"room": "lobby", "text": "x" * 90_000}
        assert client.call("send", long)["ok"]


def test_a_frozen_peer_is_dropped(tmp_path):
    """It neither answers nor closes, as when the network is cut without a reset."""
    with (
        running(ROOMS, tmp_path, PING_INTERVAL="1", PING_TIMEOUT="1") as server,
        member(server),
    ):
        wait_until(lambda: tables(server)["watched"] == 0, seconds=15)
        assert tables(server)["sessions"] == 0


def test_a_planned_stop_tells_clients_to_come_back(own):
    with member(own) as one, member(own) as two:
        one.emit("send", {"room": "lobby", "text": "goodbye"})
        assert two.event()[1]["text"] == "goodbye"
        own.terminate()
        for client in (one, two):
            closed = client.until_close()
            assert (closed.code, closed.reason) == (1012, "the service restarts")
        assert own.wait() == 0
    assert "rror" not in own.output()


def test_a_peer_that_ignores_the_stop_does_not_delay_it(tmp_path):
    with running(ROOMS, tmp_path, "--graceful-timeout", "5") as server, member(server) as client:
        server.terminate()
        assert client.frame().opcode == CLOSE
        assert server.wait() == 0


def test_killing_the_worker_closes_all_connections(own):
    with member(own) as client:
        os.kill(own.worker_pid(), signal.SIGKILL)
        client.until_end()


def test_coming_and_going_leaves_nothing_behind(own):
    def visit():
        clients = [member(own, room=f"room {number}") for number in range(25)]
        for number, client in enumerate(clients):
            if number % 3:
                client.send_raw(masked((1000).to_bytes(2), CLOSE))
            client.socket.close()
        assert own.get("/clean") == "ok"

    for _ in range(8):
        visit()
    wait_until(lambda: tables(own)["sessions"] == 0)
    before = tables(own)
    kilobytes = resident(own)
    for _ in range(40):
        visit()
    wait_until(lambda: tables(own) == before)
    assert resident(own) - kilobytes < 400  # of 1,000 clients; their sessions alone would take 500


def resident(server):
    with open(f"/proc/{server.worker_pid()}/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
