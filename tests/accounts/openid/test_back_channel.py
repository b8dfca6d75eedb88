"""Logouts of which the provider tells."""

import pytest

from chat.accounts.openid.logouts import REMEMBERED, REMEMBERED_FOR, Logouts
from chat.errors import Invalid
from tests.openid.stand_in import NOW, OTHER_KEY, claims_of, sign, sign_by_hand

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_of(stand_in, **changes):
    return claims_of(stand_in, **{"events": {EVENT: {}}, "jti": "1", "sid": "s", **changes})


def test_a_logout_names_a_subject_or_a_session_or_both(stand_in, provider):
    ann = f"{stand_in.issuer}\nann"

    def told(jti, **changes):
        return provider.back_channel(sign(logout_of(stand_in, jti=jti, **changes)))

    assert told("1") == (ann, "s", "1")
    assert told("2", sid=None) == (ann, None, "2")
    assert told("3", sub=None) == (None, "s", "3")
    assert told("4", exp=None) == (ann, "s", "4")  # older providers leave it out


@pytest.mark.parametrize("typ", ["logout+jwt", "JWT", "application/logout+jwt", None])
def test_the_type_may_be_that_of_a_logout_or_of_any_token(stand_in, provider, typ):
    assert provider.back_channel(sign(logout_of(stand_in), typ=typ)).provider_session == "s"


@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": []},
        {"events": EVENT},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"nonce": "n"},
        {"nonce": ""},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
        {"jti": "x" * 256},
        {"sub": None, "sid": None},
        {"sub": "", "sid": ""},
        {"sub": "x" * 256, "sid": 7},
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"iat": None},
        {"iat": NOW + 600},
        {"iat": NOW - 700},
        {"exp": NOW - 600},
    ],
    ids=str,
)
def test_what_is_no_logout_token_is_refused(stand_in, provider, changes):
    with pytest.raises(Invalid, match="not a logout token"):
        provider.back_channel(sign(logout_of(stand_in, **changes)))


@pytest.mark.parametrize(
    "signed",
    [
        lambda claims: sign(claims, typ="at+jwt"),
        lambda claims: sign(claims, key=OTHER_KEY, kid="first"),
        lambda claims: sign_by_hand(claims, None, alg="none"),
        lambda _claims: "",
        lambda _claims: "nonsense",
    ],
)
def test_a_logout_token_needs_a_type_and_a_signature(stand_in, provider, signed):
    with pytest.raises(Invalid, match="not a logout token"):
        provider.back_channel(signed(logout_of(stand_in)))


@pytest.mark.parametrize("crit", [None, 5, True, [None], [["b64"]], [{}]], ids=str)
def test_a_header_that_no_library_would_make_is_refused(stand_in, provider, crit):
    token = sign_by_hand(logout_of(stand_in), b"any", alg="RS256", crit=crit)
    with pytest.raises(Invalid, match="not a logout token"):
        provider.back_channel(token)


def test_a_logout_is_told_once(stand_in, provider):
    token = sign(logout_of(stand_in))
    log_out = provider.back_channel(token)
    with pytest.raises(Invalid, match="used before"):
        provider.back_channel(token)
    provider.expect_again(log_out)
    assert provider.back_channel(token) == log_out


def test_logouts_are_forgotten_when_their_tokens_are_too_old_anyway(clock):
    logouts = Logouts(clock)
    assert logouts.is_new("1")
    clock.now += REMEMBERED_FOR - 1
    assert not logouts.is_new("1")
    clock.now += 1
    assert logouts.is_new("1")


def test_only_so_many_logouts_are_remembered(clock):
    logouts = Logouts(clock)
    for number in range(REMEMBERED + 1):
        assert logouts.is_new(str(number))
    assert not logouts.is_new(str(REMEMBERED))
    assert logouts.is_new("0")
