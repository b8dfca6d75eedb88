"""Texts with Markdown, links and emoji, as their readers see them."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def ann(visit, room):
    return visit("Ann", room)


@pytest.fixture
def ben(ann, chatter, room):
    return chatter("Ben", room)


def shown(ann, ben, room, text, *, within="strong, em, code, blockquote, li, a, mark"):
    """The message's text on the page, once its Markdown is there."""
    ben.say(room, text)
    element = ann.rows.last.locator("[data-text]")
    expect(element.locator(within).first).to_be_attached()
    return element


def test_markdown_is_shown_and_its_text_is_what_is_stored(ann, ben, room):
    text = "> quoted\n**bold**, *italic* and `code`\n- one\n- two\n```\nlet a  = 1;\n```"
    element = shown(ann, ben, room, text)

    expect(element.locator("blockquote")).to_have_text("quoted")
    expect(element.locator("strong")).to_have_text("bold")
    expect(element.locator("em")).to_have_text("italic")
    expect(element.locator("p code")).to_have_text("code")
    assert element.locator("li").all_inner_texts() == ["one", "two"]
    assert element.locator("pre").inner_text() == "let a  = 1;"
    assert ben.join(room)["messages"][-1]["text"] == text


def test_line_breaks_and_spaces_stay_with_markdown_and_without(ann, ben, room):
    element = shown(ann, ben, room, "*a*   b\n   c\n\n\nd")
    assert element.evaluate("e => getComputedStyle(e).whiteSpace") == "pre-wrap"
    assert element.evaluate("e => e.textContent") == "a   b\n   c\n\nd"
    with_markdown = element.bounding_box()["height"]
    ben.say(room, "plain   b\n   c\n\n\nd")
    ann.sees("plain")
    assert ann.rows.last.locator("[data-text]").bounding_box()["height"] == with_markdown


AS_TYPED = [
    "3. third",
    "1. one\n2. two\n5. five",
    "¯\\_(ツ)_/¯",
    r"\\server\share\_docs and C:\*\x",
    "__init__ and 2**8**3",
    ">_<",
]
NUMBERS = """element => [...element.querySelectorAll("li")].map((item) => item.value)"""


@pytest.mark.parametrize("text", AS_TYPED)
def test_what_is_no_markup_is_shown_as_it_was_typed(ann, ben, room, text):
    shown(ann, ben, room, "`the parser is there`")
    ben.say(room, text)
    element = ann.rows.last.locator("[data-text]")
    ann.sees(text.split("\n")[0].split(". ")[-1])
    numbers = element.evaluate(NUMBERS)
    lines = element.locator("li").all_inner_texts() if numbers else [element.inner_text()]
    typed = [f"{n}. {line}" for n, line in zip(numbers, lines, strict=True)] if numbers else lines
    assert "\n".join(typed) == text


def test_numbers_have_room_and_the_bracket_that_was_typed(ann, ben, room):
    """On the left of the numbers is the time, when the mouse is over the row."""
    room_of = "list => parseFloat(getComputedStyle(list).paddingInlineStart)"
    short = shown(ann, ben, room, "1) one\n10) ten", within="ol").locator("ol")
    expect(short).to_have_css("list-style-type", "closing-bracket")
    in_short = short.evaluate(room_of)
    long = shown(ann, ben, room, "1986. A great year", within="ol").locator("ol")
    expect(long).to_have_css("list-style-type", "decimal")
    assert long.evaluate(room_of) > in_short + 12


PLACES = """element => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const places = {};
    while (walker.nextNode()) {
        [...walker.currentNode.data].forEach((letter, index) => {
            const range = document.createRange();
            range.setStart(walker.currentNode, index);
            range.setEnd(walker.currentNode, index + 1);
            places[letter] = range.getBoundingClientRect().x;
        });
    }
    return places;
}"""


@pytest.mark.parametrize("mark", ["", " *k*"])
def test_each_line_has_a_direction_of_its_own(ann, ben, room, mark):
    text = f"אבג{mark}\nXY דה Z.\nוזח Q"
    if mark:
        element = shown(ann, ben, room, text)
    else:
        ben.say(room, text)
        element = ann.row("XY").locator("[data-text]")
        expect(element).to_be_visible()
    places = element.evaluate(PLACES)
    assert places["א"] > places["ב"] > places["ג"]
    assert places["X"] < places["Y"] < places["Z"] < places["."]
    assert places["Q"] < places["ח"] < places["ו"]


@pytest.mark.parametrize(
    ("text", "direction"), [("- אבג דהוז\n- XY", "rtl"), ("- abcdefg\n- אב", "ltr")]
)
def test_the_items_of_a_list_stand_by_their_marks(ann, ben, room, text, direction):
    element = shown(ann, ben, room, text, within="li")
    expect(element.locator("ul")).to_have_css("direction", direction)
    item = element.locator("li").last
    letters = item.evaluate(
        """item => {
            const range = document.createRange();
            range.selectNodeContents(item);
            return range.getBoundingClientRect().toJSON();
        }"""
    )
    box = item.bounding_box()
    if direction == "rtl":
        assert letters["right"] == pytest.approx(box["x"] + box["width"], abs=1)
    else:
        assert letters["left"] == pytest.approx(box["x"], abs=1)


def test_a_list_in_a_list_has_the_direction_of_the_outer_one(ann, ben, room):
    element = shown(ann, ben, room, "- אבג דהוז\n  - inner", within="li li")
    expect(element.locator("ul ul")).to_have_css("direction", "rtl")


def test_a_mention_begins_with_its_sign_in_every_direction(ann, ben, room):
    ben.say(room, f"שלום @{ann.name} מה")
    mark = ann.rows.last.locator("mark")
    places = mark.evaluate(PLACES)
    assert places["@"] < places["A"]


SCRIPTS = [
    ("これは**「重要」**です", "strong", "「重要」"),
    ("~~strike~~ through", "s", "strike"),
    ("https://example.com/path。よろしく", "a", "https://example.com/path"),
    ("（https://example.com/a）です", "a", "https://example.com/a"),
    ("https://example.com/a\u200bb", "a", "https://example.com/a"),
    ("see www.example.com.", "a", "www.example.com"),
    ("write to ann@example.com!", "a", "ann@example.com"),
]


@pytest.mark.parametrize(("text", "tag", "inside"), SCRIPTS)
def test_markup_and_links_end_where_their_reader_expects_it(ann, ben, room, text, tag, inside):
    element = shown(ann, ben, room, text, within=tag).locator(tag)
    expect(element).to_have_text(inside)


def test_links_open_elsewhere_and_tell_nothing(ann, ben, room):
    text = "https://a.example/x_y_z, [this](https://b.example) and mailto:ben@c.example"
    links = shown(ann, ben, room, text).locator("a")

    addresses = links.evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert addresses == ["https://a.example/x_y_z", "https://b.example", "mailto:ben@c.example"]
    for link in links.all():
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links.nth(1)).to_have_attribute("title", "https://b.example")


HOSTILE = [
    "<img src=x onerror=alert(1)> *",
    "<script>alert(1)</script> *",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](JaVa\tScript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://a.example/pixel.png)",
    "`<b>`</p></div><h1>*",
    '[x](https://a.example"onmouseover=alert(1))',
    "<svg/onload=alert(1)>*<math><mtext></form><form><mglyph><style></math><img src onerror=x>",
    "[https://bank.example](https://a.example)",
]


def test_markup_and_scripts_stay_text(ann, ben, room):
    ann.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    shown(ann, ben, room, "**the parser is there**")
    for text in HOSTILE:
        ben.say(room, text)
    expect(ann.rows).to_have_count(1 + len(HOSTILE))
    elements = ann.rows.locator("[data-text] *")
    names = set(elements.evaluate_all("all => all.map((element) => element.localName)"))
    assert names <= {"p", "strong", "em", "code", "a"}
    attributes = elements.evaluate_all("all => all.flatMap((e) => e.getAttributeNames())")
    assert set(attributes) <= {"href", "title", "target", "rel", "dir", "tabindex"}
    hrefs = ann.rows.locator("[data-text] a").evaluate_all("all => all.map((a) => a.href)")
    assert all(href.startswith("https://a.example") for href in hrefs)


MISLEADING = [
    r"[https:\/\/bank.example/login](https://evil.example/)",
    "[_https://bank.example_](https://evil.example/)",
    "[h**t**tps://bank.example](https://evil.example/)",
    "[\u202eelpmaxe.knab//:sptth](https://evil.example/)",
    "[bank.example](https://evil.example/)",
    "\u202e*so* https://evil.example/",
]
LEFT_EDGES = """link => {
    const range = document.createRange();
    const text = link.firstChild;
    const left = (at) => {
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
    };
    return [...text.data].map((_, at) => left(at));
}"""


@pytest.mark.parametrize("text", MISLEADING)
def test_a_link_shows_the_address_that_it_leads_to(ann, ben, room, text):
    link = shown(ann, ben, room, text, within="a").locator("a")
    expect(link).to_have_attribute("href", "https://evil.example/")
    assert link.inner_text() == "https://evil.example/"
    lefts = link.evaluate(LEFT_EDGES)
    assert lefts == sorted(lefts), "from left to right"


PATHOLOGICAL = {
    "nested quotes": ">" * 3990 + " done",
    "nested quotes, with spaces": "> " * 1990 + "done",
    "nested lists": "- " * 1990 + "done",
    "stars": "**a " * 990 + "done",
    "brackets": "[" * 3990 + "done *x*",
    "emoji": "😀" * 3990 + "done",
}


@pytest.mark.parametrize("text", PATHOLOGICAL.values(), ids=PATHOLOGICAL)
def test_a_text_made_to_be_hard_is_shown_and_stays_within_bounds(ann, ben, room, text):
    ben.say(room, text)
    ann.sees("done")
    assert ann.rows.last.locator("[data-text] *").count() < 50
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_mention_of_ones_own_name_stands_out(ann, ben, room):
    text = f"@{ann.name} and @Cid: `@{ann.name}` is code"
    element = shown(ann, ben, room, text, within="code")
    expect(element.locator("mark")).to_have_text(f"@{ann.name}")
    expect(ann.rows.last).to_have_attribute("data-mentions-me", "")
    ben.say(room, "@Cid only")
    ann.sees("@Cid only")
    expect(ann.rows.last).not_to_have_attribute("data-mentions-me", "")


def test_few_emoji_are_shown_larger(ann, ben, room):
    ben.say(room, "🎉 👏🏽")
    ben.say(room, "well done 🎉")
    ann.sees("well done")
    large, usual = (
        row.locator("[data-text]").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        for row in ann.rows.all()
    )
    assert large > 1.5 * usual


def test_without_the_parser_the_text_is_as_it_was_typed(visit, chatter, room):
    """A page that is older than the server may not find the parser any more."""
    ann = visit("Ann", None)
    ann.tolerate("Failed to load resource", "net::ERR")
    ann.page.route("**/markdown-nodes*", lambda route: route.abort())
    ann.open(f"/rooms/{room}")
    chatter("Ben", room).say(room, "**bold** https://a.example")
    ann.sees("**bold**")
    expect(ann.rows.last.locator("a")).to_have_attribute("href", "https://a.example")


MARKUP = [
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a href=javascript:alert(1)><text>x</text></a></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="https://a.example" onclick="alert(1)" style="x" class="message" id="a">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=/sign-out method=post><button>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<p data-retry aria-hidden=true title=x>x</p>",
    "<template><p onclick=alert(1)>x</p></template>",
    "<style>* { display: none }</style><link rel=stylesheet href=x><base href=//x.example>",
]
TAGS = {"A", "BLOCKQUOTE", "CODE", "EM", "LI", "OL", "P", "PRE", "S", "STRONG", "UL"}
ATTRIBUTES = {"data-language", "href", "title", "value", "target", "rel", "dir", "tabindex"}


def test_the_sanitiser_alone_lets_nothing_through_that_could_act(visit, chatter, source_server):
    """The Markdown parser is replaced by one that returns the text of the sender."""
    ann = visit("Ann", None, at=source_server)
    ann.tolerate("Content Security Policy")  # it reports while the sanitiser parses
    ann.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    parser = "export const toHtml = (text) => text, proseOf = toHtml;"
    ann.page.route(
        "**/js/lib/markdown.js",
        lambda route: route.fulfill(body=parser, content_type="text/javascript"),
    )
    ann.open("/rooms/general")
    ben = chatter("Ben", "general", at=source_server)

    for number, text in enumerate(MARKUP):
        ben.say("general", f"<strong>{number}</strong>*{text}")
        element = ann.rows.last.locator("[data-text]")
        expect(element.locator("strong").first).to_have_text(str(number))
        inside = element.evaluate(
            """element => [...element.querySelectorAll("*")].map((each) =>
                [each.tagName, each.getAttributeNames(), each.getAttribute("href")])"""
        )
        for tag, attributes, href in inside:
            assert tag in TAGS, text
            assert set(attributes) <= ATTRIBUTES, text
            assert href is None or href.startswith("https://a.example"), text
