"""Whoever has no session any more ends on the sign-in page, and never in a loop of reloads."""

from playwright.sync_api import expect

from tests.browser.scrolling import until
from tests.browser.wire import Wire, lose_event, pass_on
from tests.chatters import sign_in


def test_a_name_taken_meanwhile_leads_to_the_sign_in_page(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    ann.tolerate("status of 401")
    ann.context.set_offline(True)
    own_server.kill()
    own_server.start()
    sign_in(ann.url, ann.name)

    ann.context.set_offline(False)

    expect(ann.page.get_by_role("alert")).to_contain_text("already called")
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_a_session_that_ended_leads_to_the_sign_in_page(visit, room):
    ann = visit("Ann", room)
    ann.context.clear_cookies()

    ann.page.reload()

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_a_refused_socket_never_makes_a_loop_of_reloads(visit):
    """The page says signed in, the socket says not: one reload, then the page asks."""
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    wire.to_browser = refuse
    loads = []
    ann.page.on("domcontentloaded", lambda page: loads.append(page.url))

    ann.page.goto("/rooms/general")

    expect(ann.banner).to_contain_text("You are signed out here")
    assert len(loads) == 2
    ann.banner.get_by_role("button", name="Sign in").click()
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_who_signs_in_again_finds_what_was_written(visit, own_server):
    """A message that waited is never sent by itself: the server may have it from before."""
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    wire.to_server = lose_event("send")
    ann.say("Waited")
    ann.composer.fill("half a thought")
    ann.context.clear_cookies()
    own_server.kill()  # and its list of the names in use
    own_server.start()
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible(timeout=30_000)
    wire.to_server = pass_on

    sign_in_by_form(ann)

    ann.wait_until_live()
    expect(ann.composer).to_have_value("half a thought")
    expect(ann.row("Waited")).to_contain_text("You were signed out before this was sent.")
    ann.row("Waited").get_by_role("button", name="Retry").click()
    ann.sees("Waited")
    assert len(wire.events("send")) == 2, "one before, and one with Retry"


def test_a_sign_out_asks_about_what_waits_and_leaves_nothing(visit, room):
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.to_server = lose_event("send")
    ann.say("Waits")
    ann.composer.fill("half a thought")
    questions = []

    def answer(dialog):
        questions.append(dialog.message)
        dialog.accept() if len(questions) > 1 else dialog.dismiss()

    ann.page.on("dialog", answer)
    ann.page.get_by_role("button", name="Sign out").click()
    expect(ann.row("Waits")).to_have_count(1)

    ann.page.get_by_role("button", name="Sign out").click()

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()
    assert "not sent yet" in questions[1]
    until(ann, "() => Object.keys(localStorage).length === 0")
    sign_in_by_form(ann)
    ann.wait_until_live()
    expect(ann.composer).to_have_value("")


def sign_in_by_form(visitor):
    visitor.page.get_by_label("Your name").fill(visitor.name)
    visitor.page.get_by_role("button", name="Join the chat").click()


def refuse(packet):
    is_connect = isinstance(packet, str) and packet.startswith("40/rooms,")
    return '44/rooms,{"message":"no","data":{"code":"unauthorized"}}' if is_connect else packet
