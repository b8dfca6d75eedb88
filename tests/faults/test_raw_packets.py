"""Invalid packets to the real chat: the sender gets an error or is disconnected, and others in the
room notice nothing.
"""

import contextlib
import json

import pytest

from tests.chatters import sign_in
from tests.delivery.client import BINARY, CLOSE, PING, Client, masked

DEEP = "[" * 20_000 + "]" * 20_000

# The sender is signed in, connected to the namespace /rooms, and in a room.
PACKETS = [
    "42/rooms,[]",
    "42/rooms,",
    '42/rooms,{"a":1}',
    '42/rooms,"x"',
    "42/rooms,[null]",
    "42/rooms,[5,1]",
    '42/rooms,9["send",{"room":',
    f'42/rooms,9["send",{DEEP}]',
    f'42/rooms,9["join",{{"room":"general","limit":{"9" * 5000}}}]',
    '42/rooms,9["join",{"room":"general","limit":NaN}]',
    '42/rooms,9["join",{"room":"general","limit":Infinity}]',
    '42/rooms,9["join",{"room":"general","room":"tech"}]',
    '42/rooms,9["join",1,2,3,4,5,6,7,8,9]',
    '42/rooms,9["join"]',
    '42/rooms,9["connect",{}]',
    '42/rooms,9["disconnect"]',
    '42/rooms,9["connect_error",{}]',
    '42/rooms,9["__init__",{}]',
    '42/rooms,9["handle_join",{}]',
    '42/rooms,9["send",{"_placeholder":true,"num":0}]',
    '451-/rooms,9["send",{"_placeholder":true,"num":0}]',
    "45999999999-/rooms,9[]",
    "43/rooms,999[]",
    "49/rooms,",
    "40/admin,",
    "40/rooms,",
    "42",
    "42[]",
]

FRAMES = {
    "invalid UTF-8": masked(b'42/rooms,["\xff"]'),
    "a frame over the limit": b"\x81\xff" + (1 << 40).to_bytes(8),
    "unmasked": b"\x81\x01x",
    "reserved bits": masked(b"x", rsv=7),
    "a long control frame": masked(b"x" * 126, PING),
    "a fragmented control frame": masked(b"x", PING, fin=False),
    "a continuation of nothing": masked(b"x", 0),
    "binary": masked(b"x", BINARY),
    "a bad close": masked(b"\x00\x01", CLOSE),
}


@pytest.fixture(scope="module")
def cookie(server):
    with sign_in(server.url, "Stranger") as session:
        return "; ".join(f"{each.name}={each.value}" for each in session.cookies)


@pytest.fixture
def stranger(server, cookie):
    """A raw connection of somebody who is signed in and in a room."""
    with Client(server, Cookie=cookie) as client:
        client.open("/rooms")
        assert client.call("join", {"room": "general"})["ok"]
        yield client


@pytest.fixture
def neighbour(meet):
    neighbour = meet()
    neighbour.join("general")
    yield neighbour
    assert neighbour.texts() == []
    assert neighbour.say("general", "I go on")


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: packet[:60])
def test_a_packet_that_makes_no_sense(server, stranger, neighbour, packet):
    stranger.send(packet)
    outcome(stranger)
    assert "Traceback" not in server.output()


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_that_breaks_the_rules(server, stranger, neighbour, frame):
    stranger.send_raw(frame)
    stranger.until_close()
    assert "Traceback" not in server.output()


def outcome(client):
    """Read until the connection ends, or until the next request is answered."""
    for packet in packets_until_the_end(client):
        if packet.startswith("43/rooms,9["):
            (answer,) = json.loads(packet.removeprefix("43/rooms,9"))
            assert answer["ok"] is False or answer["room"] == "tech", packet
        if packet.startswith("43/rooms,77["):
            return


def packets_until_the_end(client):
    with contextlib.suppress(ConnectionError):
        client.send('42/rooms,77["unread",{"after":{}}]')
        while (frame := client.frame()).opcode != CLOSE:
            yield frame.payload.decode()
