"""Lines of the log: what they contain, what they never contain, and that nobody can forge one."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, g

from chat.process import logs
from chat.process.log_limits import MOST
from chat.web.request_log import log_requests
from tests.servers import ROOT


@pytest.fixture(autouse=True)
def _restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    log_requests(app)
    app.add_url_rule("/readyz", view_func=lambda: "ready", endpoint="ready")
    app.add_url_rule("/<path:path>", view_func=lambda path: Response(path, 201))
    return app


def logger(name):
    logs.set_up()
    return logging.getLogger(name)


def get(app, path):
    logs.set_up()
    return app.test_client().get(path)


@pytest.fixture
def lines(capsys):
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_object(lines):
    logger("chat.x").warning("%s is slow", "DynamoDB")
    [line] = lines()
    assert line.keys() == {"time", "level", "logger", "message"}
    assert line["time"].endswith("Z")
    assert (line["level"], line["logger"]) == ("warning", "chat.x")
    assert line["message"] == "DynamoDB is slow"


def test_a_traceback_stays_in_its_line(lines):
    try:
        Path("/nowhere").read_text()
    except OSError:
        logger("chat").exception("Failed")
    [line] = lines()
    assert line["traceback"].endswith("No such file or directory: '/nowhere'")


def test_what_is_set_up_twice_logs_once(lines):
    logs.set_up()
    logger("chat").info("Once")
    assert len(lines()) == 1


def test_a_flood_of_lines_is_cut(lines):
    log = logger("chat")
    for number in range(1000):
        log.info("Page %d", number)
    assert len(lines()) < 200


def test_packets_of_sockets_are_not_logged(lines):
    for name in ("engineio.server", "socketio.server"):
        logger(name).info("received packet MESSAGE data secret")
    assert lines() == []


def test_a_request_has_the_id_of_its_answer(app, lines):
    answer = get(app, "/rooms/general?token=secret")
    [line] = lines()
    assert line["message"] == "GET /rooms/general 201"
    assert line["request"] == answer.headers["X-Request-ID"]
    assert (line["status"], line["ms"] < 1000) == (201, True)


def test_what_was_left_out_belongs_to_no_request(app, lines):
    log = logger("chat")
    with app.test_request_context():
        g.request_id = "abc"
        for _ in range(MOST + 1):
            log.info("Joined")
        logging.getLogger().handlers[0].close()
    assert [line.get("request") for line in lines()] == ["abc"] * MOST + [None]


def test_health_checks_are_not_logged(app, lines):
    assert get(app, "/readyz").status_code == 200
    assert lines() == []


def test_a_line_of_a_connection_names_it(lines):
    logger("chat").info("Joined", extra={"connection": "abc"})
    assert lines()[0]["connection"] == "abc"


def test_nobody_forges_a_line(app, lines):
    get(app, "/a%0d%0a{}%1b[2J")
    assert lines()[0]["message"] == "GET /a\r\n{}\x1b[2J 404"


def test_a_terminal_gets_text_without_control_characters(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logger("chat").error("a\r\nb\x1b[2J\u202e")
    assert capsys.readouterr().err[9:] == "ERROR   a\\r\\nb\\x1b[2J\\u202e\n"


CALL = r'\blog(?:ger)?\.(info|warning|error|exception|critical)\(\s*"([^"]*)"'


LINES = [
    ("error" if level == "exception" else level, text)
    for file in sorted((ROOT / "chat").rglob("*.py"))
    for level, text in re.findall(CALL, file.read_text())
]


@pytest.mark.parametrize(("level", "text"), LINES)
def test_the_operators_page_explains_every_line(level, text):
    page = (ROOT / "docs/operate.md").read_text()
    rows = [row for row in page.splitlines() if row.startswith(f"| {level} |")]
    longest = max(re.split("%[sd]", text), key=len).strip(" :.")
    assert [row for row in rows if longest in row], f"{level}: {text}"


def test_the_lines_are_found():
    assert len(LINES) > 20
