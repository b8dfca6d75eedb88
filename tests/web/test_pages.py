"""The pages: sign-in, sign-out, health, headers and errors."""

import gzip
import html
import re
import unicodedata
from urllib.parse import quote

import pytest
from flask import abort

from chat import create_app
from chat.accounts.join_code import WRONG_AT_MOST
from chat.accounts.session_cookie import cookie_name
from chat.errors import Unavailable
from chat.rooms.configured import configured_rooms
from chat.settings import Settings


@pytest.fixture
def browser(app):
    return app.test_client()


def token(browser):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/").text).group(1)


def sign_in(browser, name="Ann", **form):
    return browser.post("/sign-in", data={"name": name, "csrf_token": token(browser)} | form)


def test_a_stranger_sees_the_sign_in_form_at_every_address(browser):
    for path in ("/", "/rooms/tech"):
        page = browser.get(path)
        assert page.status_code == 200
        assert 'action="/sign-in"' in page.text


def test_sign_in_leads_to_the_chat(browser):
    answer = sign_in(browser, "Ann")
    assert answer.status_code == 303
    assert answer.location == "/"
    page = browser.get("/")
    assert "Ann" in page.text
    assert "General" in page.text


def test_sign_in_leads_to_the_room_that_was_asked_for(browser):
    assert sign_in(browser, next="/rooms/tech").location == "/rooms/tech"


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out", "javascript:x"],
)
def test_sign_in_never_leads_elsewhere(browser, path):
    assert sign_in(browser, next=path).location == "/"


@pytest.mark.parametrize("form", [{"csrf_token": ""}, {"csrf_token": "forged"}])
def test_a_forged_form_is_refused(browser, form):
    answer = sign_in(browser, **form)
    assert answer.status_code == 400
    assert 'action="/sign-in"' in browser.get("/").text


def test_a_bad_name_is_explained_and_what_was_typed_stays(browser):
    answer = sign_in(browser, "system")
    assert answer.status_code == 400
    assert "reserved" in answer.text
    assert 'value="system"' in answer.text


@pytest.fixture
def app_with_a_code(tmp_path):
    history = f"sqlite:///{tmp_path}/chat.db"
    return create_app(Settings(history=history, sign_in_rate=0, join_code="open sesame"))


def test_strangers_need_the_join_code_and_what_they_typed_stays(app_with_a_code):
    browser = app_with_a_code.test_client()
    assert 'name="code"' in browser.get("/").text
    answer = sign_in(browser, "Ann", code="open")
    assert answer.status_code == 403
    assert "This join code is wrong." in answer.text
    assert 'value="Ann"' in answer.text
    assert 'value="open"' in answer.text
    assert sign_in(browser, "Ann", code="open sesame").status_code == 303


def test_guesses_of_the_join_code_are_slowed_down(app_with_a_code):
    browser = app_with_a_code.test_client()
    answers = [sign_in(browser, "Ann", code=f"guess {n}") for n in range(WRONG_AT_MOST + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {403}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 60


def test_without_a_join_code_nobody_is_asked_for_one(browser):
    assert 'name="code"' not in browser.get("/").text


def test_a_browser_offers_the_people_who_have_used_it(browser):
    for name in ("Ann", "O’Brien <b>"):
        sign_in(browser, name)
    browser.post("/sign-out", data={"csrf_token": token(browser)})
    page = browser.get("/").text
    assert re.findall(r"Continue as <bdi>(.*?)</bdi>", page) == ["O’Brien &lt;b&gt;", "Ann"]
    id_ = re.search(r'name="person" value="(\w+)"', page).group(1)
    form = {"csrf_token": token(browser), "person": id_, "next": "/rooms/tech"}
    answer = browser.post("/sign-in/forget", data=form)
    assert (answer.status_code, answer.location) == (303, "/rooms/tech")
    assert re.findall(r"Continue as <bdi>(.*?)</bdi>", browser.get("/").text) == ["Ann"]


def test_a_name_is_escaped(browser):
    sign_in(browser, '<script>"x"</script>')
    page = browser.get("/").text
    assert "&lt;script&gt;&#34;x&#34;&lt;/script&gt;" in page
    assert '<script>"x"' not in page


def test_a_name_in_use_or_like_one_is_refused(app):
    assert sign_in(app.test_client(), "Ann").status_code == 303
    for name in ("Ann", "ANN", "\u0410nn"):
        answer = sign_in(app.test_client(), name)
        assert answer.status_code == 409
        assert "already called" in answer.text


def test_too_many_sign_ins_are_slowed_down(tmp_path):
    app = create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", sign_in_rate=2))
    answers = [sign_in(app.test_client(), f"Person {n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Too many sign-ins" in answers[-1].text


def test_forgetting_people_is_slowed_down_because_it_writes(tmp_path):
    app = create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", sign_in_rate=2))
    browser = app.test_client()
    form = {"person": "nobody", "csrf_token": token(browser)}
    answers = [browser.post("/sign-in/forget", data=form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]


def test_nobody_is_told_to_come_back_for_the_same_mistake(browser):
    assert "Retry-After" not in sign_in(browser, "system").headers


def test_sign_out_ends_the_session_and_frees_the_name(app, browser):
    sign_in(browser, "Ann")
    assert browser.post("/sign-out", data={"csrf_token": token(browser)}).status_code == 303
    assert 'action="/sign-in"' in browser.get("/").text
    assert sign_in(app.test_client(), "Ann").status_code == 303


def test_sign_out_needs_its_form(browser):
    sign_in(browser, "Ann")
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 400
    assert 'action="/sign-in"' not in browser.get("/").text


def test_a_copy_of_the_cookie_is_worthless_after_sign_out(app, browser):
    sign_in(browser, "Ann")
    cookie = browser.get_cookie(cookie_name(app.secret_key)).value
    browser.post("/sign-out", data={"csrf_token": token(browser)})
    thief = app.test_client()
    thief.set_cookie(cookie_name(app.secret_key), cookie)
    assert 'action="/sign-in"' in thief.get("/").text


def test_a_forged_cookie_is_no_session(app, browser):
    browser.set_cookie(cookie_name(app.secret_key), "eyJwZXJzb24iOlsiMSIsIkFubiJdfQ.aSL0Lw.forged")
    assert 'action="/sign-in"' in browser.get("/").text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    cookie = sign_in(browser).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_stays_on_https(browser):
    assert "Secure" in browser.get("/", base_url="https://localhost").headers["Set-Cookie"]


def test_every_page_has_the_headers_that_protect_it(browser):
    for path in ("/", "/nowhere", "/healthz"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_no_other_site_may_frame_a_page_or_get_a_form_or_a_base_into_it(browser):
    for path in ("/", "/nowhere", "/healthz"):
        headers = browser.get(path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"].split("; ")
        nothing = {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
        assert {*nothing, "form-action 'self'", "connect-src 'self'"} <= set(policy)


TITLES = ["हिन्दी", "ทั่วไป", "گفت\u200cوگو", "İstanbul", "Cafe\u0301 Zoë", "ΟΔΟΣ", "İ" * 64]


@pytest.mark.parametrize("title", TITLES)
def test_every_room_is_at_its_address_however_that_is_written(tmp_path, title):
    settings = Settings(history=f"sqlite:///{tmp_path}/chat.db", rooms=f"General,{title}")
    room = configured_rooms(settings.rooms)[1]
    browser = create_app(settings).test_client()
    address = f"/rooms/{quote(room.id)}"
    form = browser.get(address).text
    asked_for = html.unescape(re.search(r'name="next" value="([^"]+)"', form).group(1))
    assert sign_in(browser, next=asked_for).location == address
    assert f'href="{address}"' in browser.get("/").text
    assert f'data-room="{room.id}"' in browser.get(address).text
    for spelling in (title, title.upper(), unicodedata.normalize("NFD", room.id)):
        page = browser.get(f"/rooms/{quote(spelling)}", follow_redirects=True)
        assert page.request.path == f"/rooms/{room.id}"
        assert f'data-room="{room.id}"' in page.text


def test_over_https_browsers_are_told_to_stay_there(tmp_path):
    app = create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", hosts="chat.example"))
    browser = app.test_client()

    def told(url):
        return browser.get("/", base_url=url).headers.get("Strict-Transport-Security")

    assert told("https://chat.example") == "max-age=31536000"
    assert told("http://chat.example") is None
    assert told("https://localhost") is None, "other ports of this machine may serve plain HTTP"


@pytest.mark.parametrize("path", ["/nowhere", "/rooms/nowhere", "/rooms/%00", "/rooms/a%2Fb"])
def test_an_unknown_page_says_so(browser, path):
    sign_in(browser)
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "Cloud Chat" in answer.text
    assert "requested URL" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/nowhere", ("Page not found", "There is no page at this address.")),
        ("GET", "/rooms/nowhere", ("Page not found", "There is no such room.")),
        ("GET", "/sign-out", ("That does not work here", "not a page to open.")),
        ("TRACE", "/", ("That does not work here", "not a page to open.")),
    ],
)
def test_a_page_of_errors_speaks_the_language_of_the_chat(browser, method, path, words):
    sign_in(browser)
    answer = browser.open(path, method=method)
    headline, explanation = words
    assert f"<h1>{headline}</h1>" in answer.text
    assert f"<title>{headline} · Cloud Chat</title>" in answer.text
    assert explanation in answer.text


def test_an_error_that_nobody_foresaw_is_told_in_words(app, browser):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["health.alive"] = lambda: 1 / 0
    assert "mistake of the server" in browser.get("/healthz").text
    app.view_functions["health.alive"] = lambda: abort(418)
    assert "The server refused" in browser.get("/healthz").text
    app.view_functions["health.alive"] = lambda: abort(403, "This form is from elsewhere.")
    assert "This form is from elsewhere." in browser.get("/healthz").text


def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_takes(browser):
    answer = browser.get("/sign-out")
    assert answer.status_code == 405
    assert set(answer.allow) == {"POST", "OPTIONS"}
    assert answer.headers.getlist("Content-Type") == ["text/html; charset=utf-8"]


def test_a_history_that_is_out_of_reach_is_no_mistake_of_the_visitor(app, browser):
    def fail():
        raise Unavailable("The history can't be reached.")

    app.view_functions["health.alive"] = fail
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert "The history can&#39;t be reached." in answer.text


def test_a_form_that_is_too_large_is_refused(browser):
    answer = sign_in(browser, "x" * 100_000)
    assert answer.status_code == 413
    assert "too large. Go back, and shorten it." in answer.text


@pytest.mark.parametrize(
    ("here", "elsewhere", "theme"),
    [
        ("dark", None, "dark"),
        ("light", "dark", "light"),
        ("system", "dark", "system"),
        (None, "dark", "dark"),
        ('"><b', "light", "light"),
        ('"><b', '"><b', "system"),
    ],
)
def test_the_first_paint_has_the_chosen_theme(browser, here, elsewhere, theme):
    """That of this browser, or else the one that its person has chosen elsewhere."""
    for name, value in (("theme", here), ("person_theme", elsewhere)):
        if value:
            browser.set_cookie(name, value)
    assert f'data-theme="{theme}"' in browser.get("/").text


def test_health_is_told(browser):
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 200


def test_pages_go_out_compressed(browser):
    plain = browser.get("/", headers={"Accept-Encoding": "identity"})
    packed = browser.get("/", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Choose a name" in gzip.decompress(packed.data).decode()
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    small = browser.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_static_files_are_cached_for_ever_under_an_address_that_changes(browser):
    page = browser.get("/").text
    path = re.search(r'href="(/static/[0-9a-f]{12}/css/[^"]+)"', page).group(1)
    answer = browser.get(path, buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_chat_page_preloads_the_modules_that_it_starts_with_and_no_other(browser):
    """Without this the browser would find them one import after the other."""
    sign_in(browser)
    preloaded = re.findall(
        r'rel="modulepreload" href="/static/[^/]+/([^"]+)"', browser.get("/").text
    )
    assert {"js/main.js", "js/lib/days.js", "vendor/socket.io.esm.min.js"} <= set(preloaded)
    assert preloaded[0] == "js/main.js", "the small ones would delay it"
    assert "js/signed-out.js" not in preloaded, "it isn't imported"
    assert not [path for path in preloaded if "marked" in path], "it is loaded when needed"
