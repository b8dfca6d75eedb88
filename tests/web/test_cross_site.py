"""Requests that a page of another site makes a visitor's browser send never change the session."""

import pytest

from chat.accounts.session_cookie import cookie_name
from tests.web.test_pages import sign_in, token

OTHER_SITES = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9000"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:9000"},
    {"Origin": "https://localhost"},
    {"Origin": "null"},
]
OUR_PAGES = [
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://a.proxy.that.changes.the.host"},
    {"Origin": "http://localhost"},
    {},
]
# Requests for an image, for a frame, and by a script.
EMBEDDED = [{"Sec-Fetch-Dest": each} for each in ("image", "iframe", "empty")]
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def stranger(app):
    """A browser that sends no cookie, as with requests from another site."""
    return app.test_client(use_cookies=False)


@pytest.mark.parametrize("headers", OTHER_SITES)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/", "/nowhere"])
def test_a_form_of_another_site_is_refused_and_sets_no_cookie(browser, stranger, headers, path):
    form = {"name": "Mallory", "csrf_token": token(browser)}
    for each in (browser, stranger):
        answer = each.post(path, data=form, headers=headers)
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
        assert "page of another site" in answer.text


@pytest.mark.parametrize("headers", OTHER_SITES)
def test_nobody_is_signed_out_from_another_site(browser, headers):
    sign_in(browser, "Ann")
    form = {"csrf_token": token(browser)}
    assert browser.post("/sign-out", data=form, headers=headers).status_code == 403
    assert "Sign out" in browser.get("/").text


@pytest.mark.parametrize("headers", OUR_PAGES)
def test_forms_of_our_own_pages_work(browser, headers):
    form = {"name": "Ann", "csrf_token": token(browser)}
    assert browser.post("/sign-in", data=form, headers=headers).status_code == 303
    form = {"csrf_token": token(browser)}
    assert browser.post("/sign-out", data=form, headers=headers).status_code == 303


@pytest.mark.parametrize("headers", EMBEDDED)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_embeds_sets_no_cookie(stranger, headers, site):
    for path in ("/", "/rooms/tech", "/nowhere"):
        answer = stranger.get(path, headers={"Sec-Fetch-Site": site} | headers)
        assert "Set-Cookie" not in answer.headers


def test_a_link_on_another_site_leads_to_a_form_that_works(browser):
    assert "Set-Cookie" in browser.get("/", headers=LINK).headers
    assert sign_in(browser, "Ann").status_code == 303
    assert "Ann" in browser.get("/", headers=LINK).text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_without_a_cookie_says_what_is_the_matter_and_sets_none(browser, stranger, path):
    answer = stranger.post(path, data={"name": "Ann", "csrf_token": token(browser)})
    assert answer.status_code == 400
    assert "Allow cookies for this site" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_form_with_a_cookie_that_is_none_works_the_second_time(app, browser):
    sign_in(browser, "Ann")
    browser.set_cookie(cookie_name(app.secret_key), "eyJwZXJzb24iOlsiMSIsIkFubiJdfQ.aSL0Lw.forged")
    answer = browser.post("/sign-in", data={"name": "Ben", "csrf_token": "old"})
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    assert sign_in(browser, "Ben").status_code == 303
