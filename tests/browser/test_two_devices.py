"""One person on two devices: what is read, and what notifies, is the same on both."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitors import Visitor
from tests.browser.wire import Wire


@pytest.fixture
def another_device(browser):
    """Opens another browser of the same person: `another_device(ann, room)`."""
    devices = []

    def open_browser(person, room):
        device = Visitor(browser, person.url, person.name)
        devices.append(device)
        device.context.add_cookies(person.context.cookies())
        device.open(f"/rooms/{room}")
        return device

    yield open_browser
    complaints = [device.complaints for device in devices if device.complaints]
    for device in devices:
        device.context.close()
    assert not complaints


def badge(device, room):
    return device.page.locator(f'[data-room-link="{room}"] [data-unread]')


def bell(device):
    return device.page.locator("[data-bell]")


def choose(device, label):
    device.page.get_by_role("button", name="Notifications").click()
    device.page.get_by_label(label).check()
    device.page.keyboard.press("Escape")


@pytest.mark.every_browser
def test_read_on_one_device_loses_its_number_on_the_other(
    visit, another_device, chatter, room, other_room
):
    laptop, ben = visit("Ann", room), chatter("Ben", room)
    ben.say(room, "the first")
    laptop.sees("the first")
    laptop.go_to(other_room)
    ben.say(room, "the second")
    phone = another_device(laptop, other_room)
    expect(badge(laptop, room)).to_have_text("1")
    expect(badge(phone, room)).to_have_text("1")

    phone.go_to(room)
    phone.sees("the second")

    expect(badge(laptop, room)).to_be_hidden()
    expect(badge(phone, room)).to_be_hidden()


def test_the_new_line_stays_where_another_device_reads_on(visit, another_device, chatter, room):
    laptop, ben = visit("Ann", room), chatter("Ben", room)
    ben.say(room, "read by both")
    laptop.sees("read by both")
    laptop.page.evaluate("document.hasFocus = () => false; window.dispatchEvent(new Event('blur'))")
    ben.say(room, "unread here")
    laptop.sees("unread here")
    expect(laptop.page.locator("[data-new-line]")).to_be_visible()
    expect(badge(laptop, room)).to_have_text("1")

    phone = another_device(laptop, room)
    phone.sees("unread here")

    expect(badge(laptop, room)).to_be_hidden()
    expect(laptop.page.locator("[data-new-line]")).to_be_visible()


def test_a_level_is_the_same_on_both_devices(visit, another_device, room, other_room):
    laptop = visit("Ann", room)
    phone = another_device(laptop, room)
    choose(laptop, "Messages that mention me")
    mentions = "Notifications: messages that mention me"
    expect(bell(phone)).to_have_attribute("title", mentions)
    choose(phone, "Every message")
    expect(bell(laptop)).to_have_attribute("title", "Notifications: every message")
    phone.go_to(other_room)
    expect(bell(phone)).to_have_attribute("title", "Notifications: nothing")
    tablet = another_device(laptop, room)
    expect(bell(tablet)).to_have_attribute("title", "Notifications: every message")


def test_after_a_restart_a_new_device_knows_what_was_read_and_chosen(
    visit, another_device, chatter, own_server
):
    laptop = visit("Ann", "general", at=own_server)
    laptop.tolerate_lost_connection()
    ben = chatter("Ben", "general", at=own_server)
    for room, text in (("general", "in General"), ("tech", "in Tech")):
        ben.join(room)
        ben.say(room, text)
        if room == "tech":
            laptop.go_to("tech")
        laptop.sees(text)
    choose(laptop, "Every message")
    laptop.go_to("random")
    ben.say("general", "one more")
    expect(badge(laptop, "general")).to_have_text("1")
    ben.close()
    own_server.stop()
    own_server.start()

    phone = another_device(laptop, "random")
    expect(badge(phone, "general")).to_have_text("1")
    expect(badge(phone, "tech")).to_be_hidden()
    phone.go_to("tech")
    expect(bell(phone)).to_have_attribute("title", "Notifications: every message")


def test_a_page_that_is_closed_has_sent_what_was_read(
    visit, another_device, chatter, room, other_room
):
    laptop, ben = visit("Ann", room), chatter("Ben", room)
    for text in ("one", "two", "three"):
        ben.say(room, text)
        laptop.sees(text)
    laptop.page.close()
    phone = another_device(laptop, other_room)
    ben.say(room, "four")
    expect(badge(phone, room)).to_have_text("1")


def test_with_an_old_server_each_device_has_its_own(visit, chatter, room, other_room):
    laptop, ben = visit("Ann", None), chatter("Ben", room)
    wire = Wire(laptop.page)
    wire.refuse("rooms", "invalid", "there is no event 'rooms'")
    laptop.open(f"/rooms/{room}")
    ben.say(room, "read")
    laptop.sees("read")
    choose(laptop, "Every message")
    laptop.go_to(other_room)
    ben.say(room, "unread")
    expect(badge(laptop, room)).to_have_text("1")
    laptop.page.reload()
    expect(badge(laptop, room)).to_have_text("1")
    laptop.go_to(room)
    expect(bell(laptop)).to_have_attribute("title", "Notifications: every message")
    assert len(wire.events("rooms")) == 2
    assert wire.events("read") == wire.events("set_level") == []
