"""Parses `dynamodb://TABLE?region=REGION&endpoint_url=URL`, strictly."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

FORM = "dynamodb://TABLE?region=REGION"
OPTIONS = ("region", "endpoint_url")


class Table(NamedTuple):
    """A table; for None, the environment of the AWS SDK decides."""

    name: str
    region: str | None
    endpoint_url: str | None


def table_of(url: str) -> Table:
    """The table that a URL names.

    Raises:
        ValueError: The URL names no table; says what to write instead.
    """
    parts = urlsplit(url)
    if parts.path or parts.fragment or not re.fullmatch(r"[\w.-]{3,255}", parts.netloc, re.ASCII):
        raise ValueError(
            "the name of a table has 3 to 255 letters, digits, dots, hyphens and underscores; "
            f"use {FORM}"
        )
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in OPTIONS:
            raise ValueError(f"{name} is not an option of dynamodb://")
        if name in options or not value:
            raise ValueError(f"{name} of dynamodb:// has no value, or more than one")
        options[name] = value
    return Table(parts.netloc, options.get("region"), options.get("endpoint_url"))
