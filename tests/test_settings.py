"""The settings: what they accept, and how a bad one stops the start."""

import re
import sys

import pytest
from pydantic import SecretStr

from chat.settings import Settings, SettingsError, load_settings
from tests.servers import FLASK_RUN, GUNICORN, ROOT, ChatServer


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CHAT_{name.upper()}", raising=False)


def test_the_defaults_are_valid():
    settings = load_settings()
    assert [(room.id, room.title) for room in settings.rooms] == [
        ("general", "General"),
        ("tech", "Tech"),
        ("random", "Random"),
    ]
    assert settings.history == "sqlite:///instance/chat.db"


def test_rooms_keep_their_titles_and_get_ids_in_lower_case(monkeypatch):
    monkeypatch.setenv("CHAT_ROOMS", " Off Topic , Café,R_2-D2 ")
    rooms = load_settings().rooms
    assert [(room.id, room.title) for room in rooms] == [
        ("off-topic", "Off Topic"),
        ("café", "Café"),
        ("r_2-d2", "R_2-D2"),
    ]


def test_a_room_may_have_a_topic(monkeypatch):
    monkeypatch.setenv("CHAT_ROOMS", "Tech : What we build: and how,Random, Off Topic:")
    assert [(room.id, room.title, room.topic) for room in load_settings().rooms] == [
        ("tech", "Tech", "What we build: and how"),
        ("random", "Random", ""),
        ("off-topic", "Off Topic", ""),
    ]


@pytest.mark.parametrize(
    ("name", "value", "explanation"),
    [
        ("ROOMS", "", "CHAT_ROOMS: "),
        ("ROOMS", "General,#tech", "CHAT_ROOMS: the room '#tech' may have"),
        ("ROOMS", "a/b", "CHAT_ROOMS: the room 'a/b' may have"),
        ("ROOMS", "x" * 65, "CHAT_ROOMS: the room"),
        ("ROOMS", "Tech:" + "x" * 121, "CHAT_ROOMS: the topic of the room 'Tech' has more"),
        ("ROOMS", ":a topic", "CHAT_ROOMS: the room ''"),
        ("ROOMS", "Tech,tech", "CHAT_ROOMS: the room tech is named twice"),
        ("HISTORY", "mysql://chat", "CHAT_HISTORY: use sqlite:///PATH or dynamodb://"),
        ("HISTORY", "sqlite:///", "CHAT_HISTORY: use sqlite:///PATH"),
        ("SECRET_KEY", "short", "CHAT_SECRET_KEY: "),
        ("MESSAGE_LENGTH", "many", "CHAT_MESSAGE_LENGTH: Input should be a valid integer"),
        ("MESSAGE_LENGTH", "-1", "CHAT_MESSAGE_LENGTH: "),
        ("PAGE_SIZE", "101", "CHAT_PAGE_SIZE: "),
        ("SOCKET_BUFFER", "100", "CHAT_SOCKET_BUFFER: use at least 524,288 bytes"),
        ("ORIGINS", "https://a.example,*", "CHAT_ORIGINS: '*' is not an origin"),
        ("ORIGINS", "https://b\u00fccher.example", "browsers send other letters as xn--"),
        ("HOSTS", "https://a.example", "CHAT_HOSTS: 'https://a.example' is not a name"),
        ("HOSTS", "*", "CHAT_HOSTS: '*' is not a name such as chat.example.com"),
        ("HISTROY", "x", "CHAT_HISTROY is not a setting; did you mean CHAT_HISTORY?"),
        ("SESSION_STORE", "x", "CHAT_SESSION_STORE is not a setting"),
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


def test_a_bad_secret_key_is_not_shown(monkeypatch):
    monkeypatch.setenv("CHAT_SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("command", [GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
@pytest.mark.parametrize(
    ("settings", "explanation"),
    [
        ({"send_rate": "often"}, "CHAT_SEND_RATE: "),
        ({"history": "dynamodb://ChatMessages?region=us-east-1"}, "CHAT_SECRET_KEY: is required"),
        ({"history": "sqlite:////proc/nowhere/chat.db"}, "/proc/nowhere"),
    ],
)
def test_the_start_stops_with_one_clear_line(tmp_path, command, settings, explanation):
    server = ChatServer(tmp_path, command, **settings)
    lines = [line for line in server.refusal().splitlines() if "can't start" in line]
    assert len(lines) == 1
    assert explanation in lines[0]


def test_the_readme_lists_every_setting():
    assert table() in (ROOT / "README.md").read_text()


TYPES = {int: "number", str: "text", SecretStr | None: "secret"}


def table():
    """The table of settings, as `python -m tests.test_settings` prints it."""
    rows = ["| variable | type | unit | default | meaning |", "|---|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        type_ = TYPES.get(field.annotation, "list")
        meaning, unit = re.fullmatch(r"(.*?)(?: \(((?!`).*)\))?", field.description).groups("")
        default = "" if field.default in {None, ()} else f"`{field.default}`"
        rows.append(f"| `CHAT_{name.upper()}` | {type_} | {unit} | {default} | {meaning} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
