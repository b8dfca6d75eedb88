"""The session cookie and the time."""

import time

import pytest

from tests.chatters import sign_in as sign_in_to
from tests.chatters import sign_out, submit_sign_in
from tests.servers import serving
from tests.test_pages import sign_in


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def later(monkeypatch):
    """Lets the clock step by some seconds."""
    now = time.time
    return lambda seconds: monkeypatch.setattr("time.time", lambda: now() + seconds)


def test_a_clock_that_steps_back_signs_nobody_out(browser, later):
    sign_in(browser)
    later(-300)
    assert "Sign out" in browser.get("/").text


def test_a_cookie_that_was_read_before_is_checked_again(browser, later):
    sign_in(browser)
    assert "Sign out" in browser.get("/").text
    forged = browser.get_cookie("cloud_chat").value[:-1]
    later(31 * 86_400)
    assert "Sign out" not in browser.get("/").text
    browser.set_cookie("cloud_chat", forged)
    assert "Sign out" not in browser.get("/").text


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://localhost", "cloud_chat"),
        ("http://localhost:80", "cloud_chat"),
        ("http://localhost:8000", "cloud_chat_8000"),
        ("http://[::1]:8000", "cloud_chat_8000"),
        ("http://[::1]", "cloud_chat"),
        ("https://localhost", "__Host-cloud_chat"),
        ("https://localhost:8443", "__Host-cloud_chat_8443"),
    ],
)
def test_each_port_has_a_cookie_of_its_own(browser, url, name):
    cookie = browser.get("/", base_url=url).headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=")
    assert "; Path=/;" in f"{cookie};"
    assert "Domain" not in cookie
    assert ("; Secure" in cookie) == url.startswith("https")


def test_two_chats_on_two_ports_leave_each_other_alone(tmp_path_factory):
    with (
        serving(tmp_path_factory.mktemp("one"), secret_key="the same for both") as one,
        serving(tmp_path_factory.mktemp("two"), secret_key="the same for both") as two,
    ):
        ann = sign_in_to(one.url, "Ann")
        assert submit_sign_in(ann, two.url, "Boris").status_code == 303
        assert "Ann" in ann.get(one.url).text
        assert "Boris" in ann.get(two.url).text
        sign_out(ann, two.url)
        assert "Sign out" in ann.get(one.url).text


def test_a_page_renews_no_cookie(browser):
    sign_in(browser)
    browser.get("/")
    assert "Set-Cookie" not in browser.get("/").headers


def test_a_session_ends_after_a_month_in_which_nobody_came(browser, later):
    sign_in(browser)
    later(31 * 86_400)
    assert "Sign out" not in browser.get("/").text
