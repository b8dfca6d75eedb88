"""Names of people: what one may contain, and which ones look alike."""

import json
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple

import precis_i18n

from chat.errors import Conflict, Invalid

MAX_NAME = 40  # characters
MAX_MARKS = 3  # accents on one letter
BLANK = "\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159\U00016fe4"  # are drawn as nothing
RESERVED = ("admin", "administrator", "moderator", "system", "everyone", "here", "you")

# Seconds for which a name is kept for somebody who has just signed in, or has just gone.
KEPT_FOR = 60.0


def clean_name(raw: str) -> str:
    """The name as others will see it.

    RFC 8266 says what a nickname is: composed (NFC), without control, invisible and
    bidirectional characters, with single spaces. Unlike it this leaves the case of letters.

    Raises:
        chat.errors.Invalid: It can't be a name; says why.
    """
    if len(raw) > 10 * MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.")
    try:
        name: str = precis_i18n.get_profile("NicknameCasePreserved").enforce(raw)
    except UnicodeError:
        raise Invalid("This name has characters that can't be seen or typed.") from None
    if any(character in BLANK for character in name):
        raise Invalid("This name has characters that can't be seen or typed.")
    if not any(character.isalnum() for character in name):
        raise Invalid("A name needs at least one letter or digit.")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.")
    if _most_marks_in_a_row(name) > MAX_MARKS:
        raise Invalid("This name has too many accents on one letter.")
    if any(look_alikes(name) & look_alikes(word) for word in RESERVED):
        raise Invalid("This name is reserved.")
    return name


def _most_marks_in_a_row(name: str) -> int:
    most = marks = 0
    for character in name:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        most = max(most, marks)
    return most


def look_alikes(name: str) -> frozenset[str]:
    """Two names that look alike have one of these texts in common.

    They are the skeletons of Unicode Technical Standard 39, of the name as it is and of the name
    in lower case: "Iris" looks like "lris" in the one, "IRIS" like "iris" in the other.
    """
    return frozenset({_skeleton(name).casefold(), _skeleton(name.casefold())})


def _skeleton(name: str) -> str:
    table = _prototypes()
    letters = [c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)]
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


class NamesInUse:
    """The names that nobody else may take: those of people who are here or just were.

    Args:
        is_connected: Whether the person of that id has a connection.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, is_connected: Callable[[str], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_connected = is_connected
        self._clock = clock
        self._owners: dict[str, _Owner] = {}  # by look-alike
        self._sweep_at = 1000
        self._lock = threading.Lock()

    def take(self, name: str, person_id: str) -> None:
        """Take the name, or keep it for another while.

        Raises:
            chat.errors.Conflict: Someone else uses it, or one that looks like it.
        """
        texts = look_alikes(name)
        with self._lock:
            if any(self._is_taken(text, person_id) for text in texts):
                raise Conflict(f"Someone here is already called {name}, or nearly so.")
            self._forget_the_gone()
            self._keep(texts, person_id)

    def keep(self, name: str, person_id: str) -> None:
        """Keep a name for somebody who is about to go."""
        with self._lock:
            self._keep(self._owned(name, person_id), person_id)

    def give_back(self, name: str, person_id: str) -> None:
        """Let others have the name at once."""
        with self._lock:
            for text in self._owned(name, person_id):
                del self._owners[text]

    def _owned(self, name: str, person_id: str) -> list[str]:
        texts = look_alikes(name)
        return [t for t in texts if t in self._owners and self._owners[t].id == person_id]

    def _keep(self, texts: Iterable[str], person_id: str) -> None:
        self._owners |= dict.fromkeys(texts, _Owner(person_id, self._clock() + KEPT_FOR))

    def _is_taken(self, text: str, by_other_than: str) -> bool:
        owner = self._owners.get(text)
        return owner is not None and owner.id != by_other_than and self._is_here(owner)

    def _is_here(self, owner: "_Owner") -> bool:
        return owner.until > self._clock() or self._is_connected(owner.id)

    def _forget_the_gone(self) -> None:
        """Now and then, so that the table doesn't grow and a sign-in stays cheap."""
        if len(self._owners) >= self._sweep_at:
            self._owners = {text: o for text, o in self._owners.items() if self._is_here(o)}
            self._sweep_at = max(1000, 2 * len(self._owners))


class _Owner(NamedTuple):
    id: str
    until: float  # monotonic seconds; kept this long even without a connection
