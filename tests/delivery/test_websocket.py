"""RFC 6455, rule by rule, over raw sockets; another client of the server must not be affected."""

import base64
import contextlib
import hashlib
import json
import socket

import pytest

from tests.delivery.client import BINARY, CLOSE, PING, PONG, TEXT, Client, masked, member
from tests.delivery.conftest import seen
from tests.delivery.poller import Poller
from tests.delivery.servers import running
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("neighbour")

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION = 0
EVENT = b'42/rooms,5["join",{"room":"mine"}]'


@pytest.fixture
def client(server):
    with Client(server) as client:
        yield client.open("/rooms")


# Section 4: the opening handshake


def test_the_answer_proves_that_the_server_has_read_the_key(server):
    key = base64.b64encode(bytes(16)).decode()
    expected = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    with Client(server, Sec_WebSocket_Key=key) as client:
        assert f"Sec-WebSocket-Accept: {expected}\r\n" in client.head


def test_no_extension_is_agreed_to(server):
    offer = "permessage-deflate; client_max_window_bits"
    with Client(server, Sec_WebSocket_Extensions=offer) as client:
        assert client.status == 101
        assert "extensions" not in client.head.lower()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [("chat", "chat"), ("v2.chat , v1.chat", "v2.chat"), ("", None), ("a b", None), (None, None)],
)
def test_the_first_sub_protocol_is_agreed_to(server, offered, chosen):
    with Client(server, Sec_WebSocket_Protocol=offered) as client:
        assert client.status == 101
        agreed = f"Sec-WebSocket-Protocol: {chosen}\r\n"
        assert ("Sec-WebSocket-Protocol" in client.head) == (chosen is not None)
        assert chosen is None or agreed in client.head
        assert client.open("/rooms").call("join", {"room": "lobby"})["ok"]


def test_frames_that_come_with_the_handshake_are_read(server, tidy):
    first = masked(b"40/rooms,") + masked(b'42/rooms,1["join",{"room":"lobby"}]')
    second = masked(b'42/rooms,2["join",{"room":"attic"}]')
    for cut in (0, 1, len(first) - 1, len(first)):
        with Client(server, behind=first[:cut]) as client:
            assert client.status == 101
            client.send_raw(first[cut:] + second)
            client.open()
            assert client.packet().startswith("40/rooms,")
            assert client.packet().startswith("43/rooms,1")
            assert client.packet().startswith("43/rooms,2")


def test_frames_that_come_with_the_handshake_of_an_upgrade_are_read(server, tidy):
    session = Poller(server, "/rooms").session["sid"]
    query = f"EIO=4&transport=websocket&sid={session}"
    with Client(server, query, behind=masked(b"2probe") + masked(b"5")) as client:
        assert client.packet() == "3probe"
        assert client.call("join", {"room": "lobby"})["ok"]


def test_another_version_is_told_which_one_to_use(server):
    with Client(server, Sec_WebSocket_Version="8") as client:
        assert client.status == 426
        assert "Sec-WebSocket-Version: 13" in client.head
        assert "Upgrade: websocket" in client.head
        assert "Connection: upgrade" in client.head


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_WebSocket_Key": None},
        {"Sec_WebSocket_Key": ""},
        {"Sec_WebSocket_Key": "not base64!"},
        {"Sec_WebSocket_Key": base64.b64encode(b"short").decode()},
        {"Connection": "keep-alive"},
        {"Connection": None},
        {"Upgrade": None},
        {"Upgrade": "h2c"},
        {"Host": None},
        {"Content_Length": "5"},
        {"Transfer_Encoding": "chunked"},
    ],
)
def test_a_request_that_is_no_handshake_is_refused(server, headers):
    with Client(server, **headers) as client:
        assert client.status == 400


# Section 5: frames


def test_a_message_may_be_fragmented(client):
    client.send_raw(masked(EVENT[:7], TEXT, fin=False))
    client.send_raw(masked(b"", CONTINUATION, fin=False))
    client.send_raw(masked(EVENT[7:20], CONTINUATION, fin=False))
    client.send_raw(masked(EVENT[20:], CONTINUATION))
    assert client.packet().startswith("43/rooms,5")


def test_control_frames_may_come_between_fragments(client):
    client.send_raw(masked(EVENT[:7], TEXT, fin=False))
    client.send_raw(masked(b"are you there?", PING))
    assert client.frame() == (PONG, b"are you there?")
    client.send_raw(masked(b"", PONG))
    client.send_raw(masked(EVENT[7:], CONTINUATION))
    assert client.packet().startswith("43/rooms,5")


def test_a_frame_may_arrive_byte_by_byte(client):
    for byte in masked(EVENT):
        client.send_raw(bytes([byte]))
    assert client.packet().startswith("43/rooms,5")


def test_many_frames_may_arrive_at_once(client):
    client.send_raw(b"".join(masked(EVENT) for _ in range(200)))
    for _ in range(200):
        assert client.packet().startswith("43/rooms,5")


def test_a_long_message_that_is_answered_at_once_is_read_once(tmp_path):
    """It fills the backlog, so reading pauses, and resumes while the same bytes are being read."""
    with (
        running("tests.delivery.rooms:app", tmp_path, MAX_MESSAGE="1000000") as server,
        Client(server).open("/rooms") as client,
    ):
        long = {"room": "nowhere", "text": "x" * 200_000}
        first, second = f'42/rooms,1["send",{json.dumps(long)}]', '42/rooms,2["join",{"room":"x"}]'
        client.send_raw(masked(first.encode()) + masked(second.encode()))
        assert client.packet().startswith("43/rooms,1[")
        assert client.packet().startswith("43/rooms,2[")
        client.send('42/rooms,3["leave",{"room":"x"}]')
        assert client.packet().startswith("43/rooms,3[")
        assert len(seen(server)) == 1


def test_a_character_may_be_split_over_fragments(client):
    packet = '42/rooms,1["join",{"room":"é"}]'.encode()
    at = packet.index("é".encode()) + 1
    client.send_raw(masked(packet[:at], TEXT, fin=False))
    client.send_raw(masked(packet[at:], CONTINUATION))
    assert client.packet().startswith("43/rooms,1")


BROKEN = {
    "an unmasked frame": (b"\x81\x02hi", 1002),
    "a reserved bit": (masked(b"4", rsv=1), 1002),
    "a compressed frame": (masked(b"4", rsv=4), 1002),
    "an unknown opcode": (masked(b"", 3), 1002),
    "a long control frame": (masked(b"x" * 126, PING), 1002),
    "a fragmented control frame": (masked(b"", PING, fin=False), 1002),
    "a continuation of nothing": (masked(b"x", CONTINUATION), 1002),
    "a message inside a message": (masked(b"4", fin=False) + masked(b"4"), 1002),
    "a wasteful length": (b"\x81\xfe" + (5).to_bytes(2) + bytes(9), 1002),
    "invalid UTF-8": (masked(b'42["\xff"]'), 1007),
    "a surrogate in UTF-8": (masked(b'42["\xed\xa0\x80"]'), 1007),
    "invalid UTF-8 over fragments": (
        masked(b'42["\xc3', fin=False) + masked(b'("]', CONTINUATION),
        1007,
    ),
    "a frame over the limit": (b"\x81\xff" + (1 << 40).to_bytes(8), 1009),
    "an impossible length": (b"\x81\xff" + b"\xff" * 8, 1009),
    "fragments over the limit": (
        masked(b"x" * 60_000, fin=False) + masked(b"x" * 60_000, CONTINUATION),
        1009,
    ),
    "a binary message": (masked(b"x", BINARY), 1003),
    "a Close with half a code": (masked(b"\x03", CLOSE), 1002),
    "a Close with a forbidden code": (masked((1005).to_bytes(2), CLOSE), 1002),
    "a Close with an invalid reason": (masked((1000).to_bytes(2) + b"\xff", CLOSE), 1007),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_who_breaks_a_rule_is_told_which_one_and_disconnected(client, broken):
    data, code = BROKEN[broken]
    client.send_raw(data)
    closed = client.until_close()
    assert closed.code == code
    assert closed.reason


def test_fragments_count_together_however_many_there_are(client):
    client.send_raw(masked(b"4", fin=False))
    client.send_raw(masked(b"", CONTINUATION, fin=False) * 90)  # more would exceed the packet limit
    client.send_raw(masked(b"x" * 99_999, CONTINUATION, fin=False))
    client.send_raw(masked(b"x", CONTINUATION, fin=False))
    assert client.until_close().code == 1009


# Section 7: closing


def test_a_close_is_answered_with_its_code(client):
    client.send_raw(masked((4321).to_bytes(2) + b"bye", CLOSE))
    assert client.until_close().code == 4321


def test_who_sends_on_after_a_close_is_cut_off(client):
    """The server waits for the peer's Close, but reads no more than may have been in flight."""
    client.send_raw(masked(b"x", 5))  # an unknown opcode
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 50_000_000:
            client.send_raw(bytes(100_000))
            sent += 100_000
    assert sent < 50_000_000


def test_nothing_is_taken_after_a_close(server, neighbour):
    late = b'42/rooms,["send",{"room":"neighbours","text":"after the close"}]'
    with member(server, room="neighbours") as client:
        client.send_raw(masked((1000).to_bytes(2), CLOSE) + masked(late))
        assert client.until_close().code == 1000
    assert neighbour.call("send", {"room": "neighbours", "text": "next"})["ok"]
    assert neighbour.event()[1]["text"] == "next"


def test_events_before_a_close_are_handled(server, neighbour):
    with member(server, room="neighbours") as client:
        number = client.emit("send", {"room": "neighbours", "text": "last words"})
        client.send_raw(masked((1000).to_bytes(2), CLOSE))
        assert number
        client.until_close()
    assert neighbour.event() == ["message", {"room": "neighbours", "text": "last words"}]


def test_the_application_can_close_a_connection(client):
    client.emit("close_me", {})
    closed = client.until_close()
    assert (closed.code, closed.reason) == (1000, "as you wish")


def test_a_peer_that_does_not_answer_a_close_is_dropped(own):
    with member(own) as client:
        client.send_raw(b"\x81\x02hi")
        while client.frame().opcode != CLOSE:
            pass
        assert '"watched":1' in own.get("/tables")
        wait_until(lambda: '"watched":0' in own.get("/tables"))


def test_a_reset_is_survived(server, tidy):
    client = member(server)
    linger = bytes([1, 0, 0, 0, 0, 0, 0, 0])
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.socket.close()


def test_an_end_without_a_close_is_survived(server, tidy):
    member(server).socket.close()


# A peer that doesn't read


def test_a_slow_reader_is_disconnected_and_harms_nobody(tmp_path):
    with (
        running("tests.delivery.rooms:app", tmp_path, MAX_UNSENT="200000") as server,
        member(server, receive_buffer=4096) as slow,
        member(server) as quick,
    ):
        message = {"room": "lobby", "text": "x" * 90_000}
        for _ in range(100):
            assert quick.call("send", message) == {"ok": True}
            assert quick.event() == ["message", message]
            if '"sessions":1' in server.get("/tables"):
                break
        closed = slow.until_close()
        assert (closed.code, closed.reason[:8]) == (1008, "too slow")
        wait_until(lambda: '"watched":1' in server.get("/tables"))
        assert server.get("/slow-clients") == "1"


def test_an_answer_over_the_limit_reaches_who_reads(tmp_path):
    with (
        running("tests.delivery.rooms:app", tmp_path, MAX_UNSENT="50000") as server,
        member(server) as client,
    ):
        text = "x" * 90_000
        assert client.call("send", {"room": "lobby", "text": text}) == {"ok": True}
        assert client.event()[1]["text"] == text


def test_a_flood_of_pings_from_who_does_not_read_is_ended(tmp_path):
    with (
        running("tests.delivery.rooms:app", tmp_path, MAX_UNSENT="50000") as server,
        Client(server, receive_buffer=4096) as client,
    ):
        client.open("/rooms")
        pings = masked(b"x" * 125, PING) * 500
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                client.send_raw(pings)
        wait_until(lambda: '"sessions":0' in server.get("/tables"))
        wait_until(lambda: '"watched":0' in server.get("/tables"))
