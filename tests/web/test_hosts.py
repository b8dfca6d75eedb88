"""The host names under which the chat answers requests."""

import pytest

from chat import create_app
from chat.settings import Settings

ORIGINS_OF_OTHERS = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil",
]
ALWAYS = [
    "localhost",
    "LOCALHOST:8000",
    "chat.localhost",
    "127.0.0.1",
    "192.0.2.7:80",
    "[::1]:8000",
]
PATHS = ["/", "/rooms/general", "/sign-in", "/static/x", "/service-worker.js", "/nowhere"]
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def app(tmp_path):
    history = f"sqlite:///{tmp_path}/chat.db"
    return create_app(Settings(history=history, hosts="Chat.Example.Com.,chat"))


@pytest.fixture
def ask(app):
    """Asks for a path under a host name; returns the status."""
    browser = app.test_client()
    return lambda path, host, **options: browser.get(path, headers={"Host": host}, **options)


@pytest.mark.parametrize("host", [*ORIGINS_OF_OTHERS, "", "a b", "localhost:x", "localhost;", "é"])
def test_another_name_is_refused_for_pages_files_and_sockets(ask, host):
    for path in [*PATHS, HANDSHAKE]:
        answer = ask(path, host)
        assert answer.status_code == 421
        assert "Add it to CHAT_HOSTS" in answer.text
        assert answer.text.count("\n") == 1
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ALWAYS)
def test_this_machine_and_addresses_need_no_setting(ask, host):
    assert ask("/", host).status_code == 200
    assert ask(HANDSHAKE, host).status_code == 200


@pytest.mark.parametrize("host", ["chat.example.com", "CHAT.example.com.:8443", "chat:8000"])
def test_names_of_the_setting_are_served(ask, host):
    assert ask("/", host).status_code == 200
    assert ask(HANDSHAKE, host).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_load_balancers_may_ask_under_any_name(ask, path):
    assert ask(path, "evil.example").status_code == 200


def test_the_refusal_names_the_host_and_nothing_that_is_no_text(ask):
    assert "'evil.example'" in ask("/", "evil.example").text
    assert "\\xe9\\x1b" in ask("/", "\xe9\x1b").text


def test_a_proxy_is_believed_the_address_and_the_scheme_but_not_the_host(tmp_path):
    app = create_app(
        Settings(history=f"sqlite:///{tmp_path}/chat.db", hosts="chat.example", proxies=1)
    )
    browser = app.test_client()
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example"}
    assert browser.get("/", headers=forwarded | {"Host": "evil.example"}).status_code == 421
    answer = browser.get("/", headers=forwarded | {"Host": "chat.example"})
    assert answer.headers["Set-Cookie"].startswith("__Host-cloud_chat_")
    forwarded["X-Forwarded-Host"] = "evil.example"
    headers = forwarded | {"Host": "chat.example", "Origin": "https://evil.example"}
    assert browser.get(HANDSHAKE, headers=headers).status_code == 400
    headers["Origin"] = "https://chat.example"
    assert browser.get(HANDSHAKE, headers=headers).status_code == 200
