import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery import frames
from chat.delivery.frames import Violation, read_close, read_frame
from tests.delivery.client import masked

LIMIT = 1 << 20


def violation(data, limit=LIMIT):
    with pytest.raises(Violation) as caught:
        read_frame(data, 0, limit)
    return caught.value.code, caught.value.reason


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70_000])
def test_it_reads_what_a_client_writes(size):
    payload = bytes(range(256)) * (size // 256) + bytes(size % 256)
    frame = masked(payload)
    assert read_frame(frame, 0, LIMIT) == (0x80, frames.TEXT, payload, len(frame))


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4), st.binary(max_size=5))
def test_masks_are_undone_wherever_the_frame_begins(payload, mask, before):
    data = before + masked(payload, mask=mask)
    assert read_frame(data, len(before), LIMIT) == (0x80, frames.TEXT, payload, len(data))


@given(st.binary(max_size=200), st.data())
def test_a_part_of_a_frame_is_no_frame(payload, data):
    frame = masked(payload)
    cut = data.draw(st.integers(0, len(frame) - 1))
    assert read_frame(frame[:cut], 0, LIMIT) is None


@given(st.binary(max_size=40))
def test_anything_is_read_or_refused_but_never_breaks_it(data):
    with contextlib.suppress(Violation):
        frame = read_frame(data, 0, 1000)
        assert frame is None or frame[3] <= len(data)


def test_the_frame_of_a_server_is_not_masked():
    assert frames.frame(frames.TEXT, b"hi") == b"\x81\x02hi"
    assert frames.frame(frames.TEXT, b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"
    assert frames.frame(frames.TEXT, b"x" * 65536)[:10] == b"\x81\x7f" + (65536).to_bytes(8)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_the_payload_of_an_own_frame_can_be_had_back(size):
    assert frames.payload_of(frames.frame(frames.TEXT, b"x" * size)) == b"x" * size


def test_a_frame_has_to_be_masked():
    assert violation(b"\x81\x02hi") == (1002, "frame is not masked")


@pytest.mark.parametrize("rsv", [1, 2, 4])
def test_reserved_bits_are_refused(rsv):
    assert violation(masked(b"", rsv=rsv)) == (1002, "reserved bits are set")


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
def test_unknown_opcodes_are_refused(opcode):
    assert violation(masked(b"", opcode)) == (1002, "unknown opcode")


@pytest.mark.parametrize("opcode", [frames.CLOSE, frames.PING, frames.PONG])
def test_control_frames_are_short_and_whole(opcode):
    refused = (1002, "control frame is fragmented or too long")
    assert violation(masked(b"x" * 126, opcode)) == refused
    assert violation(masked(b"", opcode, fin=False)) == refused
    assert read_frame(masked(b"x" * 125, opcode), 0, LIMIT)


@pytest.mark.parametrize(
    "head", [b"\x81\xfe" + (125).to_bytes(2), b"\x81\xff" + (65535).to_bytes(8)]
)
def test_a_length_has_one_encoding(head):
    assert violation(head) == (1002, "length is not encoded minimally")


def test_a_frame_over_the_limit_is_refused_before_it_has_arrived():
    assert violation(b"\x81\xff" + (1 << 62).to_bytes(8)) == (1009, "message is too big")
    assert violation(masked(b"xx")[:2], limit=1) == (1009, "message is too big")


def test_control_frames_are_not_part_of_the_message_that_is_limited():
    assert read_frame(masked(b"xx", frames.PING), 0, 0)


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", 1000), (b"\x03\xe8", 1000), (b"\x03\xe9bye", 1001), (b"\x0f\xa0", 4000)],
)
def test_a_close_frame_has_a_code(payload, code):
    assert read_close(payload) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\x03", 1002),
        (b"\x00\x00", 1002),
        (b"\x03\xe7", 1002),
        (b"\x03\xed", 1002),  # 1005 stands for "no code" and never travels
        (b"\x03\xee", 1002),
        (b"\x03\xf7", 1002),
        (b"\x13\x88", 1002),
        (b"\x03\xe8\xff", 1007),
    ],
)
def test_a_bad_close_frame_is_refused(payload, code):
    with pytest.raises(Violation) as caught:
        read_close(payload)
    assert caught.value.code == code


def test_a_long_reason_is_cut():
    assert len(frames.close_frame(1000, "x" * 200)) == 2 + 125
