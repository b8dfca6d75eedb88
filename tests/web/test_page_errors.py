"""Reports of errors in pages."""

import json

import pytest

from chat.web.page_errors import A_MINUTE, PATH


@pytest.fixture
def browser(app):
    return app.test_client()


def report(browser, **fields):
    body = {"kind": "TypeError", "at": ["js/main.js:12:34", "js/ui/chunk-AB.js:1:2345"]} | fields
    return browser.post(PATH, data=json.dumps(body), content_type="application/json")


def test_an_error_of_a_page_is_a_line_in_the_log(browser, caplog):
    assert report(browser).status_code == 204
    (line,) = [line for line in caplog.records if line.name == "chat.web.page_errors"]
    assert line.getMessage() == "An error in a page: TypeError"
    assert line.fields == {"at": ["js/main.js:12:34", "js/ui/chunk-AB.js:1:2345"]}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "Error: Hello Ann"},
        {"kind": ""},
        {"kind": "E" * 41},
        {"kind": 5},
        {"at": "js/main.js:1:1"},
        {"at": ["js/main.js:1:1"] * 11},
        {"at": ["Hello Ann"]},
        {"at": ["js/main.js:1:1\n"]},
        {"message": "Hello Ann"},
    ],
)
def test_nothing_else_gets_into_the_log(browser, caplog, fields):
    answer = report(browser, **fields)
    assert answer.status_code == 400
    assert "chat.web.page_errors" not in {line.name for line in caplog.records}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 10_000])
def test_what_is_no_report_is_refused(browser, body):
    assert browser.post(PATH, data=body, content_type="application/json").status_code == 400


def test_a_long_one_is_refused(browser):
    assert browser.post(PATH, data=b" " * 20_000).status_code == 413


def test_one_network_can_report_so_much(browser, caplog):
    answers = [report(browser).status_code for _ in range(A_MINUTE + 5)]
    assert answers == [204] * A_MINUTE + [429] * 5
    assert sum(line.name == "chat.web.page_errors" for line in caplog.records) == A_MINUTE


def test_pages_of_other_sites_report_nothing(browser, caplog):
    answer = browser.post(PATH, data="{}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
