"""Names of people: what a name may contain."""

import re
import unicodedata
from functools import cache

import precis_i18n
import regex

from chat.accounts.look_alikes import look_alikes
from chat.errors import Invalid
from chat.text import EMOJI, is_blank

MAX_NAME = 40  # characters
MAX_MARKS = 3  # accents on one letter
MAY_BE_UNSEEN = " \N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
AN_EMOJI = "\N{SLIGHTLY SMILING FACE}"  # stands for each emoji while the rest is checked
RESERVED = ("admin", "administrator", "moderator", "system", "everyone", "here", "you")

# Hyphens and apostrophes inside a word are part of it.
_BETWEEN_PARTS = regex.compile(r"[^\w\s'\u2019-]|_|(?<!\w)['\u2019-]|['\u2019-](?!\w)")
_NO_LETTERS = regex.compile(r"^[\W\d_]+|[\W\d_]+$|[\W_]")


def clean_name(raw: str) -> str:
    """The name as others will see it.

    RFC 8266 says what a nickname is: in the form NFKC, without control, invisible and
    bidirectional characters, with single spaces. Unlike the RFC, this keeps the case of letters,
    and allows emoji of several characters, some of which are invisible.

    Raises:
        chat.errors.Invalid: It can't be a name; says why.
    """
    if is_blank(raw):
        raise Invalid("Type a name first.")
    if _is_too_long(raw):
        raise Invalid(f"This name is too long: use at most {MAX_NAME} characters.")
    emoji = iter(EMOJI.findall(raw))
    name = re.sub(AN_EMOJI, lambda _: next(emoji), _nickname(EMOJI.sub(AN_EMOJI, raw)))
    if not any(character.isalnum() for character in name):
        raise Invalid("This name needs at least one letter or digit.")
    if _most_marks_in_a_row(name) > MAX_MARKS:
        raise Invalid(f"This name has more than {MAX_MARKS} accents on one letter. Use fewer.")
    if _is_reserved(name):
        raise Invalid("This name is reserved. Choose another one.")
    return name


def _is_too_long(raw: str) -> bool:
    """A cheap check, done first: NFKC may make 18 characters of one, and later checks are slow."""
    if len(raw) > 10 * MAX_NAME:
        return True
    return len(unicodedata.normalize("NFKC", " ".join(raw.split()))) > MAX_NAME


def _nickname(raw: str) -> str:
    try:
        name: str = precis_i18n.get_profile("NicknameCasePreserved").enforce(raw)
    except UnicodeError:
        name = ""
    # The profile leaves only one kind of invisible characters: joiners that the script needs
    # (RFC 5892).
    if not name or any(is_blank(each) for each in name if each not in MAY_BE_UNSEEN):
        raise Invalid("This name has characters that nobody can see. Type it again.")
    return name


def _most_marks_in_a_row(name: str) -> int:
    most = marks = 0
    for character in name:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        most = max(most, marks)
    return most


def _is_reserved(name: str) -> bool:
    """Whether the name, or a part of it such as "(you)", looks like a reserved word."""
    parts = [name, *_BETWEEN_PARTS.split(name)]
    return any(not _at_a_glance(part).isdisjoint(_reserved()) for part in parts)


@cache
def _reserved() -> frozenset[str]:
    return frozenset().union(*(_at_a_glance(form) for w in RESERVED for form in (w, w.upper())))


def _at_a_glance(text: str) -> set[str]:
    """Texts by which to compare names at a glance: "ADMlN", "admln" and "admin 2" look alike."""
    letters = _NO_LETTERS.sub("", text)
    return {each.replace("rn", "m").replace("i", "l") for each in look_alikes(letters)}
