"""The profile: one's name, and where one is signed in."""

import time

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import expect

from chat.accounts.session_cookie import cookie_name
from chat.storage import open_history
from chat.storage.accounts import Session
from tests.browser.scrolling import until
from tests.browser.wire import Wire, lose_event

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def open_profile(visitor):
    visitor.open_account()
    visitor.page.get_by_role("button", name="Your profile").click()
    profile = visitor.page.get_by_role("dialog", name="Your profile")
    expect(profile.get_by_role("listitem").first).to_be_visible()
    return profile


def change_name(visitor, name):
    profile = open_profile(visitor)
    profile.get_by_label("Name").fill(name)
    profile.get_by_role("button", name="Save").click()
    return profile


def is_signed_out(visitor):
    expect(visitor.page.get_by_role("button", name="Join the chat")).to_be_visible(timeout=30_000)


def is_called(visitor, name):
    expect(visitor.page.locator("body")).to_have_attribute("data-user-name", name, timeout=30_000)
    visitor.wait_until_live()


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


@pytest.fixture
def browsers(ann, visit, room, shared_server):
    """Two browsers of Ann, each with a session of its own."""
    folder, now = shared_server.folder, time.time()
    person = ann.page.locator("body").get_attribute("data-user-id")
    session = Session(f"phone {person}", person, "Safari on an iPhone", now, now, now + 3600)
    history = open_history(f"sqlite:///{folder}/chat.db")
    history.accounts.begin_session(session)
    history.close()
    phone = visit("Ann", None, signed_in=False)
    cookie = {"person": [person, ann.name], "session": session.id, "since": now}
    phone.context.add_cookies(
        [{**signed((folder / "secret-key").read_text(), cookie), "url": phone.url}]
    )
    phone.open(f"/rooms/{room}")
    return ann, phone


def signed(key, cookie):
    """The cookie as the server with this key makes it."""
    app = Flask("any")
    app.secret_key = key
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    return {"name": cookie_name(key), "value": serializer.dumps(cookie)}


def test_one_sees_where_one_is_signed_in_and_ends_it_there(browsers):
    desk, phone = browsers
    profile = open_profile(desk)
    expect(profile.get_by_role("listitem")).to_have_text(
        ["A browser This oneSince today", "Safari on an iPhoneHere nowSign out"]
    )
    phone.tolerate("status of 401")
    profile.get_by_role("button", name="Sign out: Safari on an iPhone").click()
    expect(profile.get_by_role("listitem")).to_have_count(1)
    expect(profile.get_by_role("status")).to_have_text("Signed out: Safari on an iPhone")
    expect(profile.get_by_role("list")).to_be_focused()
    is_signed_out(phone)
    desk.page.keyboard.press("Escape")
    expect(profile).to_be_hidden()
    expect(desk.log).to_have_attribute("data-live", "true")
    desk.say("Still here")
    desk.sees("Still here")


def test_one_signs_out_everywhere_and_comes_back_as_the_same_person(browsers):
    desk, phone = browsers
    phone.tolerate("status of 401")
    person = desk.page.locator("body").get_attribute("data-user-id")
    open_profile(desk).get_by_role("button", name="Sign out everywhere").click()
    question = desk.page.get_by_role("dialog", name="Sign out everywhere?")
    expect(question.get_by_role("button", name="Stay signed in")).to_be_focused()
    question.get_by_role("button", name="Stay signed in").click()
    expect(question).to_be_hidden()
    open_profile(desk).get_by_role("button", name="Sign out everywhere").click()
    question.get_by_role("button", name="Sign out everywhere").click()
    is_signed_out(desk)
    is_signed_out(phone)
    until(desk, "() => Object.keys(localStorage).length === 0")
    desk.page.get_by_role("button", name=f"Continue as {desk.name}").click()
    desk.wait_until_live()
    expect(desk.page.locator("body")).to_have_attribute("data-user-id", person)


def test_what_waits_is_asked_about_before_one_signs_out_everywhere(visit, room):
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    open_profile(ann).get_by_role("button", name="Sign out everywhere").click()
    question = ann.page.get_by_role("dialog", name="Sign out everywhere?")
    warning = question.get_by_text("haven’t been sent")
    expect(question).to_be_visible()
    expect(warning).to_be_hidden()
    ann.page.keyboard.press("Escape")
    wire.to_server = lose_event("send")
    ann.say("Waits")
    open_profile(ann).get_by_role("button", name="Sign out everywhere").click()
    expect(warning).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(ann.row("Waits")).to_have_count(1)


@pytest.mark.every_browser
def test_a_new_name_is_on_all_pages_and_on_what_is_said_from_now_on(browsers, chatter, room):
    desk, phone = browsers
    ben = chatter("Ben", room)
    desk.say("with the old name")
    desk.sees("with the old name")
    name = f"علی\u200cرضا {desk.name.split()[-1]}"
    change_name(desk, name)
    is_called(desk, name)
    is_called(phone, name)
    phone.say("with the new name")
    for visitor in (desk, phone):
        visitor.sees("with the new name")
        authors = visitor.page.locator("[data-author]")
        expect(authors).to_have_text([desk.name, name])
        expect(visitor.row("with the new name")).to_have_attribute("data-own", "true")
        expect(visitor.page.locator("[data-person-name]")).to_have_text(sorted([ben.name, name]))


def test_others_see_the_new_name_in_the_list_of_people(ann, visit, room):
    ben = visit("Ben", room)
    name = f"Zoë {ann.name.split()[-1]}"
    change_name(ann, name)
    expect(ben.page.locator("[data-person-name]")).to_have_text([ben.name, name])


def test_a_draft_survives_the_new_name(ann):
    ann.composer.fill("half a thought")
    name = f"Anna {ann.name.split()[-1]}"
    change_name(ann, name)
    is_called(ann, name)
    expect(ann.composer).to_have_value("half a thought")


def test_a_name_that_is_refused_is_explained_and_stays_as_it_was_typed(ann, chatter, room):
    ann.tolerate("status of 409", "status of 400")
    ben = chatter("Ben", room)
    profile = change_name(ann, ben.name)
    field = profile.get_by_label("Name")
    expect(profile.get_by_role("alert")).to_contain_text("already called")
    expect(field).to_be_focused()
    expect(field).to_have_value(ben.name)
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("system")
    field.press("Enter")
    expect(profile.get_by_role("alert")).to_contain_text("reserved")
    profile.get_by_role("button", name="Cancel").click()
    open_profile(ann)
    expect(field).to_have_value(ann.name)
    expect(profile.get_by_role("alert")).to_be_hidden()
    expect(profile).to_contain_text("keeps your old name")


def test_without_a_connection_the_profile_says_so(ann):
    ann.tolerate_lost_connection()
    open_profile(ann)
    ann.page.keyboard.press("Escape")
    ann.context.set_offline(True)
    ann.open_account()
    ann.page.get_by_role("button", name="Your profile").click()
    profile = ann.page.get_by_role("dialog", name="Your profile")
    expect(profile.get_by_role("status")).to_contain_text("Check your connection")
    profile.get_by_label("Name").fill("Anna")
    profile.get_by_role("button", name="Save").click()
    expect(profile.get_by_role("alert")).to_contain_text("Check your connection")
    ann.context.set_offline(False)


def test_the_focus_goes_back_to_where_it_was(ann):
    open_profile(ann)
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("button", name="You: ")).to_be_focused()


@pytest.mark.parametrize("size", [(320, 568), (640, 320)])
def test_all_of_the_profile_is_within_reach(visit, room, size):
    width, height = size
    ann = visit("W" * 34, room, viewport={"width": width, "height": height})
    ann.page.locator("[data-open-profile]").dispatch_event("click")
    profile = ann.page.get_by_role("dialog", name="Your profile")
    expect(profile.get_by_role("listitem")).to_have_count(1)
    assert profile.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    for part in (
        profile.get_by_role("button", name="Save"),
        profile.get_by_role("button", name="Sign out everywhere"),
        profile.get_by_label("Name"),
        profile.get_by_role("listitem"),
    ):
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= box["y"] + box["height"] <= height


def test_on_a_phone_the_profile_is_behind_the_tab_of_oneself(visit, room):
    ann = visit("Ann", room, **PHONE)
    ann.page.get_by_role("button", name="Rooms", exact=True).tap()
    ann.page.get_by_role("button", name="You", exact=True).tap()
    ann.page.get_by_role("button", name="Your profile").tap()
    expect(ann.page.get_by_role("dialog", name="Your profile")).to_be_visible()
