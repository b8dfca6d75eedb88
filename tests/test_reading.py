"""What somebody gets who enters a room, against a history in SQLite."""

import pytest

from chat.history import open_history
from chat.message_ids import MessageIds
from chat.messages import PAGE_BYTES
from chat.reading import COUNT_UP_TO, OVERLAP, RECOVER_AT_MOST, Reader
from tests.history.messages import draft, message, store

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
def reader(history, ids):
    return Reader(history, ids, page_size=3)


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
    page, recovered = reader.catch_up("general", None, None)
    assert page == (messages[1:], True)
    assert not recovered
    assert reader.catch_up("general", None, 10)[0] == (messages, False)


def test_whoever_comes_back_gets_all_since_and_a_little_before(reader, said):
    long_before = said("long before", at=NOW - OVERLAP - 0.1)
    shortly_before = said("shortly before", at=NOW - OVERLAP + 0.1)
    seen = said("seen", at=NOW)
    missed = said("missed", "too")
    page, recovered = reader.catch_up("general", seen[0].id, None)
    assert recovered
    assert page == ([*shortly_before, *seen, *missed], False)
    assert long_before[0] not in page.messages


def test_who_has_missed_nothing_has_recovered(reader, said):
    (seen,) = said("seen")
    assert reader.catch_up("general", seen.id, None) == (([seen], False), True)


@pytest.mark.parametrize(("missed", "recovered"), [(0, True), (1, False)])
def test_so_many_messages_are_brought_back_and_no_more(reader, history, clock, missed, recovered):
    make = MessageIds(clock).make
    messages = [draft().with_id(make()) for _ in range(1 + RECOVER_AT_MOST + missed)]
    store(history, *messages)
    page, has_recovered = reader.catch_up("general", messages[0].id, None)
    assert has_recovered == recovered
    assert page.messages == messages if recovered else page.messages == messages[-3:]


@pytest.mark.parametrize(("size", "recovered"), [(0, True), (1, False)])
def test_what_does_not_fit_into_an_answer_is_not_said_to_be_all(reader, said, size, recovered):
    (seen,) = said("s")
    half = PAGE_BYTES // 2
    said("x" * (half - 1), "x" * (half + size))
    assert reader.catch_up("general", seen.id, None)[1] == recovered


def test_a_cursor_that_is_not_in_the_room_proves_nothing(reader, said):
    (elsewhere,) = said("elsewhere", room="tech")
    here = said("here")
    for cursor in (elsewhere.id, message(at=NOW - 100).id, message(at=NOW + 100).id):
        assert reader.catch_up("general", cursor, None) == ((here, False), False)


def test_the_ids_of_the_process_stay_after_what_was_read(reader, said, ids):
    (ahead,) = said("from a server whose clock is ahead", at=NOW + 60)
    assert ids.make() < ahead.id
    reader.catch_up("general", None, None)
    assert ids.make() > ahead.id


def test_a_page_before_a_message(reader, said):
    messages = said("one", "two", "three", "four", "five")
    assert reader.before("general", messages[4].id, None) == (messages[1:4], True)
    assert reader.before("general", messages[4].id, 10) == (messages[:4], False)


def test_a_page_of_long_texts_is_shorter_and_says_so(reader, said):
    messages = said("x" * PAGE_BYTES, "short", "y" * PAGE_BYTES, "last")
    assert reader.before("general", messages[3].id, 10) == (messages[2:3], True)
    assert reader.catch_up("general", None, None)[0] == (messages[3:], True)


def test_unread_messages_are_counted_up_to_a_limit(reader, said):
    (read,) = said("read")
    said(*map(str, range(COUNT_UP_TO)))
    assert reader.unread("general", read.id) == COUNT_UP_TO
    said("one more")
    assert reader.unread("general", read.id) == COUNT_UP_TO
    assert reader.unread("tech", read.id) == 0
