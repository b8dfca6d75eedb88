"""The settings: what they accept, and how a bad one stops the start."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given, strategies
from pydantic import SecretStr, ValidationError

from chat.settings import MAX_ROOM_ID, Settings, SettingsError, id_of_room, load_settings
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
    ("title", "id_"),
    [
        ("हिन्दी", "हिन्दी"),
        ("ทั่วไป", "ทั่วไป"),
        ("گفت\u200cوگو", "گفت\u200cوگو"),
        ("İstanbul", "i\u0307stanbul"),
        ("Cafe\u0301 Zoë", "café-zoë"),
        ("ΟΔΟΣ", "οδος"),
        ("İ" * 64, "i\u0307" * 64),
    ],
)
def test_a_room_may_have_the_marks_of_its_script(monkeypatch, title, id_):
    monkeypatch.setenv("CHAT_ROOMS", title)
    (room,) = load_settings().rooms
    assert room.id == id_
    assert room.title == unicodedata.normalize("NFC", title)


@given(strategies.from_regex(r"\w[\w -]{0,63}", fullmatch=True))
def test_an_id_is_its_own_id_and_fits_into_the_wire(title):
    id_ = id_of_room(title)
    assert id_of_room(id_) == id_
    assert len(id_) <= MAX_ROOM_ID


def test_a_topic_may_have_commas_in_quotation_marks(monkeypatch):
    value = ' "Tech: Build, ship, ""and"" rest" ,"Off Topic", Random: a "quiet" place,'
    monkeypatch.setenv("CHAT_ROOMS", value)
    assert [(room.title, room.topic) for room in load_settings().rooms] == [
        ("Tech", 'Build, ship, "and" rest'),
        ("Off Topic", ""),
        ("Random", 'a "quiet" place'),
    ]


@pytest.mark.parametrize(
    ("name", "value", "explanation"),
    [
        ("ROOMS", "", "CHAT_ROOMS: "),
        ("ROOMS", '"Tech: a,Random', "CHAT_ROOMS: the room '\"Tech' may have"),
        ("ROOMS", "\u0301", "CHAT_ROOMS: the room '\u0301' may have"),
        ("ROOMS", "\u3164", "CHAT_ROOMS: the room '\u3164' may have"),
        ("ROOMS", "\udce9t\udce9", "CHAT_ROOMS: has bytes that are not UTF-8"),
        ("ROOMS", "Tech: caf\udce9", "CHAT_ROOMS: has bytes that are not UTF-8"),
        ("ROOMS", "Tech: a\x1b[2Jb", "CHAT_ROOMS: '\\x1b' in 'a\\x1b[2Jb' is no character to"),
        ("ROOMS", "Tech: a\nb", "CHAT_ROOMS: '\\n' in 'a\\nb' is no character to be shown"),
        ("TITLE", "Caf\udce9", "CHAT_TITLE: has bytes that are not UTF-8"),
        ("TITLE", "Our\x07chat", "CHAT_TITLE: '\\x07' in 'Our\\x07chat' is no character to be"),
        ("TITLE", " \u200b", "CHAT_TITLE: there is nothing to see in ' \\u200b'"),
        ("SECRET_KEY", "sixteen characters \udcff", "CHAT_SECRET_KEY: has bytes that are not UTF"),
        ("HISTORY", "sqlite:///\udcff.db", "CHAT_HISTORY: has bytes that are not UTF-8"),
        ("ORIGINS", "https://\udcff.example", "CHAT_ORIGINS: has bytes that are not UTF-8"),
        ("ROOMS", "General,#tech", "CHAT_ROOMS: the room '#tech' may have"),
        ("ROOMS", "a/b", "CHAT_ROOMS: the room 'a/b' may have"),
        ("ROOMS", "x" * 65, "CHAT_ROOMS: the room"),
        ("ROOMS", "Tech:" + "x" * 121, "CHAT_ROOMS: the topic of the room 'Tech' has more"),
        ("ROOMS", ":a topic", "CHAT_ROOMS: the room ''"),
        ("ROOMS", "Tech,tech", "CHAT_ROOMS: the room tech is named twice"),
        ("HISTORY", "mysql://chat", "CHAT_HISTORY: use sqlite:///PATH or dynamodb://"),
        ("HISTORY", "sqlite:///", "CHAT_HISTORY: use sqlite:///PATH"),
        ("HISTORY", "sqlite:///:memory:", "CHAT_HISTORY: :memory: is not a path"),
        ("SECRET_KEY", "short", "CHAT_SECRET_KEY: "),
        ("MESSAGE_LENGTH", "many", "CHAT_MESSAGE_LENGTH: use a whole number"),
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
    monkeypatch.setenv("CHAT_SECRET_KEY", "hunter2\udcff")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("text", ["a\udcff", "a\x00b", "a\u009f"])
def test_a_text_of_a_program_is_checked_as_that_of_the_environment(text):
    with pytest.raises(ValidationError):
        Settings(title=text)
    with pytest.raises(ValidationError):
        Settings(rooms=f"Tech: x{text}y")


@pytest.mark.parametrize("command", [GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
@pytest.mark.parametrize(
    ("settings", "explanation"),
    [
        ({"send_rate": "often"}, "CHAT_SEND_RATE: "),
        ({"history": "dynamodb://ChatMessages?region=us-east-1"}, "CHAT_SECRET_KEY: is required"),
        ({"history": "sqlite:////proc/nowhere/chat.db"}, "/proc/nowhere"),
        ({"rooms": "Tech: caf\udce9"}, "CHAT_ROOMS: has bytes that are not UTF-8"),
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
