"""Render the PNG icons from their SVG; run `make icons` after a change of the SVG."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import launch

ICONS = Path("chat/static/icons")
PICTURES = {
    "icon-192": ("icon", 192),
    "icon-512": ("icon", 512),
    "icon-maskable-512": ("icon-maskable", 512),  # Android crops it to a shape
    "icon-apple-180": ("icon-maskable", 180),  # iOS crops it, too, and shows transparency as black
}


def main() -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, (source, size) in PICTURES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content((ICONS / f"{source}.svg").read_text())
            page.add_style_tag(content="body { margin: 0 } svg { display: block; width: 100vw }")
            page.screenshot(path=ICONS / f"{name}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
