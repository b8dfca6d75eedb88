"""The settings: what is taken, and what a bad one says."""

import pytest

from deploy.https.settings import LETS_ENCRYPT, SettingsError, read

GOOD = {"HTTPS_NAME": "chat.example.com", "HTTPS_STORE": "file:///certificates"}


def test_the_usual_ones():
    settings = read(GOOD)
    assert settings.directory == LETS_ENCRYPT
    assert (settings.connections, settings.per_address) == (11_000, 5_500)
    assert settings.address is None
    assert settings.contact == settings.profile == ""


@pytest.mark.parametrize(
    ("given", "name", "host"),
    [
        ("Chat.Example.COM.", "chat.example.com", "chat.example.com"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0::7", "2001:db8::7", "[2001:db8::7]"),
        ("[2001:db8::7]", "2001:db8::7", "[2001:db8::7]"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_name_in_any_form(given, name, host):
    settings = read(GOOD | {"HTTPS_NAME": given})
    assert (settings.name, settings.host) == (name, host)
    assert (settings.address is not None) == (":" in name or name[0].isdigit())


@pytest.mark.parametrize(
    "name",
    ["chat", "chat.example.com:443", "https://a.example", "*.example.com", "192.0.2", "256.1.1.1",
     "bücher.example", "a b.example", "-a.example", "a.example/x", "a" * 64 + ".example"],
)  # fmt: skip
def test_what_is_no_name(name):
    with pytest.raises(SettingsError, match=r"HTTPS_NAME: .* is neither a domain"):
        read(GOOD | {"HTTPS_NAME": name})


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"HTTPS_NAME": ""}, "HTTPS_NAME: is required"),
        ({"HTTPS_STORE": ""}, "HTTPS_STORE: '' is neither"),
        ({"HTTPS_STORE": "ssm:cloud-chat"}, "HTTPS_STORE: "),
        ({"HTTPS_STORE": "file://certificates"}, "HTTPS_STORE: "),
        ({"HTTPS_DIRECTORY": "http://acme.example/dir"}, "HTTPS_DIRECTORY: "),
        ({"HTTPS_CONTACT": "ann"}, "HTTPS_CONTACT: "),
        ({"HTTPS_CONNECTIONS": "0"}, "HTTPS_CONNECTIONS: use a number"),
        ({"HTTPS_PER_ADDRESS": "many"}, "HTTPS_PER_ADDRESS: use a number"),
        ({"HTTPS_NAMES": "x"}, "HTTPS_NAMES is not a setting; did you mean HTTPS_NAME?"),
    ],
)
def test_a_bad_setting_says_what_to_change(settings, complaint):
    with pytest.raises(SettingsError) as error:
        read(GOOD | settings)
    assert str(error.value).startswith(complaint)
    assert "\n" not in str(error.value)


def test_the_variable_of_a_proxy_is_no_setting():
    assert read(GOOD | {"HTTPS_PROXY": "http://proxy.example:3128"}).name == "chat.example.com"
