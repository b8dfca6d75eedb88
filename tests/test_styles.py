"""The style sheets: custom properties that are used are set, and the other way round."""

import re
from pathlib import Path

SHEETS = sorted(Path("chat/static/css").glob("*.css"))
SET_BY_SCRIPTS = {
    "--top",
    "--left",
    "--middle",
    "--right",
    "--rows",
    "--digits",
    "--visible-height",
}


def test_every_property_that_a_sheet_uses_is_set():
    """If one isn't set, the browser uses the inherited colour and reports no error."""
    styles = "\n".join(sheet.read_text() for sheet in SHEETS)
    used = set(re.findall(r"var\((--[\w-]+)", styles))
    declared = set(re.findall(r"(--[\w-]+)\s*:", styles))
    assert len(used) > 50
    assert used - declared - SET_BY_SCRIPTS == set()


def test_every_colour_and_size_is_used():
    pictures = Path("chat/templates/icons.html")
    styles = "\n".join(part.read_text() for part in [*SHEETS, pictures])
    declared = set(re.findall(r"(--[\w-]+)\s*:", styles))
    used = set(re.findall(r"var\((--[\w-]+)", styles))
    assert declared - used == set()
