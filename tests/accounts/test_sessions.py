"""Sessions: how they begin and end, and who owns the name meanwhile."""

import pytest

from chat.accounts.names_in_use import KEPT_FOR
from chat.accounts.sessions import LASTS, OWNERS_FIRST_FOR
from chat.errors import Conflict, Unauthorized
from tests.accounts.conftest import FIREFOX


def ways(browser):
    """What a signed-in browser may do."""
    return browser.visit, browser.connect


def test_a_stranger_is_nobody(process, browse):
    browser = browse()
    assert browser.person(process) is None
    for way in ways(browser):
        with pytest.raises(Unauthorized, match="Sign in first"):
            way(process)
    assert browser.request(process.sessions.end) is None


def test_whoever_has_signed_in_is_known_by_name_and_a_random_id(process, browse):
    ann, bob = browse(), browse()
    person = ann.sign_in(process, " Ann ")
    assert person.name == "Ann"
    assert len(person.id) == 16
    assert ann.person(process) == ann.visit(process) == ann.connect(process) == person
    assert bob.sign_in(process, "Bob").id != person.id


def test_a_session_lasts_longer_than_the_browser(process, browse):
    browser = browse()
    browser.sign_in(process, "Ann")
    assert browser.cookie["_permanent"] is True


def test_a_session_is_recorded_with_its_device_and_days(process, browse, accounts, clock):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    session = accounts.good[person.id, ann.cookie["session"]]
    assert session.device == FIREFOX
    assert (session.since, session.last_seen, session.until) == (
        clock.now,
        clock.now,
        clock.now + LASTS,
    )


def test_what_is_not_in_the_records_is_no_session_however_well_it_is_signed(
    process, browse, accounts
):
    ann = browse()
    ann.sign_in(process, "Ann")
    forged = browse(ann.cookie | {"session": "another"})
    assert forged.person(process) is None
    of_somebody_else = browse(ann.cookie | {"person": ["5c0f8a1be2d94437", "Ann"]})
    assert of_somebody_else.person(process) is None


def test_the_name_is_the_one_in_the_records(process, browse, accounts, start):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    accounts.put_profile(accounts.people[person.id]._replace(name="Anna"))
    assert ann.person(start()) == person._replace(name="Anna")


def test_whoever_is_banned_is_told_so_and_let_in_no_more(process, start, browse, accounts):
    ann = browse()
    accounts.ban(ann.sign_in(process, "Ann").id, True)
    process = start()
    assert ann.person(process) is None
    for way in ways(ann):
        with pytest.raises(Unauthorized, match="has shut you out"):
            way(process)


def test_an_outage_keeps_nobody_out(process, start, browse, accounts):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    accounts.is_down = True
    assert ann.connect(start()) == person
    assert browse().sign_in(process, "Ben").name == "Ben"


def test_after_an_outage_it_is_found_out_who_came_in_by_it(process, start, browse, accounts):
    ann, ben, cem = browse(), browse(), browse()
    people = [
        each.sign_in(process, name) for each, name in [(ann, "Ann"), (ben, "Ben"), (cem, "C")]
    ]
    copy = ben.copy()
    ben.sign_out(process)
    accounts.ban(people[2].id, True)
    accounts.is_down = True
    process = start()
    for browser in (ann, copy, cem):
        browser.connect(process)
    assert list(process.sessions.refuted()) == []
    accounts.is_down = False
    assert [person for person, _ in process.sessions.refuted()] == [each.id for each in people[1:]]
    assert list(process.sessions.refuted()) == []


def test_whoever_comes_back_to_find_the_name_taken_is_refused(process, browse, clock):
    ann = browse()
    ann.sign_in(process, "Ann")
    clock.now += KEPT_FOR
    browse().sign_in(process, "Ann")
    for way in ways(ann):
        with pytest.raises(Unauthorized, match="already called Ann"):
            way(process)
    assert ann.person(process).name == "Ann", "the page can say why"


def test_every_connection_keeps_the_name_for_longer(process, browse, clock):
    ann = browse()
    ann.sign_in(process, "Ann")
    clock.now += KEPT_FOR - 1
    ann.connect(process)
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        browse().sign_in(process, "Ann")


def test_pages_alone_keep_no_name(process, browse, clock):
    ann = browse()
    ann.sign_in(process, "Ann")
    for _ in range(3):
        clock.now += KEPT_FOR / 3
        ann.visit(process)
    browse().sign_in(process, "Ann")


def test_who_connects_as_somebody_else_than_the_page_shows_is_refused(process, browse):
    browser = browse()
    ann = browser.sign_in(process, "Ann")
    assert browser.connect(process, ann.id) == ann
    boris = browser.sign_in(process, "Boris")
    for claimed in (ann.id, "", 5, [boris.id], {}):
        with pytest.raises(Unauthorized, match="Somebody else has signed in here"):
            browser.connect(process, claimed)
    assert browser.connect(process) == boris, "older clients don't say"


def test_a_session_has_a_last_moment_however_much_it_is_used(process, browse, clock):
    ann = browse()
    ann.sign_in(process, "Ann")
    clock.now += LASTS
    ann.visit(process)
    ann.connect(process)
    clock.now += 1
    assert ann.person(process) is None


@pytest.mark.parametrize("missing", ["person", "session", "since"])
def test_a_cookie_without_one_of_its_parts_is_none(process, browse, missing):
    ann = browse()
    ann.sign_in(process, "Ann")
    del ann.cookie[missing]
    assert ann.person(process) is None


def test_what_has_ended_is_recorded_until_the_cookie_would_have(process, browse, clock, accounts):
    ann = browse()
    began = clock.now
    ann.sign_in(process, "Ann")
    key = ann.request(process.sessions.current).key
    clock.now += 1000
    ann.sign_out(process)
    assert accounts.ended[key] == began + LASTS


def test_who_was_here_before_a_restart_takes_the_name_back(start, browse, clock, connected):
    ann, thief = browse(), browse()
    ann.sign_in(start(), "Ann")
    process = start()
    connected.add(thief.sign_in(process, "Ann").id)
    stolen = thief.connect(process)
    assert ann.visit(process).name == "Ann"
    assert process.disconnected == [], "a page disconnects nobody"
    ann.connect(process)
    assert process.disconnected == [stolen.id]
    for way in ways(thief):
        with pytest.raises(Unauthorized, match="already called Ann"):
            way(process)


def test_after_two_minutes_a_name_is_of_who_has_it(start, browse, clock, connected):
    ann, other = browse(), browse()
    ann.sign_in(start(), "Ann")
    process = start()
    connected.add(other.sign_in(process, "Ann").id)
    clock.now += OWNERS_FIRST_FOR
    with pytest.raises(Unauthorized, match="already called Ann"):
        ann.connect(process)
    assert process.disconnected == []


def test_of_two_who_were_here_before_a_restart_the_first_keeps_the_name(start, browse, clock):
    ann, other = browse(), browse()
    before = start()
    ann.sign_in(before, "Ann")
    clock.now += KEPT_FOR
    other.sign_in(before, "Ann")
    process = start()
    other.connect(process)
    with pytest.raises(Unauthorized):
        ann.connect(process)


def test_whoever_goes_keeps_the_name_for_a_while(process, browse, clock, connected):
    person = browse().sign_in(process, "Ann")
    connected.add(person.id)
    clock.now += 10 * KEPT_FOR
    process.sessions.keep_name(person)
    connected.remove(person.id)
    with pytest.raises(Conflict):
        browse().sign_in(process, "Ann")
    clock.now += KEPT_FOR
    browse().sign_in(process, "Ann")


def test_after_the_end_a_copy_of_the_cookie_is_worthless_and_the_name_is_free(
    process, start, browse
):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    thief = ann.copy()
    assert thief.person(process) == person
    assert ann.sign_out(process).person == person
    assert ann.person(process) is None
    assert thief.person(process) is thief.person(start()) is None
    browse().sign_in(process, "Ann")


def test_a_sign_out_ends_the_session_whether_or_not_the_person_may_be_here(
    process, start, browse, accounts
):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    copy = ann.copy()
    accounts.ban(person.id, True)
    process = start()
    process.sessions._recheck = lambda _known: pytest.fail("somebody who goes is checked")
    assert ann.sign_out(process).person == person
    accounts.ban(person.id, False)
    assert copy.person(start()) is None


def test_signing_in_anew_ends_the_session_before(process, browse):
    ann = browse()
    ann.sign_in(process, "Ann")
    copy = ann.copy()
    ann.sign_in(process, "ann")
    assert ann.person(process).name == "ann"
    assert copy.person(process) is None


def test_where_names_belong_to_accounts_nobody_is_asked_whether_one_is_in_use(
    process, browse, clock
):
    """Two people of one name can't be there: the storage gives a name to one of them."""
    ann = browse()
    ann.sign_in(process, "Ann")
    process.sessions._names = None
    clock.now += KEPT_FOR
    browse().sign_in(process, "Ann")
    for way in ways(ann):
        assert way(process).name == "Ann"
    process.sessions.keep_name(ann.person(process))
