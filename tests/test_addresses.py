"""Host names and origins in the form in which browsers send them."""

import pytest

from chat.addresses import is_ip_address, listening, normal_name, normal_origin, split_host


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("chat.example", ("chat.example", "")),
        ("Chat.Example.:8000", ("chat.example", "8000")),
        ("[::1]", ("[::1]", "")),
        ("[2001:DB8::7]:80", ("[2001:db8::7]", "80")),
        ("a:b:c", ("a:b", "c")),
        ("", ("", "")),
    ],
)
def test_a_host_has_a_name_and_perhaps_a_port(host, parts):
    assert split_host(host) == parts


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("[::1]:9100", ("::1", 9100)),
        (":9100", ("0.0.0.0", 9100)),
        ("localhost:9100", ("127.0.0.1", 9100)),
    ],
)
def test_an_address_to_serve_on_is_an_ip_address_and_a_port(address, parts):
    assert listening(address) == parts


@pytest.mark.parametrize(
    "address",
    ["", ":", "9100", "127.0.0.1", "::1:9100", ":0", ":65536", ":\u0669", "chat.example:80"],
)
def test_anything_else_is_no_address_to_serve_on(address):
    with pytest.raises(ValueError, match=r"is not an address such as 127.0.0.1:9100"):
        listening(address)


@pytest.mark.parametrize("name", ["127.0.0.1", "[::1]", "[2001:db8::7]", "0.0.0.0"])
def test_an_address_is_no_name(name):
    assert is_ip_address(name)


@pytest.mark.parametrize("name", ["", "1.2.3", "1.2.3.4.example", "::1", "[::1", "[1.2.3.4]", "a"])
def test_a_name_is_no_address(name):
    assert not is_ip_address(name)


@pytest.mark.parametrize(
    ("origin", "normal"),
    [
        ("https://chat.example", "https://chat.example"),
        ("HTTPS://Chat.EXAMPLE", "https://chat.example"),
        ("https://chat.example:443", "https://chat.example"),
        ("http://chat.example:80", "http://chat.example"),
        ("http://chat.example:443", "http://chat.example:443"),
        ("https://chat.example:0443/", "https://chat.example"),
        ("https://chat.example./", "https://chat.example"),
        ("http://[2001:DB8:0::7]:80", "http://[2001:db8::7]"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_has_one_form(origin, normal):
    assert normal_origin(origin) == normal


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "chat.example",
        "ftp://chat.example",
        "https://",
        "https://*.example",
        "https://chat.example//",
        "https://chat.example/chat",
        "https://chat.example?x",
        "https://ann@chat.example",
        "https://chat..example",
        "https://chat.example:",
        "https://chat.example:0",
        "https://chat.example:65536",
        "https://chat.example:\u0664\u0664\u0663",
        "https://-chat.example",
        "https://[::1",
        "https://b\u00fccher.example",
    ],
)
def test_what_no_browser_sends_is_no_origin(origin):
    with pytest.raises(ValueError, match="is not an origin such as"):
        normal_origin(origin)


@pytest.mark.parametrize(
    ("name", "normal"),
    [("Chat.Example.", "chat.example"), ("my_chat", "my_chat"), ("192.0.2.7", "192.0.2.7")],
)
def test_a_name_has_one_form(name, normal):
    assert normal_name(name) == normal


@pytest.mark.parametrize(
    "name", ["", "*", "https://chat.example", "chat.example:80", "chat.example/", "a b", "a..b"]
)
def test_what_no_browser_sends_is_no_name(name):
    with pytest.raises(ValueError, match="is not a name such as"):
        normal_name(name)


def test_whoever_writes_other_letters_learns_how_browsers_do():
    with pytest.raises(ValueError, match="xn--"):
        normal_name("b\u00fccher.example")
