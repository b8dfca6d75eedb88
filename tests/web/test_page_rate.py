"""The limit of the requests of one address."""

import pytest
from flask import Flask

from chat import create_app
from chat.settings import Settings
from chat.web import page_rate
from chat.web.page_rate import PageRate


@pytest.fixture
def _no_floor(monkeypatch):
    monkeypatch.setattr(page_rate, "LEAST", 0)


@pytest.fixture
def app(_no_floor):
    app = Flask(__name__)
    app.add_url_rule("/<path:_path>", view_func=lambda _path: "page")
    app.wsgi_app = PageRate(app.wsgi_app, 6)
    return app


def statuses(app, count, path="/page", address="192.0.2.1"):
    client = app.test_client()
    environ = {"REMOTE_ADDR": address}
    return [client.get(path, environ_overrides=environ).status_code for _ in range(count)]


def test_too_many_are_refused(app):
    assert statuses(app, 51) == [200] * 50 + [429]


def test_files_count_less(app):
    assert 429 not in statuses(app, 490, "/static/abc/js/main.js")
    assert statuses(app, 2) == [200, 429]


def test_the_refusal_says_how_long_it_lasts(app):
    statuses(app, 50)
    answer = app.test_client().get("/page", environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert 0 < int(answer.headers["Retry-After"]) <= 10


def test_other_addresses_go_on(app):
    statuses(app, 51)
    assert statuses(app, 1, address="192.0.2.2") == [200]


def test_one_household_is_one_address(app):
    statuses(app, 50, address="2001:db8::1")
    assert statuses(app, 1, address="2001:db8::2") == [429]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_orchestrator_always_gets_an_answer(app, path):
    statuses(app, 51)
    assert statuses(app, 51, path) == [200] * 51


@pytest.mark.usefixtures("_no_floor")
def test_the_chat_limits_its_pages(tmp_path):
    chat = create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", sign_in_rate=1))
    assert 429 in statuses(chat, 10, "/manifest.webmanifest")


@pytest.mark.usefixtures("_no_floor")
def test_behind_proxies_the_address_is_that_of_the_visitor(tmp_path):
    history = f"sqlite:///{tmp_path}/chat.db"
    client = create_app(Settings(history=history, sign_in_rate=1, proxies=1)).test_client()
    for number in range(20):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        assert client.get("/manifest.webmanifest", headers=headers).status_code == 200


@pytest.mark.parametrize("sign_in_rate", [0, 1])
def test_several_people_of_one_address_can_load_the_page(sign_in_rate):
    app = Flask(__name__)
    app.add_url_rule("/<path:_path>", view_func=lambda _path: "page")
    app.wsgi_app = PageRate(app.wsgi_app, sign_in_rate)
    files = 100  # of a page in development
    assert statuses(app, 5 * files) == [200] * 5 * files
