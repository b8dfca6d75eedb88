"""What the rows of the timeline are, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.scrolling import to_top
from tests.browser.wire import Wire, event_of, lose_event, pass_on

A_LONG_WORD = "W" * 300


def test_an_empty_room_is_friendly_and_its_beginning_shows_once(visit, room, chatter):
    ann = visit("Ann", room)
    beginning = ann.page.locator("[data-beginning]")
    expect(beginning).to_contain_text("It’s quiet in")
    beginning.get_by_role("button", name="Hello, everyone").click()
    expect(ann.composer).to_have_value("👋 Hello, everyone!")

    ann.composer.press("Enter")

    expect(beginning).to_contain_text("This is the beginning of Corner")
    chatter("Ben", room).say(room, "Hello!")
    ann.sees("Hello!")
    ann.page.reload()
    ann.sees("Hello!")
    expect(beginning).to_have_count(1)


def test_the_beginning_shows_only_at_the_beginning(visit, room, fill):
    fill(room, *(f"Line {number}\nand another" for number in range(80)))
    ann = visit("Ann", room, viewport={"width": 1280, "height": 400})
    expect(ann.page.locator("[data-beginning]")).to_have_count(0)

    to_top(ann)

    expect(ann.page.locator("[data-beginning]")).to_have_count(1)


def test_messages_of_one_author_are_grouped(visit, room, fill):
    """Within 5 minutes; a day change breaks the group."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    fill(room, "one", "two", last_at=noon)
    fill(room, "three", last_at=noon + timedelta(minutes=6))
    fill(room, "four", last_at=noon + timedelta(hours=12, minutes=1))
    ann = visit("Ann", room, timezone_id="UTC")

    heads = ann.page.locator("[data-message]:not(.message-continued) [data-text]")

    assert heads.all_inner_texts() == ["one", "three", "four"]
    expect(ann.page.locator("[data-day]")).to_have_count(2)


def test_days_end_at_local_midnight_and_times_have_their_date(visit, room, fill):
    fill(room, "late", last_at=datetime(2026, 10, 24, 21, 59, tzinfo=UTC))  # 23:59 in Berlin
    fill(room, "early", last_at=datetime(2026, 10, 24, 22, 1, tzinfo=UTC))
    fill(room, "after the clocks went back", last_at=datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
    fill(room, "next day", last_at=datetime(2026, 10, 25, 23, 30, tzinfo=UTC))
    ann = visit("Ann", room, timezone_id="Europe/Berlin")

    days = ann.page.locator("[data-day] time").evaluate_all("days => days.map(d => d.dateTime)")

    assert days == ["2026-10-24", "2026-10-25", "2026-10-26"]
    time = ann.row("after the clocks").locator("[data-time]")
    expect(time).to_have_text("23:30")
    expect(time).to_have_attribute("datetime", "2026-10-25T22:30:00.000Z")
    expect(time).to_have_attribute("title", "Sunday, 25 October 2026 at 23:30")


def test_at_midnight_today_becomes_yesterday(visit, room, fill):
    """On a page that nobody touches."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    night = yesterday.replace(hour=23, minute=30, second=0)  # 30 minutes for a slow machine
    fill(room, "Good night", last_at=night - timedelta(hours=3))
    ann = visit("Ann", None, timezone_id="UTC")
    ann.page.clock.install(time=night)
    ann.open(f"/rooms/{room}")
    day = ann.page.locator("[data-day] time")
    expect(day).to_have_text("Today")

    ann.page.clock.fast_forward("31:00")

    expect(day).to_have_text("Yesterday")


def test_the_new_line_stays_at_the_first_unread_message(visit, room, chatter):
    """Until the reader answers, which shows that the messages were read."""
    ben = chatter("Ben", room)
    ann = visit("Ann", room)
    ben.say(room, "Read")
    ann.sees("Read")
    ann.go_to("random")
    ben.say(room, "First unread")
    ben.say(room, "Second unread")

    ann.go_to(room)

    ann.sees("Second unread")
    line = ann.page.locator("[data-new-line]")
    below = ann.page.locator("[data-new-line] + [data-message]")
    expect(below).to_contain_text("First unread")
    ben.say(room, "While she reads")
    ann.sees("While she reads")
    expect(below).to_contain_text("First unread")

    ann.say("My answer")

    ann.sees("My answer")
    expect(line).to_have_count(0)
    ann.go_to("random")
    ann.go_to(room)
    ann.sees("My answer")
    expect(line).to_have_count(0)


def test_no_new_line_comes_over_what_arrives_while_one_watches(visit, room, chatter):
    ben = chatter("Ben", room)
    ann = visit("Ann", room)
    ben.say(room, "Read")
    ann.sees("Read")
    ann.go_to("random")
    ann.go_to(room)
    ann.sees("Read")

    for text in ("Just in", "And one more"):
        ben.say(room, text)
        ann.sees(text)

    expect(ann.page.locator("[data-new-line]")).to_have_count(0)
    ann.go_to("random")
    ann.go_to(room)
    ann.sees("And one more")
    expect(ann.page.locator("[data-new-line]")).to_have_count(0)


def test_whatever_the_order_of_arrival_all_see_the_same(visit, room, chatter):
    """Ann's wire delivers the first message last."""
    ben = chatter("Ben", room)
    ann, cid = visit("Ann", room=None), visit("Cid", room)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.to_server = lose_event("join")  # by which the page would get the missing message

    def is_first(packet):
        event, payload = event_of(packet) or (None, None)
        return event == "message" and payload["text"] == "1"

    held = wire.hold_back(is_first)
    for text in ("1", "2", "3"):
        ben.say(room, text)
    ann.sees("3")
    assert ann.texts() == ["2", "3"]
    held.release()

    ann.sees("1")
    cid.sees("3")
    assert ann.texts() == cid.texts() == ["1", "2", "3"]


@pytest.mark.parametrize("width", [320, 1280])
def test_a_long_word_never_scrolls_sideways(visit, room, width):
    ann = visit("Ann", room, viewport={"width": width, "height": 700})
    ann.say(A_LONG_WORD)
    ann.sees(A_LONG_WORD)
    ann.say(f"https://example.com/{A_LONG_WORD}")
    ann.sees("https://example.com")

    for element in (ann.page.locator("html"), ann.log):
        assert element.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_newlines_and_spaces_survive(visit, room):
    ann, ben = visit("Ann", room), visit("Ben", room)
    ann.composer.fill("first\n\n\nname    price")
    ann.composer.press("Enter")
    ben.sees("price")
    row = ben.row("price").locator("[data-text]")
    height = row.evaluate("row => row.getBoundingClientRect().height")
    line = row.evaluate("row => parseFloat(getComputedStyle(row).lineHeight)")
    assert height == pytest.approx(4 * line, abs=1)
    assert "name    price" in row.inner_text()


def test_only_web_and_mail_links_can_be_clicked(visit, room):
    ann = visit("Ann", room)
    ann.say("https://a.example http://b.example mailto:c@d.example")
    ann.say("javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd ftp://e.example")
    ann.sees("javascript:alert(1)")

    links = ann.page.locator("[data-text] a").evaluate_all("links => links.map(l => l.href)")

    assert sorted({link.split(":")[0] for link in links}) == ["http", "https", "mailto"]
    assert len(links) == 3
    link = ann.page.locator("[data-text] a").first
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_directions_stay_within_their_message_and_name(visit, room, chatter):
    chatter("דנה", room).say(room, "שלום לכולם")
    ann = visit("Ann", room)
    ann.say("\u202eABC reversed")
    ann.sees("reversed")

    rtl, ltr = ann.row("שלום"), ann.row("reversed")

    assert rtl.locator("[data-text]").evaluate("e => getComputedStyle(e).direction") == "rtl"
    for row in (rtl, ltr):
        isolation = row.locator("[data-author]").evaluate("e => getComputedStyle(e).unicodeBidi")
        assert isolation == "isolate"
        author = row.locator("[data-author]").bounding_box()
        time = row.locator("[data-time]").bounding_box()
        assert author["x"] < time["x"]


def test_the_name_of_a_typist_turns_no_words_around(visit, room, chatter):
    ann = visit("Ann", room)
    dana = chatter("דנה", room)
    dana.call("typing", {"room": room, "active": True}, namespace="/typing")
    expect(ann.typing_line).to_contain_text("is typing")
    name = ann.typing_line.locator("bdi")
    expect(name).to_have_text(dana.name)
    words = ann.typing_line.evaluate(
        """line => {
            const range = document.createRange();
            range.selectNode(line.lastChild);
            return range.getBoundingClientRect().x;
        }"""
    )
    assert name.bounding_box()["x"] < words


MARKUP = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<b onclick=alert(1)>bold</b>",
    "</div></article><h1>Out</h1>",
    "<svg/onload=alert(1)>",
    "{{7+7}} ${7+7} &lt;i&gt;",
]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_stays_text(visit, room, markup):
    ann, ben = visit("Ann", room), visit("Ben", room)
    ann.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    ben.page.on("dialog", lambda dialog: pytest.fail(dialog.message))

    ann.say(markup)

    ben.sees(markup)
    for visitor in (ann, ben):
        text = visitor.page.locator("[data-text]")
        assert text.inner_text() == markup
        assert text.locator("img, script, svg, b, h1, i").count() == 0


def test_a_message_on_its_way_has_a_clock_at_once(visit, room):
    """Also a message without a head of its own; nothing moves when the answer arrives."""
    ann = visit("Ann", room=None)
    wire = Wire(ann.page)
    ann.open(f"/rooms/{room}")
    wire.to_server = lose_event("send")
    for text in ("First", "Second"):
        ann.say(text)

    head, continued = ann.row("First"), ann.row("Second")
    expect(head.get_by_text("Sending…")).to_be_visible()
    expect(continued.locator(".message-margin-waiting")).to_be_visible()
    boxes = [row.bounding_box() for row in (head, continued)]
    wire.to_server = pass_on
    ann.page.evaluate("document.querySelector('[data-retry]').click()")
    ann.sees("Second")
    expect(head.get_by_text("Sending…")).to_be_hidden()
    expect(head.locator("[data-time]")).to_be_visible()
    expect(continued.locator(".message-margin-waiting")).to_be_hidden()
    assert [row.bounding_box() for row in (head, continued)] == boxes


def test_the_line_above_what_is_new_says_how_many_and_since_when(visit, room, chatter, fill):
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    fill(room, "read", last_at=noon)
    ann = visit("Ann", room, timezone_id="UTC", locale="en-GB")
    ann.sees("read")
    ann.go_to("random")
    fill(room, "two", "three", last_at=noon + timedelta(minutes=42))

    ann.open(f"/rooms/{room}")

    expect(ann.page.locator("[data-new-line]")).to_have_text("2 new since 12:41")


def test_the_day_of_what_is_in_view_stays_in_view(visit, room, fill):
    """While the separator of the day is above; a pill shows it until the next separator is near."""
    monday = datetime(2026, 11, 16, 12, tzinfo=UTC)
    fill(room, *(f"Monday {number}" for number in range(30)), last_at=monday)
    fill(room, *(f"Tuesday {number}" for number in range(30)), last_at=monday + timedelta(days=1))
    ann = visit("Ann", room, timezone_id="UTC", viewport={"width": 900, "height": 500})
    ann.sees("Tuesday 29")
    pill = ann.page.locator("[data-day-in-view]")

    expect(pill).to_have_text("Tuesday, November 17")
    show_at_top(ann, "Monday 20")
    expect(pill).to_have_text("Monday, November 16")
    show_at_top(ann, "Monday 29", then=60)
    expect(ann.page.locator("[data-day]").last).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_day_fades_when_nothing_moves(visit, room, fill):
    """Otherwise the pill would cover the messages below it."""
    fill(room, *(f"Line {number}" for number in range(45)))  # one page: no other is loaded
    ann = visit("Ann", None, viewport={"width": 900, "height": 500})
    ann.page.clock.install()
    ann.open(f"/rooms/{room}")
    pill = ann.page.locator("[data-day-in-view]")
    expect(pill).to_have_css("opacity", "0")
    ann.page.clock.pause_at(ann.page.evaluate("Date.now() + 1000"))

    show_at_top(ann, "Line 20")
    expect(pill).to_have_css("opacity", "1")
    ann.page.clock.run_for(1500)
    show_at_top(ann, "Line 19")
    ann.page.clock.run_for(1500)
    expect(pill).to_have_css("opacity", "1")
    ann.page.clock.run_for(600)

    expect(pill).to_have_css("opacity", "0")


def show_at_top(visitor, text, then=0):
    """Scroll so that the row of that text is `then` pixels above the upper edge.

    Returns after the scroll event of the page.
    """
    visitor.row(text).first.evaluate(
        """(row, then) => new Promise((done) => {
            const log = row.closest("[data-timeline]");
            log.addEventListener("scroll", done, { once: true });
            const edge = log.getBoundingClientRect().top;
            log.scrollTop += row.getBoundingClientRect().top - edge + then;
        })""",
        then,
    )


def test_a_text_from_right_to_left_stands_by_its_author(visit, room, chatter):
    """It is a block at the left edge, where the author is; in it, words run from right to left."""
    ann = visit("Ann", room, viewport={"width": 1280, "height": 800})
    chatter("ليلى", room).say(room, "مبروك للجميع")
    row = ann.row("مبروك للجميع")
    expect(row).to_have_count(1)

    author, text = (row.locator(f"[data-{part}]") for part in ("author", "text"))
    assert text.evaluate("text => getComputedStyle(text).direction") == "rtl"
    assert text.bounding_box()["x"] == pytest.approx(author.bounding_box()["x"], abs=1)
    assert text.bounding_box()["width"] < 300


@pytest.mark.parametrize("width", [1280, 1920])
def test_composer_and_messages_share_their_edges_on_a_wide_screen(visit, room, width):
    """The column is at most 60 rem wide, and in the middle of the room."""
    ann = visit("Ann", room, viewport={"width": width, "height": 900})
    ann.say("Here")
    ann.sees("Here")
    room_box = ann.page.locator("main.room").bounding_box()
    row = ann.row("Here").bounding_box()
    box = ann.page.locator(".composer-box").bounding_box()

    left = row["x"] - room_box["x"]
    right = room_box["x"] + room_box["width"] - row["x"] - row["width"]
    assert left == pytest.approx(right, abs=8)  # a scroll bar
    assert row["width"] <= 960
    assert box["x"] - row["x"] == pytest.approx(12, abs=1)
    assert row["width"] - box["width"] == pytest.approx(24, abs=8)
