"""The session cookie and the time."""

import time

import pytest

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


def test_a_session_ends_after_a_month_in_which_nobody_came(browser, later):
    sign_in(browser)
    later(31 * 86_400)
    assert "Sign out" not in browser.get("/").text
