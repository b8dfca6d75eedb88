"""Sessions: how they begin and end, and whose name it is meanwhile."""

import flask
import pytest

from chat.errors import Conflict, Invalid, Unauthorized
from chat.identity import Sessions
from chat.names_in_use import KEPT_FOR, NamesInUse


@pytest.fixture
def connected():
    return set()


@pytest.fixture
def sessions(connected, clock):
    return Sessions(NamesInUse(connected.__contains__, clock))


@pytest.fixture
def browse():
    """Makes browsers: each calls a function in a request with its cookie."""
    app = flask.Flask("toy")
    app.secret_key = "test"

    def make(cookie=None):
        kept = dict(cookie or {})

        def call(function, *arguments):
            with app.test_request_context():
                flask.session.update(kept)
                try:
                    return function(*arguments)
                finally:
                    kept.clear()
                    kept.update(flask.session)

        call.cookie = lambda: dict(kept)
        return call

    return make


def test_a_stranger_is_nobody(sessions, browse):
    browser = browse()
    assert browser(sessions.current) is None
    with pytest.raises(Unauthorized):
        browser(sessions.require)
    assert browser(sessions.end) is None


def test_whoever_has_signed_in_is_known_by_name_and_a_random_id(sessions, browse):
    ann, bob = browse(), browse()
    person = ann(sessions.begin, " Ann ")
    assert person.name == "Ann"
    assert len(person.id) == 16
    assert ann(sessions.current) == ann(sessions.require) == person
    assert bob(sessions.begin, "Bob").id != person.id


def test_a_session_lasts_longer_than_the_browser(sessions, browse):
    browser = browse()
    browser(sessions.begin, "Ann")
    assert browser.cookie()["_permanent"] is True


def test_whoever_comes_back_to_find_the_name_taken_is_refused(sessions, browse, clock):
    ann = browse()
    ann(sessions.begin, "Ann")
    clock.now += KEPT_FOR
    browse()(sessions.begin, "Ann")
    with pytest.raises(Unauthorized, match="already called Ann"):
        ann(sessions.require)
    assert ann(sessions.current).name == "Ann", "the page can say why"


def test_every_visit_keeps_the_name_for_longer(sessions, browse, clock):
    ann = browse()
    ann(sessions.begin, "Ann")
    clock.now += KEPT_FOR - 1
    ann(sessions.require)
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        browse()(sessions.begin, "Ann")


def test_whoever_goes_keeps_the_name_for_a_while(sessions, browse, clock, connected):
    person = browse()(sessions.begin, "Ann")
    connected.add(person.id)
    clock.now += 10 * KEPT_FOR
    sessions.keep_name(person)
    connected.remove(person.id)
    with pytest.raises(Conflict):
        browse()(sessions.begin, "Ann")
    clock.now += KEPT_FOR
    browse()(sessions.begin, "Ann")


def test_after_the_end_a_copy_of_the_cookie_is_worthless_and_the_name_is_free(sessions, browse):
    ann = browse()
    person = ann(sessions.begin, "Ann")
    thief = browse(ann.cookie())
    assert thief(sessions.current) == person
    assert ann(sessions.end) == person
    assert ann(sessions.current) is None
    assert thief(sessions.current) is None
    browse()(sessions.begin, "Ann")


def test_signing_in_anew_ends_the_session_before(sessions, browse):
    ann = browse()
    first = ann(sessions.begin, "Ann")
    copy = browse(ann.cookie())
    second = ann(sessions.begin, "ann")
    assert second.id != first.id
    assert ann(sessions.current) == second
    assert copy(sessions.current) is None


@pytest.mark.parametrize(("name", "error"), [("Bob", Conflict), ("system", Invalid)])
def test_a_name_that_is_refused_leaves_the_session_as_it_was(sessions, browse, name, error):
    ann = browse()
    person = ann(sessions.begin, "Ann")
    browse()(sessions.begin, "Bob")
    with pytest.raises(error):
        ann(sessions.begin, name)
    assert ann(sessions.require) == person
    with pytest.raises(Conflict):
        browse()(sessions.begin, "Ann")
