"""Without a session the reader gets to the sign-in page, and never into a loop of reloads."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import until
from tests.browser.wire import Wire, lose, lose_event, pass_on, until_true
from tests.chatters import chatting, sign_in


def test_a_name_taken_meanwhile_leads_to_the_sign_in_page(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    ann.tolerate("status of 401")
    ann.context.set_offline(True)
    restart(own_server)
    other = sign_in(ann.url, ann.name)
    restart(own_server)  # otherwise the former owner would get the name back
    with chatting(ann.url, ann.name, session=other):
        ann.context.set_offline(False)

        expect(ann.page.get_by_role("alert")).to_contain_text("already called")
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_a_session_that_ended_leads_to_the_sign_in_page(visit, room):
    ann = visit("Ann", room)
    ann.context.clear_cookies()

    ann.page.reload()

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_a_page_never_goes_on_as_somebody_else(visit, own_server):
    """In another tab, or on another port of this host, somebody else has signed in meanwhile."""
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    boris = sign_in(ann.url, "Boris")
    for name, value in boris.cookies.items():
        ann.context.add_cookies([{"name": name, "value": value, "url": ann.url}])

    restart(own_server)

    expect(ann.page.locator("body")).to_have_attribute("data-user-name", "Boris", timeout=30_000)
    ann.wait_until_live()
    ann.say("Who am I?")
    ann.sees("Who am I?")
    (sent,) = wire.events("send")
    assert sent["text"] == "Who am I?"


def test_a_tab_that_stood_still_wakes_up_as_whoever_is_signed_in_now(visit, own_server):
    """Another tab has signed out meanwhile, and signed in as somebody else."""
    ann = visit("Ann", None, at=own_server)
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    other = ann.new_tab("/rooms/general")
    stand_still(wire)
    other.sign_out()
    sign_in_by_form(other, "Boris")
    other.wait_until_live()
    expect(ann.log).to_have_attribute("data-live", "true")

    wire.to_browser = pass_on
    wire.browser.close()

    me = ann.page.locator("[data-person]").filter(has=ann.page.locator("[data-person-you]:visible"))
    expect(me.locator("[data-person-name]")).to_have_text("Boris")
    ann.wait_until_live()
    ann.say("Who am I?")
    ann.sees("Who am I?")
    expect(ann.row("Who am I?").locator("[data-author]")).to_have_text("Boris")
    expect(ann.row("Who am I?")).to_have_attribute("data-own", "true")


def stand_still(wire):
    """From now on the page receives nothing, not even that its socket is closed."""
    wire.to_browser = lose
    wire.server.on_close(lambda _code, _reason: None)


def test_a_form_on_another_site_signs_nobody_out_or_in(visit, elsewhere, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate("status of 403", "request to http://localhost")
    before = ann.context.cookies()
    for path, form in (("sign-out", ""), ("sign-in", '<input name="name" value="Mallory">')):
        page = ann.context.new_page()
        page.set_default_timeout(10_000)
        page.goto(elsewhere(f'<form method="post" action="{ann.url}/{path}">{form}</form>'))
        page.evaluate("document.forms[0].submit()")
        expect(page.locator("[data-error-message]")).to_contain_text("a page of another site")
        page.close()
    assert ann.context.cookies() == before
    ann.page.reload()
    ann.wait_until_live()
    expect(ann.page.locator("body")).to_have_attribute("data-user-name", ann.name)


@pytest.fixture
def elsewhere():
    """Serves a page on another site: the name `localhost` where the chat is at `127.0.0.1`."""
    with contextlib.ExitStack() as servers:

        def serve(html):
            class Page(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Content-Type", "text/html")
                    self.end_headers()
                    self.wfile.write(html.encode())

                def log_message(self, *_arguments):
                    pass

            server = servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Page))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.callback(server.shutdown)
            return f"http://localhost:{server.server_port}/"

        yield serve


def test_a_refused_socket_never_makes_a_loop_of_reloads(visit):
    """The page has a session, but the socket is refused: one reload, then a banner asks."""
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    wire.to_browser = refuse
    loads = []
    ann.page.on("domcontentloaded", lambda page: loads.append(page.url))

    ann.page.goto("/rooms/general")

    expect(ann.banner).to_contain_text("You’re signed out")
    assert len(loads) == 2
    ann.banner.get_by_role("button", name="Sign in").click()
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_who_signs_in_again_finds_what_was_written(visit, own_server):
    """An unsent message is not resent automatically: the server may have stored it already."""
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    wire.to_server = lose_event("send")
    ann.say("Waited")
    until_true(ann.page, lambda: wire.events("send"), "the message on the wire")
    ann.composer.fill("half a thought")
    ann.context.clear_cookies()
    own_server.kill()  # so its list of the names in use is gone
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
    ann.sign_out()
    question = ann.page.get_by_role("dialog", name="Some of your messages haven’t been sent yet")
    expect(question.get_by_role("button", name="Stay signed in")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(ann.row("Waits")).to_have_count(1)
    ann.sign_out()
    question.get_by_role("button", name="Stay signed in").click()
    expect(ann.row("Waits")).to_have_count(1)

    ann.sign_out(delete=True)

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()
    until(ann, "() => Object.keys(localStorage).length === 0")
    sign_in_by_form(ann)
    ann.wait_until_live()
    expect(ann.composer).to_have_value("")


def test_without_a_connection_a_sign_out_waits_and_says_so(visit, own_server):
    ann = signing_out_without_a_connection(visit, own_server)

    own_server.start()

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible(timeout=30_000)
    until(ann, "() => Object.keys(localStorage).length === 0")
    ann.page.goto("/rooms/general")
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()


def test_whoever_would_rather_stay_signed_in_keeps_everything(visit, own_server):
    ann = signing_out_without_a_connection(visit, own_server)
    ann.page.get_by_role("button", name="Stay signed in").click()
    expect(still_signed_in(ann)).to_be_hidden()

    own_server.start()

    ann.wait_until_live()
    ann.sees("Waits")
    ann.composer.fill("half a thought")
    ann.context.clear_cookies()
    restart(own_server)  # it forgets that the name is in use
    sign_in_by_form(ann)
    expect(ann.composer).to_have_value("half a thought")


def test_a_sign_out_that_got_no_answer_is_tried_again(visit, own_server):
    """The socket stays connected, so it is no reconnect that triggers the retry."""
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    ann.page.route("**/sign-out", lambda route: route.abort())
    ann.sign_out()
    expect(still_signed_in(ann)).to_be_visible()
    expect(ann.log).to_have_attribute("data-live", "true")

    ann.page.unroute("**/sign-out")

    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible(timeout=30_000)


def signing_out_without_a_connection(visit, server):
    """Ann, who has asked to sign out with an unsent message, while the server is down."""
    ann = visit("Ann", "general", at=server)
    ann.tolerate_lost_connection()
    server.kill()
    ann.say("Waits")
    ann.sign_out(delete=True)
    expect(still_signed_in(ann)).to_be_visible()
    assert ann.page.url == f"{ann.url}/rooms/general"
    return ann


def still_signed_in(visitor):
    return visitor.page.get_by_role("dialog", name="You’re still signed in")


def test_a_browser_that_takes_no_cookies_is_told_so(visit):
    """It isn't told each time that the page was open for too long."""
    ann = visit("Ann", None, signed_in=False)
    ann.tolerate("status of 400")
    for _ in range(2):
        ann.page.goto("/")
        ann.context.clear_cookies()
        sign_in_by_form(ann)
        expect(ann.page.locator("[data-error-message]")).to_contain_text("Allow cookies")
    ann.page.get_by_role("link").click()
    sign_in_by_form(ann)
    ann.wait_until_live()


def restart(server):
    server.kill()
    server.start()


def sign_in_by_form(visitor, name=None):
    visitor.page.get_by_label("Your name").fill(name or visitor.name)
    visitor.page.get_by_role("button", name="Join the chat").click()


def refuse(packet):
    is_connect = isinstance(packet, str) and packet.startswith("40/rooms,")
    return '44/rooms,{"message":"no","data":{"code":"unauthorized"}}' if is_connect else packet
