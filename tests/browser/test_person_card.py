"""The card of a person: who it is, whether they are here, and what one can do."""

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NAMES = ["Al-Farabi", "太郎", "O’Brien", "علی\u200cرضا", "W" * 34]


def card_of(visitor, name):
    return visitor.page.get_by_role("dialog", name=name, exact=True)


def author(visitor, text):
    return visitor.row(text).locator("button[data-about-person]")


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


@pytest.mark.every_browser
@pytest.mark.parametrize("name", NAMES)
def test_a_name_leads_to_the_card_and_the_card_to_a_mention(ann, chatter, room, name):
    ben = chatter(name, room)
    ben.say(room, "Hello")
    author(ann, "Hello").click()
    card = card_of(ann, ben.name)
    expect(card.get_by_role("heading")).to_have_text(ben.name)
    expect(card.get_by_role("status")).to_have_text("Here now")
    box = card.bounding_box()
    assert box["x"] + box["width"] <= 1280
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
    card.get_by_role("button", name="Mention").click()
    expect(card).to_be_hidden()
    expect(ann.composer).to_be_focused()
    expect(ann.composer).to_have_value(f"@{ben.name} ")
    ann.page.keyboard.type("hi")
    expect(ann.page.get_by_role("option")).to_have_count(0)
    expect(ann.composer).to_have_value(f"@{ben.name} hi")


def test_a_mention_stands_apart_from_what_was_written(ann, chatter, room):
    ben = chatter("Ben", room)
    ben.say(room, "Hello")
    ann.composer.fill("Thanks")
    author(ann, "Hello").click()
    card_of(ann, ben.name).get_by_role("button", name="Mention").click()
    expect(ann.composer).to_have_value(f"Thanks @{ben.name} ")


def test_the_card_says_when_somebody_was_last_here(ann, chatter, room):
    ben = chatter("Ben", room)
    ben.say(room, "Bye")
    ann.sees("Bye")
    ben.close()
    expect(ann.page.locator("[data-person]")).to_have_count(1)  # after the grace period
    ann.row("Bye").locator("[data-avatar]").click()
    expect(card_of(ann, ben.name).get_by_role("status")).to_have_text("Here a moment ago")


def test_whoever_was_never_seen_is_just_not_here(ann, fill, visit, room):
    fill(room, "From the old chat")
    ben = visit("Ben", room)
    author(ben, "From the old chat").click()
    expect(card_of(ben, "Old Hand").get_by_role("status")).to_have_text("Not here")


def test_the_list_of_people_leads_to_the_card_too(ann, chatter, room):
    ben = chatter("Ben", room)
    ann.page.locator("[data-person]", has_text=ben.name).click()
    expect(card_of(ann, ben.name)).to_be_visible()
    ann.page.mouse.click(640, 20)
    expect(card_of(ann, ben.name)).to_be_hidden()


def test_ones_own_card_leads_to_the_profile(ann):
    ann.say("Mine")
    author(ann, "Mine").click()
    card = card_of(ann, ann.name)
    expect(card.get_by_role("status")).to_have_text("Here now")
    card.get_by_role("button", name="Your profile").click()
    expect(card).to_be_hidden()
    expect(ann.page.get_by_role("dialog", name="Your profile")).to_be_visible()


def test_by_keyboard_the_author_is_one_step_from_the_message(ann, chatter, room):
    """Tab doesn't stop at the names of all messages."""
    ben = chatter("Ben", room)
    for text in ("https://one.example", "https://two.example"):
        ben.say(room, text)
        ann.sees(text)
        ann.say(f"answer to {text}")
        ann.sees(f"answer to {text}")
    ann.log.focus()
    for text in ("answer to https://two.example", "https://two.example"):
        ann.page.keyboard.press("ArrowUp")
        expect(ann.row(text).first).to_be_focused()
    ann.page.keyboard.press("Tab")
    expect(author(ann, "https://two.example").first).to_be_focused()
    ann.page.keyboard.press("Enter")
    card = card_of(ann, ben.name)
    expect(card.get_by_role("button", name="Mention")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(author(ann, "https://two.example").first).to_be_focused()


def test_by_keyboard_the_list_of_people_is_one_stop(ann, chatter, room):
    names = sorted([ann.name, *(chatter(name, room).name for name in ("Ben", "Cem"))])
    expect(ann.page.locator("[data-person]")).to_have_count(3)
    ann.page.locator("[data-people]").focus()
    for name in [*names, names[-1]]:
        ann.page.keyboard.press("ArrowDown")
        expect(ann.page.locator("[data-person] button:focus")).to_contain_text(name)
    ann.page.keyboard.press("ArrowUp")
    expect(ann.page.locator("[data-person] button:focus")).to_contain_text(names[1])
    ann.page.keyboard.press("Enter")
    expect(card_of(ann, names[1])).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("[data-person] button:focus")).to_contain_text(names[1])


def test_without_a_connection_the_card_says_so(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    ann.say("Mine")
    ann.sees("Mine")
    author(ann, "Mine").click()
    expect(card_of(ann, ann.name)).to_be_visible()  # the card is loaded
    ann.page.keyboard.press("Escape")
    own_server.kill()
    expect(ann.banner).to_contain_text("Trying again")
    author(ann, "Mine").click()
    state = card_of(ann, ann.name).get_by_role("status")
    expect(state).to_have_text("Not known without a connection")


def test_on_a_phone_it_is_a_sheet_and_a_mention_leads_back_to_the_room(visit, chatter, room):
    ann, ben = visit("Ann", room, reduced_motion="reduce", **PHONE), chatter("Ben", room)
    ben.say(room, "Hello")
    ann.sees("Hello")
    ann.page.get_by_role("button", name="people here").tap()
    ann.page.locator("[data-person]", has_text=ben.name).tap()
    card = card_of(ann, ben.name)
    expect(card.get_by_role("status")).to_have_text("Here now")
    box = card.bounding_box()
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    card.get_by_role("button", name="Mention").tap()
    expect(ann.page.locator("[data-people]")).to_be_hidden()
    expect(ann.composer).to_be_focused()
    expect(ann.composer).to_have_value(f"@{ben.name} ")


@pytest.mark.parametrize("size", [(320, 568), (640, 320), (320, 256)])
def test_all_of_the_card_is_within_reach(visit, chatter, room, size):
    width, height = size
    viewport = {"width": width, "height": height}
    ann = visit("Ann", room, viewport=viewport, reduced_motion="reduce")
    ben = chatter("W" * 34, room)
    ben.say(room, "Hello")
    author(ann, "Hello").click()
    card = card_of(ann, ben.name)
    mention = card.get_by_role("button", name="Mention")
    mention.scroll_into_view_if_needed()
    for part in (mention, card):
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
