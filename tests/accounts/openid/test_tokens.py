"""Which tokens of a provider are believed."""

import pytest
from joserfc.jwk import ECKey

from chat.accounts.openid.keys import ASKED_EVERY
from chat.accounts.openid.provider import CLOCKS_DIFFER, UNTRUSTED
from chat.errors import Invalid, Unauthorized, Unavailable
from tests.openid.stand_in import KEY, NOW, OTHER_KEY, claims_of, respond, sign, sign_by_hand

LEEWAY = 90  # seconds


def test_a_good_token_is_believed(sign_in):
    assert sign_in().name == "Ann"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["chat"]},
        {"aud": ["chat", "other"], "azp": "chat"},
        {"azp": "chat"},
        {"nbf": NOW + LEEWAY / 2},
        {"exp": NOW - LEEWAY / 2},
        {"sub": "x" * 255},
        {"sub": "jürgen"},
        {"iat": NOW - 3000},
    ],
)
def test_unusual_tokens_are_believed(sign_in, claims):
    assert sign_in(**claims).name == "Ann"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": 7},
        {"aud": "other"},
        {"aud": None},
        {"aud": []},
        {"aud": {"chat": True}},
        {"aud": ["chat", "other"]},
        {"aud": ["chat", "other"], "azp": "other"},
        {"azp": "other"},
        {"azp": ["chat"]},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"nonce": "\udcff"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "ann\n"},
        {"sub": "ann\u202e"},
        {"sub": "ann\udcff"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("nan")},
        {"iat": None},
        {"iat": "now"},
        {"nbf": []},
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_is_refused(sign_in, claims):
    with pytest.raises(Unauthorized, match=UNTRUSTED):
        sign_in(**claims)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused(sign_in, name):
    with pytest.raises(Unauthorized, match=CLOCKS_DIFFER):
        sign_in(**{name: NOW + LEEWAY + 30})


def test_a_token_that_has_run_out_is_refused(sign_in):
    with pytest.raises(Unauthorized, match=CLOCKS_DIFFER):
        sign_in(exp=NOW - LEEWAY - 1)


def unsigned(claims):
    return sign_by_hand(claims, None, alg="none")


def signed_with_the_public_key(claims):
    return sign_by_hand(claims, KEY.as_pem(private=False), alg="HS256")


def signed_by_somebody_else(claims):
    return sign(claims, key=OTHER_KEY, kid="first")


def changed_later(claims):
    head, _, signature = sign(claims).split(".")
    return f"{head}.{sign({**claims, 'sub': 'bob'}).split('.')[1]}.{signature}"


def nested(_claims):
    return sign("[" * 50_000)


@pytest.mark.parametrize(
    "signed",
    [
        unsigned,
        signed_with_the_public_key,
        signed_by_somebody_else,
        changed_later,
        nested,
        lambda claims: sign(claims).rpartition(".")[0] + ".",
        lambda claims: sign(claims, kid="never"),
        lambda claims: sign_by_hand(claims, None, alg="RS256", kid=7),
        lambda claims: sign_by_hand(claims, None, alg=7),
        lambda claims: sign_by_hand(claims, None),
        lambda claims: sign([claims]),
        lambda _claims: "x.y.z",
        lambda _claims: "",
        lambda _claims: "x" * 200_000,
        lambda _claims: "é.é.é",
        lambda _claims: ["a", "list"],
        lambda _claims: None,
    ],
)
def test_a_token_without_a_good_signature_is_refused(sign_in, signed):
    with pytest.raises(Unauthorized, match=UNTRUSTED):
        sign_in(signed)


def test_other_signatures_with_key_pairs_are_good(sign_in, stand_in):
    key = ECKey.generate_key("P-384", {"kid": "curve"})
    stand_in.keys.append(key.as_dict(private=False))
    assert sign_in(lambda claims: sign(claims, key=key, alg="ES384", extra=7)).name == "Ann"


def test_keys_that_the_chat_does_not_understand_are_passed_over(sign_in, stand_in):
    strange = [{"kty": "AKP"}, {"kty": "OKP", "crv": "?"}, {"kty": "RSA"}, {}, 7, None]
    stand_in.keys = [*strange, *stand_in.keys]
    assert sign_in().name == "Ann"


@pytest.mark.parametrize("keys", [[], "none", [7]])
def test_without_keys_nothing_is_believed(sign_in, stand_in, keys):
    stand_in.keys = keys
    with pytest.raises(Unavailable):
        sign_in()


def test_a_key_without_a_name_may_change_too(sign_in, stand_in, clock):
    def nameless(key):
        return {name: v for name, v in key.as_dict(private=False).items() if name != "kid"}

    stand_in.keys = [nameless(KEY)]
    sign_in(lambda claims: sign(claims, kid=None))
    stand_in.keys = [nameless(OTHER_KEY)]
    clock.now += ASKED_EVERY
    assert sign_in(lambda claims: sign(claims, key=OTHER_KEY, kid=None)).name == "Ann"


def test_a_key_that_was_taken_back_is_soon_of_no_use(sign_in, stand_in, clock):
    sign_in()
    stand_in.keys = [OTHER_KEY.as_dict(private=False)]
    clock.now += 3600
    with pytest.raises(Unauthorized):
        sign_in()


def test_old_keys_are_used_while_new_ones_cannot_be_fetched(sign_in, stand_in, clock):
    sign_in()
    stand_in.answers["/keys"] = respond("", 500)
    clock.now += 3600
    assert sign_in().name == "Ann"


def test_old_keys_are_used_while_the_provider_names_none(sign_in, stand_in, clock, caplog):
    sign_in()
    stand_in.keys = []
    clock.now += 3600
    assert sign_in().name == "Ann"
    assert "The OpenID provider has no keys at" in caplog.text


def test_strangers_cannot_make_the_chat_fetch_keys_all_the_time(provider, stand_in, clock):
    logout = claims_of(stand_in)
    for _ in range(20):
        with pytest.raises(Invalid):
            provider.back_channel(sign(logout, kid="never"))
    assert stand_in.paths().count("/keys") == 1
    clock.now += ASKED_EVERY
    with pytest.raises(Invalid):
        provider.back_channel(sign(logout, kid="never"))
    assert stand_in.paths().count("/keys") == 2
