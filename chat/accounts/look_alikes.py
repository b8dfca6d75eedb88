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
OPTIONAL_MARKS = ("ARABIC", "HEBREW", "SYRIAC")  # vowels: one writes them or not


@lru_cache(maxsize=1024)  # asked for by both namespaces as somebody connects, and again at the end
def look_alikes(name: str) -> frozenset[str]:
    """Two names that look alike have one of these texts in common.

    They are the skeletons of Unicode Technical Standard 39, of the name as it is and of the name
    in lower case: "Iris" looks like "lris" in the one, "IRIS" like "iris" in the other. Unlike in
    the standard, accents, spaces and punctuation make no difference.
    """
    return frozenset({_skeleton(name).casefold(), _skeleton(name.casefold())})


def _skeleton(name: str) -> str:
    table = _prototypes()
    decomposed = unicodedata.normalize("NFKD", without_ignorable(name))
    return "".join(table.get(each, each) for each in _without_accents(decomposed))


def _without_accents(decomposed: str) -> Iterator[str]:
    """Letters, digits and symbols, and the marks that make another letter of a letter.

    A mark on "e" decorates it. The marks of voiced sounds in Japanese, of vowels in Hindi or Thai
    don't; but they do on letters of other scripts.
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
    """The script: the names of its characters begin with it. Marks for several begin otherwise."""
    return unicodedata.name(character, "-").split()[0] if character else ""


@cache
def _prototypes() -> dict[str, str]:
    """Each confusable character with the text that stands for all those that look like it.

    The package's table lists for every character its neighbours: for a Cyrillic "a" just "a",
    for "a" a dozen. So the neighbour with the most neighbours of its own is the one.
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
