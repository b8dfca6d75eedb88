"""Sign-in with a strict OpenID provider."""

import time

import pytest
import requests

from chat.accounts.openid.discovery import CHECK_EVERY
from chat.accounts.openid.keys import ASKED_EVERY
from chat.accounts.openid.provider import CLOCKS_DIFFER, STALE, UNTRUSTED
from chat.errors import Forbidden, Invalid, Unauthorized, Unavailable
from tests.openid.provider import come_back, query_of
from tests.openid.stand_in import respond
from tests.waiting import wait_until


@pytest.fixture
def provider(openid_provider, provider_of):
    return provider_of(
        openid_provider.settings, wall=time.time, administrators=("@admins.example", "bosses")
    )


def sign_in(provider, name, session=None):
    url, attempt = provider.start("/")
    return provider.finish(attempt, query_of(come_back(url, name, session)))


def test_the_provider_says_who_has_signed_in(openid_provider, provider):
    openid_provider.control(people={"Ann": {"groups": ["chatters", "bosses"]}})
    ann = sign_in(provider, "Ann")
    assert ann.subject == f"{openid_provider.issuer}\nAnn"
    assert ann.name == "Ann"
    assert ann.email == "ann@example.com"
    assert ann.groups == {"chatters", "bosses"}
    assert ann.is_administrator
    assert ann.refresh_token
    assert not sign_in(provider, "Bob").is_administrator


def test_a_person_stays_the_same_under_another_name_and_address(openid_provider, provider):
    before = sign_in(provider, "Ann")
    openid_provider.control(people={"Ann": {"name": "Ann Lee", "email": "lee@admins.example"}})
    after = sign_in(provider, "Ann")
    assert (after.name, after.email, after.is_administrator) == (
        "Ann Lee",
        "lee@admins.example",
        True,
    )
    assert after.person_id == before.person_id
    assert sign_in(provider, "Bob").person_id != before.person_id


def test_two_tabs_sign_in_at_once(provider):
    browser = requests.Session()
    attempts = [provider.start(path) for path in ("/rooms/tech", "/rooms/random")]
    queries = [query_of(come_back(url, "Ann", browser)) for url, _ in attempts]
    for (_, attempt), query in zip(reversed(attempts), reversed(queries), strict=True):
        assert provider.finish(attempt, query).name == "Ann"
    assert [attempt["return_to"] for _, attempt in attempts] == ["/rooms/tech", "/rooms/random"]


def test_a_code_is_good_once(provider):
    url, attempt = provider.start("/")
    query = query_of(come_back(url, "Ann"))
    provider.finish(attempt, query)
    with pytest.raises(Invalid, match=STALE):
        provider.finish(attempt, query)


def test_a_code_that_another_browser_got_is_of_no_use(provider):
    stolen = query_of(come_back(provider.start("/")[0], "Ann"))
    _, attempt = provider.start("/")
    with pytest.raises(Invalid, match=STALE):
        provider.finish(attempt, stolen)
    with pytest.raises(Invalid, match=STALE):  # its verifier isn't that of the code
        provider.finish(attempt, {**stolen, "state": attempt["state"]})


@pytest.mark.parametrize("state", [None, "", "x", "\udcff"])
def test_who_comes_back_without_having_gone_is_sent_away(provider, state):
    url, attempt = provider.start("/")
    query = query_of(come_back(url, "Ann"))
    with pytest.raises(Invalid, match=STALE):
        provider.finish(attempt, {**query, "state": state})


@pytest.mark.parametrize("iss", ["https://evil.example", "", None])
def test_who_comes_back_from_another_provider_is_sent_away(provider, iss):
    url, attempt = provider.start("/")
    query = query_of(come_back(url, "Ann"))
    with pytest.raises(Unauthorized, match=UNTRUSTED):
        provider.finish(attempt, {**query, "iss": iss})


@pytest.mark.parametrize("offset", [-60, 0, 60])
def test_clocks_may_differ_by_a_minute(openid_provider, provider, offset):
    openid_provider.control(offset=offset, idTokenLasts=30)
    assert sign_in(provider, "Ann").name == "Ann"


@pytest.mark.parametrize("offset", [-600, 600])
def test_clocks_that_differ_by_ten_minutes_are_blamed(openid_provider, provider, offset):
    openid_provider.control(offset=offset, idTokenLasts=30)
    with pytest.raises(Unauthorized, match=CLOCKS_DIFFER):
        sign_in(provider, "Ann")


def test_keys_change_without_a_restart(openid_provider, provider, clock):
    sign_in(provider, "Ann")
    openid_provider.control(rotate=True)
    with pytest.raises(Unauthorized):  # strangers must not make us ask again and again
        sign_in(provider, "Ann")
    clock.now += ASKED_EVERY
    assert sign_in(provider, "Ann").name == "Ann"


def test_claims_that_are_only_in_the_user_info_are_found(openid_provider, provider):
    openid_provider.control(userInfo=True, people={"Ann": {"groups": ["bosses"]}})
    ann = sign_in(provider, "Ann")
    assert (ann.name, ann.email, ann.is_administrator) == ("Ann", "ann@example.com", True)


def test_whom_the_provider_refuses_is_told_so(openid_provider, provider):
    openid_provider.control(people={"Ann": {"disabled": True}})
    with pytest.raises(Unauthorized, match="did not let you in"):
        sign_in(provider, "Ann")


def test_only_those_enter_whom_the_settings_name(openid_provider, provider_of):
    provider = provider_of(
        openid_provider.settings, wall=time.time, allowed=("@example.com", "chatters")
    )
    openid_provider.control(
        people={"Bob": {"email": "bob@other.example"}, "Cy": {"groups": ["chatters"], "email": 7}}
    )
    provider.admit(sign_in(provider, "Ann"))
    provider.admit(sign_in(provider, "Cy"))
    with pytest.raises(Forbidden, match=r"as bob@other\.example, who may not enter"):
        provider.admit(sign_in(provider, "Bob"))


def test_without_such_a_setting_everybody_of_the_provider_enters(provider):
    provider.admit(sign_in(provider, "Ann"))


def test_a_person_may_stay_while_the_provider_says_so(openid_provider, provider):
    ann = sign_in(provider, "Ann")
    first = provider.still_allowed(ann.refresh_token, ann.subject)
    assert first.refresh_token != ann.refresh_token
    openid_provider.control(people={"Ann": {"groups": ["bosses"]}})
    second = provider.still_allowed(first.refresh_token, ann.subject)
    assert second.identity.is_administrator
    assert second.identity.person_id == ann.person_id
    openid_provider.control(people={"Ann": {"disabled": True}})
    with pytest.raises(Unauthorized):
        provider.still_allowed(second.refresh_token, ann.subject)


def test_a_refresh_token_of_somebody_else_keeps_nobody_in(provider):
    ann, bob = sign_in(provider, "Ann"), sign_in(provider, "Bob")
    with pytest.raises(Unauthorized):
        provider.still_allowed(bob.refresh_token, ann.subject)


def test_a_wrong_secret_signs_nobody_out(openid_provider, provider, provider_of, caplog):
    ann = sign_in(provider, "Ann")
    wrong = provider_of(openid_provider.settings, wall=time.time, oidc_client_secret="wrong")
    with pytest.raises(Unavailable):
        wrong.still_allowed(ann.refresh_token, ann.subject)
    assert "The OpenID provider refuses this chat: 401 'invalid_client'" in caplog.text
    with pytest.raises(Unavailable):
        sign_in(wrong, "Ann")


def test_a_provider_that_is_down_signs_nobody_out_and_is_found_again(
    openid_provider, provider, clock
):
    ann = sign_in(provider, "Ann")
    openid_provider.stop()
    with pytest.raises(Unavailable):
        provider.still_allowed(ann.refresh_token, ann.subject)
    clock.now += 60
    with pytest.raises(Unavailable, match="can't be reached right now"):
        provider.start("/")
    assert not provider.is_reachable
    assert provider.logout_url("", "/")
    openid_provider.start()
    with pytest.raises(Unavailable):  # it isn't asked all the time
        provider.start("/")
    clock.now += CHECK_EVERY
    assert sign_in(provider, "Ann").person_id == ann.person_id
    assert provider.is_reachable


def test_a_chat_that_starts_without_the_provider_finds_it_later(
    openid_provider, provider_of, clock
):
    openid_provider.stop()
    provider = provider_of(openid_provider.settings, wall=time.time)
    with pytest.raises(Unavailable):
        provider.start("/")
    openid_provider.start()
    clock.now += CHECK_EVERY
    assert sign_in(provider, "Ann").name == "Ann"


def test_signing_out_ends_the_session_at_the_provider(provider):
    browser = requests.Session()
    ann = sign_in(provider, "Ann", browser)
    assert sign_in(provider, "Bob", browser).name == "Ann"  # it doesn't ask again
    url = provider.logout_url(ann.id_token, "/signed-out")
    assert come_back(url, session=browser) == "http://127.0.0.1:8000/signed-out"
    assert sign_in(provider, "Bob", browser).name == "Bob"


def test_the_provider_tells_of_a_logout(openid_provider, provider, stand_in):
    openid_provider.control(backChannel=f"{stand_in.url}/sign-out/back-channel")
    stand_in.answers["/sign-out/back-channel"] = respond("")
    browser = requests.Session()
    ann = sign_in(provider, "Ann", browser)
    assert ann.provider_session
    come_back(provider.logout_url(ann.id_token, "/"), session=browser)
    _, form = wait_until(lambda: stand_in.requests and stand_in.requests[-1])
    logout = provider.back_channel(form["logout_token"])
    assert logout[:2] == (ann.subject, ann.provider_session)
    with pytest.raises(Invalid, match="used before"):
        provider.back_channel(form["logout_token"])
    with pytest.raises(Invalid):
        provider.back_channel(ann.id_token)


def test_one_may_choose_another_account(provider):
    browser = requests.Session()
    sign_in(provider, "Ann", browser)
    url, attempt = provider.start("/", choose_account=True)
    assert provider.finish(attempt, query_of(come_back(url, "Bob", browser))).name == "Bob"
