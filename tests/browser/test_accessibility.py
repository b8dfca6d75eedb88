"""What keyboards and screen readers get."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.scrolling import scroll_to, to_top
from tests.browser.wire import Wire, lose_event

SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
NOTE_ADDITIONS = """() => {
    window.spoken = [];
    const log = document.querySelector("[data-timeline]");
    new MutationObserver((mutations) => {
        if (log.getAttribute("aria-live") === "off") return;
        const added = mutations.flatMap(({ addedNodes }) => [...addedNodes]);
        window.spoken.push(...added.map((row) => row.querySelector?.("[data-text]")?.textContent));
    }).observe(document.querySelector("[data-rows]"), { childList: true });
}"""


def until_spoken_again(visitor):
    expect(visitor.log).to_have_attribute("aria-live", "polite")


def test_the_timeline_is_a_polite_log_that_speaks_what_arrives(visit, chatter, room, fill):
    """Live messages are announced; history and rows that scrolling adds are not."""
    fill(room, *(f"Line {number:03}" for number in range(250)))
    ann, ben = visit("Ann", room), chatter("Ben", room)
    until_spoken_again(ann)
    ann.page.evaluate(NOTE_ADDITIONS)

    ben.say(room, "Live")
    ann.sees("Live")
    for line in ("Line 180", "Line 130", "Line 080", "Line 030"):
        to_top(ann)
        expect(ann.row(line)).to_have_count(1)
    ann.page.keyboard.press("End")
    expect(ann.row("Live")).to_have_count(1)
    ann.go_to("random")
    ann.go_to(room)
    ann.sees("Live")
    until_spoken_again(ann)
    ben.say(room, "Live again")
    ann.sees("Live again")

    assert [text for text in ann.page.evaluate("spoken") if text] == ["Live", "Live again"]


def test_typing_is_not_announced(visit, chatter, room):
    ann = visit("Ann", room)
    chatter("Ben", room).call("typing", {"room": room, "active": True}, namespace="/typing")
    expect(ann.typing_line).not_to_be_empty()
    assert ann.typing_line.evaluate("line => line.closest('[aria-live], [role=status]')") is None


def test_a_failed_send_is_announced_assertively(visit, room):
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    alert = ann.page.get_by_role("alert")
    expect(alert).to_be_empty()
    wire.refuse("send", "invalid", "Not like this.")

    ann.say("Refused")

    expect(alert).to_have_text("Your message wasn’t sent: Not like this.")


def test_a_failed_send_is_announced_only_once(visit, room):
    """Not after a change of rooms, and not after a reload."""
    ann = visit("Ann", None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.refuse("send", "invalid", "Not like this.")
    ann.say("Refused")
    alert = ann.page.get_by_role("alert")
    expect(alert).not_to_be_empty()
    alert.evaluate("alert => alert.replaceChildren()")

    ann.go_to("random")
    ann.go_to(room)
    expect(ann.row("Refused")).to_have_attribute("data-state", "failed")
    expect(alert).to_be_empty()
    ann.page.reload()

    ann.wait_until_live()
    expect(ann.row("Refused")).to_have_attribute("data-state", "failed")
    expect(alert).to_be_empty()


def test_the_seconds_of_an_outage_are_not_announced(visit, own_server):
    """One sentence, however long it lasts and however often the page tries."""
    ann = visit("Ann", None, at=own_server)
    ann.tolerate_lost_connection()
    ann.page.clock.install()
    ann.open("/rooms/general")
    own_server.kill()
    expect(ann.banner).to_contain_text("Trying again in")
    ann.banner.evaluate(
        """banner => {
            window.said = new Set();
            const note = () => {
                const copy = banner.cloneNode(true);
                for (const part of copy.querySelectorAll("[aria-hidden], button")) part.remove();
                said.add(copy.textContent.trim());
            };
            note();
            const all = { subtree: true, childList: true, characterData: true };
            new MutationObserver(note).observe(banner, all);
        }"""
    )
    for _ in range(4):
        ann.page.clock.run_for(2000)
        ann.page.wait_for_timeout(100)  # time for an attempt to fail

    assert ann.page.evaluate("[...said]") == [
        "No connection to the chat. What you write will be sent when you’re back."
    ]


@pytest.mark.parametrize("screen", SCREENS)
def test_controls_that_hide_themselves_hand_the_focus_on(visit, room, fill, screen):
    """To the composer; on a phone, where that would open the keyboard, to the messages."""
    fill(room, *(f"Line {number:03}" for number in range(200)))
    ann = visit("Ann", None, **SCREENS[screen])
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    next_focus = ann.composer if screen == "desktop" else ann.log

    def use(button):
        expect(button).to_be_visible()
        button.focus()
        ann.page.keyboard.press("Enter")

    wire.refuse("history", "unavailable")
    to_top(ann)
    use(ann.page.locator("[data-older-retry]"))
    expect(ann.log).to_be_focused()
    use(ann.page.locator("[data-jump]"))
    expect(next_focus).to_be_focused()

    wire.refuse("send", "invalid")
    for button in ("Retry", "Discard"):
        if ann.row("Refused").count() == 0:
            ann.say("Refused")
        expect(ann.row("Refused")).to_have_attribute("data-state", "failed")
        use(ann.row("Refused").get_by_role("button", name=button))
        expect(next_focus).to_be_focused()


def test_retry_now_hands_the_focus_on(visit, own_server):
    ann = visit("Ann", "general", at=own_server)
    ann.tolerate_lost_connection()
    own_server.kill()
    expect(ann.banner.get_by_role("button", name="Retry now")).to_be_visible()

    ann.page.evaluate(
        """() => {
            document.activeElement.blur();
            document.querySelector("[data-banner-retry]").click();
        }"""
    )

    expect(ann.composer).to_be_focused()


def test_all_is_reached_by_keyboard_with_a_visible_focus(visit, own_server):
    """From the top of the page to its end, and around."""
    ann = visit("Ann", "general", at=own_server)
    ann.say("Hello")
    ann.sees("Hello")
    ann.page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(100):
        ann.page.keyboard.press("Tab")
        focused = ann.page.evaluate(
            """() => {
                const element = document.activeElement;
                const looks = [element, element.closest("label, .composer-box")];
                const outlined = looks.some((each) => each && !each.matches("body")
                    && getComputedStyle(each).outlineStyle !== "none");
                const name = element.id || element.dataset.roomLink || element.value
                    || element.getAttribute("aria-label") || element.textContent.trim();
                return [name, outlined || element.matches("body")];
            }"""
        )
        if focused in reached:
            break
        reached.append(focused)
    names = [name for name, _ in reached]
    assert [name for name, outlined in reached if not outlined] == []
    for name in ("general", "random", "timeline", "message-text", "You: "):
        assert any(name in each for each in names), names
    assert any("Skip" in name for name in names)


def test_a_message_is_written_and_a_room_entered_without_a_mouse(visit, room):
    ann = visit("Ann", room)
    ann.page.get_by_role("link", name="Skip to the message box").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.composer).to_be_focused()
    ann.page.keyboard.type("By keyboard")
    ann.page.keyboard.press("Enter")
    ann.sees("By keyboard")
    ann.page.locator("[data-room-link=random]").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("heading", name="Random", exact=True)).to_be_visible()
    expect(ann.composer).to_be_focused()


def test_a_drawer_takes_the_focus_and_gives_it_back(visit, room):
    ann = visit("Ann", room, viewport={"width": 390, "height": 844})
    opener = ann.page.get_by_role("button", name="Rooms", exact=True)
    opener.focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("button", name="Close the list of rooms")).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def sign_in_page(visit, room, **options):
    return visit("Ann", "general", signed_in=False, **options)


def sign_in_error(visit, room, **options):
    visitor = sign_in_page(visit, room, **options)
    visitor.tolerate("status of 400", "status of 409")
    visitor.page.get_by_label("Your name").fill("Admin")
    visitor.page.get_by_role("button", name="Join the chat").click()
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    return visitor


def error_page(visit, room, **options):
    visitor = visit("Ann", None, **options)
    visitor.tolerate("status of 404")
    visitor.page.goto("/rooms/nowhere")
    return visitor


def empty_room(visit, room, **options):
    return visit("Ann", room, **options)


def busy_room(visit, room, *, chatter, fill, **options):
    fill(room, *(f"Line {number}\nhttps://example.com/{number}" for number in range(70)))
    visitor = visit("Ann", room, **options)
    ben = chatter("Ben", room)
    scroll_to(visitor, 1200)
    ben.say(room, "A new one")
    expect(visitor.page.locator("[data-jump]")).to_contain_text("1 new message")
    ben.call("typing", {"room": room, "active": True}, namespace="/typing")
    expect(visitor.typing_line).not_to_be_empty()
    ben.join("random")
    ben.say("random", "Elsewhere")
    visitor.composer.fill("x" * 4010)
    return visitor


def code(visit, room, **options):
    """Wide, folded and unfolded, in all colours."""
    visitor = visit("Ann", room, **options)
    python = 'def watch(limit=40):\n    # Two\n    return "' + "x" * 200 + '"' + "\n" * 20
    for _ in range(2):
        visitor.say(f"```py\n{python}\n```")
    expect(visitor.rows).to_have_count(2)
    expect(visitor.rows.last.locator("code .code-comment")).to_be_visible()
    visitor.rows.last.get_by_role("button", name="Show all").click()
    return visitor


def not_sent(visit, room, **options):
    visitor = visit("Ann", None, **options)
    visitor.page.clock.install()
    wire = Wire(visitor.page)
    visitor.open(f"/rooms/{room}")
    wire.refuse("send", "invalid", "Not like this.")
    visitor.say("Refused")
    expect(visitor.row("Refused")).to_have_attribute("data-state", "failed")
    wire.to_server = lose_event("send")
    visitor.say("Slow")
    visitor.page.clock.fast_forward(10_100)
    expect(visitor.row("Slow")).to_have_attribute("data-state", "slow")
    visitor.say("Pending")
    expect(visitor.row("Pending")).to_have_attribute("data-state", "pending")
    return visitor


def signed_out(visit, room, **options):
    """The banner, with its button."""
    visitor = visit("Ann", None, **options)
    wire = Wire(visitor.page)
    refusal = '44/rooms,{"message":"no","data":{"code":"unauthorized"}}'
    wire.to_browser = lambda packet: refusal if packet.startswith("40/rooms,") else packet
    visitor.page.goto(f"/rooms/{room}")
    expect(visitor.banner).to_be_visible()
    return visitor


def rooms_drawer(visit, room, **options):
    visitor = visit("Ann", room, **options)
    return open_drawer(visitor, visitor.page.locator("[data-drawer-open=sidebar]"))


def people_drawer(visit, room, **options):
    visitor = visit("Ann", room, **options)
    return open_drawer(visitor, visitor.page.locator("[data-drawer-open=people]"))


def open_drawer(visitor, opener):
    """On a wide screen the rooms and the people have columns of their own."""
    if visitor.page.viewport_size["width"] < 800:
        opener.click()
        visitor.page.locator(".drawer-shown").evaluate(
            "drawer => Promise.all(drawer.getAnimations().map(({ finished }) => finished))"
        )
    return visitor


def account_menu(visit, room, **options):
    visitor = visit("Ann", room, **options)
    open_account(visitor)
    return visitor


def notification_menu(visit, room, **options):
    visitor = visit("Ann", room, **options)
    open_menu(visitor, "Notifications")
    return visitor


def unsent_dialog(visit, room, **options):
    visitor = visit("Ann", None, **options)
    wire = Wire(visitor.page)
    visitor.open(f"/rooms/{room}")
    wire.to_server = lose_event("send")
    visitor.say("Pending")
    open_account(visitor)
    visitor.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(visitor.page.get_by_role("dialog")).to_contain_text("haven’t been sent")
    return visitor


def offline_sign_out(visit, room, **options):
    visitor = visit("Ann", room, **options)
    visitor.tolerate_lost_connection()
    visitor.context.set_offline(True)
    open_account(visitor)
    visitor.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(visitor.page.get_by_role("dialog")).to_contain_text("still signed in")
    return visitor


def profile(visit, room, **options):
    """With an error."""
    visitor = visit("Ann", room, **options)
    visitor.tolerate("status of 400")
    open_account(visitor)
    visitor.page.get_by_role("button", name="Your profile").click()
    dialog = visitor.page.get_by_role("dialog", name="Your profile")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_label("Name").fill("system")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("reserved")
    return visitor


def sign_out_everywhere(visit, room, **options):
    visitor = visit("Ann", room, **options)
    open_account(visitor)
    visitor.page.get_by_role("button", name="Your profile").click()
    visitor.page.get_by_role("button", name="Sign out everywhere").click()
    expect(visitor.page.get_by_role("dialog", name="Sign out everywhere?")).to_be_visible()
    return visitor


def person_card(visit, room, **options):
    visitor = visit("Ann", room, **options)
    visitor.say("Hello")
    visitor.row("Hello").locator("button[data-about-person]").click()
    expect(visitor.page.locator(".person-card")).to_contain_text("Here now")
    return visitor


def open_account(visitor):
    open_menu(visitor, "You")


def open_menu(visitor, tab):
    """Open a menu: on a phone by its tab."""
    if visitor.page.viewport_size["width"] < 800:
        open_drawer(visitor, visitor.page.locator("[data-drawer-open=sidebar]"))
        visitor.page.get_by_role("navigation", name="Parts").get_by_text(tab, exact=True).click()
    elif tab == "You":
        visitor.open_account()
    else:
        visitor.page.get_by_role("button", name=tab).click()


STATES = [
    sign_in_page,
    sign_in_error,
    error_page,
    empty_room,
    busy_room,
    code,
    not_sent,
    signed_out,
    rooms_drawer,
    people_drawer,
    account_menu,
    notification_menu,
    unsent_dialog,
    offline_sign_out,
    profile,
    sign_out_everywhere,
    person_card,
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(visit, chatter, fill, room, state, screen, theme):
    """Every screen and state in both themes, contrast included."""
    extras = {"chatter": chatter, "fill": fill} if state is busy_room else {}
    visitor = state(
        visit, room, **extras, color_scheme=theme, reduced_motion="reduce", **SCREENS[screen]
    )

    results = Axe().run(visitor.page)

    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_offline(visit, own_server, theme):
    """With the banner and an unsent message."""
    ann = visit("Ann", "general", at=own_server, color_scheme=theme, reduced_motion="reduce")
    ann.tolerate_lost_connection()
    own_server.kill()
    ann.say("Waiting")
    expect(ann.banner).to_contain_text("Trying again")

    results = Axe().run(ann.page)

    assert results.violations_count == 0, results.generate_report()
