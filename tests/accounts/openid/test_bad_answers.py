"""Answers that no good provider gives: each is refused in words, soon, and never believed."""

import json
import threading
import time

import pytest

from chat.accounts.openid.discovery import CHECK_EVERY, KEPT_FOR, SURE_FOR
from chat.accounts.openid.provider import STALE
from chat.accounts.openid.transport import CONNECTIONS, MOST
from chat.errors import Invalid, Unauthorized, Unavailable
from tests.openid.stand_in import (
    StandIn,
    claims_of,
    drip,
    drip_headers,
    flood,
    hang_up,
    make_certificate,
    respond,
    sign,
)
from tests.waiting import wait_until

DISCOVERY = "/.well-known/openid-configuration"


BAD = [
    respond("", 500),
    respond("", 503),
    respond('{"error": "invalid_grant"}', 502),
    respond('{"error": "invalid_grant"}', 429),
    respond("<html>"),
    respond("[]"),
    respond("{}"),
    respond('{"issuer": "'),
    respond("[" * 100_000),
    respond(b"\xff\xfe"),
    respond("{}", content_length="1000", connection="close"),
    respond(" " * (MOST + 1)),
    flood,
    respond("", 302, location="http://127.0.0.1:1/"),
    respond("", 307, location="http://127.0.0.1:1/"),
    hang_up,
    lambda handler: handler.wfile.write(b"not HTTP\r\n\r\n"),
]


@pytest.mark.parametrize("answer", BAD)
@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
def test_a_bad_answer_is_a_provider_that_is_down(sign_in, stand_in, path, answer):
    stand_in.answers[path] = answer
    with pytest.raises(Unavailable):
        sign_in()


@pytest.mark.parametrize("answer", BAD)
def test_a_bad_answer_signs_nobody_out(provider, stand_in, answer):
    stand_in.answers["/token"] = answer
    with pytest.raises(Unavailable):
        provider.still_allowed("a token", "somebody")


@pytest.mark.parametrize("answer", [drip, drip_headers])
@pytest.mark.parametrize("path", [DISCOVERY, "/token"])
def test_a_provider_that_is_slow_holds_nobody_up(stand_in, provider_of, path, answer):
    provider = provider_of(stand_in.settings, limit=0.2)
    stand_in.answers[path] = answer
    stand_in.tokens = {"id_token": sign(claims_of(stand_in))}
    began = time.monotonic()
    with pytest.raises(Unavailable):
        provider.still_allowed("a token", "somebody")
    assert time.monotonic() - began < 5


def test_the_thread_of_a_slow_answer_ends(stand_in, provider_of):
    provider = provider_of(stand_in.settings, limit=0.1)
    stand_in.answers[DISCOVERY] = drip
    before = threading.active_count()
    with pytest.raises(Unavailable):
        provider.start("/")
    wait_until(lambda: threading.active_count() <= before + 1)  # the stand-in's own, which drips


def test_an_answer_that_is_too_long_is_not_read_to_its_end(provider, stand_in):
    stand_in.document["padding"] = "x" * MOST
    with pytest.raises(Unavailable):
        provider.start("/")


def test_bad_answers_use_up_no_connections(stand_in, provider_of, clock):
    provider = provider_of(stand_in.settings, limit=2)
    stand_in.answers[DISCOVERY] = respond(" " * 2 * MOST)
    for _ in range(CONNECTIONS + 1):
        with pytest.raises(Unavailable):
            provider.start("/")
        clock.now += CHECK_EVERY
    del stand_in.answers[DISCOVERY]
    assert provider.start("/")


def test_a_redirect_gets_no_secret(provider, stand_in):
    stand_in.answers["/token"] = respond("", 307, location=f"{stand_in.url}/elsewhere")
    with pytest.raises(Unavailable):
        provider.still_allowed("a token", "somebody")
    assert "/elsewhere" not in stand_in.paths()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "https://evil.example"}, "it calls itself 'https://evil.example', and CHAT_OI"),
        ({"issuer": None}, "there is no OpenID provider at http://127.0.0.1"),
        ({"issuer": "x" * 10_000}, "it calls itself 'xxx"),
        ({"token_endpoint": None}, "its token_endpoint is None"),
        ({"jwks_uri": 7}, "its jwks_uri is 7"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "its authorization_endpoint is 'jav"),
        ({"token_endpoint": "http://[::1"}, "its token_endpoint is 'http://[::1'"),
        (
            {"authorization_endpoint": "http://a/\r\nX: y"},
            "its authorization_endpoint is 'http://a",
        ),
        ({"token_endpoint": "http://☃.example"}, "its token_endpoint is 'http://☃.example'"),
        ({"end_session_endpoint": "/logout"}, "its end_session_endpoint is '/logout'"),
    ],
)
def test_the_log_says_why_a_provider_cannot_be_used(provider, stand_in, caplog, changes, why):
    stand_in.document |= changes
    with pytest.raises(Unavailable):
        provider.start("/")
    assert f"The OpenID provider can't be used: {why}" in caplog.text
    assert len(caplog.text) < 1000


def test_the_log_says_if_only_a_slash_is_wrong(provider, stand_in, caplog):
    stand_in.document["issuer"] += "/"
    with pytest.raises(Unavailable):
        provider.start("/")
    assert "(the slash at the end makes a difference)" in caplog.text


def test_an_issuer_with_a_slash_at_its_end_is_found(stand_in, provider_of):
    stand_in.document["issuer"] += "/"
    provider_of(stand_in.settings, oidc_issuer=stand_in.document["issuer"]).start("/")
    assert stand_in.paths() == [DISCOVERY]


def test_many_who_sign_in_at_once_ask_once(provider, stand_in):
    asked = threading.Event()

    def answer(handler):
        asked.wait(10)
        respond(json.dumps(stand_in.document))(handler)

    stand_in.answers[DISCOVERY] = answer
    urls = []
    people = [threading.Thread(target=lambda: urls.append(provider.start("/"))) for _ in range(20)]
    for each in people:
        each.start()
    asked.set()
    for each in people:
        each.join()
    assert len(urls) == 20
    assert stand_in.paths() == [DISCOVERY]


def test_the_background_keeps_the_document_and_notices_when_the_provider_is_down_and_back(
    stand_in, provider_of, clock, caplog
):
    caplog.set_level("INFO")
    looks, seen = [], []
    provider = provider_of(
        stand_in.settings, start=looks.append, sleep=lambda _seconds: next(steps)
    )

    def act():
        seen.append(provider.is_reachable)
        clock.now += CHECK_EVERY  # not old yet
        yield
        seen.append(len(stand_in.requests))
        clock.now += KEPT_FOR
        stand_in.answers[DISCOVERY] = respond("", 500)
        yield
        seen.append(provider.is_reachable)
        clock.now += CHECK_EVERY
        del stand_in.answers[DISCOVERY]
        yield
        seen.append(provider.is_reachable)
        clock.now += SURE_FOR
        stand_in.answers[DISCOVERY] = respond("", 500)
        with pytest.raises(Unavailable):  # somebody notices it before the background does
            provider.start("/")
        seen.append(provider.is_reachable)
        clock.now += CHECK_EVERY
        del stand_in.answers[DISCOVERY]
        yield
        seen.append(provider.is_reachable)

    steps = act()
    provider.watch()
    with pytest.raises(StopIteration):
        looks[0]()
    assert seen == [True, 1, False, True, False, True]
    assert "The OpenID provider answers again" in caplog.text


def test_a_fault_does_not_end_the_look_for_the_provider(stand_in, provider_of, monkeypatch, caplog):
    looks, sleeps = [], []

    def sleep(_seconds):
        sleeps.append(monkeypatch.undo())
        if len(sleeps) == 2:
            raise StopIteration

    provider = provider_of(stand_in.settings, start=looks.append, sleep=sleep)
    monkeypatch.setattr(provider._discovery, "_not_older_than", lambda _seconds: 1 / 0)
    provider.watch()
    with pytest.raises(StopIteration):
        looks[0]()
    assert "could not be looked for" in caplog.text
    assert stand_in.requests, "the second look was one"


@pytest.mark.parametrize(
    ("methods", "in_header"),
    [
        (None, True),
        (["client_secret_basic"], True),
        (["client_secret_post", "client_secret_basic"], True),
        (["client_secret_post"], False),
    ],
)
def test_the_secret_goes_where_the_provider_wants_it(provider, stand_in, methods, in_header):
    stand_in.document["token_endpoint_auth_methods_supported"] = methods
    with pytest.raises(Unavailable):
        provider.still_allowed("a token", "somebody")
    form = stand_in.requests[-1][1]
    if in_header:
        assert form["Authorization"] == "Basic Y2hhdDoxMDAlMjUrc2VjcmV0JTNB"  # 100%25+secret%3A
        assert "client_secret" not in form
    else:
        assert (form["client_id"], form["client_secret"]) == ("chat", "100% secret:")
        assert "Authorization" not in form


@pytest.mark.parametrize(
    ("status", "error", "result"),
    [
        (400, "invalid_grant", Unauthorized),
        (403, "invalid_grant", Unauthorized),
        (400, "interaction_required", Unauthorized),
        (401, "invalid_client", Unavailable),
        (400, "unauthorized_client", Unavailable),
        (400, "invalid_scope", Unavailable),
        (400, None, Unavailable),
        (400, ["invalid_grant"], Unavailable),
        (200, "invalid_grant", Unavailable),
        (404, "", Unavailable),
    ],
)
def test_only_a_refusal_of_the_person_signs_out(provider, stand_in, status, error, result):
    stand_in.answers["/token"] = respond(json.dumps({"error": error}), status)
    with pytest.raises(result):
        provider.still_allowed("a token", "somebody")


def test_a_refresh_may_bring_neither_a_token_nor_an_identity(provider, stand_in):
    stand_in.tokens = {"access_token": "x"}
    assert provider.still_allowed("a token", "somebody") == ("a token", None)


@pytest.mark.parametrize("changes", [{"iss": "https://evil.example"}, {"exp": 7}, {"sub": ""}])
def test_a_wrong_token_of_a_refresh_signs_nobody_out(provider, stand_in, changes):
    token = sign(claims_of(stand_in, **changes))
    stand_in.tokens = {"id_token": token, "refresh_token": "new"}
    assert provider.still_allowed("old", f"{stand_in.issuer}\nann") == ("new", None)


@pytest.mark.parametrize("path", ["/keys", "/user-info"])
def test_a_refresh_token_is_not_lost_when_the_provider_goes_down_meanwhile(
    provider, stand_in, path
):
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    stand_in.answers[path] = respond("", 500)
    stand_in.tokens = {
        "id_token": sign(claims_of(stand_in)),
        "refresh_token": "new",
        "access_token": "x",
    }
    assert provider.still_allowed("old", f"{stand_in.issuer}\nann") == ("new", None)


@pytest.mark.parametrize("body", [{"sub": "bob", "name": "Bob"}, {"name": "Bob"}, {}])
def test_user_info_of_somebody_else_is_not_used(sign_in, stand_in, body):
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    stand_in.user_info = body
    assert sign_in(name=None).name == "Somebody"


@pytest.mark.parametrize("token", ["a\r\nX: y", "☃", "\ud800", None])
def test_an_access_token_that_can_not_be_sent_is_not(provider, stand_in, token):
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    stand_in.tokens = {"id_token": sign(claims_of(stand_in)), "access_token": token}
    assert provider.still_allowed("old", f"{stand_in.issuer}\nann") == ("old", None)
    assert "/user-info" not in stand_in.paths()


@pytest.mark.parametrize("body", [{"sub": "bob", "name": "Bob"}, "<p>Back soon", "{}"])
def test_user_info_that_can_not_be_had_changes_nothing_for_who_is_in(provider, stand_in, body):
    """Or else whoever has an address of the right domain in it would be out."""
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    body = body if isinstance(body, str) else json.dumps(body)
    stand_in.answers["/user-info"] = respond(body, 404)
    stand_in.tokens = {"id_token": sign(claims_of(stand_in)), "access_token": "x"}
    assert provider.still_allowed("old", f"{stand_in.issuer}\nann") == ("old", None)


def test_user_info_never_replaces_what_is_signed(sign_in, stand_in):
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    stand_in.user_info = {"sub": "ann", "name": "Bob", "email": "a@b.c", "email_verified": "true"}
    ann = sign_in()
    assert (ann.name, ann.email) == ("Ann", "a@b.c")
    assert stand_in.requests[-1] == ("/user-info", "Bearer let me in")


@pytest.mark.parametrize(
    ("allowed", "asked", "groups"), [(("chatters",), 1, {"chatters"}), (("@b.c",), 0, set())]
)
def test_groups_are_looked_up_only_if_the_settings_name_one(
    stand_in, provider_of, allowed, asked, groups
):
    stand_in.document["userinfo_endpoint"] = f"{stand_in.url}/user-info"
    stand_in.user_info = {"sub": "ann", "groups": ["chatters"]}
    claims = claims_of(stand_in, name="Ann", email="a@b.c")
    stand_in.tokens = {"id_token": sign(claims), "access_token": "x"}
    provider = provider_of(stand_in.settings, allowed=allowed)
    assert provider.still_allowed("r", f"{stand_in.issuer}\nann").identity.groups == groups
    assert stand_in.paths().count("/user-info") == asked


@pytest.mark.parametrize(
    ("error", "result", "words"),
    [
        ("access_denied", Unauthorized, "did not let you in"),
        ("login_required", Unauthorized, "did not let you in"),
        ("temporarily_unavailable", Unavailable, "can't be reached"),
        ("invalid_scope", Unavailable, "refuses this chat"),
        ("x" * 10_000, Unavailable, "refuses this chat"),
        ("", Unavailable, "refuses this chat"),
    ],
)
def test_what_the_provider_calls_an_error_is_said_in_words(provider, caplog, error, result, words):
    _, attempt = provider.start("/")
    query = {"state": attempt["state"], "error": error, "error_description": "<b>" * 10_000}
    with pytest.raises(result, match=words) as refusal:
        provider.finish(attempt, query)
    assert "<b>" not in str(refusal.value)
    assert len(caplog.text) < 1000


def test_who_comes_back_without_a_code_is_sent_away(provider, stand_in):
    stand_in.answers["/token"] = respond('{"error": "invalid_grant"}', 400)
    _, attempt = provider.start("/")
    with pytest.raises(Invalid, match=STALE):
        provider.finish(attempt, {"state": attempt["state"]})


def test_a_provider_behind_a_proxy_is_found(stand_in, provider_of, monkeypatch):
    stand_in.document["issuer"] = issuer = "http://somewhere.localhost:9"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", stand_in.url)
    provider_of(stand_in.settings, oidc_issuer=issuer).start("/")
    monkeypatch.setenv("no_proxy", "somewhere.localhost")
    with pytest.raises(Unavailable):
        provider_of(stand_in.settings, oidc_issuer=issuer).start("/")


def test_the_certificate_of_the_provider_has_to_be_one_that_the_system_trusts(
    tmp_path, provider_of, monkeypatch
):
    certificate = make_certificate(tmp_path)
    stand_in = StandIn(certificate)
    try:
        with pytest.raises(Unavailable):
            provider_of(stand_in.settings).start("/")
        assert not stand_in.requests
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        provider_of(stand_in.settings).start("/")
    finally:
        stand_in.close()
