"""What a client gets that joins a room, with a history in SQLite."""

import pytest

from chat.history.reader import COUNT_UP_TO, FIRST_EDITION_OVERLAP, RECOVER_AT_MOST, Reader
from chat.messages.ids import FARTHEST_AHEAD, FIRST_ID, LAST_ID, MessageIds, id_at
from chat.messages.message import PAGE_BYTES
from chat.storage import open_history
from chat.storage.base import CLOCK_SKEW, SETTLED_AFTER
from tests.storage.messages import draft, message, store

NOW = 1_790_000_000.0


@pytest.fixture
def history(tmp_path):
    history = open_history(f"sqlite:///{tmp_path}/chat.db")
    history.create()
    yield history
    history.close()


@pytest.fixture
def ids(clock):
    clock.now = NOW
    return MessageIds(clock)


@pytest.fixture
def reader(history, ids, clock):
    return Reader(history, ids, page_size=3, clock=clock)


@pytest.fixture
def shared(history, ids, clock, monkeypatch):
    """A reader of a history into which other servers write, whose writes may come late."""
    monkeypatch.setattr(history, "append_keeps_order", False)
    return Reader(history, ids, page_size=3, clock=clock)


@pytest.fixture
def said(history):
    """Stores messages, one second after the other unless told when."""
    count = 0

    def say(*texts, at=None, room="general"):
        nonlocal count
        messages = []
        for text in texts:
            count += 1
            messages.append(message(text, at=at or NOW + count, room=room))
        store(history, *messages)
        return messages

    return say


def test_whoever_is_new_gets_the_newest_page(reader, said):
    messages = said("one", "two", "three", "four")
    found = reader.catch_up("general", None, None, None)
    assert found.page == (messages[1:], True)
    assert not found.recovered
    assert reader.catch_up("general", None, None, 10).page == (messages, False)


def test_whoever_comes_back_gets_all_since(reader, said):
    said("before")
    seen, *missed = said("seen", "missed", "too")
    found = reader.catch_up("general", seen.id, seen.id, None)
    assert found.recovered
    assert found.page == ([seen, *missed], False)


def test_whoever_had_nothing_gets_the_newest_page(reader, said):
    messages = said("one", "two", "three", "four")
    found = reader.catch_up("general", None, messages[1].id, None)
    assert (found.page, found.recovered) == ((messages[1:], True), False)


def test_a_client_that_claims_the_future_moves_nothing(reader, said, ids):
    (newest,) = said("newest")
    ahead = id_at(NOW + 86_400)
    found = reader.catch_up("general", newest.id, ahead, None)
    assert (found.page.messages, found.up_to) == ([newest], newest.id)
    assert reader.catch_up("tech", None, ahead, None).up_to == FIRST_ID
    assert ids.make("general") < ahead


def test_a_client_of_the_first_edition_gets_what_it_may_have_passed_by_too(reader, said):
    """Such a client moves its cursor with live messages."""
    said("long before", at=NOW - FIRST_EDITION_OVERLAP - 0.1)
    shortly_before = said("shortly before", at=NOW - FIRST_EDITION_OVERLAP + 0.1)
    seen = said("seen", at=NOW)
    missed = said("missed", "too")
    found = reader.catch_up("general", seen[0].id, None, None)
    assert found.recovered
    assert found.page == ([*shortly_before, *seen, *missed], False)


def test_its_cursor_of_the_future_proves_nothing(shared, said):
    """It is from a server whose clock is ahead: messages of other servers sort before it."""
    said("before", at=NOW)
    (seen,) = said("seen", at=NOW + CLOCK_SKEW + 0.1)
    assert not shared.catch_up("general", seen.id, None, None).recovered
    assert shared.catch_up("general", seen.id, seen.id, None).recovered
    (seen,) = said("seen", at=NOW + CLOCK_SKEW - 0.1, room="tech")
    assert shared.catch_up("tech", seen.id, None, None).recovered


def test_who_has_missed_nothing_has_recovered(reader, said):
    (seen,) = said("seen")
    found = reader.catch_up("general", seen.id, seen.id, None)
    assert (found.page, found.recovered) == (([seen], False), True)


def test_where_the_history_keeps_order_the_newest_message_is_up_to_where_all_is_known(reader, said):
    assert reader.catch_up("general", None, None, None).up_to == FIRST_ID
    seen, newest = said("seen", "newest")
    assert reader.catch_up("general", None, None, 1).up_to == newest.id
    assert reader.catch_up("general", seen.id, seen.id, None).up_to == newest.id


def test_where_others_write_too_all_is_known_up_to_what_can_not_come_any_more(shared, said, clock):
    said("seen", at=NOW)
    settled = id_at(NOW - SETTLED_AFTER)
    assert shared.catch_up("general", None, None, None).up_to == settled
    assert shared.catch_up("tech", None, None, None).up_to == settled
    clock.now += 1
    assert shared.settled() == id_at(NOW + 1 - SETTLED_AFTER)


@pytest.mark.parametrize(("missed", "recovered"), [(0, True), (1, False)])
def test_so_many_messages_are_brought_back_and_no_more(reader, history, clock, missed, recovered):
    make = MessageIds(clock).make
    messages = [draft().with_id(make("general")) for _ in range(1 + RECOVER_AT_MOST + missed)]
    store(history, *messages)
    found = reader.catch_up("general", messages[0].id, messages[0].id, None)
    assert found.recovered == recovered
    assert found.page.messages == (messages if recovered else messages[-3:])


@pytest.mark.parametrize(("size", "recovered"), [(0, True), (1, False)])
def test_what_does_not_fit_into_an_answer_is_not_said_to_be_all(reader, said, size, recovered):
    (seen,) = said("s")
    half = PAGE_BYTES // 2
    said("x" * (half - 1), "x" * (half + size))
    assert reader.catch_up("general", seen.id, seen.id, None).recovered == recovered


@pytest.mark.parametrize("seconds", [-600, 600])
def test_the_clock_of_the_history_is_believed_where_it_has_one(
    shared, history, monkeypatch, seconds
):
    monkeypatch.setattr(history, "now", lambda: NOW + seconds)
    assert shared.settled() == id_at(NOW + seconds - SETTLED_AFTER)


def test_a_cursor_that_is_not_in_the_room_proves_nothing(reader, said):
    (elsewhere,) = said("elsewhere", room="tech")
    here = said("here")
    for cursor in (elsewhere.id, message(at=NOW - 100).id, message(at=NOW + 100).id):
        found = reader.catch_up("general", cursor, cursor, None)
        assert (found.page, found.recovered) == ((here, False), False)


@pytest.mark.parametrize("seconds", [0, 366 * 86_400])
def test_what_a_clock_that_was_years_ahead_has_written_is_shown_and_vouches_for_nothing(
    reader, said, seconds
):
    """Later messages sort before that one."""
    said("before")
    (newest,) = said("newest")
    (far,) = said("far", at=NOW + FARTHEST_AHEAD + seconds)
    for cursor in (None, far.id):
        found = reader.catch_up("general", cursor, cursor, None)
        assert found.page.messages[-1] == far
        assert (found.recovered, found.up_to) == (False, newest.id)
    assert reader.newest_id("general") == newest.id
    assert reader.catch_up("general", newest.id, newest.id, None).recovered
    said("far", at=NOW + FARTHEST_AHEAD + seconds, room="tech")
    assert reader.catch_up("tech", None, None, None).up_to == FIRST_ID


def test_what_one_that_was_a_year_ahead_has_written_is_what_others_sort_behind(reader, said):
    (ahead,) = said("ahead", at=NOW + FARTHEST_AHEAD - 1)
    found = reader.catch_up("general", ahead.id, ahead.id, None)
    assert found == (([ahead], False), True, ahead.id)
    assert reader.newest_id("general") == ahead.id


def test_the_ids_of_a_room_stay_after_what_was_read(reader, said, ids):
    (ahead,) = said("from a server whose clock is ahead", at=NOW + 60)
    assert ids.make("general") < ahead.id
    reader.catch_up("general", None, None, None)
    assert ids.make("general") > ahead.id
    (farther,) = said("and farther", at=NOW + 120)
    assert reader.newest_id("general") == farther.id
    assert reader.newest_id("tech") == FIRST_ID
    assert list(reader.between("general", ahead.id, farther.id)) == [farther]
    assert ids.make("general") > farther.id


def test_what_is_between_two_messages(reader, said, monkeypatch):
    monkeypatch.setattr("chat.history.reader.AT_A_TIME", 2)
    messages = said("one", "two", "three", "four", "five", "six")
    found = reader.between("general", messages[0].id, messages[4].id)
    assert list(found) == messages[1:5]
    spans = [("general", messages[0].id, messages[4].id), ("tech", FIRST_ID, LAST_ID)]
    assert reader.counts_between(spans) == [4, 0]


def test_a_page_before_a_message(reader, said):
    messages = said("one", "two", "three", "four", "five")
    assert reader.before("general", messages[4].id, None) == (messages[1:4], True)
    assert reader.before("general", messages[4].id, 10) == (messages[:4], False)


def test_a_page_of_long_texts_is_shorter_and_says_so(reader, said):
    messages = said("x" * PAGE_BYTES, "short", "y" * PAGE_BYTES, "last")
    assert reader.before("general", messages[3].id, 10) == (messages[2:3], True)
    assert reader.catch_up("general", None, None, None).page == (messages[3:], True)


def test_unread_messages_are_counted_up_to_a_limit(reader, said):
    (read,) = said("read")
    said(*map(str, range(COUNT_UP_TO)))
    assert reader.unread("general", read.id, "somebody") == COUNT_UP_TO
    said("one more")
    assert reader.unread("general", read.id, "somebody") == COUNT_UP_TO
    assert reader.unread("tech", read.id, "somebody") == 0
