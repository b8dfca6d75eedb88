"""Names of people: what one may contain."""

import re
import unicodedata

import precis_i18n

from chat.errors import Invalid
from chat.look_alikes import look_alikes
from chat.unicode import EMOJI, is_blank

MAX_NAME = 40  # characters
MOST_RAW = 4 * MAX_NAME  # before accents are joined with letters, and spaces with each other
MAX_MARKS = 3  # accents on one letter
AN_EMOJI = "\N{SLIGHTLY SMILING FACE}"
RESERVED = ("admin", "administrator", "moderator", "system", "everyone", "here", "you")


def clean_name(raw: str) -> str:
    """The name as others will see it.

    RFC 8266 says what a nickname is: composed (NFC), without control, invisible and
    bidirectional characters, with single spaces. Unlike it this leaves the case of letters, and
    allows emoji of several characters, some of which can't be seen.

    Raises:
        chat.errors.Invalid: It can't be a name; says why.
    """
    if not _could_be_short(raw):
        raise Invalid(f"A name has at most {MAX_NAME} characters.")
    emoji = iter(EMOJI.findall(raw))
    name = re.sub(AN_EMOJI, lambda _: next(emoji), _nickname(EMOJI.sub(AN_EMOJI, raw)))
    if not any(character.isalnum() for character in name):
        raise Invalid("A name needs at least one letter or digit.")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.")
    if _most_marks_in_a_row(name) > MAX_MARKS:
        raise Invalid("This name has too many accents on one letter.")
    if any(look_alikes(name) & look_alikes(word) for word in RESERVED):
        raise Invalid("This name is reserved.")
    return name


def _could_be_short(raw: str) -> bool:
    """Whether to look closer, which takes 37 ms where letters stand for whole phrases."""
    return len(raw) <= MOST_RAW and len(unicodedata.normalize("NFKC", raw)) <= MOST_RAW


def _nickname(raw: str) -> str:
    try:
        name: str = precis_i18n.get_profile("NicknameCasePreserved").enforce(raw)
    except UnicodeError:
        name = ""
    if not name or any(is_blank(character) for character in name if character != " "):
        raise Invalid("This name has characters that can't be seen or typed.")
    return name


def _most_marks_in_a_row(name: str) -> int:
    most = marks = 0
    for character in name:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        most = max(most, marks)
    return most
