"""Makes names that are allowed here of names that the provider has."""

import unicodedata
from collections.abc import Iterable

import regex

from chat.accounts.names import MAX_MARKS, MAX_NAME, clean_name
from chat.errors import Invalid
from chat.text import is_blank

NAMELESS = "Somebody"
MOST_READ = 400  # characters; nothing that stands behind them would be shown

_TOO_MANY_MARKS = regex.compile(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")


def display_name(names: Iterable[str]) -> str:
    """The first of the names that is allowed, or can be made so by cutting and cleaning it.

    A name that isn't allowed must not keep its owner out. One that looks like a reserved word is
    passed over, because what it pretends can't be cut out of it.
    """
    for name in names:
        for candidate in (name, _plain(name)):
            try:
                return clean_name(_cut(candidate))
            except Invalid:
                continue
    return NAMELESS


def _cut(name: str) -> str:
    """The first characters that are allowed; an emoji or a letter with accents stays whole."""
    characters = regex.findall(r"\X", name.strip()[:MOST_READ])
    while len(unicodedata.normalize("NFKC", "".join(characters))) > MAX_NAME:
        characters.pop()
    return "".join(characters).strip()


def _plain(name: str) -> str:
    """The name without what nobody can see, and with fewer accents.

    What can be seen stays: a reserved word must not become a part of the name, which is allowed,
    because its brackets are gone.
    """
    seen = "".join(
        " " if each.isspace() else each
        for each in name.strip()[:MOST_READ]
        if each.isspace() or not _is_unseen(each)
    )
    return _TOO_MANY_MARKS.sub(r"\1", seen)


def _is_unseen(character: str) -> bool:
    return is_blank(character) or unicodedata.category(character).startswith("C")
