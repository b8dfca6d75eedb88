"""Two processes and a real Valkey server."""

import threading
import time
from functools import partial

import orjson
import pytest

from chat.bus.beats import ALL
from chat.bus.bus import Bus
from chat.bus.connection import Connection, Unusable
from chat.bus.envelope import VERSION, Envelopes
from chat.bus_settings import bus_address
from tests.valkeys import Valkey
from tests.waiting import PATIENCE, wait_until


def start_task(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


class Process:
    """A process of the chat, as far as the bus is concerned."""

    def __init__(self, url, secret="secret"):
        connect = partial(Connection, bus_address(url))
        self.bus = Bus(connect, Envelopes(secret, "history"), start_task, time.sleep)
        self.heard, self.suspected, self.gone, self.states = [], [], [], []
        self.bus.handle("said", lambda said: self.heard.append((said.channel, said.data)))
        self.bus.when_suspect(lambda *what: self.suspected.append(what))
        self.bus.beats.when_gone(lambda *what: self.gone.append(what))
        self.bus.beats.when_state_changes(self.states.append)

    def start(self):
        self.bus.start()
        return self

    def join(self, channel):
        self.bus.subscribe(channel, PATIENCE)

    def say(self, channel, data):
        self.bus.publish(channel, "said", data)

    def suspects(self, sender, channel):
        """Whether something of the sender in the channel may have been missed."""
        wanted = {(who, what) for who in ("", sender.bus.process) for what in ("", channel)}
        return bool(wanted & set(self.suspected))

    def knows(self, *others):
        return {each.bus.process for each in others} <= self.bus.peers.speaking


@pytest.fixture
def start(valkey):
    started = []

    def start(url=valkey.url, **options):
        started.append(Process(url, **options).start())
        return started[-1]

    yield start
    for each in started:
        each.bus.close()


@pytest.fixture
def two(start):
    one, other = start(), start()
    wait_until(lambda: one.knows(other) and other.knows(one))
    return one, other


def test_who_has_subscribed_hears_what_others_publish_in_order(two):
    one, other = two
    other.join("room:a")
    for number in range(100):
        one.say("room:a", number)
        one.say("room:b", number)
    wait_until(lambda: len(other.heard) == 100)
    assert other.heard == [("room:a", number) for number in range(100)]
    assert one.heard == []


def test_who_has_unsubscribed_hears_no_more(two):
    one, other = two
    other.join("room:a")
    other.bus.unsubscribe("room:a")
    other.join("room:b")
    one.say("room:a", 1)
    one.say("room:b", 2)
    wait_until(lambda: other.heard)
    assert other.heard == [("room:b", 2)]


def test_nobody_hears_another_chat(two, start):
    one, _ = two
    stranger = start(secret="another secret")
    one.join("room:a")
    stranger.join("room:a")
    stranger.say("room:a", "hello")
    wait_until(lambda: stranger.bus.beats.is_working)
    assert one.heard == []
    assert not one.knows(stranger)


def test_what_a_stranger_publishes_changes_nothing(two, valkey, caplog):
    one, other = two
    other.join("room:a")
    name = Envelopes("secret", "history").name("room:a")
    for content in (b"", b"{}", b"x" * 100_000):
        valkey.publish(name, content)
    one.say("room:a", "hello")
    wait_until(lambda: other.heard)
    assert other.heard == [("room:a", "hello")]
    assert "was refused: it was not made with this chat's secret key" in caplog.text


def test_what_comes_back_is_opened_only_where_beats_are(two, valkey, caplog):
    one, other = two
    one.join("room:a")
    as_if_it_came_back = bytes(32) + f'["{one.bus.process}",'.encode()
    envelopes = Envelopes("secret", "history")
    valkey.publish(envelopes.name("room:a"), as_if_it_came_back)
    other.say("room:a", "hello")
    wait_until(lambda: one.heard)
    assert "was refused" not in caplog.text
    valkey.publish(envelopes.name(ALL), as_if_it_came_back)
    wait_until(lambda: caplog.text.count("was refused") == 2)  # by both


def test_another_version_was_missed_but_its_beats_are_no_reason_to_read_all(two, valkey):
    _, other = two
    other.join("room:a")
    other.suspected.clear()
    later = Envelopes("secret", "history")
    body = orjson.dumps(["p2", VERSION + 1, time.time(), 1, 1, "beat", {}])
    for channel in (ALL, "room:a"):
        valkey.publish(later.name(channel), later._seal_of(channel, body) + body)
    wait_until(lambda: other.suspected)
    assert other.suspected == [("", "room:a")]


def test_a_handler_that_fails_does_not_stop_the_others(two, caplog):
    one, other = two
    other.join("room:a")
    other.bus.handle("bad", lambda _: 1 / 0)
    one.bus.publish("room:a", "bad", None)
    one.bus.publish("room:a", "of a later release", None)
    one.say("room:a", 1)
    wait_until(lambda: other.heard)
    assert "of the kind bad" in caplog.text
    assert (one.bus.process, "room:a") in other.suspected


def test_a_listener_that_fails_does_not_keep_others_from_looking(two, caplog):
    _, other = two
    other.bus._suspect_listeners.insert(0, lambda *_: 1 / 0)
    other.suspected.clear()
    other.bus._suspect("p", "room:a")
    assert other.suspected == [("p", "room:a")]
    assert "could not be looked for" in caplog.text


def test_a_broken_connection_is_made_again_and_everything_is_suspect(two, valkey):
    one, other = two
    other.join("room:a")
    for each in two:
        each.suspected.clear()
    valkey.ask("CLIENT", "KILL", "TYPE", "pubsub")
    for each in two:
        wait_until(lambda it=each: ("", "") in it.suspected)
    other.join("room:a")
    one.say("room:a", "again")
    wait_until(lambda: ("room:a", "again") in other.heard)


def test_everything_is_suspect_also_if_the_last_subscription_is_late(start, valkey):
    one = start()
    wait_until(lambda: one.bus.beats.is_working)
    one.suspected.clear()
    valkey.kill()
    wait_until(lambda: one.bus._link._connection is None)
    one.bus.subscribe("room:a", 0.01)
    valkey.start()
    wait_until(lambda: ("", "room:a") in one.suspected)
    wait_until(lambda: ("", "") in one.suspected)


def test_a_server_that_freezes_is_noticed_and_found_again(two, valkey):
    one, other = two
    other.join("room:a")
    wait_until(lambda: one.bus.beats.is_working)
    valkey.freeze()
    wait_until(lambda: not one.bus.beats.is_working)
    assert one.bus.ask("anything", None) == []
    one.say("room:a", "while it was frozen")
    other.suspected.clear()
    valkey.thaw()
    wait_until(lambda: one.bus.beats.is_working and other.bus.beats.is_working)
    wait_until(lambda: other.heard or other.suspects(one, "room:a"))
    assert one.states == [True, False, True]
    assert one.gone == other.gone == []


def test_it_misses_nothing_of_those_whose_beats_arrive(two, valkey):
    one, other = two
    wait_until(lambda: one.bus.misses_nothing_of(other.bus.process))
    assert not one.bus.misses_nothing_of("nobody")
    valkey.freeze()
    wait_until(lambda: not one.bus.misses_nothing_of(other.bus.process))
    valkey.thaw()
    wait_until(lambda: one.bus.misses_nothing_of(other.bus.process))


def test_of_a_process_that_was_there_without_a_connection_everything_is_suspect(start, valkey):
    here = start()
    wait_until(lambda: here.bus.beats.is_working)
    valkey.kill()
    there = start()
    there.say("room:a", "nobody hears it")
    wait_until(lambda: there.bus.dropped > 1, PATIENCE)  # a beat, too
    valkey.start()
    wait_until(lambda: here.knows(there))
    assert (there.bus.process, "") in here.suspected


def test_of_a_process_that_has_just_started_nothing_is(start):
    here = start()
    wait_until(lambda: here.bus.beats.is_working)
    here.suspected.clear()
    there = start()
    wait_until(lambda: here.knows(there))
    assert (there.bus.process, "") not in here.suspected


def test_a_server_that_comes_later(start, valkey, caplog):
    valkey.kill()
    one = start()
    assert "The bus can't be reached" in caplog.text
    one.say("room:a", 1)
    valkey.start()
    other = start()
    wait_until(lambda: one.knows(other) and other.knows(one))
    assert one.bus.dropped
    assert len([each for each in caplog.messages if "can't be reached" in each]) == 1


def test_a_lost_last_publication_is_noticed_by_the_beat(two):
    one, other = two
    other.join("room:a")
    one.say("room:a", 1)
    wait_until(lambda: other.heard)
    other.suspected.clear()
    with one.bus._outbox._lock:
        one.bus._outbox._next_number("room:a")  # is lost
    wait_until(lambda: (one.bus.process, "room:a") in other.suspected)


def test_a_process_that_says_goodbye_is_gone_at_once(two):
    one, other = two
    one.bus.close()
    wait_until(lambda: other.gone == [(one.bus.process, True)])
    assert not other.knows(one)


def test_questions_are_answered(start):
    asking, *others = start(), start(), start()
    wait_until(lambda: asking.knows(*others))
    for number, each in enumerate(others, 1):
        each.bus.answer("double", lambda data, n=number: 2 * data if n == 1 else None)
    assert asking.bus.ask("double", 21, within=PATIENCE) == [42]
    assert asking.bus.ask("nobody understands", 21, within=PATIENCE) == []


def test_what_travels_in_beats(two):
    one, other = two
    told = []
    one.bus.beats.add("newest", lambda: {"a": 1}, lambda *_: None)
    one.bus.beats.add("empty", dict, lambda *_: None)
    other.bus.beats.add("newest", list, lambda *what: told.append(what))
    other.bus.beats.add("empty", list, lambda *what: told.append(what))
    wait_until(lambda: told)
    assert set(map(str, told)) == {str((one.bus.process, {"a": 1}))}


def test_more_channels_than_fit_into_one_beat(two, monkeypatch):
    monkeypatch.setattr("chat.bus.beats.ANNOUNCED", 10)
    one, other = two
    for number in range(25):
        other.join(f"room:{number}")
        one.say(f"room:{number}", number)
    wait_until(lambda: len(other.heard) == 25)
    other.suspected.clear()
    wait_until(lambda: not one.bus._outbox._lately or set(one.bus._outbox._lately) == {ALL})


def test_a_handler_is_registered_once(two):
    one, _ = two
    with pytest.raises(ValueError, match="already"):
        one.bus.handle("said", lambda _: None)


def test_the_wrong_password_says_so(tmp_path):
    valkey = Valkey(tmp_path, user="chat", password="right").start()
    try:
        process = Process(f"valkey://chat:wrong@127.0.0.1:{valkey.port}")
        with pytest.raises(Unusable, match="the user or the password"):
            process.start()
        process = Process(valkey.url).start()
        wait_until(lambda: process.bus.beats.is_working)
        process.bus.close()
    finally:
        valkey.kill()
