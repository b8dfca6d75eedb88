"""Properties of characters that Python's own tables don't have."""

import regex

# Separators, controls, what Unicode says is to be ignored, and glyphs that are just blank: Braille
# without dots, the place of an object, a note without a head, a filler of Khitan.
_INVISIBLE = r"[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\U0001D159\U00016FE4]"
_BLANK = regex.compile(f"{_INVISIBLE}*")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")

# Emoji as Unicode Technical Standard 51 puts them together: pictures with a tone of skin or with
# the wish to be colourful, several of them joined, flags, keycaps. Of the flags that are spelt with
# letters which nobody sees, only the three that there are. What is text unless it wishes to be
# colourful, such as the sign for a trade mark, is none.
_PICTURE = r"(?=\p{Emoji})\p{Extended_Pictographic}"
_STYLE = r"[\p{Emoji_Modifier}\uFE0F]"
_REGION = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in region)
    for region in ("gbeng", "gbsct", "gbwls")
)
EMOJI = regex.compile(
    "|".join(
        [
            rf"{_PICTURE}{_STYLE}?(?:\u200D{_PICTURE}{_STYLE}?)+",
            rf"{_PICTURE}{_STYLE}",
            rf"\U0001F3F4(?:{_REGION})\U000E007F",
            rf"(?=\p{{Emoji_Presentation}}){_PICTURE}",
            r"\p{Regional_Indicator}{2}",
            r"[0-9#*]\uFE0F\u20E3",
        ]
    )
)


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in a text."""
    return _BLANK.fullmatch(text) is not None


def without_ignorable(text: str) -> str:
    """The text without what changes nothing that one sees, or just how it is drawn."""
    return _IGNORABLE.sub("", text)


def check_shown(text: str) -> str:
    """The text, if pages can show it.

    Raises:
        ValueError: It has a control character or half a character, or nothing to see.
    """
    if found := regex.search(r"[\p{Cc}\p{Cs}]", text):
        raise ValueError(f"{found[0]!r} in {text!r} is no character to be shown; leave it out")
    if is_blank(text):
        raise ValueError(f"there is nothing to see in {text!r}")
    return text
