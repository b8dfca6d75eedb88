"""HTTP long-polling and the upgrade to WebSocket, over raw sockets."""

import json
import socket
from types import SimpleNamespace

import pytest

from chat.delivery.polling import AT_ONCE
from chat.delivery.upgrade import Probe
from chat.delivery.wheel import Wheel
from tests.delivery.client import Client, masked, member
from tests.delivery.conftest import seen, tables
from tests.delivery.poller import SEPARATOR, Poller, read_answer, upgrade
from tests.delivery.servers import running
from tests.waiting import wait_until

ROOMS = "tests.delivery.rooms:app"

SLOW = [f'42/rooms,{n}["slow",{{"number":{n},"seconds":0.05}}]' for n in range(16)]


def test_events_and_answers_go_both_ways(server, neighbour):
    client = Poller(server, "/rooms")
    assert client.session["upgrades"] == ["websocket"]
    client.post('42/rooms,1["join",{"room":"polls"}]')
    assert client.get()[1] == ['43/rooms,1[{"ok":true,"name":null}]']
    client.post('42/rooms,2["send",{"room":"polls","text":"é"}]')
    assert client.get()[1] == [
        '42/rooms,["message",{"room":"polls","text":"é"}]',
        '43/rooms,2[{"ok":true}]',
    ]
    client.post("1")


def test_a_get_waits_for_something_to_send(server):
    client = Poller(server, "/rooms")
    with client.start_get() as waiting:
        client.post('42/rooms,1["join",{"room":"polls"}]')
        assert waiting() == '200 43/rooms,1[{"ok":true,"name":null}]'
    client.post("1")


def test_long_answers_are_compressed(server):
    client = Poller(server, "/rooms")
    client.post('42/rooms,1["flood",{"count":10,"size":1000}]')
    assert len(client.get(Accept_Encoding="gzip")[1]) == 11
    client.post("1")


def test_what_has_piled_up_comes_in_parts_and_in_order(own):
    client = Poller(own, "/rooms")
    client.post('42/rooms,1["flood",{"count":400,"size":1000}]')
    found = []
    while len(found) < 401:
        packets = client.get()[1]
        assert sum(map(len, packets)) < AT_ONCE + 2000
        found += packets
    numbers = [
        json.loads(packet[len("42/rooms,") :])[1]["number"] for packet in found if packet[1] == "2"
    ]
    assert numbers == list(range(400))
    client.post("1")


def test_a_client_that_says_goodbye_is_gone(server, tidy):
    client = Poller(server, "/rooms")
    with client.start_get() as waiting:
        assert client.post("1") == (200, "ok")
        assert waiting() == "200 6"
    assert client.get()[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        [""],
        ["4"],
        ["2"],
        ["\x1e"],
        ["9"],
        ["bAAAA"],
        ["42/rooms,[]"],
        ['42/rooms,["connect"]'],
        ["d=42"],
        ["4" + "x" * 100_001],
    ],
)
def test_a_bad_payload_ends_the_session(server, tidy, body):
    client = Poller(server, "/rooms")
    client.post(*body)
    wait_until(lambda: client.get()[0] == 400)


def test_what_is_not_utf8_ends_the_session(server, tidy):
    client = Poller(server, "/rooms")
    assert client._request("POST", client.url(), b'42["\xff"]', {})[0] == 400
    wait_until(lambda: client.get()[0] == 400)


@pytest.mark.parametrize("size", ["x", "-1", "1e3", "99999999999"])
def test_a_bad_content_length_is_refused(server, tidy, size):
    client = Poller(server, "/rooms")
    with server.connect() as connection:
        head = (
            f"POST /socket.io/?{client.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert b" 400 " in connection.recv(1000).split(b"\r\n")[0]
    client.post("1")


def test_a_body_may_come_in_chunks(server, tidy):
    client = Poller(server, "/rooms")
    head = f"POST {client.url()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = '42/rooms,1["join",{"room":"polls"}]'
    with server.connect() as connection:
        connection.sendall(head.encode() + chunk(body[:10]) + chunk(body[10:]))
        connection.sendall(chunk(""))
        assert read_answer(connection) == "200 ok"
    assert client.get()[1] == ['43/rooms,1[{"ok":true,"name":null}]']
    client.post("1")


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n".encode()


def test_chunks_may_not_be_more_than_one_message(server, tidy):
    client = Poller(server, "/rooms")
    head = f"POST {client.url()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode() + chunk("4" + "x" * 100_000) + chunk(""))
        assert read_answer(connection).startswith("400 ")
    assert client.get()[0] == 400


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_cut_off_ends_the_session(server, tidy, chunked):
    client = Poller(server, "/rooms")
    body = b'42/rooms,["send",{"room":"polls","text":"cut"}]'
    head = client.post_head(len(body) + 1)
    if chunked:
        length = f"Content-Length: {len(body) + 1}".encode()
        head = head.replace(length, b"Transfer-Encoding: chunked")
        body = chunk(body.decode())
    with server.connect() as connection:
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)
        assert read_answer(connection).startswith("400 ")
    assert client.get()[0] == 400
    assert ["send", "cut"] not in seen(server)


def test_a_body_may_have_many_packets(server, tidy):
    client = Poller(server, "/rooms")
    client.post(*(f'42/rooms,{n}["join",{{"room":"polls"}}]' for n in range(100)))
    answers = []
    while len(answers) < 100:
        answers += client.get()[1]
    assert answers == [f'43/rooms,{n}[{{"ok":true,"name":null}}]' for n in range(100)]
    client.post("1")


@pytest.mark.parametrize("packet", ["9", "x", "2", "0", "bAAAA"])
def test_a_packet_that_makes_no_sense_is_answered_with_400(server, tidy, packet):
    client = Poller(server, "/rooms")
    assert client.post('42/rooms,1["join",{"room":"polls"}]', packet)[0] == 400
    assert client.get()[0] == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(server, tidy, method):
    client = Poller(server, "/rooms")
    assert client._request(method, client.url(), None, {})[0] == 400
    client.post("1")


def test_a_request_names_its_transport(server):
    client = Poller(server, "/rooms")
    for query in ("EIO=4", "EIO=4&transport=", f"EIO=4&sid={client.session['sid']}"):
        assert client._request("GET", f"/socket.io/?{query}", None, {})[0] == 400
    client.post("1")


def test_two_get_requests_at_a_time_end_the_session(server, tidy):
    client = Poller(server, "/rooms")
    with client.start_get() as first, client.start_get() as second:
        assert {first()[:3], second()[:3]} == {"200", "400"}


def test_an_unknown_session_is_refused(server):
    client = Poller(server, "/rooms")
    client.post("1")
    client.query = "EIO=4&transport=polling&sid=unknown"
    assert client.get()[0] == 400
    assert client.post("4")[0] == 400


def test_no_answer_is_a_script(server):
    """JSONP: a page of another site could load a script, with this site's cookies."""
    connection = server.connect_http()
    connection.request("GET", "/socket.io/?EIO=4&transport=polling&j=0")
    answer = connection.getresponse()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert answer.read().startswith(b"0{")
    connection.close()


def test_a_post_waits_while_the_backlog_is_full(own):
    client = Poller(own, "/rooms")
    for _ in range(3):
        assert client.post(*SLOW) == (200, "ok")
    answers = []
    while len(answers) < 48:
        answers += client.get()[1]
    assert answers == [f"43/rooms,{number}[{number}]" for number in range(16)] * 3


def test_who_stops_polling_is_disconnected(tmp_path):
    with running(ROOMS, tmp_path, PING_INTERVAL="1", PING_TIMEOUT="1") as server:
        Poller(server, "/rooms")
        wait_until(lambda: ["disconnect", None, "ping timeout"] in seen(server))


def test_who_does_not_fetch_is_disconnected(tmp_path):
    with running(ROOMS, tmp_path, MAX_UNSENT="10000") as server:
        client = Poller(server, "/rooms")
        client.post('42/rooms,1["flood",{"count":100,"size":1000}]')
        wait_until(lambda: tables(server)["sessions"] == 0)


def test_the_stop_tells_clients_that_poll(own):
    client = Poller(own, "/rooms")
    with client.start_get() as waiting:
        own.terminate()
        assert waiting() == "503 "
    assert own.wait() == 0


# The upgrade


def test_a_session_moves_to_websocket_with_all_that_waits(server, tidy):
    client = Poller(server, "/rooms")
    client.post('42/rooms,1["join",{"room":"polls"}]')
    assert client.get()[0] == 200
    with upgrade(server, client) as websocket:
        with client.start_get() as waiting:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            assert waiting() == "200 6"
        client.post('42/rooms,2["send",{"room":"polls","text":"while moving"}]')
        websocket.send("5")
        assert websocket.event() == ["message", {"room": "polls", "text": "while moving"}]
        assert websocket.packet() == '43/rooms,2[{"ok":true}]'
        websocket.ack = 2
        assert websocket.call("join", {"room": "other"})["ok"]
        assert client.get()[0] == 400


def test_nothing_is_kept_of_a_get_that_still_waits_when_the_session_has_moved(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    watched = tables(server)["watched"]
    with client.start_get() as waiting, upgrade(server, client) as websocket:
        wait_until(lambda: tables(server)["watched"] == watched + 2)
        websocket.send_raw(masked(b"2probe") + masked(b"5"))
        assert websocket.packet() == "3probe"
        assert waiting() == "200 6"
        assert websocket.call("join", {"room": "polls"})["ok"]
        assert tables(server)["held"] == 0


def test_a_session_goes_on_polling_if_the_upgrade_fails(server):
    client = Poller(server, "/rooms")
    with upgrade(server, client) as websocket:
        websocket.send("2probe")
        assert websocket.packet() == "3probe"
    client.post('42/rooms,1["join",{"room":"polls"}]')
    packets = ["6"]
    while packets == ["6"]:  # until the server notices that the WebSocket has gone
        packets = client.get()[1]
    assert packets == ['43/rooms,1[{"ok":true,"name":null}]']
    client.post("1")


def test_who_probes_again_and_again_is_disconnected(server, tidy):
    client = Poller(server, "/rooms")
    probes = 0
    while probes < 100:
        with upgrade(server, client) as websocket:
            if websocket.status != 101:
                break
            websocket.send("x")
            websocket.until_close()
        probes += 1
    assert 33 <= probes <= 66, "100 packets in each of one or two periods; a probe counts as 3"
    assert client.get()[0] == 400


def test_who_polls_in_the_midst_of_an_upgrade_gets_nothing_so_often_and_no_more(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    with upgrade(server, client) as websocket:
        websocket.send("2probe")
        assert websocket.packet() == "3probe"
        statuses = [client.get()[0] for _ in range(202)]
    assert statuses == [200] * statuses.index(400) + [400] * (202 - statuses.index(400))


def test_polling_goes_on_if_the_websocket_breaks_with_the_answer_to_the_probe():
    engine = SimpleNamespace(timeouts=Wheel())
    polling = SimpleNamespace(probing=False, upgrading=False)
    polling.release = lambda: setattr(polling, "upgrading", True)
    probe = Probe(SimpleNamespace(engine=engine), polling)
    probe.start(SimpleNamespace(send=lambda _frame: probe.lost("reset")))
    probe.received("2probe")
    assert not polling.probing
    assert not polling.upgrading
    assert probe.due is None, "its timeout would end the next attempt"


@pytest.mark.parametrize("packet", ["5", "2", "3probe", '42/rooms,["join",{}]', "x"])
def test_what_is_no_upgrade_is_refused(server, packet):
    client = Poller(server, "/rooms")
    with upgrade(server, client) as websocket:
        websocket.send(packet)
        assert websocket.until_close().code == 1008
    client.post('42/rooms,1["join",{"room":"polls"}]')
    assert client.get()[1] == ['43/rooms,1[{"ok":true,"name":null}]']
    client.post("1")


def test_who_may_only_poll_is_offered_no_upgrade(tmp_path):
    with running(ROOMS, tmp_path, TRANSPORTS="polling") as server:
        client = Poller(server, "/rooms")
        assert client.session["upgrades"] == []
        for transport in ("websocket", "polling"):
            query = f"EIO=4&transport={transport}&sid={client.session['sid']}"
            with Client(server, query) as websocket:
                assert websocket.status == 400
        client.post('42/rooms,1["join",{"room":"polls"}]')
        assert client.get()[1] == ['43/rooms,1[{"ok":true,"name":null}]']


def test_an_upgrade_that_is_never_completed_is_dropped(server):
    before = tables(server)["watched"]
    client = Poller(server, "/rooms")
    with upgrade(server, client) as websocket:
        websocket.socket.settimeout(20)
        assert websocket.until_close().reason == "the upgrade took too long"
    wait_until(lambda: tables(server)["watched"] == before)
    client.post("1")


def test_only_one_upgrade_is_tried_at_a_time(server):
    client = Poller(server, "/rooms")
    with upgrade(server, client) as first:
        with upgrade(server, client) as second:
            assert second.status == 400
        first.send("x")
        assert first.until_close().code == 1008
    with upgrade(server, client) as third:
        third.send("2probe")
        assert third.packet() == "3probe"
    client.post("1")


def test_who_was_not_let_in_has_room_for_short_messages_only(server, tidy):
    stranger = Poller(server)
    assert stranger.post("40/rooms," + " " * 20_000)[0] == 400
    client = Poller(server, "/rooms")
    long = "x" * 90_000
    client.post(f'42/rooms,1["join",{{"room":"{long}"}}]')
    assert client.get()[1] == ['43/rooms,1[{"ok":true,"name":null}]']
    with upgrade(server, client) as websocket:
        with client.start_get() as waiting:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            assert waiting() == "200 6"
        websocket.send("5")
        websocket.ack = 1
        assert websocket.call("join", {"room": long})["ok"]


def test_who_polls_and_connects_to_no_namespace_is_disconnected(tmp_path):
    with running(ROOMS, tmp_path, CONNECT_TIMEOUT="1", PING_INTERVAL="100") as server:
        client = Poller(server)
        assert client.get()[1] == ["1"]
        wait_until(lambda: tables(server)["sessions"] == 0)
        assert tables(server)["environs"] == 0


def test_a_backlog_that_is_full_moves_along(own):
    client = Poller(own, "/rooms")
    body = SEPARATOR.join(SLOW).encode()
    with own.connect() as posting, upgrade(own, client) as websocket:
        posting.sendall(client.post_head(len(body)) + body)
        wait_until(lambda: ["slow", 0] in seen(own))
        websocket.send("2probe")
        assert websocket.packet() == "3probe"
        websocket.send("5")
        websocket.send('42/rooms,99["join",{"room":"after"}]')
        answers = [websocket.packet() for _ in range(17)]
        assert answers[-1].startswith("43/rooms,99")
        assert b"200 OK" in posting.recv(1000)


def test_a_reset_while_moving_is_survived(server):
    client = Poller(server, "/rooms")
    websocket = upgrade(server, client)
    websocket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0] + [0] * 4))
    websocket.send_raw(masked(b"2probe"))
    websocket.socket.close()
    client.post('42/rooms,1["join",{"room":"polls"}]')
    client.post("1")
    with member(server) as other:
        assert other.call("join", {"room": "lobby"})["ok"]
