"""What the chat makes of claims: any of them may be missing, or be nonsense."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.accounts.names import MAX_NAME, clean_name
from chat.accounts.openid.display_name import display_name
from chat.accounts.openid.identity import (
    is_one_of,
    person_id_of,
    read_email,
    read_groups,
    read_identity,
    read_name,
    subject_of,
)
from chat.openid_settings import GOOGLE
from chat.settings import Settings

ISSUER = "https://login.example"
OPENID = Settings(
    oidc_issuer=ISSUER,
    oidc_client_id="chat",
    oidc_client_secret="secret",
    base_url="https://chat.example.com",
    administrators=("bosses", "ann@example.com", "@admins.example"),
)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ann Lee", "nickname": "annie"}, "Ann Lee"),
        ({"name": "", "preferred_username": "ann"}, "ann"),
        ({"name": ["Ann"], "preferred_username": 7, "nickname": "annie"}, "annie"),
        ({"email": "ann.lee@example.com"}, "ann.lee"),
        ({"email": "@example.com"}, "Somebody"),
        ({}, "Somebody"),
        ({"name": None, "email": {"a": "b"}}, "Somebody"),
        ({"name": "Admin", "preferred_username": "ann"}, "ann"),
        ({"name": "system", "preferred_username": "admin", "email": "ann@b.c"}, "ann"),
        ({"name": "Ann (Administrator)"}, "Somebody"),
        ({"name": "Ann\x00 (you)"}, "Somebody"),
        ({"name": "ad\u200bmin"}, "Somebody"),
        ({"name": "\N{CYRILLIC SMALL LETTER A}dmin"}, "Somebody"),
    ],
)
def test_the_first_claim_with_a_name_that_is_allowed_counts(claims, name):
    assert read_name(claims, "name") == name


def test_another_claim_may_have_the_name():
    claims = {"name": "Ann", "display": "Annie"}
    assert read_name(claims, "display") == "Annie"
    assert read_name(claims, "missing") == "Ann"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ann   Lee ", "Ann Lee"),
        ("A" * 100_000, "A" * MAX_NAME),
        (" " * 10_000 + "Ann", "Ann"),
        ("é" * 50, "é" * MAX_NAME),
        ("e\N{COMBINING ACUTE ACCENT}" * 50, "é" * MAX_NAME),
        ("Ann\u202e eeL", "Ann eeL"),
        ("Ann\u2028eeL", "Ann eeL"),
        ("An\u200bn", "Ann"),
        ("Ann\x00", "Ann"),
        ("Ann\nLee", "Ann Lee"),
        ("Ann\udcff", "Ann"),
        ("Z" + "\N{COMBINING ACUTE ACCENT}" * 500, "Ź\u0301\u0301"),
        ("<b>Ann</b>", "<b>Ann</b>"),
        ("Ann 👩‍🚀", "Ann 👩‍🚀"),
        ("x" * 39 + "👩‍🚀", "x" * 39),
        ("علی", "علی"),
        ("O'Neil-Lee", "O'Neil-Lee"),
        ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 10, None),
    ],
)
def test_a_name_that_is_not_allowed_is_made_so(name, shown):
    made = display_name([name])
    assert made == clean_name(made)
    assert shown is None or made == shown


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = ("name", "preferred_username", "nickname", "email", "email_verified", "groups", "sid")


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(names, anything)), anything)
@example({"email": "a@b", "email_verified": True, "groups": ["bosses"]}, "token")
def test_whatever_the_claims_are_somebody_comes_of_it(claims, refresh_token):
    tokens = {"id_token": "x.y.z", "refresh_token": refresh_token}
    somebody = read_identity(OPENID, {"sub": "ann", **claims}, tokens)
    assert clean_name(somebody.name) == somebody.name
    assert somebody.person_id == person_id_of(f"{ISSUER}\nann")
    for text in (somebody.email, somebody.provider_session, somebody.refresh_token):
        assert isinstance(text, str)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_every_name_leads_to_one_that_is_allowed(name):
    made = display_name([name])
    assert clean_name(made) == made
    assert len(made) <= MAX_NAME


@pytest.mark.parametrize(
    ("email", "verified", "read"),
    [
        ("Ann@Example.com", True, "ann@example.com"),
        ("ann@example.com", "true", "ann@example.com"),
        ("ann@example.com", False, ""),
        ("ann@example.com", None, ""),
        ("ann@example.com", "false", ""),
        ("ann@example.com", "True", ""),
        ("ann@example.com", 1, ""),
        ("ann@example.com", [True], ""),
        ("ann", True, ""),
        ("@example.com", True, ""),
        ("ann@", True, ""),
        ("ann@evil.example@example.com", True, ""),
        ("ann @example.com", True, ""),
        ("ann\n@example.com", True, ""),
        ("ann\u202e@example.com", True, ""),
        ("a" * 250 + "@example.com", True, ""),
        (["ann@example.com"], True, ""),
        (None, True, ""),
    ],
)
def test_only_a_verified_address_counts(email, verified, read):
    assert read_email({"email": email, "email_verified": verified}, ISSUER) == read


@pytest.mark.parametrize(
    ("email", "hd", "read"),
    [
        ("ann@example.com", "example.com", True),
        ("ann@other.example", "example.com", True),  # a second domain of the company
        ("ann@gmail.com", None, True),
        ("ann@example.com", None, False),  # anybody who once had this address
        ("ann@example.com", "", False),
    ],
)
def test_google_vouches_for_addresses_of_companies_and_its_own(email, hd, read):
    claims = {"email": email, "email_verified": True, "hd": hd}
    assert read_email(claims, GOOGLE) == (email if read else "")


@pytest.mark.parametrize(
    ("groups", "read"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        (["a", 7, None, ["b"]], {"a"}),
        ({"a": True}, set()),
        (None, set()),
        (True, set()),
    ],
)
def test_groups_are_names(groups, read):
    assert read_groups({"cognito:groups": groups}, "cognito:groups") == read


@pytest.mark.parametrize(
    ("email", "groups", "is_one"),
    [
        ("ann@example.com", (), True),
        ("bob@admins.example", (), True),
        ("", ("bosses",), True),
        ("bob@example.com", ("boss", "Bosses", "bosses "), False),
        ("ann@example.com.evil.example", (), False),
        ("bob@sub.admins.example", (), False),
        ("bob@\N{CYRILLIC SMALL LETTER A}dmins.example", (), False),
        ("", ("ann@example.com", "@admins.example", "", "@"), False),
        ("", (), False),
    ],
)
def test_who_is_named_by_domain_address_or_group(email, groups, is_one):
    assert is_one_of(OPENID.administrators, email, frozenset(groups)) is is_one


def test_nobody_is_named_by_an_empty_setting():
    assert not is_one_of((), "", frozenset())


def test_a_person_is_an_issuer_and_a_subject():
    ids = {person_id_of(subject_of(*pair)) for pair in (("a", "bc"), ("ab", "c"), ("a", "b"))}
    assert len(ids) == 3
    assert all(len(each) == 32 and set(each) <= set("0123456789abcdef") for each in ids)
    # These stand in the history: whoever has an id keeps it for all time.
    assert person_id_of("https://login.example\nann") == "e8034fd694c438450abec365efe9913c"


@pytest.mark.parametrize(
    ("sid", "kept"), [("a", "a"), ("", ""), ("x" * 256, ""), (7, ""), ("a\n", ""), (None, "")]
)
def test_a_session_of_the_provider_has_a_short_name(sid, kept):
    claims = {"sub": "ann", "sid": sid}
    assert read_identity(OPENID, claims, {"id_token": ""}).provider_session == kept


@pytest.mark.parametrize(("length", "kept"), [(6000, 6000), (6001, 0)])
def test_an_id_token_of_somebody_in_many_groups_makes_no_address_that_is_too_long(length, kept):
    assert len(read_identity(OPENID, {"sub": "ann"}, {"id_token": "x" * length}).id_token) == kept


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        *[("a", True), ("x" * 16_384, True), ("x" * 16_385, False), (7, False)],
        *[("\ud800", False), ("é", False), ("a\r\nb", False)],
    ],
)
def test_a_refresh_token_can_be_stored(token, kept):
    somebody = read_identity(OPENID, {"sub": "ann"}, {"id_token": "", "refresh_token": token})
    assert somebody.refresh_token == (token if kept else "")
