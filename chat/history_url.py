"""The URL that says where messages are kept; what it can't mean is refused, and never guessed."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

FORMS = "use sqlite:///PATH or dynamodb://TABLE?region=REGION"
SQLITE = "sqlite:///"
DYNAMODB_OPTIONS = ("region", "endpoint_url")

# Signs of a path that other programs would replace by something else, or read as an option.
SPECIAL = {
    "?": "options",
    "#": "fragments",
    "%": "percent escapes",
    "$": "variables",
}


class SqliteFile(NamedTuple):
    """`sqlite:///relative/path` or `sqlite:////absolute/path`."""

    path: Path


class DynamoDBTable(NamedTuple):
    """`dynamodb://TABLE?region=REGION&endpoint_url=URL`."""

    name: str
    region: str | None
    endpoint_url: str | None


def parse_history_url(url: str) -> SqliteFile | DynamoDBTable:
    """What the URL names.

    Raises:
        ValueError: It is of no form that is known; says what to write instead.
    """
    if url.startswith(SQLITE):
        return _sqlite_file(url.removeprefix(SQLITE))
    if url.startswith("dynamodb://"):
        return _dynamodb_table(url)
    raise ValueError(FORMS)


def _sqlite_file(path: str) -> SqliteFile:
    if not path:
        raise ValueError(FORMS)
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
    return SqliteFile(Path(path))


def _dynamodb_table(url: str) -> DynamoDBTable:
    parts = urlsplit(url)
    if parts.path or parts.fragment or not re.fullmatch(r"[\w.-]{3,255}", parts.netloc, re.ASCII):
        raise ValueError(
            "the name of a table has 3 to 255 letters, digits, dots, hyphens and underscores; "
            "use dynamodb://TABLE?region=REGION"
        )
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in DYNAMODB_OPTIONS:
            raise ValueError(f"{name} is not an option of dynamodb://")
        if name in options or not value:
            raise ValueError(f"{name} of dynamodb:// has no value, or more than one")
        options[name] = value
    return DynamoDBTable(parts.netloc, options.get("region"), options.get("endpoint_url"))
