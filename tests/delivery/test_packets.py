import math

import pytest
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from chat.delivery.packets import (
    MOST_HALVES,
    REPAIRED_AT_MOST,
    RESERVED_EVENTS,
    Packet,
    PacketError,
)


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "number", "data"),
    [
        ("0", CONNECT, "/", None, None),
        ("0/rooms,", CONNECT, "/rooms", None, None),
        ("0/rooms", CONNECT, "/rooms", None, None),
        ('0/rooms,{"token":1}', CONNECT, "/rooms", None, {"token": 1}),
        ("1/rooms,", DISCONNECT, "/rooms", None, None),
        ('2["a"]', EVENT, "/", None, ["a"]),
        ('2/rooms,["a",1,"\\u00e9\\n"]', EVENT, "/rooms", None, ["a", 1, "é\n"]),
        ('212["a"]', EVENT, "/", 12, ["a"]),
        ('2/rooms,0["a",{}]', EVENT, "/rooms", 0, ["a", {}]),
        ("3/rooms,5[]", ACK, "/rooms", 5, []),
    ],
)
def test_packets_are_read(text, kind, namespace, number, data):
    packet = Packet(encoded_packet=text)
    assert (packet.packet_type, packet.namespace) == (kind, namespace)
    assert (packet.id, packet.data) == (number, data)


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "2[]",
        '2{"a":1}',
        '2"x"',
        "2[null]",
        "2[5,1]",
        "2[[]]",
        '2["a"',
        '2["a",',
        '2["a"]]',
        '2["a",NaN]',
        '2["a",Infinity]',
        '2["a",-Infinity]',
        '2["a",' + "1" * 5000 + "]",
        '2["a",1e400]',
        '2["a",' + "[" * 20_000 + "]" * 20_000 + "]",
        '2["a",\x00]',
        "9",
        "7[]",
        "x",
        "é",
        "٢[]",  # a digit, but not ASCII
        "3[]",
        "3/rooms,[]",
        "31",
        '31{"a":1}',
        "1{}",
        "0[]",
        "0/rooms,[1]",
        '4{"message":"x"}',
        "5",
        '51-["a",{"_placeholder":true,"num":0}]',
        "5999999999-",
        "61-1[]",
        '21-["a"]',
        '2/rooms["a"]',
        "2/" + "r" * 5000 + ',["a"]',
        "2" + "1" * 40 + '["a"]',
        *(f'2["{name}"]' for name in sorted(RESERVED_EVENTS)),
        '2["\\u0063onnect"]',
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(PacketError):
        Packet(encoded_packet=text)


def test_half_characters_are_mended_in_texts_of_a_bounded_length():
    half, fitting = r"\ud83d", "x" * (REPAIRED_AT_MOST - 20)
    assert Packet(encoded_packet=f'2["a","{fitting}{half}"]').data == ["a", f"{fitting}\ufffd"]
    with pytest.raises(PacketError):
        Packet(encoded_packet=f'2["a","{fitting}{fitting}{half}"]')


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (Packet(CONNECT, {"sid": "x"}, "/rooms"), '0/rooms,{"sid":"x"}'),
        (Packet(EVENT, ["a", "é"], "/"), '2["a","é"]'),
        (Packet(EVENT, ["a"], "/rooms", 7), '2/rooms,7["a"]'),
        (Packet(ACK, [], "/rooms", 0), "3/rooms,0[]"),
        (Packet(DISCONNECT, namespace="/rooms"), "1/rooms,"),
        (Packet(CONNECT_ERROR, {"message": "no"}), '4{"message":"no"}'),
        (Packet(EVENT, ["a", math.nan]), '2["a",null]'),
    ],
)
def test_packets_are_written(packet, text):
    assert packet.encode() == text


@pytest.mark.parametrize("data", [b"bytes", "\ud800", {1: 2}, object()])
def test_what_is_not_json_is_not_sent(data):
    with pytest.raises(TypeError):
        Packet(EVENT, ["a", data]).encode()


def test_so_many_halves_of_characters_are_replaced_and_no_more():
    halves = r"\ud83d" * (MOST_HALVES - 1)
    assert Packet(encoded_packet=f'2["x","{halves}"]').data[1] == "\ufffd" * (MOST_HALVES - 1)
    with pytest.raises(PacketError):
        Packet(encoded_packet=f'2["x","{halves}{halves}"]')
