"""Which names look alike."""

import pytest

from chat.accounts.look_alikes import look_alikes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ann"),
        ("Ann", "\u0410nn"),
        ("Iris", "lris"),
        ("Iris", "IRIS"),
        ("Bob", "B0b"),
        ("Zoë", "Zoe\u0308"),
        ("Strauß", "STRAUSS"),
        ("İpek", "ipek"),
        ("corner", "comer"),
        ("Ann Lee", "AnnLee"),
        ("Ann", "Ann."),
        ("Ann", "Ann\u0e38"),
        ("Ann", "Ann\u093c"),
        ("Ann", "Ann\u3099"),
        ("Zoe", "Zoë"),
        ("Ёлка", "Елка"),
        ("علی\u200cرضا", "علیرضا"),
        ("عَلی", "علی"),
        ("שָׁלוֹם", "שלום"),
        ("ﾀﾞｲｷ", "ダイキ"),
        ("हिन्दी", "हिन्दी\u0301"),
        ("Ann ❤️", "Ann ❤"),
        ("Ann 🦊🦊", "Ann 🦊\u200d🦊"),
    ],
)
def test_names_that_look_alike_are_known_to(one, other):
    assert look_alikes(one) & look_alikes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Anna"),
        ("Bob", "Rob"),
        ("Li", "Lu"),
        ("だいき", "たいき"),
        ("ぱ", "ば"),
        ("パン", "ハン"),
        ("ビール", "ビル"),
        ("सीता", "सता"),
        ("फ़ातिमा", "फातिमा"),
        ("สุดา", "สดา"),
        ("이", "인"),
    ],
)
def test_names_that_look_different_are_told_apart(one, other):
    assert not look_alikes(one) & look_alikes(other)
