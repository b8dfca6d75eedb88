"""Which names look alike: skeletons of Unicode Technical Standard 39."""

import json
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

from chat.text import without_ignorable

VOICINGS = (
    "\N{COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK}",
    "\N{COMBINING KATAKANA-HIRAGANA SEMI-VOICED SOUND MARK}",
)
KANA = ("HIRAGANA", "KATAKANA")
OPTIONAL_MARKS = ("ARABIC", "HEBREW", "SYRIAC")  # scripts in which marks are optional vowels


@lru_cache(maxsize=1024)  # called for each namespace when somebody connects, and at the end
def look_alikes(name: str) -> frozenset[str]:
    """Texts by which to compare names: two names that look alike have one of them in common.

    They are the skeletons of Unicode Technical Standard 39, of the name as it is and of the name
    in lower case: "Iris" looks like "lris" in the one, "IRIS" like "iris" in the other. Unlike in
    the standard, accents, spaces and punctuation make no difference.
    """
    return frozenset({_skeleton(name).casefold(), _skeleton(name.casefold())})


def _skeleton(name: str) -> str:
    if name.isascii():  # here no character depends on the one before it
        return name.translate(_of_ascii())
    return _of_any(name)


@cache
def _of_ascii() -> dict[int, str]:
    return {code: _of_any(chr(code)) for code in range(128)}


def _of_any(name: str) -> str:
    table = _prototypes()
    decomposed = unicodedata.normalize("NFKD", without_ignorable(name))
    return "".join(table.get(each, each) for each in _without_accents(decomposed))


def _without_accents(decomposed: str) -> Iterator[str]:
    """Letters, digits and symbols, and the marks that turn a letter into another letter.

    An accent on "e" leaves it an "e". Marks of voiced sounds in Japanese, and of vowels in Hindi or
    Thai, make another letter. On letters of other scripts they are accents, too.
    """
    letter = ""
    for character in decomposed:
        kind = unicodedata.category(character)[0]
        if kind == "M" and _makes_another(character, letter):
            yield character
        elif kind not in "MPZ":
            letter = character
            yield character


def _makes_another(mark: str, letter: str) -> bool:
    script = _script(letter)
    if mark in VOICINGS:
        return script in KANA
    return _script(mark) == script and script not in OPTIONAL_MARKS


def _script(character: str) -> str:
    """The first word of the character's name: its script, except for marks of several scripts."""
    return unicodedata.name(character, "-").split()[0] if character else ""


@cache
def _prototypes() -> dict[str, str]:
    """For each confusable character the prototype, one text for all characters that look like it.

    The package's table lists the look-alikes of each character: for a Cyrillic "a" just "a", for
    "a" a dozen. So the one with the most look-alikes of its own is the prototype.
    """
    file = resources.files("confusable_homoglyphs") / "confusables.json"
    table = json.loads(file.read_text())
    prototypes = {}
    for character, neighbours in table.items():
        candidates = [character, *(neighbour["c"] for neighbour in neighbours)]
        prototype = min(candidates, key=lambda text: (-len(table.get(text, ())), text))
        if len(character) == 1 and prototype != character:
            prototypes[character] = prototype
    return prototypes
