"""Two people, two browsers, two rooms: what the chat is for."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.every_browser


def test_a_message_appears_in_the_other_browser_in_its_room_only(visit, room):
    ann = visit("Ann", room)
    ben = visit("Ben", room)
    cid = visit("Cid", "tech")

    ann.say("Lunch at noon?")

    ben.sees("Lunch at noon?")
    ann.sees("Lunch at noon?")
    ben.say("Gladly!")
    ann.sees("Gladly!")
    cid.say(f"Only for Tech, says {cid.name}")
    cid.sees(f"Only for Tech, says {cid.name}")
    assert "Lunch at noon?" not in cid.texts()
    assert ben.texts() == ["Lunch at noon?", "Gladly!"]


def test_typing_appears_and_goes(visit, room):
    """It goes when the text is deleted. One's own typing is never shown."""
    ann, ben = visit("Ann", room), visit("Ben", room)

    ann.composer.press_sequentially("Hm")

    expect(ben.typing_line).to_have_text(f"{ann.name} is typing")
    expect(ann.typing_line).to_be_empty()
    ann.composer.fill("")
    expect(ben.typing_line).to_be_empty()


def test_the_history_is_there_after_coming_back(visit, room):
    ann = visit("Ann", room)
    ann.say("Remember me")
    ann.sees("Remember me")

    ann.page.reload()

    ann.sees("Remember me")


def test_signing_out_in_one_tab_ends_the_other(visit, room):
    ann = visit("Ann", room)
    second = ann.new_tab(f"/rooms/{room}")

    ann.sign_out()

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()
    expect(second.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_the_form_signs_in_and_leads_to_the_room_that_was_asked_for(visit):
    """A link to a room works after sign-in."""
    ann = visit("Ann", "tech", signed_in=False)

    ann.page.get_by_label("Your name").fill(ann.name)
    ann.page.get_by_role("button", name="Join the chat").click()

    ann.wait_until_live()
    expect(ann.page).to_have_url(f"{ann.url}/rooms/tech")
    expect(ann.page.get_by_role("heading", name="Tech", exact=True)).to_be_visible()


def test_a_name_in_use_is_refused_with_a_reason(visit):
    ann = visit("Ann", "general")
    twin = visit("Ann", None, signed_in=False)
    twin.tolerate("status of 409")
    twin.open("/")

    twin.page.get_by_label("Your name").fill(ann.name)
    twin.page.get_by_role("button", name="Join the chat").click()

    expect(twin.page.get_by_role("alert")).to_be_visible()
    expect(twin.page.get_by_label("Your name")).to_have_value(ann.name)
    expect(twin.page.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
