"""Sessions: how they begin and end, and who owns the name meanwhile."""

import flask
import pytest

from chat.accounts.names_in_use import KEPT_FOR, NamesInUse
from chat.accounts.sessions import LASTS, OWNERS_FIRST_FOR, Sessions
from chat.errors import Conflict, Invalid, Unauthorized


@pytest.fixture
def connected():
    return set()


class Ended(set):
    """The sessions that have ended, and until when the last one has to be kept."""

    def add(self, session, until):
        super().add(session)
        self.until = until


@pytest.fixture
def ended():
    return Ended()


@pytest.fixture
def start(connected, clock, ended):
    """Starts a process that knows no names yet; `disconnected` records whom it disconnects."""

    def start():
        clock.now += 1
        disconnected = []
        names = NamesInUse(connected.__contains__, clock)
        sessions = Sessions(names, ended, disconnected.append, clock)
        sessions.disconnected = disconnected
        return sessions

    return start


@pytest.fixture
def sessions(start):
    return start()


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


def connect(sessions):
    """Connects like a namespace, with the session of the request that opened the connection."""
    return lambda *claimed: sessions.connect(flask.session, *claimed)


def test_a_stranger_is_nobody(sessions, browse):
    browser = browse()
    assert browser(sessions.current) is None
    for way in (sessions.visit, connect(sessions)):
        with pytest.raises(Unauthorized):
            browser(way)
    assert browser(sessions.end) is None


def test_whoever_has_signed_in_is_known_by_name_and_a_random_id(sessions, browse):
    ann, bob = browse(), browse()
    person = ann(sessions.begin, " Ann ")
    assert person.name == "Ann"
    assert len(person.id) == 16
    assert ann(sessions.current) == ann(sessions.visit) == ann(connect(sessions)) == person
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
    for way in (sessions.visit, connect(sessions)):
        with pytest.raises(Unauthorized, match="already called Ann"):
            ann(way)
    assert ann(sessions.current).name == "Ann", "the page can say why"


def test_every_connection_keeps_the_name_for_longer(sessions, browse, clock):
    ann = browse()
    ann(sessions.begin, "Ann")
    clock.now += KEPT_FOR - 1
    ann(connect(sessions))
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        browse()(sessions.begin, "Ann")


def test_pages_alone_keep_no_name(sessions, browse, clock):
    ann = browse()
    ann(sessions.begin, "Ann")
    for _ in range(3):
        clock.now += KEPT_FOR / 3
        ann(sessions.visit)
    browse()(sessions.begin, "Ann")


def test_who_connects_as_somebody_else_than_the_page_shows_is_refused(sessions, browse):
    browser = browse()
    ann = browser(sessions.begin, "Ann")
    assert browser(connect(sessions), ann.id) == ann
    boris = browser(sessions.begin, "Boris")
    for claimed in (ann.id, "", 5, [boris.id], {}):
        with pytest.raises(Unauthorized, match="Somebody else has signed in here"):
            browser(connect(sessions), claimed)
    assert browser(connect(sessions)) == boris, "older clients don't say"


def test_a_session_has_a_last_moment_however_much_it_is_used(sessions, browse, clock):
    ann = browse()
    ann(sessions.begin, "Ann")
    clock.now += LASTS
    ann(sessions.visit)
    ann(connect(sessions))
    clock.now += 1
    assert ann(sessions.current) is None


def test_a_cookie_that_does_not_say_since_when_is_none(sessions, browse):
    assert browse({"person": ["1", "Ann"]})(sessions.current) is None


def test_what_has_ended_is_kept_until_the_cookie_would_have(sessions, browse, clock, ended):
    ann = browse()
    began = clock.now
    ann(sessions.begin, "Ann")
    clock.now += 1000
    ann(sessions.end)
    assert ended.until == began + LASTS


def test_who_was_here_before_a_restart_takes_the_name_back(start, browse, clock, connected):
    ann, thief = browse(), browse()
    ann(start().begin, "Ann")
    sessions = start()
    connected.add(thief(sessions.begin, "Ann").id)
    stolen = thief(connect(sessions))
    assert ann(sessions.visit).name == "Ann"
    assert sessions.disconnected == [], "a page disconnects nobody"
    ann(connect(sessions))
    assert sessions.disconnected == [stolen.id]
    for way in (sessions.visit, connect(sessions)):
        with pytest.raises(Unauthorized, match="already called Ann"):
            thief(way)


def test_after_two_minutes_a_name_is_of_who_has_it(start, browse, clock, connected):
    ann, other = browse(), browse()
    ann(start().begin, "Ann")
    sessions = start()
    connected.add(other(sessions.begin, "Ann").id)
    clock.now += OWNERS_FIRST_FOR
    with pytest.raises(Unauthorized, match="already called Ann"):
        ann(connect(sessions))
    assert sessions.disconnected == []


def test_of_two_who_were_here_before_a_restart_the_first_keeps_the_name(start, browse, clock):
    ann, other = browse(), browse()
    before = start()
    ann(before.begin, "Ann")
    clock.now += KEPT_FOR
    other(before.begin, "Ann")
    sessions = start()
    other(connect(sessions))
    with pytest.raises(Unauthorized):
        ann(connect(sessions))


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
    assert ann(connect(sessions)) == person
    with pytest.raises(Conflict):
        browse()(sessions.begin, "Ann")
