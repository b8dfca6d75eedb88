"""The rooms of the setting: their titles, topics and ids, and how a bad value is explained."""

import unicodedata

import pytest
from hypothesis import given, strategies

from chat.rooms.configured import MAX_TOPIC, configured_rooms
from chat.rooms.room import MAX_ROOM_ID, id_of_room
from chat.settings import SettingsError


def test_rooms_keep_their_titles_and_get_ids_in_lower_case():
    value = " Off Topic , Café,R_2-D2 "
    rooms = configured_rooms(value)
    assert [(room.id, room.title) for room in rooms] == [
        ("off-topic", "Off Topic"),
        ("café", "Café"),
        ("r_2-d2", "R_2-D2"),
    ]


def test_a_room_may_have_a_topic():
    value = "Tech : What we build: and how,Random, Off Topic:"
    assert [(room.id, room.title, room.topic) for room in configured_rooms(value)] == [
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
def test_a_room_may_have_the_marks_of_its_script(title, id_):
    (room,) = configured_rooms(title)
    assert room.id == id_
    assert room.title == unicodedata.normalize("NFC", title)


@given(strategies.from_regex(r"\w[\w -]{0,63}", fullmatch=True))
def test_an_id_is_its_own_id_and_fits_into_the_wire(title):
    id_ = id_of_room(title)
    assert id_of_room(id_) == id_
    assert len(id_) <= MAX_ROOM_ID


def test_a_topic_may_be_as_long_as_is_said():
    (room,) = configured_rooms("Tech:" + "x" * MAX_TOPIC)
    assert len(room.topic) == MAX_TOPIC


def test_a_topic_may_have_commas_in_quotation_marks():
    value = ' "Tech: Build, ship, ""and"" rest" ,"Off Topic", Random: a "quiet" place,'
    assert [(room.title, room.topic) for room in configured_rooms(value)] == [
        ("Tech", 'Build, ship, "and" rest'),
        ("Off Topic", ""),
        ("Random", 'a "quiet" place'),
    ]


@pytest.mark.parametrize(
    ("value", "explanation"),
    [
        ("", "name at least one room"),
        (" , ", "name at least one room"),
        ('"Tech: a,Random', "the room '\"Tech' may have"),
        ("\u0301", "the room '\u0301' may have"),
        ("\u3164", "the room '\u3164' may have"),
        ("Tech: a\x1b[2Jb", "'\\x1b' in 'a\\x1b[2Jb' is no character to"),
        ("Tech: a\nb", "'\\n' in 'a\\nb' is no character to be shown"),
        ("General,#tech", "the room '#tech' may have"),
        ("a/b", "the room 'a/b' may have"),
        ("x" * 65, "the room"),
        ("Tech:" + "x" * (MAX_TOPIC + 1), "the topic of the room 'Tech' has more"),
        (":a topic", "the room ''"),
        ("Tech,tech", "the room tech is named twice"),
    ],
)
def test_a_bad_value_is_explained_in_one_line(value, explanation):
    with pytest.raises(SettingsError) as refusal:
        configured_rooms(value)
    assert str(refusal.value).startswith(f"CHAT_ROOMS: {explanation}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["a\udcff", "a\x00b", "a\u009f"])
def test_a_topic_has_no_character_that_pages_cannot_show(text):
    with pytest.raises(SettingsError):
        configured_rooms(f"Tech: x{text}y")
