"""Signing in to a real server with a strict OpenID provider."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests import chatters
from tests.accounts.test_sign_in import copy_of, is_let_in
from tests.chatters import Chatter, chatting, csrf_token, submit
from tests.openid.provider import come_back
from tests.servers import GUNICORN, ChatServer, serving
from tests.waiting import wait_until

HASTY = (*GUNICORN, "tests.openid.hasty:app")


@pytest.fixture(scope="module")
def chat(tmp_path_factory, running_openid_provider):
    """A server whose people sign in with the provider."""
    folder = tmp_path_factory.mktemp("chat")
    settings = running_openid_provider.settings | {"sign_in_rate": 0, "administrators": "bosses"}
    with serving(folder, HASTY, **settings, oidc_name="Saltmarsh ID") as server:
        yield server


@pytest.fixture(autouse=True)
def usual(openid_provider):
    """The provider behaves as at its start."""


@pytest.fixture
def connect(chat):
    """Opens sockets, which are closed after the test."""
    chatters = []

    def connect(browser):
        chatters.append(Chatter(chat.url, "", session=browser))
        return chatters[-1]

    yield connect
    for chatter in chatters:
        chatter.close()


def begin(browser, url, path="/"):
    """Click the button of the sign-in page; returns the answer."""
    page = browser.get(url + path).text
    href = re.search(r'href="(/sign-in/start[^"]*)"', page)[1].replace("&amp;", "&")
    return browser.get(url + href, allow_redirects=False)


def finish(browser, started, name):
    """Sign in at the provider, and come back; returns the answer."""
    back = come_back(started.headers["Location"], name, browser)
    return browser.get(back, allow_redirects=False)


def sign_in(url, name, path="/", browser=None):
    browser = browser or requests.Session()
    answer = finish(browser, begin(browser, url, path), name)
    assert answer.status_code == 302, answer.text
    return browser


def person_in(browser, url):
    """The id and the name that the page shows."""
    page = browser.get(url).text
    found = re.search(r'data-user-id="(.*?)" data-user-name="(.*?)"', page)
    return found and found.groups()


def test_whoever_signs_in_comes_to_the_wanted_room_with_the_name_of_the_account(chat):
    browser = requests.Session()
    page = browser.get(f"{chat.url}/rooms/tech").text
    assert "Continue with Saltmarsh ID" in page
    answer = finish(browser, begin(browser, chat.url, "/rooms/tech"), "太郎")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/rooms/tech")
    assert person_in(browser, chat.url)[1] == "太郎"


def test_a_person_is_the_same_on_every_device_and_after_a_new_name(chat, openid_provider):
    id_, _ = person_in(sign_in(chat.url, "Siobhan"), chat.url)
    openid_provider.control(people={"Siobhan": {"name": "Siobhan O’Brien"}})
    phone = sign_in(chat.url, "Siobhan")
    assert person_in(phone, chat.url) == (id_, "Siobhan O’Brien")


def test_two_people_of_one_name_are_told_apart_for_good(chat, openid_provider):
    people = {name: {"name": "Al-Farabi"} for name in ("one", "two")}
    openid_provider.control(people=people | {"three": {"name": "\u0410l-Farabi"}})
    found = {name: person_in(sign_in(chat.url, name), chat.url) for name in ("one", "two", "three")}
    assert [name for _, name in found.values()] == ["Al-Farabi", "Al-Farabi 2", "\u0410l-Farabi 3"]
    assert len({id_ for id_, _ in found.values()}) == 3
    for name in ("two", "one", "three"):
        assert person_in(sign_in(chat.url, name), chat.url) == found[name]


def test_two_tabs_may_sign_in_at_once(chat):
    browser = requests.Session()
    started = [begin(browser, chat.url, f"/rooms/{room}") for room in ("tech", "random")]
    answers = [finish(browser, each, "Ann") for each in reversed(started)]
    paths = [answer.headers["Location"] for answer in answers]
    assert paths == ["/rooms/random", "/rooms/tech"]
    assert person_in(browser, chat.url)[1] == "Ann"


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x&code=y", "?error=access_denied&state=x", "?state=%00%FF"]
)
def test_who_comes_back_without_having_gone_is_told_to_try_again(chat, query):
    answer = requests.get(f"{chat.url}/sign-in/callback{query}", timeout=10)
    assert answer.status_code == 400
    assert "Please try again" in answer.text
    assert "Try again with Saltmarsh ID" in answer.text


def test_what_comes_back_to_another_browser_signs_nobody_in(chat):
    victim, thief = requests.Session(), requests.Session()
    begin(victim, chat.url)
    back = come_back(begin(thief, chat.url).headers["Location"], "Thief", thief)
    assert victim.get(back, allow_redirects=False).status_code == 400
    assert person_in(victim, chat.url) is None


def test_to_come_back_twice_does_no_harm(chat):
    browser = requests.Session()
    back = come_back(begin(browser, chat.url).headers["Location"], "Ann", browser)
    before = copy_of(browser)
    assert browser.get(back, allow_redirects=False).status_code == 302
    again = browser.get(back, allow_redirects=False)
    assert (again.status_code, again.headers["Location"]) == (302, "/")
    assert before.get(back, allow_redirects=False).status_code == 400, "a code is good once"
    assert person_in(before, chat.url) is None


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/sign-out"])
def test_a_sign_in_leads_nowhere_else(chat, path):
    browser = requests.Session()
    started = browser.get(f"{chat.url}/sign-in/start", params={"next": path}, allow_redirects=False)
    assert finish(browser, started, "Ann").headers["Location"] == "/"


def test_who_is_refused_there_is_told_so_here(chat, openid_provider):
    openid_provider.control(people={"Ann": {"disabled": True}})
    browser = requests.Session()
    answer = finish(browser, begin(browser, chat.url), "Ann")
    assert answer.status_code == 401
    assert "did not let you in" in answer.text


def test_a_sign_out_ends_the_session_here_and_leads_to_the_end_of_the_one_there(chat, connect):
    browser = sign_in(chat.url, "Ann")
    phone = sign_in(chat.url, "Ann")
    thief, socket, other = copy_of(browser), connect(browser), connect(phone)
    form = {"csrf_token": csrf_token(browser, chat.url)}
    headers = {"Accept": "application/json"}
    answer = browser.post(f"{chat.url}/sign-out", data=form, headers=headers)
    there = answer.json()["next"]
    assert parse_qs(urlsplit(there).query)["id_token_hint"]
    wait_until(lambda: not socket.client.connected, what="the end of the socket")
    assert not is_let_in(chat.url, thief)
    assert other.join("general")["ok"], "the phone stays signed in"
    assert come_back(there, session=browser).startswith(f"{chat.url}/")
    # The provider asks again who it is: nobody is signed in there any more.
    assert "/interaction/" in browser.get(begin(browser, chat.url).headers["Location"]).url


def test_who_signs_out_there_is_signed_out_here(chat, openid_provider, connect):
    browser = sign_in(chat.url, "Ann")
    phone = sign_in(chat.url, "Ann")
    socket, other = connect(browser), connect(phone)
    openid_provider.control(backChannel=f"{chat.url}/sign-out/back-channel")
    come_back(
        f"{openid_provider.issuer}/session/end?client_id=chat&post_logout_redirect_uri={chat.url}/",
        session=browser,
    )
    wait_until(lambda: not socket.client.connected, what="the end of the socket")
    assert person_in(browser, chat.url) is None
    assert other.join("general")["ok"], "another session at the provider"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 10_000])
def test_what_is_no_logout_token_signs_nobody_out(chat, token):
    answer = requests.post(
        f"{chat.url}/sign-out/back-channel", data={"logout_token": token}, timeout=10
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_the_provider_may_tell_of_many_sign_outs_at_once(tmp_path, openid_provider):
    with serving(tmp_path, **openid_provider.settings, sign_in_rate=1) as server:
        for _ in range(3):
            answer = requests.post(
                f"{server.url}/sign-out/back-channel", data={"logout_token": "x"}, timeout=10
            )
            assert "not a logout token" in answer.json()["error_description"]


def test_who_is_disabled_there_is_out_here_soon(chat, openid_provider, connect):
    ann, ben = sign_in(chat.url, "Ann"), sign_in(chat.url, "Ben")
    socket, other = connect(ann), connect(ben)
    openid_provider.control(people={"Ann": {"disabled": True}})
    wait_until(lambda: not socket.client.connected, what="the end of the socket")
    assert person_in(ann, chat.url) is None
    assert other.join("general")["ok"]


def test_who_comes_back_after_a_long_time_and_is_disabled_there_sees_nothing(chat, openid_provider):
    """Nobody is connected, so nothing is checked until the page is asked for."""
    ann, ben = sign_in(chat.url, "Ann"), sign_in(chat.url, "Ben")
    openid_provider.control(people={"Ann": {"disabled": True}})
    wait_until(lambda: person_in(ann, chat.url) is None, what="the refusal")
    assert person_in(ben, chat.url)[1] == "Ben"


def test_while_the_provider_is_down_who_is_in_stays_in_and_the_page_says_so(
    tmp_path, openid_provider
):
    settings = openid_provider.settings | {"oidc_name": "Saltmarsh ID"}
    with serving(tmp_path, HASTY, **settings) as server:
        ann = sign_in(server.url, "Ann")
        openid_provider.stop()
        server.kill()
        server.start()
        stranger = requests.Session()
        wait_until(
            lambda: "Saltmarsh ID can’t be reached right now" in stranger.get(server.url).text,
            what="the words",
        )
        started = stranger.get(f"{server.url}/sign-in/start", allow_redirects=False)
        assert started.status_code == 503
        assert "This page tries again by itself" in started.text
        assert person_in(ann, server.url)[1] == "Ann"
        openid_provider.start()
        wait_until(
            lambda: "Continue with Saltmarsh ID" in stranger.get(server.url).text,
            what="the button",
        )
        assert person_in(sign_in(server.url, "Ben"), server.url)[1] == "Ben"


def test_only_those_enter_who_are_allowed(tmp_path, openid_provider):
    settings = openid_provider.settings | {"allowed": "@ferry.example,sailors"}
    people = {
        "Ann": {"email": "ann@ferry.example"},
        "Ben": {"groups": ["sailors"]},
        "Eve": {"email": "eve@ferry.example", "email_verified": False},
    }
    openid_provider.control(people=people)
    with serving(tmp_path, **settings) as server:
        for name in ("Ann", "Ben"):
            sign_in(server.url, name)
        eve = requests.Session()
        answer = finish(eve, begin(eve, server.url), "Eve")
        assert answer.status_code == 403
        assert "may not enter this chat" in answer.text
        assert "Sign in with another account" in answer.text
        assert "Sign out of" in answer.text
        assert person_in(eve, server.url) is None


def test_who_had_signed_in_by_name_has_to_sign_in(tmp_path, openid_provider):
    with serving(tmp_path) as server:
        ann = chatters.sign_in(server.url, "Ann")
    settings = openid_provider.settings | {"allowed": "sailors"}
    with serving(tmp_path, **settings) as server:
        assert person_in(ann, server.url) is None
        assert not is_let_in(server.url, ann)


def test_who_is_not_allowed_any_more_is_out_soon(tmp_path, openid_provider):
    openid_provider.control(people={"Ann": {"groups": ["sailors"]}})
    settings = openid_provider.settings | {"allowed": "sailors"}
    with serving(tmp_path, HASTY, **settings) as server:
        ann = sign_in(server.url, "Ann")
        with chatting(server.url, "", session=ann) as socket:
            openid_provider.control(people={"Ann": {"groups": ["landlubbers"]}})
            wait_until(lambda: not socket.client.connected, what="the end of the socket")
        assert person_in(ann, server.url) is None


def test_a_new_name_at_the_provider_is_soon_that_of_all_messages(tmp_path, openid_provider):
    with serving(tmp_path, HASTY, **openid_provider.settings) as server:
        ann = sign_in(server.url, "Ann")
        with chatting(server.url, "", session=ann) as socket:
            openid_provider.control(people={"Ann": {"name": "Ann Lee"}})
            wait_until(lambda: not socket.client.connected, what="the end of the socket")
        with chatting(server.url, "", session=ann) as socket:
            assert socket.join("general")["you"]["name"] == "Ann Lee"


def test_a_cookie_copied_before_the_sign_out_is_useless_after_a_restart(tmp_path, openid_provider):
    server = ChatServer(tmp_path, **openid_provider.settings).start()
    try:
        ann = sign_in(server.url, "Ann")
        thief = copy_of(ann)
        form = {"csrf_token": csrf_token(ann, server.url)}
        ann.post(f"{server.url}/sign-out", data=form, allow_redirects=False)
        server.kill()
        server.start()
        assert person_in(thief, server.url) is None
        assert not is_let_in(server.url, thief)
    finally:
        server.kill()


def test_an_administrator_shuts_somebody_out_who_then_cannot_come_back(
    chat, openid_provider, connect
):
    openid_provider.control(people={"Boss": {"groups": ["bosses"]}})
    boss, eve = sign_in(chat.url, "Boss"), sign_in(chat.url, "Eve")
    assert "data-administrator" in boss.get(chat.url).text
    assert "data-administrator" not in eve.get(chat.url).text
    socket, (id_, _) = connect(eve), person_in(eve, chat.url)
    assert submit(boss, chat.url, "/people/shut-out", person=id_).status_code == 204
    wait_until(lambda: not socket.client.connected, what="the end of the socket")
    page = eve.get(chat.url)
    assert (page.status_code, "has shut you out" in page.text) == (401, True)
    other = requests.Session()
    refused = finish(other, begin(other, chat.url), "Eve")
    assert refused.status_code == 403
    assert "has shut you out" in refused.text
    with chatting(chat.url, "", session=boss) as asking:
        (found,) = asking.call("people", {"ids": [id_]})["people"]
        assert found["shut_out"]
        assert submit(boss, chat.url, "/people/let-in", person=id_).status_code == 204
        (found,) = asking.call("people", {"ids": [id_]})["people"]
        assert "shut_out" not in found
    assert person_in(sign_in(chat.url, "Eve"), chat.url)[0] == id_


@pytest.mark.parametrize("deed", ["shut-out", "let-in"])
def test_nobody_else_shuts_people_out_or_lets_them_in(chat, deed):
    ann, (id_, _) = sign_in(chat.url, "Ann"), person_in(sign_in(chat.url, "Ben"), chat.url)
    answer = submit(ann, chat.url, f"/people/{deed}", person=id_)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
