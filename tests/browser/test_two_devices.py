"""One person on two devices: what is read, notifies and was chosen is the same on both."""

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
        cookies = person.context.cookies()
        device.context.add_cookies([each for each in cookies if "theme" not in each["name"]])
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


@pytest.mark.every_browser
def test_a_theme_goes_to_the_devices_that_have_none_of_their_own(visit, another_device, room):
    laptop = visit("Ann", room, color_scheme="light")
    phone = another_device(laptop, room)
    choose_theme(laptop, "Dark")
    for device in (laptop, phone):
        expect(html(device)).to_have_attribute("data-theme", "dark")
    expect(phone.page.locator('[name=theme][value="dark"]')).to_be_checked()
    first_paint = phone.page.request.get(f"/rooms/{room}").text()
    assert '<html lang="en" data-theme="dark">' in first_paint

    choose_theme(phone, "Light")
    choose_tone(phone, "Dark")
    wait_for_tone(laptop, "🏿")
    expect(html(laptop)).to_have_attribute("data-theme", "dark")
    expect(laptop.page.locator('[name=theme][value="dark"]')).to_be_checked()
    tablet = another_device(laptop, room)
    expect(html(tablet)).to_have_attribute("data-theme", "light")


def test_the_tabs_of_a_browser_have_one_theme(visit, room):
    ann = visit("Ann", room, color_scheme="light")
    other = ann.new_tab(f"/rooms/{room}")
    for theme in ("dark", "light"):
        choose_theme(ann, theme.title())
        expect(html(other)).to_have_attribute("data-theme", theme)


def test_who_comes_next_into_a_browser_has_not_the_theme_of_the_last_one(
    visit, another_device, room
):
    laptop = visit("Ann", room)
    phone = another_device(laptop, room)
    choose_theme(laptop, "Dark")
    expect(html(phone)).to_have_attribute("data-theme", "dark")
    phone.name = "Ben"
    phone.sign_in()
    phone.open(f"/rooms/{room}")
    expect(html(phone)).to_have_attribute("data-theme", "system")


@pytest.mark.every_browser
def test_a_skin_tone_is_the_same_on_all_devices(visit, another_device, room):
    laptop = visit("Ann", room)
    phone = another_device(laptop, room)
    choose_tone(laptop, "Medium")
    wait_for_tone(phone, "🏽")
    phone.composer.press_sequentially(":wave:")
    expect(phone.composer).to_have_value("👋🏽")
    choose_tone(phone, "Yellow")
    wait_for_tone(laptop, "")
    laptop.composer.press_sequentially(":wave:")
    expect(laptop.composer).to_have_value("👋")


def test_what_was_chosen_without_a_connection_reaches_the_other_devices_later(
    visit, another_device, room
):
    laptop = visit("Ann", room)
    phone = another_device(laptop, room)
    laptop.tolerate_lost_connection()
    choose_tone(laptop, "Medium")  # loads the picker
    wait_for_tone(phone, "🏽")
    laptop.context.set_offline(True)
    expect(laptop.banner).to_contain_text("You’re offline.")
    choose_tone(laptop, "Light")
    choose_theme(laptop, "Dark")
    laptop.context.set_offline(False)
    laptop.page.reload()
    wait_for_tone(phone, "🏻")
    expect(html(phone)).to_have_attribute("data-theme", "dark")


def html(device):
    return device.page.locator("html")


def choose_theme(device, label):
    device.open_account()
    device.page.get_by_role("radio", name=label, exact=True).check(force=True)
    device.page.keyboard.press("Escape")


def choose_tone(device, label):
    device.page.locator("[data-emoji-button]").click()
    picker = device.page.get_by_role("dialog", name="Emoji", exact=True)
    picker.get_by_role("button", name="Skin tone").click()
    picker.get_by_role("button", name=label, exact=True).click()
    device.page.keyboard.press("Escape")


def wait_for_tone(device, tone):
    device.page.wait_for_function(
        """(tone) => Object.entries(localStorage).some(
            ([key, value]) => key.startsWith("tone ") && JSON.parse(value) === tone
        )""",
        arg=tone,
    )


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
