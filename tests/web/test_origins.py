"""Which web pages may open a socket."""

import pytest

from chat.web.origins import check_origin

HTTPS = {"wsgi.url_scheme": "https", "HTTP_HOST": "chat.example"}


@pytest.mark.parametrize(
    "origin",
    [
        "http://chat.example",
        "https://chat.example:8443",
        "https://chat.example.evil.example",
        "https://evil.example",
        "https://CHAT.example",
        "https://",
        "null",
        "",
        None,
    ],
)
def test_another_site_another_port_and_another_scheme_are_refused(origin):
    assert check_origin([])("https://chat.example", HTTPS)
    assert not check_origin([])(origin, HTTPS)


def test_others_may_be_allowed_by_name():
    allows = check_origin(["https://intranet.example"])
    assert allows("https://intranet.example", HTTPS)
    assert allows("https://chat.example", HTTPS), "our own is still allowed"
    assert not allows("https://other.example", HTTPS)


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "chat.example:443", "https://chat.example"),
        ("http", "CHAT.example.:80", "http://chat.example"),
        ("wss", "chat.example", "https://chat.example"),
        ("ws", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_our_own_origin_is_the_one_that_the_browser_names(scheme, host, origin):
    assert check_origin([])(origin, {"wsgi.url_scheme": scheme, "HTTP_HOST": host})


def test_a_request_without_a_host_allows_nobody():
    assert not check_origin([])("https://chat.example", {"wsgi.url_scheme": "https"})
