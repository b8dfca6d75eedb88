"""The session cookie and the time."""

import re
import time

import pytest

from chat.accounts.session_cookie import cookie_name, session_of
from chat.accounts.tickets import LASTS
from chat.app import create_app
from chat.settings import Settings
from tests.chatters import sign_in as sign_in_to
from tests.chatters import sign_out, submit_sign_in
from tests.servers import serving
from tests.web.test_pages import sign_in, token


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def encrypted(app):
    """A browser whose requests come by HTTPS."""
    app.config["PREFERRED_URL_SCHEME"] = "https"
    browser = app.test_client()
    browser.environ_base["HTTP_REFERER"] = "https://localhost/"
    return browser


@pytest.fixture
def later(monkeypatch):
    """Lets the clock step by some seconds."""
    now = time.time
    return lambda seconds: monkeypatch.setattr("time.time", lambda: now() + seconds)


def test_a_clock_that_steps_back_signs_nobody_out(browser, later):
    sign_in(browser)
    later(-300)
    assert "Sign out" in browser.get("/").text


def test_a_cookie_that_was_read_before_is_checked_again(app, browser, later):
    sign_in(browser)
    assert "Sign out" in browser.get("/").text
    forged = browser.get_cookie(cookie_name(app.secret_key)).value[:-1]
    later(LASTS + 1)
    assert "Sign out" not in browser.get("/").text
    browser.set_cookie(cookie_name(app.secret_key), forged)
    assert "Sign out" not in browser.get("/").text


@pytest.mark.parametrize("url", ["http://localhost", "https://localhost", "https://a.localhost:1"])
def test_the_cookie_is_of_this_host_and_over_https_of_nothing_less(app, browser, url):
    cookie = browser.get("/", base_url=url).headers["Set-Cookie"]
    is_secure = url.startswith("https")
    prefix = "__Host-" if is_secure else ""
    assert cookie.startswith(f"{prefix}{cookie_name(app.secret_key)}=")
    assert "; Path=/;" in f"{cookie};"
    assert "Domain" not in cookie
    assert ("; Secure" in cookie) == is_secure


def test_over_https_the_session_is_that_of_its_own_cookie(encrypted):
    sign_in(encrypted)
    assert "Sign out" in encrypted.get("/").text


def test_a_socket_that_came_encrypted_has_the_session_of_the_encrypted_cookie(app, encrypted):
    """Some proxies give its scheme as `wss`."""
    sign_in(encrypted)
    name = cookie_name(app.secret_key)
    header = f"__Host-{name}={encrypted.get_cookie(f'__Host-{name}').value}"
    sessions = {
        scheme: session_of(app, {"wsgi.url_scheme": scheme, "HTTP_COOKIE": header})
        for scheme in ("http", "ws", "https", "wss")
    }
    assert sessions["https"]["person"][1] == "Ann"
    assert sessions["wss"] == sessions["https"]
    assert sessions["http"] == sessions["ws"] == {}


def test_the_name_of_the_cookie_is_of_the_chat_and_tells_nothing_of_its_key():
    assert re.fullmatch("cloud_chat_[0-9a-f]{8}", cookie_name("a key of the operator"))
    assert cookie_name("a key of the operator") == cookie_name("a key of the operator")
    assert cookie_name("a key of the operator") != cookie_name("a key of another chat")


def test_two_chats_on_two_ports_leave_each_other_alone(tmp_path_factory):
    with (
        serving(tmp_path_factory.mktemp("one")) as one,
        serving(tmp_path_factory.mktemp("two")) as two,
    ):
        ann = sign_in_to(one.url, "Ann")
        assert submit_sign_in(ann, two.url, "Boris").status_code == 303
        assert "Ann" in ann.get(one.url).text
        assert "Boris" in ann.get(two.url).text
        sign_out(ann, two.url)
        assert "Sign out" in ann.get(one.url).text


@pytest.mark.parametrize("cookie", ["a=\xff", "\xe5\xa4=1", "=", ";;", "a=1; a=2", 'a="\\377'])
def test_cookies_of_others_may_be_of_any_bytes(app, browser, cookie):
    sign_in(browser)
    ours = browser.get_cookie(cookie_name(app.secret_key))
    for header in (cookie, f"{cookie}; {ours.key}={ours.value}"):
        environ = {"HTTP_COOKIE": header}
        answer = app.test_client(use_cookies=False).get("/", environ_overrides=environ)
        assert answer.status_code == 200
        assert ("Sign out" in answer.text) == (header != cookie)


def test_a_page_renews_no_cookie(browser):
    sign_in(browser)
    browser.get("/")
    assert "Set-Cookie" not in browser.get("/").headers


OLD, NEW = "the old key of the chat", "the new key of the chat"


@pytest.fixture
def chat_with(tmp_path):
    """Makes the application with the given keys, always on the same history."""

    def make(*keys):
        history = f"sqlite:///{tmp_path}/chat.db"
        return create_app(Settings(history=history, secret_key="\n".join(keys), sign_in_rate=0))

    return make


def move(browser, app):
    """The same browser, in front of another process."""
    moved = app.test_client()
    for name in map(cookie_name, (OLD, NEW)):
        if cookie := browser.get_cookie(name):
            moved.set_cookie(name, cookie.value)
    return moved


def test_a_new_key_signs_nobody_out_and_signs_the_cookie_anew(chat_with):
    before = chat_with(OLD).test_client()
    sign_in(before)
    browser = move(before, chat_with(NEW, OLD))
    assert "Sign out" in browser.get("/").text
    assert browser.get_cookie(cookie_name(OLD)) is None
    assert browser.get_cookie(cookie_name(NEW))
    assert "Sign out" in move(browser, chat_with(NEW)).get("/").text


def test_a_page_of_the_old_key_can_still_be_used(chat_with):
    before = chat_with(OLD).test_client()
    sign_in(before)
    form = {"csrf_token": token(before)}
    browser = move(before, chat_with(NEW, OLD))
    assert browser.post("/sign-out", data=form).status_code == 303
    assert "Sign out" not in browser.get("/").text


def test_a_connection_has_the_session_of_the_old_key(chat_with):
    before = chat_with(OLD).test_client()
    sign_in(before)
    cookie = f"{cookie_name(OLD)}={before.get_cookie(cookie_name(OLD)).value}"
    environ = {"wsgi.url_scheme": "http", "HTTP_COOKIE": cookie}
    assert session_of(chat_with(NEW, OLD), environ)["person"][1] == "Ann"
    assert session_of(chat_with(NEW), environ) == {}


def test_the_old_key_alone_does_not_take_what_the_new_one_has_signed(chat_with):
    """Containers with the old key may run for a while beside the new ones, but never after them."""
    before = chat_with(NEW, OLD).test_client()
    sign_in(before)
    assert "Sign out" not in move(before, chat_with(OLD)).get("/").text
