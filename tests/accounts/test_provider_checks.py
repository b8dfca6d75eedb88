"""Sessions are checked with the provider often enough, and not more often."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from chat.accounts.known_sessions import Known, KnownSessions
from chat.accounts.openid.provider import Refreshed
from chat.accounts.provider_checks import EVERY, LOOK_EVERY, STALE_AFTER, ProviderChecks
from chat.accounts.provider_profiles import ProviderProfiles
from chat.errors import Forbidden, Unauthorized, Unavailable
from chat.messages.ids import MessageIds
from chat.storage.accounts import Profile, Session
from tests.accounts.test_provider_profiles import identity

KEY = ("a", "s")


class Provider:
    """Answers with `answer`, or raises it, and gives each session a new token."""

    def __init__(self, time):
        self._time = time
        self.asked = []  # (token, when)
        self.answer = None
        self.refused = set()  # names of those who may not enter

    def knows(self, subject):
        return subject.startswith("https://id.example\n")

    def still_allowed(self, refresh_token, subject):
        self.asked.append((refresh_token, self._time.now))
        if isinstance(self.answer, Exception):
            raise self.answer
        return Refreshed(f"{refresh_token}+", self.answer)

    def admit(self, identity):
        if identity.name in self.refused:
            raise Forbidden("not you")


@pytest.fixture
def provider(time):
    return Provider(time)


@pytest.fixture
def ended():
    return []


@pytest.fixture
def start(time, accounts, provider, ended):
    """Starts processes."""

    def start():
        known = KnownSessions(accounts, MessageIds(), time.start, time.sleep, time.clock)
        profiles = ProviderProfiles(accounts, known)
        checks = ProviderChecks(provider, accounts, known, profiles, ended.append, time.clock)
        checks.known = known
        return checks

    return start


@pytest.fixture
def checks(start):
    return start()


@pytest.fixture
def connected(accounts, time, checks):
    """Keeps Ann connected, and has the process check her."""
    accounts.put_profile(Profile("a", "Ann", "https://id.example\na"))
    accounts.begin_session(
        Session("s", "a", "", 0, 0, 1e9, refresh_token="token", checked_at=time.now)
    )
    connected = {KEY}
    checks.watch(lambda: list(connected), time.start, time.sleep)
    return connected


@pytest.mark.usefixtures("connected")
def test_a_session_is_checked_regularly_each_time_with_the_latest_token(time, provider, accounts):
    time.pass_by(3 * (EVERY + 2 * LOOK_EVERY))
    tokens = [token for token, _ in provider.asked]
    assert tokens == ["token", "token+", "token++"]
    gaps = [b - a for (_, a), (_, b) in zip(provider.asked, provider.asked[1:], strict=False)]
    assert all(EVERY <= gap <= EVERY + 2 * LOOK_EVERY for gap in gaps)
    assert accounts.good[KEY].refresh_token == "token+++"


def test_two_refusals_in_a_row_are_within_ten_minutes():
    """Also if the process died just before a check: another one does it at the next time."""
    assert 2 * EVERY + 4 * LOOK_EVERY < 600


@pytest.mark.usefixtures("connected")
def test_who_is_refused_is_out(time, provider, checks, ended, accounts):
    provider.answer = Unauthorized("no longer")
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert ended == [KEY]
    assert checks.known.find(KEY) is None
    assert KEY not in accounts.good
    time.pass_by(10 * EVERY)
    assert len(provider.asked) == 1


@pytest.mark.usefixtures("connected")
def test_who_may_not_enter_any_more_is_out(time, provider, ended):
    provider.answer = identity()
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert ended == []
    provider.refused = {"Ann"}
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert ended == [KEY]


@pytest.mark.usefixtures("connected")
def test_what_has_changed_at_the_provider_is_taken_over(time, provider, accounts):
    provider.answer = identity(name="Ann Lee", is_administrator=True)
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    profile = accounts.people["a"]
    assert (profile.name, profile.is_administrator) == ("Ann Lee", True)


@pytest.mark.usefixtures("connected")
def test_while_the_provider_is_down_who_is_in_stays_in(time, provider, checks, ended):
    provider.answer = Unavailable("down")
    time.pass_by(100 * EVERY)
    assert ended == []
    assert checks.known.find(KEY)
    assert 90 < len(provider.asked) <= 100, "asked again, but not at once"


@pytest.mark.usefixtures("connected")
def test_while_the_storage_is_down_nobody_is_asked_and_all_heals(time, provider, accounts):
    accounts.is_down = True
    time.pass_by(10 * EVERY)
    assert provider.asked == []
    accounts.is_down = False
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert len(provider.asked) == 1


@pytest.mark.usefixtures("connected")
def test_a_token_that_can_not_be_recorded_is_recorded_later(time, provider, accounts):
    still_allowed = provider.still_allowed

    def fail_after(*arguments):
        answer = still_allowed(*arguments)
        accounts.is_down = True
        return answer

    provider.still_allowed = fail_after
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    provider.still_allowed = still_allowed
    accounts.is_down = False
    time.pass_by(LOOK_EVERY)
    assert accounts.good[KEY].refresh_token == "token+"


def test_a_session_without_a_connection_is_not_checked(time, provider, connected):
    connected.clear()
    time.pass_by(10 * EVERY)
    assert provider.asked == []


@pytest.mark.usefixtures("connected")
def test_of_two_processes_one_asks(time, provider, start):
    start().watch(lambda: [KEY], time.start, time.sleep)
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert len(provider.asked) == 1


def test_a_session_without_a_token_is_never_checked(time, provider, accounts, checks):
    accounts.put_profile(Profile("a", "Ann", "https://id.example\na"))
    accounts.begin_session(Session("s", "a", "", 0, 0, 1e9))
    checks.watch(lambda: [KEY], time.start, time.sleep)
    time.pass_by(10 * EVERY)
    checks.check_if_stale(checks.known.find(KEY))
    assert provider.asked == []


def test_sessions_that_have_gone_take_no_memory(time, accounts, checks, connected):
    accounts.begin_session(Session("no token", "a", "", 0, 0, 1e9))
    connected |= {("a", "no token"), ("a", "unknown")}
    time.pass_by(2 * LOOK_EVERY)
    assert checks._passed_over == {("a", "no token"), ("a", "unknown")}
    connected.clear()
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert checks._passed_over == checks._planned == set()
    assert checks._due == []


def test_a_fault_does_not_end_the_checks(time, provider, accounts, checks, connected, caplog):
    accounts.begin_session(Session("s2", "a", "", 0, 0, 1e9, refresh_token="other"))
    find, trouble = checks.known.find, {KEY}
    checks.known.find = lambda key: 1 / 0 if key in trouble else find(key)
    connected.add(("a", "s2"))
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert [token for token, _ in provider.asked] == ["other"]
    assert "could not be checked" in caplog.text
    trouble.clear()
    time.pass_by(2 * LOOK_EVERY)
    assert [token for token, _ in provider.asked] == ["other", "token"]


def known(checked_at, token="token"):
    session = Session("s", "a", "", 0, 0, 1e9, refresh_token=token, checked_at=checked_at)
    return Known(Profile("a", "Ann", "https://id.example\na"), session)


def test_who_was_away_for_long_is_checked_first(time, provider, accounts, checks, ended):
    accounts.good[KEY] = known(0).session
    time.now = STALE_AFTER
    checks.check_if_stale(known(0))
    assert provider.asked == []
    time.now += 1
    provider.answer = Unauthorized("no longer")
    with pytest.raises(Unauthorized, match="no longer"):
        checks.check_if_stale(known(0))
    assert ended == [KEY]


def test_who_comes_back_with_two_tabs_is_let_in_by_neither_before_the_check(
    time, provider, accounts, checks
):
    accounts.put_profile(known(0).profile)
    accounts.begin_session(known(0).session)
    time.now = STALE_AFTER + 1
    is_asked, answer = threading.Event(), threading.Event()

    def still_allowed(*_arguments):
        is_asked.set()
        answer.wait()
        raise Unauthorized("no longer")

    def load():
        with pytest.raises(Unauthorized):
            checks.check_if_stale(checks.known.find(KEY))

    provider.still_allowed = still_allowed
    with ThreadPoolExecutor() as tabs:
        first = tabs.submit(load)
        is_asked.wait()
        second = tabs.submit(load)
        done, _ = wait([second], 0.1)
        answer.set()
        first.result()
        second.result()
    assert not done


@pytest.mark.parametrize("subject", ["", "https://former.example\na"])
def test_who_signed_in_by_name_or_with_a_former_provider_has_to_sign_in(time, checks, subject):
    profile, session = known(time.now)
    with pytest.raises(Unauthorized, match="Sign in first"):
        checks.check_if_stale(Known(profile._replace(subject=subject), session))


def test_who_comes_back_while_the_provider_is_down_is_let_in(time, provider, accounts, checks):
    accounts.good[KEY] = known(0).session
    time.now = STALE_AFTER + 1
    provider.answer = Unavailable("down")
    checks.check_if_stale(known(0))
    assert len(provider.asked) == 1


def test_nothing_is_kept_of_sessions_without_a_token_that_have_gone(checks, accounts):
    accounts.put_profile(known(0).profile)
    accounts.begin_session(known(0, token="").session)
    checks.plan({KEY})
    checks.plan(set())
    assert checks._planned == checks._passed_over == set()


@pytest.mark.usefixtures("connected")
def test_a_look_up_that_fails_does_not_end_the_checks(
    time, provider, accounts, monkeypatch, caplog
):
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "look_up", lambda _keys: 1 / 0)
        time.pass_by(LOOK_EVERY)
    assert "could not be checked" in caplog.text
    time.pass_by(EVERY + 2 * LOOK_EVERY)
    assert len(provider.asked) == 1
