"""Properties of characters that Python's own tables don't have."""

import regex

# Separators, controls, default-ignorable characters, and characters with a blank glyph: the Braille
# blank, the object replacement character, the musical null notehead, the Khitan filler.
_INVISIBLE = r"[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\U0001D159\U00016FE4]"
_BLANK = regex.compile(f"{_INVISIBLE}*")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")

# Emoji sequences of Unicode Technical Standard 51: pictographs, with a skin tone or with the emoji
# variation selector U+FE0F; several of them joined by U+200D; flags; keycaps. Of the flags that are
# spelt with invisible tag characters, only the three that exist. A character that is shown as text
# by default, such as the trade mark sign, is an emoji only with U+FE0F or a skin tone.
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
    """Whether a text has no visible character."""
    return _BLANK.fullmatch(text) is not None


def without_ignorable(text: str) -> str:
    """The text without default-ignorable characters, which at most change how others look."""
    return _IGNORABLE.sub("", text)


def check_shown(text: str) -> str:
    """The text, if pages can show it.

    Raises:
        ValueError: It has a control character, a lone surrogate, or no visible character.
    """
    if found := regex.search(r"[\p{Cc}\p{Cs}]", text):
        raise ValueError(f"{found[0]!r} in {text!r} is no character to be shown; leave it out")
    if is_blank(text):
        raise ValueError(f"there is nothing to see in {text!r}")
    return text
