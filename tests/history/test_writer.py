"""Group commit, with a history that behaves like DynamoDB."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chat.errors import Conflict, Unavailable
from chat.history.outcomes import REMEMBERED
from chat.history.pending import LATE
from chat.history.resends import IN_FLIGHT_FOR, QUEUED_AT_MOST, Resends
from chat.history.writer import GATHER, Writer
from chat.messages.ids import MessageIds
from chat.storage.base import BATCH, MAY_LAND_WITHIN
from tests.history.doubles import MemoryHistory, Time, doubt, refuse
from tests.storage.messages import draft, message
from tests.waiting import wait_until


@pytest.fixture
def history():
    return MemoryHistory()


@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def writer(history, told, clock):
    resends = Resends(history, clock=clock, monotonic=clock, sleep=clock.sleep)
    ids = MessageIds(clock=clock)
    options = {"resends": resends, "monotonic": clock}

    def sleep(seconds):
        clock.sleep(seconds)  # looked up at each call: tests replace it

    return telling(told.append, Writer(history, ids, sleep=sleep, **options))


def telling(tell, writer):
    writer.subscribe(tell)
    return writer


@pytest.fixture
def threads():
    with ThreadPoolExecutor(40) as threads:
        yield threads


def test_a_message_is_stored_then_told_then_answered(writer, history, told):
    message = writer.store(draft("Hello"))
    assert history.messages == told == [message]


def test_those_that_come_during_a_write_are_written_together(writer, history, threads, told):
    history.open.clear()
    first = threads.submit(writer.store, draft("first"))
    assert history.began.acquire(timeout=10)
    rest = [threads.submit(writer.store, draft(f"number {n}")) for n in range(30)]
    wait_until(lambda: len(writer._queue) == 30)
    history.open.set()
    messages = [each.result() for each in (first, *rest)]
    assert [len(group) for group in history.groups] == [1, 25, 5]
    assert [each.id for each in told] == sorted(each.id for each in messages)


def test_those_that_come_right_after_a_write_are_gathered(history, told, clock, threads):
    is_over = threading.Event()
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        assert is_over.wait(10)

    writer = Writer(history, MessageIds(clock=clock), monotonic=clock, sleep=sleep)
    writer.store(draft("first"))
    rest = [threads.submit(writer.store, draft(f"number {n}")) for n in range(3)]
    wait_until(lambda: len(writer._queue) == 3)
    is_over.set()
    for each in rest:
        each.result()
    assert [len(group) for group in history.groups] == [1, 3]
    assert pauses == pytest.approx([GATHER])


def test_lone_messages_and_full_groups_wait_for_nothing(history, told, clock, threads):
    pauses = []
    writer = Writer(history, MessageIds(clock=clock), monotonic=clock, sleep=pauses.append)
    writer.store(draft("lone"))
    clock.now += GATHER
    history.open.clear()
    busy = [threads.submit(writer.store, draft("lone, too"))]
    wait_until(lambda: len(history.groups) == 2)
    busy += [threads.submit(writer.store, draft(f"number {n}")) for n in range(BATCH)]
    wait_until(lambda: len(writer._queue) == BATCH)
    history.open.set()
    for each in busy:
        each.result()
    assert [len(group) for group in history.groups] == [1, 1, BATCH]
    assert pauses == []


def test_the_same_message_at_the_same_time_is_written_once(writer, history, threads, told):
    history.open.clear()
    same = draft("once")
    calls = [threads.submit(writer.store, same) for _ in range(3)]
    assert history.began.acquire(timeout=10)
    history.open.set()
    assert len({each.result() for each in calls}) == 1
    assert len(history.messages) == len(told) == 1


def test_another_text_for_the_same_client_id_is_a_conflict(writer):
    first = writer.store(draft("one"))
    with pytest.raises(Conflict):
        writer.store(draft("other", client_id=first.client_id))


def test_what_was_refused_can_be_sent_again(writer, history, told):
    history.troubles = [refuse]
    sent = draft("again")
    with pytest.raises(Unavailable) as refusal:
        writer.store(sent)
    assert 1 <= refusal.value.to_wire()["retry_after"] <= 3
    assert told == []
    assert writer.store(sent).text == "again"


def test_what_may_not_be_written_is_refused_and_can_be_sent_again(history, told, clock):
    answers = [False, True]
    writer = _writer(history, told, clock, may_write=lambda: answers.pop(0))
    sent = draft()
    with pytest.raises(Unavailable, match="can't be reached"):
        writer.store(sent)
    assert history.groups == told == []
    clock.now += GATHER
    began = clock.now
    assert writer.store(sent, 1000) in history.messages
    assert clock.now == began, "no attempt is on its way"


def test_what_waits_too_long_until_it_may_be_written_is_refused(history, clock):
    """A resend to another process may be written by then."""

    def may_write():
        clock.now += QUEUED_AT_MOST + 0.1
        return True

    writer = Writer(history, MessageIds(clock=clock), may_write=may_write, monotonic=clock)
    with pytest.raises(Unavailable, match="slow"):
        writer.store(draft())
    assert history.groups == []


def test_each_group_needs_the_right_to_write(history, clock, threads):
    may = [True]
    writer = Writer(history, MessageIds(), may_write=lambda: may[0])
    history.open.clear()
    first = threads.submit(writer.store, draft("first"))
    assert history.began.acquire(timeout=10)
    rest = [threads.submit(writer.store, draft(f"number {n}")) for n in range(3)]
    wait_until(lambda: len(writer._queue) == 3)
    may[0] = False
    history.open.set()
    assert first.result(10)
    for each in rest:
        with pytest.raises(Unavailable):
            each.result(10)
    assert history.groups == [["first"]]


def test_a_history_that_fails_in_an_unknown_way_is_unavailable(writer, history):
    def fail(_messages):
        raise RuntimeError("bug")

    history.troubles = [fail]
    with pytest.raises(Unavailable):
        writer.store(draft())
    assert writer.store(draft("and it goes on"))


def test_it_counts_how_long_callers_wait_and_how_many_fail(writer, history, clock):
    def take_a_second(messages):
        clock.now += 1
        return history.put(messages)

    history.troubles = [take_a_second, refuse]
    sent = writer.store(draft("one"))
    with pytest.raises(Unavailable):
        writer.store(draft("two"))
    with pytest.raises(Conflict):
        writer.store(draft("another one", client_id=sent.client_id))
    waits = dict(zip((*writer.waits.bounds, "more"), writer.waits.counts, strict=True))
    assert {bound: count for bound, count in waits.items() if count} == {0.001: 2, 1.0: 1}
    assert writer.waits.sum == 1
    assert writer.failures == 1


def test_it_knows_how_many_messages_wait(writer, history, threads):
    history.open.clear()
    calls = [threads.submit(writer.store, draft(f"number {n}")) for n in range(3)]
    wait_until(lambda: writer.waiting == 3)
    history.open.set()
    for each in calls:
        each.result()
    assert writer.waiting == 0


def test_a_subscriber_that_fails_stops_neither_the_sender_nor_other_subscribers(history, told):
    def fail(_message):
        raise RuntimeError("bug")

    writer = telling(told.append, telling(fail, Writer(history, MessageIds())))
    assert [writer.store(draft("stored"))] == history.messages == told


def test_a_resend_that_was_stored_gets_the_same_answer(history, told, clock):
    first = _writer(history, told, clock).store(draft("once"))
    again = _writer(history, told, clock).store(draft("once", client_id=first.client_id), 2000)
    assert again == first
    assert history.messages == [first]
    assert told == [first, first], "clients that missed it get it now"


def _writer(history, told, clock, **options):
    resends = Resends(history, clock=clock, monotonic=clock, sleep=clock.sleep)
    ids = MessageIds(clock=clock)
    options |= {"resends": resends, "monotonic": clock}
    return telling(told.append, Writer(history, ids, **options))


def test_a_resend_that_was_not_stored_waits_out_the_first_attempt(writer, history, clock):
    began = clock.now
    assert writer.store(draft("late"), 2000) in history.messages
    assert clock.now - began == pytest.approx(IN_FLIGHT_FOR - 2)
    wait_until(lambda: not history.claims, what="the release of the claim")


def test_a_resend_finds_what_lands_while_it_waits(writer, history, clock):
    sent = draft("late")
    landing = sent.with_id(MessageIds(clock=clock).make("general"))
    writer._resends._sleep = lambda seconds: history.put([landing])
    assert writer.store(sent, 2000) == landing
    assert history.messages == [landing]


def test_what_comes_after_a_resend_goes_below_what_was_found(writer, history, clock):
    """Another server, whose clock was ahead, had written it."""
    writer.store(draft("before"))
    sent = draft("late")
    landing = sent.with_id(MessageIds(clock=lambda: clock.now + 500).make("general"))
    writer._resends._sleep = lambda seconds: history.put([landing])
    assert writer.store(sent, 2000) == landing
    assert writer.store(draft("and then")).id > landing.id


def test_a_resend_in_a_room_that_nothing_is_known_of_is_not_its_newest(writer, history, clock):
    ahead = message("ahead", at=clock.now + 7200)
    sent = draft("late")
    there = sent.with_id(MessageIds(clock=clock).make("general"))
    history.put([there, ahead])
    assert writer.store(sent, 2000) == there
    assert writer.store(draft("and then")).id > ahead.id


def test_a_resend_of_long_ago_waits_for_nothing(writer, clock):
    began = clock.now
    assert writer.store(draft("late"), 60_000)
    assert clock.now == began


def test_a_resend_of_what_was_refused_here_waits_for_nothing(writer, history, clock):
    history.troubles = [refuse]
    sent = draft("again")
    with pytest.raises(Unavailable):
        writer.store(sent)
    clock.now += GATHER
    began = clock.now
    assert writer.store(sent, 1000) in history.messages
    assert clock.now == began


def test_a_resend_of_what_another_process_refused_waits_for_nothing(writer, history, clock):
    sent = draft("again")
    began = clock.now
    writer.was_refused_elsewhere = {(sent.user_id, sent.client_id)}.__contains__
    assert writer.store(sent, 500) in history.messages
    assert clock.now == began


def test_a_resend_that_was_refused_still_waits_out_the_first_attempt(writer, history, clock):
    history.is_down = True
    sent = draft("again")
    with pytest.raises(Unavailable):
        writer.store(sent, 1000)
    history.is_down = False
    began = clock.now
    assert writer.store(sent, 2000) in history.messages
    assert clock.now - began == pytest.approx(IN_FLIGHT_FOR - 2)


def test_a_first_attempt_that_was_long_on_its_way_is_looked_for(writer, history, clock):
    """Its sender had given up, and has sent it again to another server."""
    sent = draft("late")
    there = sent.with_id(MessageIds(clock=clock).make("general"))
    history.put([there])
    assert writer.store(sent, None, LATE + 0.1) == there
    assert history.messages == [there]


def test_a_late_first_attempt_that_is_not_found_is_stored_under_a_claim(writer, history, clock):
    began = clock.now
    claimed = []
    history.claim, claim = lambda *args: claimed.append(args) or claim(*args), history.claim
    assert writer.store(draft("late"), None, 13) in history.messages
    assert clock.now == began, "there is no earlier attempt to wait for"
    assert len(claimed) == 1


def test_a_first_attempt_in_time_is_not_looked_for(writer, history):
    assert writer.store(draft("in time"), None, LATE) in history.messages
    assert history.finds == 0


def test_only_the_latest_messages_are_remembered(writer, history, clock):
    sent = [draft(str(number)) for number in range(REMEMBERED + 1)]
    for each in sent:
        clock.now += GATHER
        writer.store(each)
    for each, finds in ((sent[1], 0), (sent[0], 1)):
        writer.store(each, 60_000)
        assert history.finds == finds
    assert len(history.messages) == len(sent)


def test_where_the_history_knows_resends_nothing_is_too_late(history, told, clock):
    history.append_is_idempotent = True
    assert _writer(history, told, clock).store(draft("late"), None, 60) in history.messages


def test_what_was_on_its_way_waits_less_long_for_its_write(writer, history, clock, threads):
    history.open.clear()
    first = threads.submit(writer.store, draft("slow"))
    assert history.began.acquire(timeout=10)
    late = threads.submit(writer.store, draft("late"), None, LATE)
    wait_until(lambda: len(writer._queue) == 1)
    clock.now += QUEUED_AT_MOST - LATE + 0.1
    history.open.set()
    assert first.result(10)
    with pytest.raises(Unavailable):
        late.result(10)


def test_the_first_message_in_a_room_goes_below_what_is_there(writer, history, clock):
    """The process that wrote it had a clock that was ahead."""
    ahead = message("before the restart", at=clock.now + 7200)
    history.put([ahead])
    assert writer.store(draft("after it")).id > ahead.id
    assert writer.store(draft("and again")).id > ahead.id


def test_what_is_in_a_room_is_looked_at_once(writer, history):
    history.newest, newest = lambda *args: looks.append(args) or newest(*args), history.newest
    looks = []
    for room in ("general", "general", "tech"):
        writer.store(draft(room=room))
    assert looks == [("general", 1), ("tech", 1)]


def test_until_the_newest_message_of_a_room_is_known_nothing_is_written_there(writer, history):
    def fail(_room, _limit):
        raise Unavailable("down")

    newest, history.newest = history.newest, fail
    with pytest.raises(Unavailable):
        writer.store(draft())
    history.newest = newest
    assert writer.store(draft()) in history.messages
    assert len(history.groups) == 1


def test_a_bug_in_the_search_for_the_newest_message_does_not_end_writing(writer, history):
    newest, history.newest = history.newest, lambda *_: {}["bug"]
    with pytest.raises(Unavailable):
        writer.store(draft())
    history.newest = newest
    assert writer.store(draft()) in history.messages


def test_nothing_else_is_stored_while_the_outcome_is_unknown(writer, history, clock, threads):
    """Otherwise a client's cursor could pass a message that appears late."""
    looked, may_go_on = threading.Event(), threading.Event()

    def sleep(seconds):
        clock.now += seconds
        looked.set()
        assert may_go_on.wait(10)

    clock.sleep = sleep
    history.troubles = [doubt]
    history.open.clear()
    unknown = threads.submit(writer.store, draft("unknown"))
    assert history.began.acquire(timeout=10)
    waiting = threads.submit(writer.store, draft("waiting"))
    wait_until(lambda: len(writer._queue) == 1)
    history.open.set()
    assert looked.wait(10)
    for try_to_store in (partial(waiting.result, 10), partial(writer.store, draft("meanwhile"))):
        with pytest.raises(Unavailable, match="can't be reached"):  # so it wasn't stored
            try_to_store()
    may_go_on.set()
    with pytest.raises(Unavailable):
        unknown.result(10)
    assert history.groups == [["unknown"]]
    assert writer.store(draft("afterwards")) in history.messages


def test_what_lands_late_is_told_before_anything_later(writer, history, clock, told):
    def land_later(messages):
        looks = []

        def sleep(seconds):
            clock.now += seconds
            looks.append(seconds)
            if len(looks) == 3:
                history.put(messages)

        clock.sleep = sleep
        return doubt(messages)

    history.troubles = [land_later]
    late = writer.store(draft("late"))
    later = writer.store(draft("later"))
    assert told == [late, later]
    assert late.id < later.id


def test_what_has_not_landed_in_time_is_refused_and_not_before(writer, history, clock):
    history.troubles = [doubt]
    began = clock.now
    with pytest.raises(Unavailable):
        writer.store(draft())
    assert clock.now - began > MAY_LAND_WITHIN
    assert history.finds > 1


def test_a_look_that_fails_in_an_unknown_way_is_not_the_last(writer, history):
    def fail(*_message):
        history.find = found
        raise RuntimeError("bug")

    found, history.find = history.find, fail
    history.troubles = [doubt]
    with pytest.raises(Unavailable):
        writer.store(draft())
    assert writer.store(draft("afterwards")) in history.messages


def test_while_the_history_is_down_it_stays_unknown(writer, history, clock):
    looks = []

    def sleep(seconds):
        clock.now += seconds
        looks.append(seconds)
        history.is_down = len(looks) < 20

    clock.sleep = sleep
    history.troubles = [doubt]
    with pytest.raises(Unavailable):
        writer.store(draft())
    wait_until(lambda: len(looks) == 20)
    assert max(looks) <= 4


def test_what_waited_too_long_is_not_written(writer, history, clock, threads):
    """A resend to another process may be written by then."""
    history.open.clear()
    first = threads.submit(writer.store, draft("slow"))
    assert history.began.acquire(timeout=10)
    late = threads.submit(writer.store, draft("late"))
    wait_until(lambda: len(writer._queue) == 1)
    clock.now += QUEUED_AT_MOST + 0.1
    history.open.set()
    assert first.result(10)
    with pytest.raises(Unavailable):
        late.result(10)
    assert history.groups == [["slow"]]


def test_a_drain_waits_for_messages_and_their_senders(writer, history, threads):
    history.open.clear()
    sender = threads.submit(writer.store, draft())
    assert history.began.acquire(timeout=10)
    assert not writer.drain(0.01)
    history.open.set()
    assert writer.drain(10)
    assert sender.result(10)


def test_who_waits_for_the_write_of_another_is_answered_in_time(writer, history, threads):
    history.open.clear()
    writing = threads.submit(writer.store, draft())
    assert history.began.acquire(timeout=10)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        writer.store(draft())
    assert time.monotonic() - began > 4
    history.open.set()
    assert writing.result(10)
