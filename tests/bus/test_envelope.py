import orjson
import pytest

from chat.bus import envelope
from chat.bus.envelope import LARGEST, OLDEST, Envelopes, Publication, Refused

PUBLICATION = Publication("room:général", "message", {"text": "O’Brien 太郎"}, "p1", 7, 3)


@pytest.fixture
def envelopes(clock):
    return Envelopes("a secret key of the chat", "table", clock)


def test_what_was_sealed_can_be_opened(envelopes):
    assert envelopes.open("room:général", envelopes.seal(PUBLICATION)) == PUBLICATION


def test_channels_have_their_names_back(envelopes):
    assert envelopes.channel(envelopes.name("room:général")) == "room:général"


@pytest.mark.parametrize(
    ("secret", "history"), [("another secret key", "table"), ("a secret key of the chat", "other")]
)
def test_another_chat_has_other_channels_and_seals(envelopes, clock, secret, history):
    other = Envelopes(secret, history, clock)
    assert other.name("all") != envelopes.name("all")
    with pytest.raises(Refused, match="secret key") as refused:
        other.open(PUBLICATION.channel, envelopes.seal(PUBLICATION))
    assert not refused.value.is_ours


def test_a_publication_counts_only_in_its_channel(envelopes):
    with pytest.raises(Refused, match="secret key"):
        envelopes.open("room:tech", envelopes.seal(PUBLICATION))


@pytest.mark.parametrize(
    "sealed",
    [b"", b"{}", b"no JSON at all", b"\0" * 40, b'{"kind": "message"}' * 100, b"x" * 31],
)
def test_what_a_stranger_publishes_is_refused(envelopes, sealed):
    with pytest.raises(Refused) as refused:
        envelopes.open("all", sealed)
    assert not refused.value.is_ours


def test_a_changed_byte_is_noticed(envelopes):
    sealed = bytearray(envelopes.seal(PUBLICATION))
    for place in (0, 31, 32, len(sealed) - 1):
        sealed[place] ^= 1
        with pytest.raises(Refused):
            envelopes.open(PUBLICATION.channel, bytes(sealed))
        sealed[place] ^= 1
    assert envelopes.open(PUBLICATION.channel, bytes(sealed)) == PUBLICATION


def test_the_sender_is_known_before_it_is_opened(envelopes):
    sealed = envelopes.seal(PUBLICATION)
    assert envelopes.says_it_is_of("p1", sealed)
    assert not envelopes.says_it_is_of("p", sealed)
    assert not envelopes.says_it_is_of("p1", b"x" + sealed)


def test_another_version_was_missed(envelopes, monkeypatch):
    monkeypatch.setattr(envelope, "VERSION", 2)
    sealed = envelopes.seal(PUBLICATION)
    monkeypatch.undo()
    with pytest.raises(Refused, match="version 2") as refused:
        envelopes.open(PUBLICATION.channel, sealed)
    assert refused.value.is_ours


def test_more_fields_of_a_later_release_are_left_out(envelopes, monkeypatch):
    dumps = orjson.dumps
    monkeypatch.setattr(orjson, "dumps", lambda fields: dumps([*fields, "more"]))
    sealed = envelopes.seal(PUBLICATION)
    assert envelopes.open(PUBLICATION.channel, sealed) == PUBLICATION


def test_an_old_one_is_refused(envelopes, clock):
    sealed = envelopes.seal(PUBLICATION)
    clock.now += OLDEST
    assert envelopes.open(PUBLICATION.channel, sealed) == PUBLICATION
    clock.now += 1
    with pytest.raises(Refused, match="old"):
        envelopes.open(PUBLICATION.channel, sealed)


def test_an_enormous_one_is_neither_made_nor_opened(envelopes, monkeypatch):
    enormous = PUBLICATION._replace(data="x" * LARGEST)
    with pytest.raises(Refused, match="bytes") as refused:
        envelopes.seal(enormous)
    assert refused.value.is_ours
    monkeypatch.setattr(orjson, "loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(Refused, match="bytes"):
        envelopes.open("all", b"x" * (LARGEST + 1))
