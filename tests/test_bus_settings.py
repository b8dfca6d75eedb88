import pytest

from chat.bus_settings import bus_address, bus_contradiction, check_bus


def test_an_address():
    address = bus_address("valkey://bus.example.com")
    assert address == (False, "bus.example.com", 6379, None, None, 0, "")


def test_an_address_with_everything():
    address = bus_address("rediss://chat:a%2Fb%3Ac@[::1]:7000/2?ca=/etc/ca.pem")
    assert address == (True, "::1", 7000, "chat", "a/b:c", 2, "/etc/ca.pem")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("localhost:6379", "use valkey://"),
        ("http://localhost", "use valkey://"),
        ("valkey://", "use valkey://"),
        ("valkey:///0", "use valkey://"),
        ("valkey://localhost:port", "port"),
        ("valkey://localhost:65536", "port"),
        ("valkey://localhost/chat", "database"),
        ("valkey://localhost?ca=/etc/ca.pem", "with TLS"),
        ("valkeys://localhost?ssl_cert_reqs=none", "only [?]ca"),
        ("valkeys://localhost#x", "only [?]ca"),
        ("valkey://[::1", "use valkey://"),
    ],
)
def test_what_is_no_address(url, advice):
    with pytest.raises(ValueError, match=advice):
        check_bus(url)


@pytest.mark.parametrize(
    "url",
    [
        "valkey://chat:secret/word@localhost",
        "valkey://chat:6379/secretword@localhost",
        "valkey://chat:secret\u2100word@localhost",
        "valkeys://chat:secret#word@localhost",
        "valkeys://chat:secret?word@localhost",
        "valkey://chat:secret[word@localhost",
    ],
)
def test_a_password_that_is_not_escaped_is_not_told(url):
    with pytest.raises(ValueError, match=r"valkey|number|only") as error:
        check_bus(url)
    assert "secret" not in str(error.value)
    assert "word" not in str(error.value).replace("passwords", "")


def test_without_a_bus():
    assert check_bus("") == ""


def test_a_password_apart_from_the_url_needs_no_escapes():
    address = bus_address("valkeys://chat@bus.example.com", "a/b:c@d")
    assert (address.user, address.password) == ("chat", "a/b:c@d")


@pytest.mark.parametrize(
    ("url", "password", "advice"),
    [
        ("", "", ""),
        ("valkeys://chat:one@localhost", "", ""),
        ("valkeys://chat@localhost", "one", ""),
        ("", "one", "needs CHAT_BUS, too; or leave it out"),
        ("valkeys://chat:one@localhost", "two", "leave one of them out"),
    ],
)
def test_there_is_one_password_for_one_server(url, password, advice):
    found = bus_contradiction(url, password)
    assert advice in found
    assert bool(found) == bool(advice)
