"""Parses `sqlite:///relative/path` and `sqlite:////absolute/path`, strictly."""

from pathlib import Path

FORM = "sqlite:///PATH"

# Characters in a path that other programs would replace by something else, or read as an option.
SPECIAL = {
    "?": "options",
    "#": "fragments",
    "%": "percent escapes",
    "$": "variables",
}


def path_of(url: str) -> Path:
    """The file that a URL names.

    Raises:
        ValueError: The URL names no file; says what to write instead.
    """
    path = url.removeprefix("sqlite:///")
    if not path or path == url:
        raise ValueError(f"use {FORM}")
    if path.startswith((":memory:", "file:")):
        raise ValueError(f"{path} is not a path; messages are kept in a file: name one")
    if path.startswith("~"):
        raise ValueError("a path can't begin with ~; write the whole path, sqlite:////home/…")
    for sign, meaning in SPECIAL.items():
        if sign in path:
            raise ValueError(f"there are no {meaning} in sqlite:///; name a path without {sign}")
    if not path.isprintable() or path != path.strip():
        raise ValueError("the path has spaces at an end, or characters that can't be seen")
    if path.rsplit("/", 1)[-1] in {"", ".", ".."}:
        raise ValueError(f"{path} is a folder; name a file in it, such as chat.db")
    if Path(path).name == "secret-key":
        raise ValueError("secret-key is the file of the key of the cookies; name another one")
    return Path(path)
