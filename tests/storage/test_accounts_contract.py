"""The contract of the records of people and sessions, whatever the backend."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.messages.ids import MessageIds
from chat.storage.accounts import LOOKED_UP_AT_ONCE, Profile, Revocation, Session

pytestmark = pytest.mark.usefixtures("patient")

NOW = round(time.time(), 4)  # times are kept to 10 µs
DAY = 86_400.0

AL_FARABI = Profile(
    "p1", "Al-Farabi", "https://id.example\nsubject", is_administrator=True, last_here=NOW
)
TARO = Profile("p2", "太郎")
BEN = Profile("p3", "O’Brien 👩‍👩‍👧‍👦; DROP TABLE people --")


@pytest.fixture
def accounts(history):
    for profile in (AL_FARABI, TARO, BEN):
        history.accounts.put_profile(profile)
    return history.accounts


def session(id_="s1", person="p1", **fields):
    usual = Session(id_, person, "Firefox on Linux", NOW, NOW, NOW + DAY, "sid", "token", "id", NOW)
    return usual._replace(**fields)


def is_good(accounts, id_="s1", person="p1"):
    return (person, id_) in accounts.look_up([(person, id_)])


def test_a_profile_comes_back_exactly(accounts):
    assert accounts.profiles(["p1", "p2", "p3", "p4"]) == {"p1": AL_FARABI, "p2": TARO, "p3": BEN}
    assert accounts.profiles([]) == {}


def test_a_profile_is_replaced_but_for_a_time_that_would_go_back(accounts):
    changed = AL_FARABI._replace(name="Abu Nasr", is_administrator=False)
    accounts.put_profile(changed._replace(last_here=NOW - DAY))
    assert accounts.profiles(["p1"]) == {"p1": changed}
    accounts.put_profile(changed._replace(last_here=NOW + 1.5))
    assert accounts.profiles(["p1"]) == {"p1": changed._replace(last_here=NOW + 1.5)}


def test_who_is_banned_stays_so_whatever_else_changes(accounts):
    accounts.ban("p1", True)
    for name in ("Al-Farabi", "Abu Nasr"):
        accounts.put_profile(AL_FARABI._replace(name=name, is_banned=False))
        assert accounts.profiles(["p1"])["p1"].is_banned
    accounts.ban("p1", False)
    accounts.put_profile(AL_FARABI._replace(is_banned=True))
    accounts.ban("p9", True)
    assert accounts.profiles(["p1", "p9"]) == {"p1": AL_FARABI}


def test_a_session_comes_back_exactly_with_its_person(accounts):
    ours = session()
    other = Session("s2", "p2", "", NOW, NOW, NOW + DAY, is_ticket=True)
    for each in (ours, other):
        accounts.begin_session(each)
    keys = [("p1", "s1"), ("p2", "s2"), ("p1", "s2"), ("p1", "s9"), ("p9", "s1")]
    assert accounts.look_up(keys) == {
        ("p1", "s1"): (AL_FARABI, ours),
        ("p2", "s2"): (TARO, other),
    }
    assert accounts.look_up([]) == {}


def test_as_many_as_allowed_are_looked_up_at_once(accounts):
    people = [f"many-{n}" for n in range(LOOKED_UP_AT_ONCE)]
    for person in people:
        accounts.put_profile(Profile(person, person))
        accounts.begin_session(session(f"of-{person}", person))
    keys = [(person, f"of-{person}") for person in people]
    assert accounts.look_up(keys).keys() == set(keys)


def test_the_sessions_of_a_person_are_told_oldest_first(accounts):
    newer, older = session("s1"), session("s2", since=NOW - DAY)
    for each in (newer, older, session("s3", "p2")):
        accounts.begin_session(each)
    assert accounts.sessions("p1") == [older, newer]
    assert accounts.sessions("p9") == []


def test_a_session_that_has_ended_is_good_no_more(accounts):
    for id_ in ("s1", "s2"):
        accounts.begin_session(session(id_))
    for _again in range(2):
        accounts.end_session(("p1", "s1"), NOW + DAY)
        assert not is_good(accounts, "s1")
        assert is_good(accounts, "s2")
        assert accounts.sessions("p1") == [session("s2")]


def test_nobody_ends_the_session_of_somebody_else(accounts):
    accounts.begin_session(session())
    accounts.end_session(("p2", "s1"), NOW + DAY)
    assert is_good(accounts)


def test_what_is_written_late_revives_no_session(accounts):
    accounts.begin_session(session())
    accounts.end_session(("p1", "s1"), NOW + DAY)
    accounts.begin_session(session())
    accounts.seen({("p1", "s1"): NOW + 1})
    accounts.set_refresh_token(("p1", "s1"), "new")
    assert not is_good(accounts)
    assert accounts.sessions("p1") == []


def test_a_session_that_ended_before_it_was_stored_never_begins(accounts):
    accounts.end_session(("p1", "s1"), NOW + DAY)
    accounts.begin_session(session())
    assert not is_good(accounts)


def test_nothing_makes_a_session_that_never_began(accounts):
    accounts.seen({("p9", "s1"): NOW + 1, ("p1", "s9"): NOW - 1})
    accounts.set_refresh_token(("p1", "s9"), "new")
    assert not is_good(accounts, "s1", "p9")
    assert not is_good(accounts, "s9")
    assert accounts.profiles(["p1", "p9"]) == {"p1": AL_FARABI}


def test_a_session_is_good_until_its_last_day_is_over(accounts):
    accounts.begin_session(session("s1", until=NOW - 60))
    accounts.begin_session(session("s2", until=time.time() + 60))
    assert not is_good(accounts, "s1")
    assert is_good(accounts, "s2")
    assert [each.id for each in accounts.sessions("p1")] == ["s2"]


def test_beginning_again_changes_nothing(accounts):
    accounts.begin_session(session())
    accounts.begin_session(session(device="another one"))
    assert accounts.sessions("p1") == [session()]


def test_when_somebody_was_seen_never_goes_back(accounts):
    accounts.begin_session(session())
    for at in (NOW + 20.5, NOW + 10):
        accounts.seen({("p1", "s1"): at})
        profile, stored = accounts.look_up([("p1", "s1")])["p1", "s1"]
        assert stored == session(last_seen=NOW + 20.5)
        assert profile == AL_FARABI._replace(last_here=NOW + 20.5)


def test_many_are_seen_at_once_each_at_its_own_time(accounts):
    for each in (session("s1"), session("s2"), session("s3", "p2")):
        accounts.begin_session(each)
    accounts.seen({("p1", "s1"): NOW + 2, ("p1", "s2"): NOW + 1, ("p2", "s3"): NOW + 3})
    seen = {
        each.id: each.last_seen for person in ("p1", "p2") for each in accounts.sessions(person)
    }
    assert seen == {"s1": NOW + 2, "s2": NOW + 1, "s3": NOW + 3}
    here = {id_: each.last_here for id_, each in accounts.profiles(["p1", "p2", "p3"]).items()}
    assert here == {"p1": NOW + 2, "p2": NOW + 3, "p3": 0.0}
    accounts.seen({})


def test_whoever_signed_out_was_here_until_then(accounts):
    accounts.begin_session(session())
    accounts.end_session(("p1", "s1"), NOW + DAY)
    accounts.seen({("p1", "s1"): NOW + 5})
    assert accounts.profiles(["p1"])["p1"].last_here == NOW + 5


def test_a_refresh_token_is_replaced(accounts):
    accounts.begin_session(session())
    accounts.set_refresh_token(("p1", "s1"), "new")
    assert accounts.sessions("p1") == [session(refresh_token="new")]


def test_of_many_who_would_ask_the_provider_one_does(accounts):
    accounts.begin_session(session())
    ats = [NOW + n for n in range(1, 9)]
    with ThreadPoolExecutor(len(ats)) as threads:
        won = list(threads.map(lambda at: accounts.begin_check(("p1", "s1"), NOW, at), ats))
    assert won.count(True) == 1
    at = ats[won.index(True)]
    assert accounts.sessions("p1") == [session(checked_at=at)]
    assert accounts.begin_check(("p1", "s1"), at, at + 1)


def test_a_time_as_it_was_read_is_the_same_time(accounts):
    """With microseconds it has more digits than numbers in JSON of SQLite."""
    accounts.begin_session(session(checked_at=NOW + 0.123456))
    [found] = accounts.sessions("p1")
    assert found.checked_at == pytest.approx(NOW + 0.123456, abs=1e-5, rel=0)
    assert not accounts.begin_check(("p1", "s1"), found.checked_at + 0.001, NOW + 1)
    assert accounts.begin_check(("p1", "s1"), found.checked_at, NOW + 1)


def test_nobody_asks_the_provider_about_a_session_that_has_ended_or_is_none(accounts):
    accounts.begin_session(session())
    accounts.end_session(("p1", "s1"), NOW + DAY)
    assert not accounts.begin_check(("p1", "s1"), NOW, NOW + 1)
    assert not accounts.begin_check(("p1", "s9"), NOW, NOW + 1)
    assert accounts.sessions("p1") == []


def test_a_name_belongs_to_one_person(accounts):
    assert accounts.claim_name(["iris", "lris"], "p1") == ""
    assert accounts.claim_name(["iris", "lris"], "p1") == ""
    assert accounts.claim_name(["lris"], "p2") == "p1"
    assert accounts.claim_name(["ben"], "p2") == ""


def test_who_cannot_have_the_whole_name_has_nothing_of_it(accounts):
    accounts.claim_name(["m"], "p1")
    assert accounts.claim_name(["z", "m", "a"], "p2") == "p1"
    assert accounts.claim_name(["a", "z"], "p3") == ""


def test_who_cannot_have_another_name_keeps_the_one_before(accounts):
    accounts.claim_name(["ann"], "p1")
    accounts.claim_name(["ben"], "p2")
    assert accounts.claim_name(["ann", "ben", "cem"], "p1") == "p2"
    assert accounts.claim_name(["ann"], "p3") == "p1"
    assert accounts.claim_name(["cem"], "p3") == ""


def test_a_name_that_was_given_back_is_free_and_those_of_others_are_not(accounts):
    accounts.claim_name(["a", "b"], "p1")
    accounts.give_back_name(["a", "b"], "p2")
    assert accounts.claim_name(["a"], "p2") == "p1"
    accounts.give_back_name(["a", "unclaimed"], "p1")
    assert accounts.claim_name(["a"], "p2") == ""
    assert accounts.claim_name(["b"], "p2") == "p1"


def test_of_many_who_want_a_name_at_once_one_gets_it(accounts):
    people = [f"person-{n}" for n in range(8)]
    with ThreadPoolExecutor(len(people)) as threads:
        owners = list(threads.map(lambda person: accounts.claim_name(["a", "b"], person), people))
    (winner,) = [person for person, owner in zip(people, owners, strict=True) if not owner]
    assert set(owners) == {"", winner}


def test_revocations_are_read_in_their_order_from_any_point(accounts):
    ids = MessageIds()
    made = [Revocation(ids.make("revoked:"), f"p{n}", "" if n == 1 else f"s{n}") for n in range(3)]
    for each in reversed(made):
        for _again in range(2):
            accounts.revoke(each)
    assert accounts.revoked_since("0") == made
    assert accounts.revoked_since(made[0].id) == made[1:]
    assert accounts.revoked_since(made[2].id) == []
