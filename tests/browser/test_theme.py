"""Line 33: the theme is right from the first paint on, and stays."""

import pytest
from playwright.sync_api import expect


def test_the_theme_switches_and_stays(visit):
    ann = visit(color_scheme="light")
    background = ann.page.locator("main.room")
    light = colour(background)

    ann.page.get_by_label("Dark", exact=True).check(force=True)

    dark = colour(background)
    assert dark != light
    ann.page.reload()
    assert colour(background) == dark
    ann.page.get_by_label("Light", exact=True).check(force=True)
    assert colour(background) == light


def test_system_follows_the_operating_system_live(visit):
    ann = visit(color_scheme="light")
    light = colour(ann.page.locator("main.room"))

    ann.page.emulate_media(color_scheme="dark")

    assert colour(ann.page.locator("main.room")) != light


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/rooms/general"])
def test_the_first_paint_has_the_chosen_theme(visit, theme, path):
    """Without scripts there is only what the server and the style sheets say."""
    other = {"light": "dark", "dark": "light"}[theme]
    ann = visit(room=None, color_scheme=other, java_script_enabled=False, signed_in=path != "/")
    ann.context.add_cookies([{"name": "theme", "value": theme, "url": ann.url}])

    ann.page.goto(path)

    expect(ann.page.locator("html")).to_have_attribute("data-theme", theme)
    assert ann.page.locator("html").evaluate("e => getComputedStyle(e).colorScheme") == theme


def colour(locator):
    return locator.evaluate("element => getComputedStyle(element).backgroundColor")
