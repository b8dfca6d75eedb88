"""Who is here, and who is writing."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.wire import Wire
from tests.waiting import wait_until


def typing(person, room, *, active=True):
    person.call("typing", {"room": room, "active": active}, namespace="/typing")


def test_up_to_two_typists_are_named(visit, chatter, room):
    ann = visit("Ann", room)
    ben, cid, dan = (chatter(name, room) for name in ("Ben", "Cid", "Dan"))

    typing(ben, room)
    expect(ann.typing_line).to_have_text(f"{ben.name} is typing")
    typing(cid, room)
    expect(ann.typing_line).to_have_text(f"{ben.name} and {cid.name} are typing")
    typing(dan, room)
    expect(ann.typing_line).to_have_text("Several people are typing")
    for person in (ben, cid, dan):
        typing(person, room, active=False)
    expect(ann.typing_line).to_be_empty()


def test_typing_ends_with_the_message(visit, chatter, room):
    ann, ben = visit("Ann", room), chatter("Ben", room)
    typing(ben, room)
    expect(ann.typing_line).not_to_be_empty()

    ben.say(room, "Done")

    ann.sees("Done")
    expect(ann.typing_line).to_be_empty()


@pytest.mark.parametrize(
    "leave", [lambda ben: ben.go_to("random"), lambda ben: ben.page.close()], ids=["room", "tab"]
)
def test_typing_ends_when_the_typist_leaves(visit, room, leave):
    """The clock of Ann's page advances by at most 2 s, so that no indicator expires."""
    ann, ben = visit("Ann", None), visit("Ben", room)
    ann.page.clock.install()
    ann.open(f"/rooms/{room}")
    ben.composer.press_sequentially("Hm")
    expect(ann.typing_line).not_to_be_empty()
    ann.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))

    leave(ben)

    for _ in range(100):  # 2 s of Ann's time, in as much real time as it takes
        ann.page.wait_for_timeout(50)
        ann.page.clock.run_for(20)
        if ann.typing_line.inner_text() == "":
            return
    raise AssertionError("still typing")


def test_typing_is_forgotten_after_6_seconds(visit, chatter, room):
    """The test controls the page's clock."""
    ann = visit("Ann", room=None)
    ann.page.clock.install()
    ann.open(f"/rooms/{room}")
    ben = chatter("Ben", room)
    typing(ben, room)
    expect(ann.typing_line).not_to_be_empty()

    ann.page.clock.fast_forward(6100)

    expect(ann.typing_line).to_be_empty()


def test_nobody_sees_themselves_type_not_even_in_another_tab(visit, room):
    """Ben sees it, so the server has broadcast it."""
    ann, ben = visit("Ann", room), visit("Ben", room)
    second = ann.new_tab(f"/rooms/{room}")

    ann.composer.press_sequentially("Hm")

    expect(ben.typing_line).to_have_text(f"{ann.name} is typing")
    ben.composer.press_sequentially("Hm")
    expect(second.typing_line).to_have_text(f"{ben.name} is typing")
    expect(ann.typing_line).to_have_text(f"{ben.name} is typing")


def test_whoever_types_tells_so_at_most_once_in_3_seconds(visit, room):
    """On the wire, over nine seconds of typing."""
    ann = visit("Ann", None)
    ann.page.clock.install()
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    ann.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    ann.composer.press("a")
    for _ in range(30):
        ann.page.clock.run_for(290)
        ann.composer.press("a")

    def told():
        ann.page.evaluate("true")  # what was sent until now has arrived
        return [payload for payload in wire.events("typing") if payload["active"]]

    wait_until(lambda: len(told()) >= 3, 10, "at once, after 3 s and after 6 s")
    assert len(told()) == 3


def test_typing_moves_nothing(visit, chatter, room):
    """No layout shift, whatever the length of the names."""
    ann = visit("Ann", room, viewport={"width": 320, "height": 600})
    people = [chatter(letter * 36, room) for letter in "XY"]
    ann.say("Here")
    ann.sees("Here")

    def places():
        parts = (ann.composer, ann.row("Here"), ann.log)
        return [part.bounding_box() for part in parts]

    before = places()
    for person in people:
        typing(person, room)
    expect(ann.typing_line).to_contain_text("are typing")

    assert places() == before


def test_two_tabs_are_one_person_and_closing_one_leaves_the_other(visit, room):
    ann, ben = visit("Ann", room), visit("Ben", room)
    second = ann.new_tab(f"/rooms/{room}")
    people = ben.page.locator("[data-person-name]")
    expect(people).to_have_text(sorted([ann.name, ben.name]))
    expect(second.page.locator("[data-person-name]")).to_have_count(2)

    second.page.close()

    cid = visit("Cid", room)
    expect(people).to_have_text(sorted([ann.name, ben.name, cid.name]))
    cid.page.close()  # the second tab was closed before, so it expires before
    expect(people).to_have_text(sorted([ann.name, ben.name]), timeout=15_000)
    ann.say("Still here")
    ben.sees("Still here")


@pytest.mark.parametrize("name", ["Ann", "Łukasz", "דנה"])
def test_people_come_with_their_initial_and_a_colour_that_stays(visit, room, name):
    ann, ben = visit(name, room), visit("Ben", room)
    ann.say("Me")
    ben.sees("Me")
    colours = set()
    for visitor in (ann, ben):
        avatar = visitor.row("Me").locator("[data-avatar]")
        assert avatar.inner_text().startswith(name[0].upper())
        colours.add(avatar.evaluate("avatar => getComputedStyle(avatar).backgroundColor"))
    assert len(colours) == 1


def test_the_list_of_people_can_be_put_away(visit, room):
    """Where it has a column of its own; the choice lasts."""
    ann = visit("Ann", room, viewport={"width": 1280, "height": 800})
    people = ann.page.locator("[data-people]")
    button = ann.page.get_by_role("button", name="people here")
    expect(people).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")

    ann.page.get_by_role("button", name="Close the list of people").click()
    expect(people).to_be_hidden()
    expect(button).to_be_focused()
    ann.page.reload()
    ann.wait_until_live()
    expect(people).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")

    button.click()
    expect(people).to_be_visible()


def test_ones_own_face_says_whether_one_is_here(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    card = ann.page.get_by_role("button", name="You: ")
    expect(card).to_contain_text("Here")
    own_server.kill()
    expect(card).to_contain_text("Not connected")
    expect(card.locator("[data-presence=away]")).to_be_visible()
