"""Each failure is one line that says what to do, and has its pause."""

import acme.errors
import pytest
import requests
from acme import challenges, messages

from deploy.https.failures import explain

NAME = "chat.example.com"
NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC


def problem(code, detail="the detail"):
    return messages.Error.with_code(code, detail=detail)


def refused_proof(error):
    challenge = messages.ChallengeBody(
        chall=challenges.HTTP01(token=b"x" * 16), uri="", error=error
    )
    body = messages.Authorization(
        identifier=messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=NAME),
        challenges=(challenge,),
    )
    return acme.errors.ValidationError([messages.AuthorizationResource(body=body, uri="")])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("connection", "open port 80 to the whole internet"),
        ("tls", "open port 80 to the whole internet"),
        ("dns", "no usable address in the DNS: add a record"),
        ("caa", "a CAA record of the domain chat.example.com forbids"),
        ("unauthorized", "another server answers at http://chat.example.com/"),
        ("incorrectResponse", "another server answers"),
    ],
)
@pytest.mark.parametrize("wrap", [refused_proof, acme.errors.IssuanceError])
def test_a_proof_that_failed(code, words, wrap):
    failure = explain(wrap(problem(code)), NAME, "", NOW)
    assert words in failure.why
    assert "(the detail)" in failure.why
    assert failure.counts
    assert failure.is_over
    assert failure.pause is None


def test_a_proof_that_failed_for_no_reason_given():
    assert "another server answers" in explain(refused_proof(None), NAME, "", NOW).why


@pytest.mark.parametrize(
    ("retry_after", "detail", "pause"),
    [
        ("7200", "", 7200),
        ("Fri, 15 Jan 2027 09:00:00 GMT", "", 3600),
        ("", "too many certificates, retry after 2027-01-15 10:00:00 UTC: see", 7200),
        ("", "too many", 3600),
        ("soon", "", 3600),
        ("0", "", 20),
        ("99999999", "", 7 * 86_400),
    ],
)
def test_a_rate_limit_says_until_when(retry_after, detail, pause):
    failure = explain(problem("rateLimited", detail), NAME, retry_after, NOW)
    assert failure.pause == pause
    assert "rate limit is reached until 2027-01-" in failure.why
    assert not failure.counts
    assert not failure.is_over


@pytest.mark.parametrize(
    ("error", "words", "counts"),
    [
        (requests.ConnectionError(OSError(111, "refused")), "can't be reached", False),
        (requests.Timeout("slow"), "can't be reached", False),
        (problem("serverInternal"), "out of order", False),
        (problem("badNonce"), "lost count", False),
        (acme.errors.BadNonce("x", ValueError("y")), "lost count", False),
        (acme.errors.ClientError("<html>"), "can't be reached", False),
        (acme.errors.TimeoutError(), "didn't come to an end in time", True),
        (problem("rejectedIdentifier"), "issues no certificate for chat.example.com", True),
        (problem("malformed"), "the authority refused (the detail)", True),
        (KeyError("x"), "KeyError", True),
    ],
)
def test_others(error, words, counts):
    failure = explain(error, NAME, "", NOW)
    assert words in failure.why
    assert failure.counts == counts


def test_an_authority_that_is_out_of_order_is_asked_again_within_the_hour():
    assert explain(problem("serverInternal"), NAME, "604800", NOW).pause == 3600
    assert explain(problem("serverInternal"), NAME, "60", NOW).pause == 60


def test_an_account_that_is_unknown():
    failure = explain(problem("accountDoesNotExist"), NAME, "", NOW)
    assert failure.is_unknown
    assert failure.pause < 60


def test_whatever_the_authority_sends_it_is_one_line():
    failure = explain(problem("malformed", "a\nb\x1b[0m" + "x" * 1000), NAME, "", NOW)
    assert "a b" in failure.why
    assert failure.why.isprintable()
    assert len(failure.why) < 400
