"""Phones, narrow windows, big letters."""

import pytest
from playwright.sync_api import expect

from tests.browser.wire import Wire

PHONE = {"has_touch": True, "is_mobile": True}
SIZES = {
    "a small phone": {"viewport": {"width": 320, "height": 568}, **PHONE},
    "a phone with its keyboard": {"viewport": {"width": 390, "height": 420}, **PHONE},
    "a laptop at 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "a laptop at 400 %": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}


@pytest.fixture(params=SIZES)
def ann(request, visit, room):
    return visit("Ann", room, **SIZES[request.param])


def test_all_fits_and_works(ann):
    """Nothing scrolls sideways, the composer is in view, messages can be read."""
    ann.say("A message that is a little longer than a narrow screen is wide, as they are")
    ann.sees("A message that")

    page = ann.page.locator("html")
    assert page.evaluate(
        "page => page.scrollWidth <= innerWidth && page.scrollHeight <= innerHeight"
    )
    for part in (ann.composer, ann.page.get_by_role("button", name="Send", exact=True)):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= ann.page.viewport_size["height"]
        assert box["x"] + box["width"] <= ann.page.viewport_size["width"]
    assert ann.log.bounding_box()["height"] >= 80


def test_rooms_and_people_are_within_reach(ann):
    ann.page.get_by_role("button", name="people here").click()
    expect(ann.page.locator("[data-person-name]")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Rooms", exact=True).click()

    ann.go_to("random")

    expect(ann.page.get_by_role("heading", name="Random", exact=True)).to_be_visible()


def test_the_choices_about_notifications_are_within_reach(ann):
    """All of them, down to the last."""
    open_notifications(ann)
    settings = ann.page.locator("[data-settings]")
    for label in ("Nothing", "Messages that mention me", "Every message", "Also play a sound"):
        settings.get_by_label(label).check()
        settings.get_by_label(label).scroll_into_view_if_needed()
        assert is_in_view(ann, settings.get_by_label(label))
    settings.locator(".settings-note").scroll_into_view_if_needed()
    assert is_in_view(ann, settings.locator(".settings-note strong"))


def test_all_of_the_sidebar_is_within_reach(ann):
    """Some rooms are seen at once, and each part can be scrolled to."""
    open_rooms(ann)
    sidebar = ann.page.locator("#sidebar")
    for part in (
        sidebar.get_by_role("button", name="Go to a room"),
        sidebar.get_by_role("link", name="Random"),
        own_part(ann),
    ):
        part.scroll_into_view_if_needed()
        assert is_in_view(ann, part)
    assert sidebar.locator(".room-list").bounding_box()["height"] >= 120


def test_dialogs_are_within_reach(ann):
    ann.page.keyboard.press("Control+k")
    dialog = ann.page.get_by_role("dialog")
    for part in (dialog.get_by_role("combobox"), dialog.get_by_role("option").nth(5)):
        part.scroll_into_view_if_needed()
        assert is_in_view(ann, part)
    ann.page.keyboard.press("Control+/")
    close = ann.page.get_by_role("dialog").get_by_role("button", name="Close")
    close.scroll_into_view_if_needed()
    assert is_in_view(ann, close)


def test_suggestions_are_within_reach(ann):
    ann.composer.press_sequentially(":smil")
    options = ann.page.get_by_role("option")
    for option in (options.first, options.last):
        option.scroll_into_view_if_needed()
        assert is_in_view(ann, option)


def is_phone(visitor):
    return visitor.page.viewport_size["width"] < 480


def own_part(visitor):
    """The button of the account menu: on a phone a tab, otherwise the card below the rooms."""
    name = "You" if is_phone(visitor) else "You: "
    return visitor.page.get_by_role("button", name=name, exact=is_phone(visitor))


def open_notifications(visitor):
    if is_phone(visitor):
        open_rooms(visitor)
        visitor.page.locator(".tabs").get_by_role("button", name="Notifications").click()
    else:
        visitor.page.get_by_role("button", name="Notifications").click()


def open_rooms(visitor):
    """Open the list of rooms where it is a drawer."""
    visitor.page.get_by_role("button", name="Rooms", exact=True).click()
    visitor.page.locator(".drawer-shown").evaluate(
        "drawer => Promise.all(drawer.getAnimations().map(({ finished }) => finished))"
    )


def is_in_view(visitor, part):
    """Whether all of it can be seen."""
    box, size = part.bounding_box(), visitor.page.viewport_size
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


def test_the_composer_stays_above_the_keyboard(visit, room):
    """The page is as high as the visible part of the window."""
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    ann.page.set_viewport_size({"width": 390, "height": 500})

    ann.page.wait_for_function("() => document.querySelector('.shell').clientHeight === 500")

    box = ann.composer.bounding_box()
    assert box["y"] + box["height"] <= 500


@pytest.mark.parametrize("scale", [1, 2])
def test_a_keyboard_that_covers_the_page_covers_no_composer(visit, room, scale):
    """On iOS only the visual viewport shrinks. Zooming in changes nothing."""
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    ann.page.evaluate(
        """scale => {
            Object.defineProperty(visualViewport, "height", { value: 480 / scale });
            Object.defineProperty(visualViewport, "scale", { value: scale });
            visualViewport.dispatchEvent(new Event("resize"));
        }""",
        scale,
    )
    ann.page.wait_for_function("() => document.querySelector('.shell').clientHeight === 480")
    box = ann.composer.bounding_box()
    assert box["y"] + box["height"] <= 480


TOO_SMALL = """(within) => {
    const REACH = 21; // half of 44 px, less what rounding takes
    const root = document.querySelector(within ?? "body");
    const controls = root.querySelectorAll("button, a, input, summary, [role=button]");
    const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const isWithin = (box, frame) => box.left >= frame.left && box.right <= frame.right
        && box.top >= frame.top && box.bottom <= frame.bottom;
    const frame = ".room-list, .timeline, .people-list";
    const isInView = (control, box) => isWithin(box, screen) && isWithin(
        box, control.closest(frame)?.getBoundingClientRect() ?? screen);
    const hits = (control, x, y) => {
        const hit = document.elementFromPoint(x, y);
        return !hit ? true : control.contains(hit) || hit.closest("label")?.control === control
            || hit.closest("label")?.contains(control);
    };
    return [...controls]
        .filter((control) => !control.closest("[data-text], [inert], .skip-link"))
        .filter((control) => control.checkVisibility({ visibilityProperty: true }))
        .map((control) => [control, (control.closest("label") ?? control).getBoundingClientRect()])
        .filter(([control, box]) => box.width > 1 && isInView(control, box))
        .filter(([control, box]) => {
            const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
            const ends = [[-REACH, 0], [REACH, 0], [0, -REACH], [0, REACH]];
            return !ends.every(([right, down]) => hits(control, x + right, y + down));
        })
        .map(([control]) => control.outerHTML.slice(0, 120));
}"""


def test_whatever_can_be_touched_is_44_pixels_wide_and_high(visit, room, chatter, fill):
    """In the room, in all four tabs, and on the sign-in page."""
    fill(room, *(f"Line {number}" for number in range(40)))
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    assert ann.page.evaluate(TOO_SMALL) == []
    ann.log.evaluate("log => { log.scrollTop = 0; }")
    expect(ann.page.locator("[data-jump]")).to_be_visible()
    assert ann.page.evaluate(TOO_SMALL) == []
    for button in ("Rooms", "people here"):
        ann.page.get_by_role("button", name=button, exact=button == "Rooms").tap()
        expect(ann.page.locator(".tabs")).to_be_visible()
        ann.page.locator(".drawer-shown").evaluate(
            "drawer => Promise.all(drawer.getAnimations().map(({ finished }) => finished))"
        )
        assert ann.page.evaluate(TOO_SMALL) == []
        ann.page.keyboard.press("Escape")
    open_rooms(ann)
    for tab, part in (("Notifications", "settings"), ("You", "account")):
        ann.page.locator(".tabs").get_by_role("button", name=tab, exact=True).tap()
        expect(ann.page.locator(f"[data-{part}]")).to_be_visible()
        assert ann.page.evaluate(TOO_SMALL, f"[data-{part}]") == []
    ann.page.context.clear_cookies()
    ann.page.goto("/")
    assert ann.page.evaluate(TOO_SMALL) == []


def test_a_message_that_was_not_sent_has_buttons_for_thumbs(visit, room):
    ann = visit("Ann", None, viewport={"width": 390, "height": 844}, **PHONE)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.refuse("send", "invalid")
    ann.say("Refused")
    expect(ann.row("Refused")).to_have_attribute("data-state", "failed")
    assert ann.page.evaluate(TOO_SMALL) == []


def test_who_asked_for_less_motion_gets_none(visit, room):
    ann = visit("Ann", room, reduced_motion="reduce")
    moving = ann.page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) => {
            const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
            return animationName !== "none" || /[1-9]/.test(transitionDuration)
                || scrollBehavior === "smooth";
        }).length"""
    )
    assert moving == 0
    assert visit("Ben", room).page.evaluate(
        "() => getComputedStyle(document.querySelector('.room-link')).transitionDuration !== '0s'"
    )


def test_four_tabs_lead_from_one_list_to_the_other(visit, room):
    """On a phone the lists take the screen; a room opens over them."""
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    tabs = ann.page.locator(".tabs")
    expect(tabs).to_be_hidden()
    ann.page.get_by_role("button", name="Rooms", exact=True).tap()
    expect(tabs).to_be_visible()
    shown = {
        "People": ann.page.locator("[data-people]"),
        "You": ann.page.locator("[data-account]"),
        "Notifications": ann.page.locator("[data-settings]"),
        "Rooms": ann.page.locator(".room-list"),
    }
    for name, part in shown.items():
        tabs.get_by_role("button", name=name, exact=True).tap()
        expect(part).to_be_in_viewport()
        expect(tabs.get_by_role("button", name=name, exact=True)).to_have_attribute(
            "aria-expanded", "true"
        )

    ann.go_to("random")

    expect(tabs).to_be_hidden()
    expect(ann.composer).to_be_visible()


@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("Rooms", "Close the list of rooms"),
        ("Notifications", "Close"),
        ("People", "Close the list of people"),
        ("You", "Close"),
    ],
)
def test_each_tab_can_be_closed(visit, room, name, button):
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    ann.page.get_by_role("button", name="Rooms", exact=True).tap()
    ann.page.locator(".tabs").get_by_role("button", name=name, exact=True).tap()

    ann.page.get_by_role("button", name=button, exact=True).tap()

    expect(ann.page.locator(".tabs")).to_be_hidden()
    expect(ann.page.locator(":popover-open")).to_have_count(0)
    expect(ann.composer).to_be_visible()


def test_the_tab_of_notifications_shows_what_they_are_about(visit, room):
    ann = visit("Ann", room, viewport={"width": 390, "height": 844}, **PHONE)
    ann.page.get_by_role("button", name="Rooms", exact=True).tap()
    tab = ann.page.locator(".tabs").get_by_role("button", name="Notifications")
    expect(tab.locator("[data-bell-level=nothing]")).to_be_visible()
    tab.tap()
    ann.page.get_by_label("Every message").check()
    expect(tab.locator("[data-bell-level=all]")).to_be_visible()
    expect(tab.locator("[data-bell-level=nothing]")).to_be_hidden()
