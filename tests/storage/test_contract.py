"""The contract of every history, whatever its backend."""

import subprocess
import sys
import time

import pytest

from chat.messages.ids import id_at
from chat.messages.message import MAX_TEXT_BYTES
from tests.storage.messages import days_ago, ids, message, store

pytestmark = pytest.mark.usefixtures("patient")

BEGINNING = "0"  # sorts before every id
NOW = 1_790_000_000.0

UNUSUAL = [
    "two\nlines\tand a tab",
    " spaces around ",
    "e\u0301 is not \u00e9",
    "👩‍👩‍👧‍👦 Zoë 北京 שלום",
    "'; DROP TABLE messages; --",
    '{"S": "text"}',
    "\u2028\u202e\uffff",
    "x",
]


@pytest.mark.parametrize("text", UNUSUAL)
def test_a_message_comes_back_exactly(history, text):
    stored = message(text)
    store(history, stored)
    assert history.newest("general", 10).messages == [stored]


def test_the_largest_text_comes_back_exactly(history):
    stored = message("é" * (MAX_TEXT_BYTES // 2))
    store(history, stored)
    assert history.newest("general", 10).messages == [stored]


def test_a_group_of_the_largest_messages_is_stored(history):
    group = [message("x" * MAX_TEXT_BYTES) for _ in range(25)]
    store(history, *group)
    assert history.newest("general", 25).messages == group


def test_an_empty_room_has_an_empty_page(history):
    assert history.newest("general", 10) == ([], False)
    assert history.before("general", ids.make("general"), 10) == ([], False)
    assert history.since("general", ids.make("general"), 10) == ([], False)
    assert history.count_after("general", ids.make("general"), 10) == 0


def test_rooms_are_apart(history):
    here, there = message(room="general"), message(room="generals")
    store(history, here, there)
    assert history.newest("general", 10).messages == [here]
    assert history.since("generals", BEGINNING, 10).messages == [there]
    assert history.count_after("general", BEGINNING, 10) == 1
    assert history.find("general", there.user_id, there.client_id, BEGINNING) is None


@pytest.fixture
def ten(history):
    """Ten messages that are stored, oldest first."""
    messages = [message(f"number {n}") for n in range(10)]
    store(history, *messages)
    return messages


@pytest.mark.parametrize("limit", [1, 9, 10, 11])
def test_the_newest_page_knows_whether_there_are_more(history, ten, limit):
    assert history.newest("general", limit) == (ten[-limit:], limit < 10)


@pytest.mark.parametrize("limit", [1, 3, 4, 5])
def test_a_page_before_a_message_ends_just_before_it(history, ten, limit):
    assert history.before("general", ten[4].id, limit) == (ten[:4][-limit:], limit < 4)


@pytest.mark.parametrize("limit", [1, 4, 5, 6])
def test_a_page_since_a_message_begins_just_after_it(history, ten, limit):
    assert history.since("general", ten[4].id, limit) == (ten[5:][:limit], limit < 5)


def test_a_page_may_begin_at_a_moment(history, ten):
    assert history.since("general", ten[3].id[:27], 100).messages == ten[3:]


def test_nothing_is_beyond_the_ends(history, ten):
    assert history.before("general", ten[0].id, 5) == ([], False)
    assert history.since("general", ten[-1].id, 5) == ([], False)


def test_it_can_leave_out_the_messages_of_one_person(history):
    said = [message(user=user) for user in ["ann"] * 5 + ["bob"] * 3 + ["ann"] * 2]
    store(history, *said)
    assert history.count_after("general", BEGINNING, 100, besides="ann") == 3
    assert history.count_after("general", BEGINNING, 2, besides="ann") == 2
    assert history.count_after("general", said[5].id, 100, besides="ann") == 2
    assert history.count_after("general", BEGINNING, 100, besides="cem") == 10


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (4, 4), (5, 5), (100, 5)])
def test_it_counts_no_further_than_asked(history, ten, limit, count):
    assert history.count_after("general", ten[4].id, limit) == count


def test_ten_thousand_messages_are_paged_through_both_ways(url, history, request):
    is_moto = url.startswith("dynamodb") and request.getfixturevalue("moto") in url
    count = 1_000 if is_moto else 10_000  # moto would sort more for seconds
    messages = [message(f"number {n} " + "x" * 200) for n in range(count)]
    store(history, *messages)
    assert _back(history) == messages
    assert _forth(history) == messages


def _back(history):
    page = history.newest("general", 1000)
    found = page.messages
    while page.more:
        page = history.before("general", found[0].id, 1000)
        found = page.messages + found
    return found


def _forth(history):
    page = history.since("general", BEGINNING, 1000)
    found = page.messages
    while page.more:
        page = history.since("general", found[-1].id, 1000)
        found = found + page.messages
    return found


def test_it_finds_a_message_by_its_client_id(history, ten):
    wanted = ten[6]
    who = wanted.room, wanted.user_id, wanted.client_id
    assert history.find(*who, BEGINNING) == wanted
    assert history.find(*who, wanted.id[:27]) == wanted
    assert history.find(*who, wanted.id) is None
    assert history.find("general", "u2", wanted.client_id, BEGINNING) is None


def test_it_finds_a_message_behind_a_megabyte_of_others(history):
    store(history, *[message("x" * MAX_TEXT_BYTES) for _ in range(12)])
    wanted = message()
    store(history, wanted)
    assert history.find(wanted.room, wanted.user_id, wanted.client_id, BEGINNING) == wanted


def test_a_page_may_be_larger_than_a_megabyte(history):
    messages = [message("x" * MAX_TEXT_BYTES) for _ in range(12)]
    store(history, *messages)
    assert history.newest("general", 12) == (messages, False)
    assert history.since("general", messages[0].id, 10) == (messages[1:11], True)
    assert history.count_after("general", BEGINNING, 100) == 12


def test_the_same_message_twice_is_one(history):
    stored = message()
    store(history, stored)
    store(history, stored)
    assert history.newest("general", 10).messages == [stored]


def test_what_has_expired_is_not_shown(url, history, open_here):
    history = open_here(url, retention_days=7)
    old, kept = message("old", at=days_ago(8)), message("kept", at=days_ago(6))
    store(history, old, kept)
    assert history.newest("general", 10) == ([kept], False)
    assert history.newest("general", 1) == ([kept], False)
    assert history.since("general", BEGINNING, 10) == ([kept], False)
    assert history.before("general", kept.id, 10) == ([], False)
    assert history.count_after("general", BEGINNING, 10) == 1


def test_without_a_retention_nothing_expires(history):
    old = message(at=days_ago(10_000))
    store(history, old)
    assert history.newest("general", 10).messages == [old]


def test_it_is_still_there_when_opened_again(url, history, open_here):
    stored = message()
    store(history, stored)
    history.close()
    assert open_here(url).newest("general", 10).messages == [stored]


def test_creating_it_again_changes_nothing(url, history, open_here):
    stored = message()
    store(history, stored)
    history.create()
    open_here(url).create()
    assert history.newest("general", 10).messages == [stored]


def test_its_clock_is_right_or_unknown(history):
    history.newest("general", 1)
    assert history.now() is None or -5 < history.now() - time.time() <= 0.1


def test_check_passes_where_it_can_be_used(history):
    history.check()


def test_two_processes_lose_nothing_in_the_same_microsecond(url, history):
    writers = [_writer(url) for _ in range(2)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    found = history.newest("general", 1000).messages
    assert len(found) == 100
    assert len({each.id[27:] for each in found}) == 100
    if not history.append_keeps_order:  # else `append` changes the time of most ids
        assert len({each.id[:27] for each in found}) == 50, "they did not collide"


def test_where_it_keeps_order_no_message_sorts_before_what_its_room_had(history):
    """Whatever the clocks of the processes say."""
    if not history.append_keeps_order:
        pytest.skip("its append can't look at other items")
    store(history, ahead := message(at=NOW + 7200), message(at=NOW + 100, room="tech"))
    stored = [history.append([message(str(n), at=NOW + n)])[0] for n in range(2)]
    stored += history.append([message()._replace(id=stored[-1].id)])
    assert history.newest("general", 10).messages == [ahead, *stored]
    assert len({each.id for each in stored}) == 3
    assert history.newest("tech", 10).messages[0].id[:27] == id_at(NOW + 100)[:27]


def test_it_counts_what_is_between_two_ids(history, ten):
    def count(after, until):
        return history.count_between("general", after, until)

    assert count(BEGINNING, ten[-1].id) == 10
    assert count(ten[2].id, ten[5].id) == 3
    assert count(ten[2].id, ten[2].id) == 0
    assert count(ten[5].id, ten[2].id) == 0
    assert history.count_between("tech", BEGINNING, ten[-1].id) == 0
    spans = [("general", ten[2].id, ten[5].id), ("tech", BEGINNING, ten[-1].id)]
    assert history.counts_between(spans) == [3, 0]


def _writer(url):
    command = [sys.executable, "-m", "tests.storage.writes", url, "general", "50"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
