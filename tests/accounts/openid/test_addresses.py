"""Where the chat sends browsers, and the particulars of some providers."""

from urllib.parse import urlsplit

import pytest

from chat.accounts.openid.addresses import challenge, logout_address, prompt_for, with_query
from chat.accounts.openid.metadata import read_metadata
from chat.openid_settings import GOOGLE
from tests.openid.provider import query_of
from tests.openid.stand_in import claims_of, sign

# As the provider describes itself, but for what the chat doesn't read.
COGNITO = {
    "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
    "authorization_endpoint": "https://team.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
    "token_endpoint": "https://team.auth.eu-west-1.amazoncognito.com/oauth2/token",
    "userinfo_endpoint": "https://team.auth.eu-west-1.amazoncognito.com/oauth2/userInfo",
    "jwks_uri": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123/.well-known/jwks.json",
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
}


def logout_of(document, id_token="x.y.z"):
    metadata = read_metadata(document, document["issuer"])
    return logout_address(document["issuer"], metadata, "chat", id_token, "https://chat.example/")


@pytest.mark.parametrize("more", [{}, {"end_session_endpoint": "https://team.example/logout"}])
def test_cognito_has_a_way_of_its_own_to_sign_out(more):
    url = logout_of(COGNITO | more)
    assert urlsplit(url).netloc == "team.auth.eu-west-1.amazoncognito.com"
    assert urlsplit(url).path == "/logout"
    assert query_of(url) == {"client_id": "chat", "logout_uri": "https://chat.example/"}


def test_a_host_that_only_looks_like_cognito_is_treated_like_any_other():
    issuer = "https://cognito-idp.x.amazonaws.com.evil.example/a"
    assert logout_of({**COGNITO, "issuer": issuer}) is None


def test_others_follow_the_standard():
    document = {**COGNITO, "issuer": "https://a.example", "end_session_endpoint": "https://a/?x=1"}
    assert query_of(logout_of(document)) == {
        "x": "1",
        "client_id": "chat",
        "post_logout_redirect_uri": "https://chat.example/",
        "id_token_hint": "x.y.z",
    }
    assert "id_token_hint" not in logout_of(document, id_token="")


def test_a_token_of_cognito_is_read(stand_in, provider_of):
    provider = provider_of(
        stand_in.settings, oidc_groups_claim="cognito:groups", allowed=("chatters",)
    )
    _, attempt = provider.start("/")
    claims = {
        "nonce": attempt["nonce"],
        "token_use": "id",
        "cognito:username": "0a1b",
        "cognito:groups": ["chatters"],
        "email": "ann@example.com",
        "email_verified": True,
        "auth_time": 1,
        "event_id": "7",
    }
    stand_in.tokens = {"id_token": sign(claims_of(stand_in, **claims)), "refresh_token": "r"}
    ann = provider.finish(attempt, {"state": attempt["state"], "code": "c"})
    provider.admit(ann)
    assert (ann.name, ann.email, ann.refresh_token) == ("ann", "ann@example.com", "r")


def test_a_sign_in_asks_for_what_the_standard_and_the_settings_say(stand_in, provider_of):
    provider = provider_of(stand_in.settings, oidc_scopes="openid  offline_access")
    first, attempt = provider.start("/rooms/tech")
    query = query_of(first)
    assert query == {
        "response_type": "code",
        "client_id": "chat",
        "redirect_uri": "https://chat.example.com/sign-in/callback",
        "scope": "openid offline_access",
        "state": attempt["state"],
        "nonce": attempt["nonce"],
        "code_challenge": challenge(attempt["verifier"]),
        "code_challenge_method": "S256",
    }
    secrets = {attempt["state"], attempt["nonce"], attempt["verifier"]}
    _, other = provider.start("/rooms/tech")
    assert len(secrets | {other["state"], other["nonce"], other["verifier"]}) == 6
    assert all(43 <= len(each) <= 128 for each in secrets)


def test_the_challenge_is_that_of_the_standard():
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_google_is_asked_for_refresh_tokens_in_its_own_words():
    asked = prompt_for(GOOGLE, choose_account=False)
    assert asked == {"access_type": "offline", "prompt": "consent"}
    assert prompt_for(GOOGLE, choose_account=True)["prompt"] == "select_account consent"
    assert prompt_for("https://a.example", choose_account=False) == {}
    assert prompt_for("https://a.example", choose_account=True) == {"prompt": "login"}


def test_an_address_keeps_the_parameters_that_it_has():
    assert with_query("https://a/b", {"c": "d e&"}) == "https://a/b?c=d+e%26"
    assert with_query("https://a/b?x=1", {"c": "d"}) == "https://a/b?x=1&c=d"


def test_an_encrypted_provider_has_no_address_without_encryption():
    with pytest.raises(ValueError, match="its token_endpoint is 'http://a'"):
        read_metadata({**COGNITO, "token_endpoint": "http://a"}, COGNITO["issuer"])
