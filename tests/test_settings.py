"""The settings: what they accept, and how a bad one stops the start."""

import re
import sys

import pytest
from pydantic import SecretStr, ValidationError

from chat import create_app
from chat.settings import Settings, SettingsError, load_settings
from tests.servers import FLASK_RUN, GUNICORN, ROOT, ChatServer


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CHAT_{name.upper()}", raising=False)


def test_the_defaults_are_valid():
    settings = load_settings()
    assert settings.rooms == "General,Tech,Random"
    assert settings.history == "sqlite:///instance/chat.db"


@pytest.mark.parametrize(
    ("name", "value", "explanation"),
    [
        ("ROOMS", "\udce9t\udce9", "CHAT_ROOMS: has bytes that are not UTF-8"),
        ("ROOMS", "Tech: caf\udce9", "CHAT_ROOMS: has bytes that are not UTF-8"),
        ("TITLE", "Caf\udce9", "CHAT_TITLE: has bytes that are not UTF-8"),
        ("TITLE", "Our\x07chat", "CHAT_TITLE: '\\x07' in 'Our\\x07chat' is no character to be"),
        ("TITLE", " \u200b", "CHAT_TITLE: there is nothing to see in ' \\u200b'"),
        ("SECRET_KEY", "sixteen characters \udcff", "CHAT_SECRET_KEY: has bytes that are not UTF"),
        ("HISTORY", "sqlite:///\udcff.db", "CHAT_HISTORY: has bytes that are not UTF-8"),
        ("ORIGINS", "https://\udcff.example", "CHAT_ORIGINS: has bytes that are not UTF-8"),
        ("SECRET_KEY", "short", "CHAT_SECRET_KEY: "),
        ("MESSAGE_LENGTH", "many", "CHAT_MESSAGE_LENGTH: use a whole number"),
        ("MESSAGE_LENGTH", "-1", "CHAT_MESSAGE_LENGTH: "),
        ("PAGE_SIZE", "101", "CHAT_PAGE_SIZE: "),
        ("SOCKET_BUFFER", "100", "CHAT_SOCKET_BUFFER: use at least 524,288 bytes"),
        ("ORIGINS", "https://a.example,*", "CHAT_ORIGINS: '*' is not an origin"),
        ("ORIGINS", "https://b\u00fccher.example", "browsers send other letters as xn--"),
        ("HOSTS", "https://a.example", "CHAT_HOSTS: 'https://a.example' is not a name"),
        ("HOSTS", "*", "CHAT_HOSTS: '*' is not a name such as chat.example.com"),
        ("METRICS", "9100", "CHAT_METRICS: '9100' is not an address such as 127.0.0.1:9100"),
        ("METRICS_LOG", "1m", "CHAT_METRICS_LOG: use a whole number"),
        ("METRICS_NAMESPACE", "AWS/Chat", "CHAT_METRICS_NAMESPACE: "),
        ("METRICS_NAMESPACE", "our chat", "CHAT_METRICS_NAMESPACE: "),
        ("BUS_PASSWORD", "hunter2", "CHAT_BUS_PASSWORD: needs CHAT_BUS, too"),
        ("HISTROY", "x", "CHAT_HISTROY is not a setting; did you mean CHAT_HISTORY?"),
        ("SESSION_STORE", "x", "CHAT_SESSION_STORE is not a setting"),
        ("OIDC_ISSUER", "login.example", "CHAT_OIDC_ISSUER: 'login.example' is not an origin"),
        ("OIDC_ISSUER", "https://login.example/a b", "'https://login.example/a b' is not a URL"),
        ("OIDC_ISSUER", "https://login.example\n", "is not a URL such as https://"),
        ("OIDC_ISSUER", "https://login.example/?x", "CHAT_OIDC_ISSUER: leave out what stands"),
        ("OIDC_ISSUER", "https://me:pw@login.example", "CHAT_OIDC_ISSUER: leave out what stands"),
        ("OIDC_ISSUER", "http://login.example", "CHAT_OIDC_ISSUER: use https; http is only"),
        ("OIDC_ISSUER", "http://127.0.0.1.example", "CHAT_OIDC_ISSUER: use https; http is only"),
        (
            "OIDC_ISSUER",
            "https://login.example/team/.well-known/openid-configuration",
            "use the part before /.well-known/: https://login.example/team",
        ),
        ("BASE_URL", "http://chat.example.com", "CHAT_BASE_URL: use https; http is only for local"),
        ("BASE_URL", "https://chat.example.com/chat", "CHAT_BASE_URL: 'https://chat.example.com/"),
        ("JOIN_CODE", "sesame", "CHAT_JOIN_CODE: it is too short; use at least 8"),
        ("JOIN_CODE", "open sesame ", "CHAT_JOIN_CODE: leave out the spaces around it"),
        ("OIDC_SCOPES", "profile email", "CHAT_OIDC_SCOPES: has to name openid"),
        ("OIDC_NAME_CLAIM", "", "CHAT_OIDC_NAME_CLAIM: it may not be empty"),
        ("ALLOWED", "chatters,@", "CHAT_ALLOWED: '' is not a name such as chat.example.com"),
        ("ALLOWED", "ann@b@example.com", "CHAT_ALLOWED: 'ann@b@example.com' is not an address"),
        ("ALLOWED", "ann lee@example.com", "CHAT_ALLOWED: 'ann lee@example.com' is not an address"),
        ("OIDC_CLIENT_ID", "chat", "CHAT_OIDC_CLIENT_ID: needs CHAT_OIDC_ISSUER, too; or leave"),
        ("OIDC_CLIENT_SECRET", "x", "CHAT_OIDC_CLIENT_SECRET: needs CHAT_OIDC_ISSUER, too"),
        ("BASE_URL", "https://chat.example.com", "CHAT_BASE_URL: needs CHAT_OIDC_ISSUER, too"),
        ("ALLOWED", "@example.com", "CHAT_ALLOWED: needs CHAT_OIDC_ISSUER, too"),
        ("ADMINISTRATORS", "ann@example.com", "CHAT_ADMINISTRATORS: needs CHAT_OIDC_ISSUER, too"),
    ],
)
def test_a_bad_value_is_explained_in_one_line(monkeypatch, name, value, explanation):
    monkeypatch.setenv(f"CHAT_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert explanation in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_names_and_origins_become_what_browsers_send(monkeypatch):
    monkeypatch.setenv("CHAT_HOSTS", "Chat.Example.Com., team-chat")
    monkeypatch.setenv("CHAT_ORIGINS", "https://Intranet.example:443/, http://a.example:8080")
    settings = load_settings()
    assert settings.hosts == ("chat.example.com", "team-chat")
    assert settings.origins == ("https://intranet.example", "http://a.example:8080")


OPENID = {
    "OIDC_ISSUER": "https://login.example/realms/Team/",
    "OIDC_CLIENT_ID": "chat",
    "OIDC_CLIENT_SECRET": "hunter2",
    "BASE_URL": "https://Chat.Example.com:443/",
}


def test_a_provider_has_an_issuer_as_it_is_written_and_an_origin_as_browsers_send_it(monkeypatch):
    for name, value in OPENID.items():
        monkeypatch.setenv(f"CHAT_{name}", value)
    monkeypatch.setenv("CHAT_ALLOWED", "@Example.com, Ann@example.com, Chatters")
    settings = load_settings()
    assert settings.oidc_issuer == "https://login.example/realms/Team/"
    assert settings.base_url == "https://chat.example.com"
    assert settings.allowed == ("@example.com", "ann@example.com", "Chatters")
    assert settings.oidc_client_secret.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8080", "http://127.0.0.1:80", "http://[::1]:9", "http://a.localhost"],
)
def test_on_this_machine_nothing_has_to_be_encrypted(monkeypatch, address):
    for name, value in {**OPENID, "OIDC_ISSUER": address, "BASE_URL": address}.items():
        monkeypatch.setenv(f"CHAT_{name}", value)
    assert load_settings().oidc_issuer == address


@pytest.mark.parametrize("name", list(OPENID)[1:])
@pytest.mark.parametrize("value", ["", " "])
def test_a_provider_needs_all_four_settings(monkeypatch, name, value):
    for each, good in OPENID.items():
        monkeypatch.setenv(f"CHAT_{each}", good)
    monkeypatch.setenv(f"CHAT_{name}", value)
    with pytest.raises(SettingsError, match=f"^CHAT_{name}: ") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_settings_of_a_provider_that_are_empty_are_not_set(monkeypatch):
    for name in OPENID:
        monkeypatch.setenv(f"CHAT_{name}", "")
    assert not load_settings().oidc_issuer


def test_who_may_sign_in_with_google_has_to_be_said(monkeypatch):
    for name, value in {**OPENID, "OIDC_ISSUER": "https://accounts.google.com"}.items():
        monkeypatch.setenv(f"CHAT_{name}", value)
    with pytest.raises(SettingsError, match=r"^CHAT_ALLOWED: say who may sign in, such as @ex"):
        load_settings()
    monkeypatch.setenv("CHAT_ALLOWED", "@example.com")
    load_settings()


def test_a_bad_secret_key_is_not_shown(monkeypatch):
    monkeypatch.setenv("CHAT_SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)
    monkeypatch.setenv("CHAT_SECRET_KEY", "hunter2\udcff")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("text", ["a\udcff", "a\x00b", "a\u009f"])
def test_a_text_of_a_program_is_checked_as_that_of_the_environment(text):
    with pytest.raises(ValidationError):
        Settings(title=text)


@pytest.mark.parametrize("command", [GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
@pytest.mark.parametrize(
    ("settings", "explanation"),
    [
        ({"send_rate": "often"}, "CHAT_SEND_RATE: "),
        ({"history": "dynamodb://ChatMessages?region=us-east-1"}, "CHAT_SECRET_KEY: is required"),
        ({"history": "sqlite:////proc/nowhere/chat.db"}, "/proc/nowhere"),
        (
            {"history": "mysql://chat"},
            "CHAT_HISTORY: use dynamodb://TABLE?region=REGION or sqlite:///PATH",
        ),
        ({"rooms": "Tech: caf\udce9"}, "CHAT_ROOMS: has bytes that are not UTF-8"),
        ({"rooms": "#tech"}, "CHAT_ROOMS: the room '#tech' may have"),
    ],
)
def test_the_start_stops_with_one_clear_line(tmp_path, command, settings, explanation):
    server = ChatServer(tmp_path, command, **settings)
    lines = [line for line in server.refusal().splitlines() if "can't start" in line]
    assert len(lines) == 1
    assert explanation in lines[0]


@pytest.mark.parametrize("bad", [{"rooms": "#tech"}, {"history": "mysql://chat"}])
def test_a_bad_setting_stops_the_start_before_anything_is_written(tmp_path, bad):
    settings = {"history": f"sqlite:///{tmp_path}/chat.db", **bad}
    with pytest.raises(SettingsError):
        create_app(Settings(**settings))
    assert not list(tmp_path.iterdir())


def test_the_readme_lists_every_setting():
    assert table() in (ROOT / "README.md").read_text()


TYPES = {int: "number", str: "text", SecretStr | None: "secret", SecretStr: "secret"}


def table():
    """The table of settings, as `python -m tests.test_settings` prints it."""
    rows = ["| variable | type | unit | default | meaning |", "|---|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        type_ = TYPES.get(field.annotation, "list")
        meaning, unit = re.fullmatch(r"(.*?)(?: \(((?!`).*)\))?", field.description).groups("")
        default = "" if field.default in {None, (), "", SecretStr("")} else f"`{field.default}`"
        rows.append(f"| `CHAT_{name.upper()}` | {type_} | {unit} | {default} | {meaning} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
