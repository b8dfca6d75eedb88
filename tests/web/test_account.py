"""One's own account over HTTP: where one is signed in, one's name, signing out everywhere."""

import re
import time
from types import SimpleNamespace

import pytest
from flask import Flask

from chat import create_app
from chat.accounts.person import Person
from chat.accounts.session_cookie import cookie_name
from chat.accounts.sessions import SignedIn
from chat.accounts.tickets import Ticket
from chat.errors import Unavailable
from chat.rate_limit import RateLimit
from chat.settings import Settings
from chat.storage.sqlite.accounts import SqliteAccounts
from chat.web.account import COST_OF_NAME, _use, create_account


def token(browser):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/").text).group(1)


def post(browser, path, **form):
    return browser.post(path, data={"csrf_token": token(browser)} | form)


def sign_in(browser, name="Ann", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/151.0"):
    form = {"name": name, "csrf_token": token(browser)}
    assert browser.post("/sign-in", data=form, headers={"User-Agent": agent}).status_code == 303
    return browser


@pytest.fixture
def ann(app):
    return sign_in(app.test_client())


@pytest.fixture
def phone(app, ann):
    """Another browser of Ann, with a copy of her tickets."""
    phone = app.test_client()
    with ann.session_transaction() as cookie:
        tickets = cookie["tickets"]
    with phone.session_transaction() as cookie:
        cookie["tickets"] = tickets
    return sign_in(phone, agent="Mozilla/5.0 (iPhone) Safari/605")


def sessions_of(browser):
    return browser.get("/account/sessions").json["sessions"]


def is_signed_in(browser):
    return 'action="/sign-in"' not in browser.get("/").text


def name_on_page(browser):
    return re.search(r'data-user-name="([^"]*)"', browser.get("/").text).group(1)


def test_one_sees_where_one_is_signed_in(ann, phone):
    this, other = sessions_of(ann)
    assert (this["device"], this["this"]) == ("Firefox on Linux", True)
    assert (other["device"], other["this"]) == ("Safari on an iPhone", False)
    assert time.time() - 60 < this["since"] == this["last_seen"] < other["since"] < time.time()
    assert this["here"] is other["here"] is False
    assert this.keys() == {"id", "device", "since", "last_seen", "here", "this"}
    assert [each["device"] for each in sessions_of(phone)] == [other["device"], this["device"]]


def test_the_sessions_in_use_come_first_then_the_latest():
    times = {"old": (False, False, 1.0), "new": (False, False, 2.0), "here": (False, True, 0.5)}
    sessions = [
        {"id": id_, "this": this, "here": here, "last_seen": at}
        for id_, (this, here, at) in {**times, "this": (True, False, 0.1)}.items()
    ]
    in_order = sorted(sessions, key=_use, reverse=True)
    assert [each["id"] for each in in_order] == ["this", "here", "new", "old"]


def test_an_id_of_a_session_signs_nobody_in(app, ann, phone):
    thief = app.test_client()
    thief.set_cookie(cookie_name(app.secret_key), sessions_of(ann)[0]["id"])
    assert not is_signed_in(thief)


def test_one_ends_a_session_and_no_other(ann, phone):
    [other] = [each["id"] for each in sessions_of(ann) if not each["this"]]
    for _again in range(2):
        assert post(ann, "/account/sessions/end", session=other).status_code == 204
    assert not is_signed_in(phone)
    assert [each["this"] for each in sessions_of(ann)] == [True]


def test_nobody_ends_a_session_of_somebody_else(app, ann):
    ben = sign_in(app.test_client(), "Ben")
    [session] = sessions_of(ben)
    assert post(ann, "/account/sessions/end", session=session["id"]).status_code == 204
    assert is_signed_in(ben)


def test_signing_out_everywhere_leads_to_the_sign_in_and_back_to_the_same_person(ann, phone):
    [id_] = re.findall(r'data-user-id="(\w+)"', ann.get("/").text)
    answer = post(ann, "/account/sign-out-everywhere")
    assert (answer.status_code, answer.location) == (303, "/")
    assert not is_signed_in(ann)
    assert not is_signed_in(phone)
    sign_in(ann)
    assert f'data-user-id="{id_}"' in ann.get("/").text


def test_one_has_another_name_in_all_browsers(ann, phone):
    assert post(ann, "/account/name", name=" علی\u200cرضا ").status_code == 204
    assert name_on_page(ann) == name_on_page(phone) == "علی\u200cرضا"
    with ann.session_transaction() as cookie:
        assert [Ticket(*each).name for each in cookie["tickets"]] == ["علی\u200cرضا"]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [("", 400, "Type a name first."), ("system", 400, "reserved"), ("BEN", 409, "already called")],
)
def test_a_name_is_refused_in_words(app, ann, name, status, words):
    sign_in(app.test_client(), "Ben")
    answer = post(ann, "/account/name", name=name)
    assert answer.status_code == status
    assert words in answer.json["error"]["message"]
    assert name_on_page(ann) == "Ann"


FORMS = ["/account/sessions/end", "/account/name", "/account/sign-out-everywhere"]


@pytest.mark.parametrize("path", FORMS)
def test_nothing_is_done_without_the_token_of_the_page(ann, path):
    [session] = sessions_of(ann)
    answer = ann.post(path, data={"session": session["id"], "name": "Mallory"})
    assert answer.status_code == 400
    assert is_signed_in(ann)
    assert name_on_page(ann) == "Ann"


@pytest.mark.parametrize("path", ["/account/sessions", *FORMS])
def test_strangers_are_sent_to_the_sign_in(app, path):
    stranger = app.test_client()
    answer = stranger.get(path) if path == "/account/sessions" else post(stranger, path)
    assert answer.status_code == 401
    assert "Sign in first." in answer.text


def test_in_an_outage_it_says_so(ann, monkeypatch):
    csrf = token(ann)

    def fail(*_arguments):
        raise Unavailable("The history can't be reached.")

    for method in ("sessions", "look_up", "put_profile"):
        monkeypatch.setattr(SqliteAccounts, method, fail)
    answer = ann.get("/account/sessions")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    form = {"csrf_token": csrf, "session": "any", "name": "Anna"}
    for path in ("/account/sessions/end", "/account/name"):
        assert ann.post(path, data=form).status_code == 503
    page = ann.post("/account/sign-out-everywhere", data=form)
    assert page.status_code == 503
    assert "<h1>Not available right now</h1>" in page.text
    monkeypatch.undo()
    assert name_on_page(ann) == "Ann"


def test_the_sockets_that_have_to_end_are_told_at_once():
    told = []
    ann = SignedIn(Person("a", "Ann"), "desk", 0.0, 1.0)
    own = SimpleNamespace(
        end=lambda who, session: {"phone": (who.person.id, "phone")}.get(session),
        end_all=lambda who: ([who.key, (who.person.id, "phone")], ""),
    )
    account = create_account(
        SimpleNamespace(visit=lambda: ann),
        own,
        rename=lambda who, name: told.append((who.person.name, name)),
        event_rate=RateLimit("events", 0, 1),
        is_here=lambda _key: False,
        session_ended=told.append,
        renamed=told.append,
    )
    app = Flask("toy")
    app.register_blueprint(account)
    app.add_url_rule("/", "pages.chat", lambda: "")
    browser = app.test_client()
    for session in ("phone", "unknown"):
        browser.post("/account/sessions/end", data={"session": session})
    browser.post("/account/name", data={"name": "Anna"})
    browser.post("/account/sign-out-everywhere")
    assert told == [("a", "phone"), ("Ann", "Anna"), "a", ("a", "desk"), ("a", "phone")]


def test_all_of_it_counts_as_events_of_the_person(tmp_path):
    history = f"sqlite:///{tmp_path}/chat.db"
    rate = COST_OF_NAME + 2
    app = create_app(Settings(history=history, sign_in_rate=0, event_rate=rate))
    ann = sign_in(app.test_client())
    assert post(ann, "/account/name", name="Anna").status_code == 204
    for _ in range(2):
        assert ann.get("/account/sessions").status_code == 200
    for answer in (ann.get("/account/sessions"), *(post(ann, path) for path in FORMS)):
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1
