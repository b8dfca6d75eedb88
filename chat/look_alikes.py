"""Which names look alike: skeletons of Unicode Technical Standard 39."""

import json
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from chat.unicode import without_ignorable


@lru_cache(maxsize=1024)  # asked for by both namespaces as somebody connects, and again at the end
def look_alikes(name: str) -> frozenset[str]:
    """Two names that look alike have one of these texts in common.

    They are the skeletons of Unicode Technical Standard 39, of the name as it is and of the name
    in lower case: "Iris" looks like "lris" in the one, "IRIS" like "iris" in the other.
    """
    return frozenset({_skeleton(name).casefold(), _skeleton(name.casefold())})


def _skeleton(name: str) -> str:
    table = _prototypes()
    decomposed = unicodedata.normalize("NFKD", without_ignorable(name))
    letters = [letter for letter in decomposed if not unicodedata.combining(letter)]
    return "".join(table.get(letter, letter) for letter in letters if not letter.isspace())


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
