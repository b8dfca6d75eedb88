"""Whoever has no session any more ends on the sign-in page, and never in a loop of reloads."""

from playwright.sync_api import expect

from tests.browser.wire import Wire
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


def refuse(packet):
    is_connect = isinstance(packet, str) and packet.startswith("40/rooms,")
    return '44/rooms,{"message":"no","data":{"code":"unauthorized"}}' if is_connect else packet
