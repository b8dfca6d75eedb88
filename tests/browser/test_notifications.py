"""How a page that nobody looks at shows news: title, icon, notifications."""

import re

import pytest
from playwright.sync_api import expect

from tests.servers import wait_until

# In tests every page has the focus, and headless Chromium shows no notifications. So this replaces
# both: tests set `away`, and `shown` has the notifications.
AWAY = """
window.away = false;
document.hasFocus = () => !window.away;
window.shown = [];
window.Notification = class extends EventTarget {
  static get permission() { return localStorage.permission ?? "default"; }
  static async requestPermission() { localStorage.permission = window.answer ?? "granted"; }
  constructor(title, { body, tag }) {
    super();
    shown.push({ title, body, tag });
    window.last = this;
  }
};
window.contexts = [];
window.notes = 0;
window.AudioContext = class extends AudioContext {
  constructor() { super(); window.contexts.push(this); }
  get state() { return window.audioState ?? super.state; }
  async resume() { if (!window.audioState) await super.resume(); }
  createOscillator() { window.notes += 1; return super.createOscillator(); }
};
"""


@pytest.fixture
def ann(visit, room):
    ann = visit("Ann", None)
    ann.context.add_init_script(AWAY)
    ann.open(f"/rooms/{room}")
    return ann


@pytest.fixture
def ben(ann, chatter, room):
    return chatter("Ben", room)


def choose(visitor, label):
    visitor.page.get_by_role("button", name="Notifications").click()
    visitor.page.get_by_label(label).check()
    visitor.page.keyboard.press("Escape")


def go_away(visitor):
    visitor.page.evaluate("() => { window.away = true; window.dispatchEvent(new Event('blur')); }")


def come_back(visitor):
    visitor.page.evaluate("() => { away = false; window.dispatchEvent(new Event('focus')); }")


def wait_for_notifications(visitor, count):
    visitor.page.wait_for_function("count => shown.length >= count", arg=count)
    return visitor.page.evaluate("shown")


def told(*tabs):
    return sorted(news["body"] for tab in tabs for news in tab.page.evaluate("shown"))


def test_a_mention_is_notified_and_other_messages_are_not(ann, ben, room):
    choose(ann, "Messages that mention me")
    go_away(ann)
    ben.say(room, "nothing special")
    ben.say(room, f"@{ann.name} look!")
    (news,) = wait_for_notifications(ann, 1)
    assert news["title"].startswith(f"{ben.name} in Corner")
    assert news["body"] == f"@{ann.name} look!"


def test_every_message_is_notified_but_not_ones_own(ann, ben, room):
    choose(ann, "Every message")
    go_away(ann)
    ann.say("my own")
    ann.sees("my own")
    ben.say(room, "an answer")
    (news,) = wait_for_notifications(ann, 1)
    assert news["body"] == "an answer"


def test_several_tabs_notify_once(ann, ben, room):
    choose(ann, "Every message")
    second = ann.new_tab(f"/rooms/{room}")
    go_away(ann)
    go_away(second)
    ben.say(room, "first")
    wait_until(lambda: told(ann, second) == ["first"], 15, "the first notification")
    ben.say(room, "second")
    wait_until(lambda: "second" in told(ann, second), 15, "the second notification")
    assert told(ann, second) == ["first", "second"]


def test_nothing_is_notified_to_somebody_who_reads_or_did_not_ask(ann, ben, room):
    go_away(ann)
    ben.say(room, f"@{ann.name} unasked")
    ann.sees("unasked")
    come_back(ann)
    choose(ann, "Every message")
    ben.say(room, "while reading")
    ann.sees("while reading")
    go_away(ann)
    ben.say(room, "while away")
    assert [news["body"] for news in wait_for_notifications(ann, 1)] == ["while away"]


def test_a_click_on_a_notification_leads_to_the_room(visit, chatter, room):
    ann = visit("Ann", None)
    ann.context.add_init_script(AWAY)
    ann.open(f"/rooms/{room}")
    choose(ann, "Every message")
    ann.go_to("general")
    go_away(ann)
    chatter("Ben", room).say(room, "over here")
    (news,) = wait_for_notifications(ann, 1)
    assert news["body"] == "There are new messages."
    ann.page.evaluate("last.dispatchEvent(new Event('click'))")
    expect(ann.page).to_have_url(f"{ann.url}/rooms/{room}")
    ann.sees("over here")


def test_a_sound_is_played_if_it_was_asked_for(ann, ben, room):
    choose(ann, "Every message")
    choose(ann, "Also play a sound")
    until_notes(ann, 2)  # a sample is played when it is checked
    go_away(ann)
    ben.say(room, "ping")
    wait_for_notifications(ann, 1)
    until_notes(ann, 4)
    assert ann.page.evaluate("contexts.length") == 1


def test_a_sound_that_the_browser_stopped_is_woken_or_left_out(ann, ben, room):
    choose(ann, "Every message")
    choose(ann, "Also play a sound")
    until_notes(ann, 2)
    ann.page.evaluate("contexts[0].suspend()")
    go_away(ann)
    ben.say(room, "ping")
    wait_for_notifications(ann, 1)
    until_notes(ann, 4)

    come_back(ann)
    choose(ann, "Nothing")
    ann.page.evaluate("window.audioState = 'suspended'")
    sound = ann.page.get_by_label("Also play a sound")
    ann.page.get_by_role("button", name="Notifications").click()
    sound.uncheck()
    sound.check()
    ann.page.wait_for_timeout(600)  # longer than the page waits for the audio to resume
    assert ann.page.evaluate("notes") == 4


def until_notes(visitor, count):
    visitor.page.wait_for_function("count => notes === count", arg=count)


def test_the_choices_last_and_a_refusal_is_explained(ann):
    ann.page.evaluate("window.answer = 'denied'")
    choose(ann, "Messages that mention me")
    ann.page.reload()
    ann.page.get_by_role("button", name="Notifications").click()
    expect(ann.page.get_by_label("Messages that mention me")).to_be_checked()
    expect(ann.page.locator("[data-settings-hint]")).to_contain_text("blocks notifications")
    ann.page.get_by_label("Nothing").check()
    expect(ann.page.locator("[data-settings-hint]")).to_be_hidden()


def test_unread_messages_and_mentions_show_in_the_room_list_the_title_and_the_icon(ann, ben, room):
    ben.say(room, "before")
    ann.sees("before")
    badge = ann.page.locator(f"[data-room-link={room}] [data-unread]")
    icon = ann.page.locator("link[rel=icon]")
    plain = icon.get_attribute("href")
    go_away(ann)

    ben.say(room, "one")
    ben.say(room, f"two, @{ann.name}")

    expect(badge).to_have_text("@ 2")
    assert ann.page.title().startswith("(2) ")
    ann.page.wait_for_function(
        "() => document.querySelector('link[rel=icon]').href.startsWith('data:')"
    )
    come_back(ann)
    expect(badge).to_be_hidden()
    expect(icon).to_have_attribute("href", ann.url + plain)
    assert not ann.page.title().startswith("(")


def test_the_title_counts_while_the_page_is_hidden(visit, chatter, own_server):
    """A hidden page gets no frames."""
    ann = visit("Ann", None, at=own_server)
    ann.context.add_init_script(AWAY)
    ann.open("/rooms/general")
    ben = chatter("Ben", "general", at=own_server)
    go_away(ann)
    ann.page.evaluate("window.requestAnimationFrame = () => 0")
    ben.say("general", "psst")
    expect(ann.page).to_have_title(re.compile(r"^\(1\) "))


def test_unread_counts_survive_a_reload(visit, chatter, room):
    ann, ben = visit("Ann", room), chatter("Ben", room)
    ben.say(room, "read")
    ann.sees("read")
    ann.room_link("Tech").click()
    ann.wait_until_live()
    ben.say(room, "unread")
    badge = ann.page.locator(f"[data-room-link={room}] [data-unread]")
    expect(badge).to_have_text("1")
    ann.page.reload()
    expect(badge).to_have_text("1")


def test_each_room_has_its_own_choice(ann, ben, room, other_room):
    bell = ann.page.locator("[data-bell]")
    choose(ann, "Every message")
    ann.go_to(other_room)
    expect(bell).to_have_attribute("title", "Notifications: nothing")
    bell.click()
    expect(ann.page.get_by_label("Nothing")).to_be_checked()
    expect(ann.page.locator("[data-settings-room]")).to_have_text(
        ann.page.locator("[data-room-title]").inner_text()
    )
    ann.page.keyboard.press("Escape")
    ann.go_to(room)
    expect(bell).to_have_attribute("title", "Notifications: every message")


def test_the_bell_shows_what_it_tells(ann):
    bell = ann.page.locator("[data-bell]")
    expect(bell.locator("[data-bell-level=nothing]")).to_be_visible()
    choose(ann, "Messages that mention me")
    expect(bell.locator("[data-bell-level=mentions]")).to_be_visible()
    expect(bell.locator("[data-bell-level=nothing]")).to_be_hidden()
    ann.page.reload()
    expect(bell).to_have_attribute("title", "Notifications: messages that mention me")
