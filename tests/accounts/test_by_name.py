"""Signing in by name: the browser keeps its people, and strangers stay out."""

import pytest

from chat.accounts import join_code, tickets
from chat.accounts.join_code import PERIOD, WRONG_AT_MOST
from chat.accounts.known_sessions import RETRY_EVERY
from chat.accounts.names_in_use import KEPT_FOR
from chat.accounts.sessions import LASTS
from chat.errors import Conflict, Forbidden, Invalid, RateLimited, Unauthorized, Unavailable
from chat.storage.accounts import Profile
from tests.accounts.conftest import CODE


def test_a_browser_keeps_its_person_over_a_sign_out_and_a_restart(process, start, browse):
    browser = browse()
    person = browser.sign_in(process, "太郎")
    browser.sign_out(process)
    assert browser.sign_in(process, "太郎") == person
    browser.sign_out(process)
    assert browser.sign_in(start(), "太郎") == person


def test_a_browser_keeps_its_person_after_the_last_day_of_the_session(process, browse, clock):
    browser = browse()
    person = browser.sign_in(process, "Ann")
    clock.now += LASTS + 1
    assert browser.person(process) is None
    assert browser.sign_in(process, "Ann") == person


def test_the_same_person_may_write_the_name_in_another_way(process, browse, accounts):
    browser = browse()
    person = browser.sign_in(process, "O'Brien")
    browser.sign_out(process)
    again = browser.sign_in(process, "o’brien")
    assert again == person._replace(name="o’brien")
    assert accounts.people[person.id].name == "o’brien"
    assert [each.name for each in browser.request(process.tickets.people)] == ["o’brien"]


def test_another_browser_with_that_name_is_somebody_else(process, browse, clock):
    ann, other = browse(), browse()
    person = ann.sign_in(process, "Ann")
    ann.sign_out(process)
    assert other.sign_in(process, "Ann").id != person.id
    clock.now += KEPT_FOR
    assert ann.sign_in(process, "Ann") == person


def test_several_people_may_use_one_browser(process, browse):
    browser = browse()
    ann = browser.sign_in(process, "Ann")
    ben = browser.sign_in(process, "Ben")
    assert browser.request(process.tickets.people) == [ben, ann]
    assert browser.sign_in(process, "Ann") == ann
    assert browser.request(process.tickets.people) == [ann, ben]
    browser.sign_out(process)
    assert browser.sign_in(process, "Ben") == ben


def test_a_browser_keeps_a_few_people_and_the_ticket_of_others_ends(
    process, start, browse, accounts
):
    browser = browse()
    first, *others = [browser.sign_in(process, name) for name in ["Ann", "Ben", "Cem", "Dee"]]
    assert browser.request(process.tickets.people) == others[::-1]
    kept = [session.person for session in accounts.good.values() if session.is_ticket]
    assert sorted(kept) == sorted(person.id for person in others)
    assert browser.sign_in(start(), "Ann").id != first.id


def test_a_cookie_copied_before_a_sign_out_is_nobody_after_it(process, start, browse, clock):
    """Not even one of the others who have used the browser."""
    browser = browse()
    ann, ben = browser.sign_in(process, "Ann"), browser.sign_in(process, "Ben")
    thief = browser.copy()
    browser.sign_out(process)
    clock.now += KEPT_FOR
    for name in ("Ann", "Ben"):
        person = thief.copy().sign_in(start(), name)
        assert person.id not in {ann.id, ben.id}
    clock.now += KEPT_FOR
    assert browser.sign_in(process, "Ann") == ann


def test_a_ticket_is_no_session(process, browse):
    browser = browse()
    browser.sign_in(process, "Ann")
    ticket = browser.cookie["tickets"][0][2]
    assert browse(browser.cookie | {"session": ticket}).person(process) is None


def test_a_ticket_has_a_last_day(process, browse, clock):
    browser = browse()
    person = browser.sign_in(process, "Ann")
    clock.now += tickets.LASTS + 1
    assert browser.request(process.tickets.people) == []
    assert browser.sign_in(process, "Ann").id != person.id


def test_a_browser_forgets_somebody_who_wants_that(process, start, browse):
    browser = browse()
    ann, ben = browser.sign_in(process, "Ann"), browser.sign_in(process, "Ben")
    copy = browser.copy()
    browser.request(process.tickets.forget, ann.id)
    assert browser.request(process.tickets.people) == [ben]
    assert copy.sign_in(start(), "Ann").id != ann.id


def test_in_an_outage_a_browser_keeps_its_person_too(process, start, browse, accounts, time):
    browser = browse()
    person = browser.sign_in(process, "Ann")
    accounts.is_down = True
    process = start()
    browser.sign_out(process)
    assert browser.sign_in(process, "Ann") == person
    accounts.is_down = False
    time.pass_by(RETRY_EVERY)
    assert browser.person(start()) == person


@pytest.mark.parametrize("signs_out_first", [False, True])
def test_an_old_ticket_that_an_outage_let_pass_is_of_no_use_after_it(
    process, start, browse, accounts, time, clock, signs_out_first
):
    browser = browse()
    ann = browser.sign_in(process, "Ann")
    thief = browser.copy()
    browser.sign_out(process)
    accounts.is_down = True
    process = start()
    if signs_out_first:
        thief.sign_out(process)
    assert thief.sign_in(process, "Ann") == ann
    session = thief.request(process.sessions.current).key
    accounts.is_down = False
    time.pass_by(RETRY_EVERY)
    clock.now += KEPT_FOR
    assert session in [(each.person, each.session) for each in accounts.revoked]
    assert thief.person(process) is thief.person(start()) is None
    assert thief.sign_in(start(), "Ann").id != ann.id
    clock.now += KEPT_FOR
    assert browser.sign_in(start(), "Ann") == ann


def test_whoever_is_banned_gets_no_session_and_no_ticket(process, start, browse, accounts):
    browser = browse()
    accounts.ban(browser.sign_in(process, "Ann").id, True)
    process = start()
    browser.sign_out(process)
    with pytest.raises(Forbidden, match="has shut you out"):
        browser.sign_in(process, "Ann")
    assert browser.person(process) is None


@pytest.mark.parametrize(("name", "error"), [("Bob", Conflict), ("system", Invalid)])
def test_a_name_that_is_refused_leaves_the_session_as_it_was(process, browse, name, error):
    ann = browse()
    person = ann.sign_in(process, "Ann")
    browse().sign_in(process, "Bob")
    with pytest.raises(error):
        ann.sign_in(process, name)
    assert ann.connect(process) == person
    with pytest.raises(Conflict):
        browse().sign_in(process, "Ann")


def rename(browser, process, name):
    browser.request(lambda: process.by_name.rename(process.sessions.visit(), name))


def test_somebody_has_another_name_and_stays_the_same_person(process, start, browse, accounts):
    browser, phone = browse(), browse()
    person = browser.sign_in(process, "Ann")
    accounts.put_profile(Profile(person.id, "Ann", is_administrator=True, last_here=7.0))
    phone.cookie = dict(browser.cookie)
    rename(browser, process, "  Anna  ")
    anna = person._replace(name="Anna")
    assert accounts.people[person.id] == Profile(person.id, "Anna", "", True, last_here=7.0)
    for each in (process, start()):
        assert browser.person(each) == phone.person(each) == anna
    assert browser.request(process.tickets.people) == [anna]
    browser.sign_out(process)
    assert browser.sign_in(start(), "Anna") == anna


def test_who_continues_in_another_browser_has_the_new_name(process, browse):
    browser = browse()
    person = browser.sign_in(process, "Ann")
    other = browser.copy()
    rename(browser, process, "Maria")
    assert other.sign_in(process, "Ann") == person._replace(name="Maria")


def test_in_an_outage_the_browser_knows_the_new_name(process, start, browse, accounts):
    browser = browse()
    browser.sign_in(process, "Ann")
    rename(browser, process, "Anna")
    accounts.is_down = True
    assert browser.person(start()).name == "Anna"


def test_the_former_name_is_free_and_the_new_one_is_taken(process, browse):
    ann, other = browse(), browse()
    ann.sign_in(process, "Ann")
    rename(ann, process, "Berta")
    assert other.sign_in(process, "Ann")
    with pytest.raises(Conflict):
        browse().sign_in(process, "Berta")


def test_a_name_that_looks_like_the_former_one_stays_taken(process, browse):
    ann = browse()
    ann.sign_in(process, "Ann")
    rename(ann, process, "ANN")
    with pytest.raises(Conflict):
        browse().sign_in(process, "Ann")


@pytest.mark.parametrize(("name", "error"), [("Ben", Conflict), ("system", Invalid), ("", Invalid)])
def test_a_new_name_that_is_refused_changes_nothing(process, browse, name, error):
    ann = browse()
    browse().sign_in(process, "Ben")
    person = ann.sign_in(process, "Ann")
    with pytest.raises(error):
        rename(ann, process, name)
    assert ann.person(process) == person
    assert ann.request(process.tickets.people) == [person]
    with pytest.raises(Conflict):
        browse().sign_in(process, "Ann")


@pytest.mark.parametrize("call", ["look_up", "put_profile", "revoke"])
def test_in_an_outage_the_name_stays(process, start, browse, accounts, monkeypatch, call):
    """Whichever call is the first that fails, others may have the new name."""
    ann, other = browse(), browse()
    person = ann.sign_in(process, "Ann")

    def fail(*_arguments):
        raise Unavailable("down")

    with monkeypatch.context() as outage:
        outage.setattr(accounts, call, fail)
        with pytest.raises(Unavailable):
            rename(ann, process, "Berta")
    assert ann.person(process) == ann.person(start()) == person
    assert other.sign_in(process, "Berta")
    with pytest.raises(Conflict):
        other.sign_in(process, "Ann")


def test_a_session_that_ended_meanwhile_changes_no_name(process, browse):
    browser = browse()
    browser.sign_in(process, "Ann")
    signed_in = browser.request(process.sessions.visit)
    browser.sign_out(process)
    with pytest.raises(Unauthorized):
        browser.request(process.by_name.rename, signed_in, "Anna")


@pytest.mark.parametrize("wrong", ["", " ", "open", CODE.upper(), f"{CODE}!", "öpen sesame"])
def test_newcomers_need_the_join_code(start, browse, wrong):
    process, browser = start(CODE), browse()
    with pytest.raises(Forbidden, match="join code"):
        browser.sign_in(process, "Ann", wrong)
    assert browser.person(process) is None
    assert browser.sign_in(process, "Ann", f" {CODE} ").name == "Ann"


def test_whoever_has_joined_needs_no_code_any_more(start, browse):
    process, browser = start(CODE), browse()
    person = browser.sign_in(process, "Ann", CODE)
    assert browser.sign_in(process, "Ben").name == "Ben"
    browser.sign_out(process)
    assert browser.sign_in(process, "Ann") == person
    browser.sign_out(process)
    with pytest.raises(Forbidden):
        browser.sign_in(process, "Cem")


def test_an_outage_lets_nobody_join_with_a_session_that_has_ended(start, browse, accounts):
    process, browser = start(CODE), browse()
    browser.sign_in(process, "Ann", CODE)
    copy = browser.copy()
    browser.sign_out(process)
    accounts.is_down = True
    process = start("another code")
    with pytest.raises(Forbidden, match="join code"):
        copy.sign_in(process, "Ben", CODE)


def test_guessing_the_code_is_slow_and_typing_the_right_one_is_not(clock):
    code = join_code.JoinCode(CODE, clock)
    for _ in range(10 * WRONG_AT_MOST):
        code.check(CODE, "office")
    for guess in range(WRONG_AT_MOST):
        with pytest.raises(Forbidden):
            code.check(str(guess), "office")
    with pytest.raises(RateLimited, match="ten minutes"):
        code.check(CODE, "office")
    code.check(CODE, "elsewhere")
    clock.now += PERIOD
    code.check(CODE, "office")
