"""The frames of the benchmark's own clients, against the server's code for frames."""

import pytest

from bench.attackers import FLOODS
from bench.wire import TEXT, frame, frames
from chat.delivery.frames import read_frame, text_frame

SIZES = [0, 1, 125, 126, 65_535, 65_536]


@pytest.mark.parametrize("size", SIZES)
def test_the_server_reads_what_they_write(size):
    sent = frame(b"x" * size)
    assert read_frame(sent, 0, 100_000) == (0x80, TEXT, b"x" * size, len(sent))


@pytest.mark.parametrize("size", SIZES)
def test_they_read_what_the_server_writes_and_keep_the_rest(size):
    data = bytearray(2 * text_frame("x" * size) + b"\x81")
    assert frames(data) == 2 * [(TEXT, b"x" * size)]
    assert data == b"\x81"


def test_each_burst_is_of_whole_frames():
    for flood in FLOODS.values():
        assert len(flood.burst) <= 64 * 1024
        assert not flood.repeated or len(flood.burst) % len(flood.repeated) == 0
