"""One's own sessions: what one sees of them, and what ends with them."""

import pytest

from chat.accounts.names_in_use import KEPT_FOR
from chat.accounts.own_sessions import OwnSessions
from chat.errors import Unavailable


class Own:
    """The sessions of whoever a browser belongs to, in one process."""

    def __init__(self, accounts, process):
        self._process = process
        self._own = OwnSessions(accounts, process.known, process.by_name.sign_out)

    def _ask(self, browser, method, *arguments):
        visit = self._process.sessions.visit
        return browser.request(lambda: method(visit(), *arguments))

    def of(self, browser):
        return self._ask(browser, self._own.of)

    def end(self, browser, session):
        return self._ask(browser, self._own.end, session)

    def end_all(self, browser):
        return self._ask(browser, self._own.end_all)


@pytest.fixture
def own(accounts, process):
    return Own(accounts, process)


@pytest.fixture
def ann(process, browse):
    """Ann's browser."""
    browser = browse()
    browser.sign_in(process, "Ann")
    return browser


@pytest.fixture
def phone(process, ann, browse):
    """Another browser in which Ann is signed in, with a copy of her ticket."""
    phone = browse({"tickets": ann.cookie["tickets"]})
    assert phone.sign_in(process, "Ann") == ann.person(process)
    return phone


def ids(sessions):
    return {each.id for each in sessions}


def id_of(process, browser):
    return browser.request(process.sessions.current).session


def test_one_sees_all_of_ones_sessions_no_tickets_and_nothing_of_others(
    own, ann, phone, process, browse
):
    ben = browse()
    ben.sign_in(process, "Ben")
    assert ids(own.of(ann)) == {id_of(process, ann), id_of(process, phone)}
    assert ids(own.of(ben)) == {id_of(process, ben)}


def test_one_ends_a_session_from_afar_for_every_process(own, ann, phone, process, start):
    person, session = ann.person(process).id, id_of(process, phone)
    assert own.end(ann, session) == (person, session)
    for each in (process, start()):
        assert phone.person(each) is None
        assert ann.person(each)


def test_nobody_ends_what_is_not_a_session_of_theirs(own, ann, process, browse, accounts):
    ben = browse()
    ben.sign_in(process, "Ben")
    tickets = [each.id for each in accounts.good.values() if each.is_ticket]
    assert len(tickets) == 2
    for session in (id_of(process, ben), *tickets, "unknown", ""):
        assert own.end(ann, session) is None
    assert ben.person(process)
    assert accounts.ended == {}
    assert ann.person(process)


def test_signing_out_everywhere_ends_every_session_once(own, ann, phone, process, start, accounts):
    person = ann.person(process).id
    keys = {(person, id_of(process, each)) for each in (ann, phone)}
    ended, address = own.end_all(ann)
    assert address == ""
    assert keys <= set(ended)
    assert len(set(ended)) == len(ended)
    for each in (process, start()):
        assert ann.person(each) is phone.person(each) is None
    revoked = [each.session for each in accounts.revoked]
    assert len(set(revoked)) == len(revoked)


def test_after_that_only_this_browser_may_come_back_as_the_same_person(
    own, ann, phone, process, clock
):
    person = ann.person(process)
    copied = ann.copy()
    own.end_all(ann)
    clock.now += KEPT_FOR
    assert phone.sign_in(process, "Ann").id != person.id
    phone.sign_out(process)
    assert copied.sign_in(process, "Ann").id != person.id
    copied.sign_out(process)
    clock.now += KEPT_FOR
    assert ann.sign_in(process, "Ann") == person


def test_others_stay_signed_in(own, ann, process, browse):
    ben = browse()
    ben.sign_in(process, "Ben")
    own.end_all(ann)
    assert ben.person(process)


def test_in_an_outage_nothing_ends(own, ann, phone, process, accounts):
    accounts.is_down = True
    for attempt in (own.of, own.end_all, lambda browser: own.end(browser, "any")):
        with pytest.raises(Unavailable):
            attempt(ann)
    assert ann.person(process)
    assert phone.person(process)
