"""Signing in with a provider: what the browser has to keep meanwhile, and what is recorded."""

import pytest

from chat.accounts.by_provider import ATTEMPT_LASTS, ATTEMPTS_AT_ONCE, SignInByProvider
from chat.accounts.openid.logouts import LogOut
from chat.accounts.provider_profiles import ProviderProfiles
from chat.accounts.sessions import Sessions
from chat.errors import Forbidden, Invalid, Unavailable
from tests.accounts.conftest import FIREFOX
from tests.accounts.test_provider_profiles import identity


class Provider:
    def __init__(self):
        self.identity = identity(provider_session="sid", refresh_token="token", id_token="id")
        self.is_down = False
        self.refuses = False
        self.over = None
        self.expected = []  # again
        self._count = 0

    def start(self, return_to, *, choose_account):
        self._count += 1
        attempt = {"state": f"state {self._count}", "return_to": return_to}
        return f"https://id.example/?choose={choose_account}", attempt

    def finish(self, attempt, query):
        return self.identity

    def admit(self, identity):
        if self.refuses:
            raise Forbidden("not you")

    def logout_url(self, id_token, return_to):
        if self.is_down:
            raise Unavailable("down")
        return f"https://id.example/end?{id_token}&{return_to}"

    def back_channel(self, logout_token):
        return self.over

    def expect_again(self, log_out):
        self.expected.append(log_out)


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def by_provider(process, provider, accounts, clock):
    sessions = Sessions(process.known, None, process.disconnected.append, clock=clock)
    profiles = ProviderProfiles(accounts, process.known)
    return SignInByProvider(provider, sessions, process.known, accounts, profiles, clock)


def sign_in(browser, by_provider):
    browser.request(by_provider.begin, "/")
    attempt = browser.request(by_provider.take_attempt, browser.cookie["attempts"][-1]["state"])
    return browser.request(by_provider.finish, attempt, {}, FIREFOX)


def test_a_session_has_what_the_provider_gave(by_provider, browse, process, accounts, clock):
    browser = browse()
    assert sign_in(browser, by_provider) is None
    person = browser.person(process)
    assert (person.id, person.name) == ("a", "Ann")
    (session,) = accounts.good.values()
    assert (session.device, session.checked_at) == (FIREFOX, clock.now)
    assert (session.provider_session, session.refresh_token, session.id_token) == (
        "sid",
        "token",
        "id",
    )


def test_the_previous_session_of_the_browser_ends(by_provider, browse, process, provider):
    browser = browse()
    sign_in(browser, by_provider)
    copy = browser.copy()
    provider.identity = identity("b", "Ben")
    assert sign_in(browser, by_provider).person.name == "Ann"
    assert browser.person(process).name == "Ben"
    assert copy.person(process) is None


def test_who_is_refused_gets_no_session_and_keeps_the_one_before(
    by_provider, browse, process, provider
):
    browser = browse()
    sign_in(browser, by_provider)
    provider.identity, provider.refuses = identity("b", "Ben"), True
    with pytest.raises(Forbidden):
        sign_in(browser, by_provider)
    assert browser.person(process).name == "Ann"


def test_an_attempt_comes_back_once_and_to_the_same_browser(by_provider, browse):
    browser, other = browse(), browse()
    assert browser.request(by_provider.begin, "/rooms/tech").endswith("choose=False")
    with pytest.raises(Invalid, match="try again"):
        other.request(by_provider.take_attempt, "state 1")
    assert browser.request(by_provider.take_attempt, "state 1")["return_to"] == "/rooms/tech"
    with pytest.raises(Invalid):
        browser.request(by_provider.take_attempt, "state 1")


def test_an_attempt_has_ten_minutes(by_provider, browse, clock):
    browser = browse()
    browser.request(by_provider.begin, "/")
    browser.request(by_provider.begin, "/")
    clock.now += ATTEMPT_LASTS - 1
    assert browser.request(by_provider.take_attempt, "state 1")
    clock.now += 1
    with pytest.raises(Invalid):
        browser.request(by_provider.take_attempt, "state 2")


def test_a_browser_keeps_the_latest_attempts(by_provider, browse):
    browser = browse()
    for _ in range(ATTEMPTS_AT_ONCE + 1):
        browser.request(by_provider.begin, "/")
    with pytest.raises(Invalid):
        browser.request(by_provider.take_attempt, "state 1")
    for number in range(2, ATTEMPTS_AT_ONCE + 2):
        assert browser.request(by_provider.take_attempt, f"state {number}")


def test_without_a_refresh_token_the_operator_is_told(by_provider, browse, provider, caplog):
    sign_in(browse(), by_provider)
    assert "no refresh token" not in caplog.text
    provider.identity = identity()
    sign_in(browse(), by_provider)
    assert "no refresh token" in caplog.text


def test_a_sign_out_leads_to_the_end_of_the_session_there(by_provider, browse, process):
    browser = browse()
    sign_in(browser, by_provider)
    signed_in, address = browser.request(by_provider.sign_out)
    assert (signed_in.person.name, address) == ("Ann", "https://id.example/end?id&/")
    assert browser.person(process) is None
    assert browser.request(by_provider.sign_out) == (None, "")


def test_while_the_provider_is_down_a_sign_out_ends_the_session_here(
    by_provider, browse, process, provider
):
    browser = browse()
    sign_in(browser, by_provider)
    provider.is_down = True
    signed_in, address = browser.request(by_provider.sign_out)
    assert (signed_in.person.name, address) == ("Ann", "")
    assert browser.person(process) is None


def over(person, session):
    return LogOut(person and f"https://id.example\n{person}", session, "id")


@pytest.fixture
def devices(by_provider, browse, provider, monkeypatch):
    """Two browsers of Ann and one of Ben, each with a session of its own at the provider."""
    monkeypatch.setattr(
        "chat.accounts.by_provider.person_id_of", lambda subject: subject.partition("\n")[2]
    )
    browsers = {}
    for person, session in [("a", "one"), ("a", "two"), ("b", "three")]:
        name = {"a": "Ann", "b": "Ben"}[person]
        provider.identity = identity(person, name, provider_session=session)
        browsers[session] = browse()
        sign_in(browsers[session], by_provider)
    return browsers


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (over("a", "one"), {"two", "three"}),
        (over("a", None), {"three"}),
        (over("a", "three"), {"one", "two", "three"}),
        (over("nobody", "one"), {"one", "two", "three"}),
    ],
)
def test_the_provider_ends_the_sessions_that_it_means(
    by_provider, process, provider, devices, told, left
):
    provider.over = told
    ended = by_provider.signed_out_at_provider("token")
    good = {session for session, browser in devices.items() if browser.person(process)}
    assert good == left
    assert len(ended) == 3 - len(left)


def test_a_logout_token_without_a_subject_is_refused(by_provider, provider):
    provider.over = over(None, "one")
    with pytest.raises(Invalid, match="no subject"):
        by_provider.signed_out_at_provider("token")


def test_the_provider_may_tell_again_what_could_not_be_done(
    by_provider, process, accounts, provider, devices
):
    provider.over = over("a", "one")
    accounts.is_down = True
    with pytest.raises(Unavailable):
        by_provider.signed_out_at_provider("token")
    assert provider.expected == [provider.over]
    accounts.is_down = False
    by_provider.signed_out_at_provider("token")
    assert devices["one"].person(process) is None
    assert provider.expected == [provider.over]
