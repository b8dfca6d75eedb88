import sys

import pytest

from chat.delivery.environ import KEPT, Environs

ENVIRON = {
    "HTTP_COOKIE": "session=x",
    "HTTP_HOST": "chat.example",
    "HTTP_X_SECRET": "s",
    "HTTP_SEC_WEBSOCKET_KEY": "k",
    "PATH_INFO": "/socket.io/",
    "REMOTE_ADDR": "192.0.2.1",
    "REQUEST_METHOD": "GET",
    "SERVER_NAME": "chat",
    "wsgi.input": object(),
    "wsgi.url_scheme": "https",
    "gunicorn.socket": object(),
}


@pytest.fixture
def environs():
    environs = Environs()
    environs["A"] = ENVIRON
    return environs


def test_what_identifies_the_client_is_kept(environs):
    for key in ("HTTP_COOKIE", "HTTP_HOST", "REMOTE_ADDR", "wsgi.url_scheme"):
        assert environs["A"][key] == ENVIRON[key]


def test_sockets_and_streams_are_not_kept(environs):
    kept = environs["A"]
    assert "gunicorn.socket" not in kept
    assert kept["wsgi.input"].read() == b""


def test_numbers_become_text():
    environs = Environs()
    environs["A"] = {"REMOTE_PORT": 4711}
    assert environs["A"]["REMOTE_PORT"] == "4711"


def test_of_long_headers_nothing_is_kept_but_cookies_and_credentials(environs):
    unlimited = {"HTTP_COOKIE", "HTTP_AUTHORIZATION"}
    environs["C"] = dict.fromkeys(KEPT, "x" * 1025)
    assert {key for key, value in environs["C"].items() if value == "x" * 1025} == unlimited
    environs["D"] = dict.fromkeys(KEPT, "x" * 1024)
    assert all(environs["D"][key] == "x" * 1024 for key in KEPT)


def test_each_look_up_gives_a_dictionary_of_its_own(environs):
    environs["A"]["HTTP_COOKIE"] = "forged"
    assert environs["A"]["HTTP_COOKIE"] == "session=x"


def test_what_many_have_in_common_is_kept_once(environs):
    agent = "Mozilla/5.0"
    environs["B"] = {"HTTP_USER_AGENT": "".join(["Mozilla", "/5.0"])}
    assert environs["B"]["HTTP_USER_AGENT"] is sys.intern(agent)


def test_it_is_a_mapping(environs):
    assert "A" in environs
    assert list(environs) == ["A"]
    environs.pop("A", None)
    assert environs.pop("A", None) is None
    assert len(environs) == 0
