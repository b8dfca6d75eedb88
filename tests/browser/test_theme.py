"""The theme is right from the first paint on, and stays."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect


def test_the_theme_switches_and_stays(visit):
    """The choice lasts."""
    ann = visit(color_scheme="light")
    background = ann.page.locator(".sheet")
    light = colour(background)

    choose(ann, "Dark")

    dark = colour(background)
    assert dark != light
    ann.page.reload()
    assert colour(background) == dark
    choose(ann, "Light")
    assert colour(background) == light


def test_the_browsers_own_bars_have_the_chosen_theme(visit):
    """Whatever the system's theme is: at once, after a reload, and back to the system's theme."""
    ann = visit(color_scheme="light")
    light = colour_of_bars(ann)

    choose(ann, "Dark")
    dark = colour_of_bars(ann)
    ann.page.reload()

    assert dark != light
    assert colour_of_bars(ann) == dark
    choose(ann, "Auto")
    assert colour_of_bars(ann) == light


def colour_of_bars(visitor):
    """The first `theme-color` whose media query matches, as browsers choose it."""
    return visitor.page.locator("meta[name=theme-color]").evaluate_all(
        "metas => metas.find(({ media }) => matchMedia(media).matches).content"
    )


def test_system_follows_the_operating_system_live(visit):
    ann = visit(color_scheme="light")
    light = colour(ann.page.locator(".sheet"))

    ann.page.emulate_media(color_scheme="dark")

    assert colour(ann.page.locator(".sheet")) != light


def test_what_is_chosen_is_seen_where_the_system_has_colours_of_its_own(visit):
    """With forced colours ("high contrast"), browsers drop the backgrounds of the page."""
    ann = visit(forced_colors="active", reduced_motion="reduce")
    assert colour(ann.page.locator("[data-room-link=general]")) == colour_called(ann, "Highlight")
    ann.open_account()
    option = ann.page.locator("[data-account] .theme-option:has(:checked)")
    assert colour(option) == colour_called(ann, "Highlight")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Notifications").click()
    ann.page.get_by_role("switch").check()
    assert colour(ann.page.get_by_role("switch")) == colour_called(ann, "Highlight")


def colour_called(visitor, name):
    return visitor.page.evaluate(
        """(name) => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.forcedColorAdjust = "none";
            probe.style.background = name;
            return getComputedStyle(probe).backgroundColor;
        }""",
        name,
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/rooms/general"])
def test_the_first_paint_has_the_chosen_theme(visit, theme, path):
    """Without scripts: the server and the style sheets alone set the theme."""
    other = {"light": "dark", "dark": "light"}[theme]
    ann = visit(room=None, color_scheme=other, java_script_enabled=False, signed_in=path != "/")
    ann.context.add_cookies([{"name": "theme", "value": theme, "url": ann.url}])

    ann.page.goto(path)

    expect(ann.page.locator("html")).to_have_attribute("data-theme", theme)
    assert ann.page.locator("html").evaluate("e => getComputedStyle(e).colorScheme") == theme


def test_one_accent_and_an_icon(visit):
    """The send button has the accent colour, and the tab has an icon and a title."""
    ann = visit(color_scheme="light")
    ann.composer.fill("Ready")
    send = ann.page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_enabled()
    accent = ann.page.evaluate(
        """() => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.className = "button button-primary";
            return getComputedStyle(probe).backgroundColor;
        }"""
    )
    expect(send).to_have_css("background-color", accent)
    expect(ann.page).to_have_title("General · Cloud Chat")
    icon = ann.page.locator("link[rel=icon]").first.get_attribute("href")
    assert ann.page.request.get(icon).ok


def test_nothing_is_asked_of_another_host(visit, room):
    """From the sign-in page on. `visit` checks the same in every browser test."""
    ann = visit("Ann", room=None, signed_in=False)
    hosts = set()
    ann.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    ann.page.goto(f"/rooms/{room}")
    ann.page.get_by_label("Your name").fill(ann.name)
    ann.page.get_by_role("button", name="Join the chat").click()
    ann.wait_until_live()
    ann.say("Hello https://example.com/picture.png")
    ann.sees("Hello")
    assert hosts == {urlsplit(ann.url).netloc}


def choose(visitor, theme):
    visitor.open_account()
    visitor.page.get_by_label(theme, exact=True).check(force=True)
    visitor.page.keyboard.press("Escape")


def colour(locator):
    return locator.evaluate("element => getComputedStyle(element).backgroundColor")
