"""Names of people from everywhere: what they say is shown, and who calls them is heard."""

import pytest
from playwright.sync_api import expect

NAMES = [
    "Anne-Marie",
    "Al-Farabi",
    "O’Brien",
    "Jean-Luc d’Arc",
    "太郎",
    "김서연",
    "José",
    "ليلى حداد",
    "علی‌رضا",
    "प्रिया",
    "Nguyễn Thị Ánh",
    "Müller (Berlin)",
    "R2.D2",
    "a+b=c",
    "$1 ^x| y",
]


@pytest.mark.parametrize("name", NAMES)
def test_whoever_has_this_name_sees_messages_and_mentions(visit, room, chatter, name):
    ben = chatter("Ben", room)
    ben.say(room, "before")
    reader = visit(name, room)
    reader.sees("before")
    reader.say("I am here")
    reader.sees("I am here")
    ben.say(room, f"hello @{reader.name}, lunch?")
    reader.sees("lunch?")
    expect(reader.row("lunch?").locator("mark")).to_have_text(f"@{reader.name}")
    expect(reader.row("lunch?")).to_have_attribute("data-mentions-me", "")
