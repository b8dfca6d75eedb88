"""Bad input of any kind gets an error, stores nothing, and leaves the neighbour in peace."""

import uuid

import pytest
import requests
import socketio

from tests.chatters import Chatter, chatting, draft, sign_in
from tests.servers import serving, wait_until

AN_ID = "2026-11-22T10:47:12.123456Z.7f3ac21e00"
NOT_TEXT = [5, 1.5, True, None, [], ["a"], {}, {"a": 1}]


@pytest.fixture
def ann(meet):
    return meet()


@pytest.fixture
def neighbour(meet):
    """Somebody who must be able to go on, and who sees whatever was let through."""
    neighbour = meet()
    neighbour.join("general")
    yield neighbour
    assert neighbour.say("general", "I go on")


def code(answer):
    assert answer["ok"] is False, answer
    assert answer["error"]["message"]
    return answer["error"]["code"]


@pytest.mark.parametrize(
    "text", [*NOT_TEXT, "", " \n\t ", "\u200b", "\u2063\ufeff", "\u3164"], ids=repr
)
def test_a_text_that_is_no_text_or_shows_nothing(ann, neighbour, text):
    ann.join("general")
    assert code(ann.send("general", text)) == "invalid"
    assert not neighbour.texts()


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred", "a\x07", "bell\x85"], ids=repr)
def test_a_text_with_control_characters(ann, neighbour, text):
    ann.join("general")
    assert code(ann.send("general", text)) == "invalid"
    assert not neighbour.texts()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 ERROR forged log line",
        "two\nlines",
        "right \u202eto left\u2066 and back",
        "a" + "\u0301" * 500,
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "👩‍👩‍👧‍👦" * 100,
        "__proto__",
    ],
)
def test_a_strange_text_goes_through_as_it_is(ann, neighbour, text):
    ann.join("general")
    message = ann.say("general", text)
    assert message["text"] == text
    assert neighbour.wait_for("message", lambda m: m["id"] == message["id"])["text"] == text


def test_line_ends_of_other_systems_become_our_own(ann):
    ann.join("general")
    assert ann.say("general", "one\r\ntwo\rthree")["text"] == "one\ntwo\nthree"


@pytest.mark.parametrize("letter", ["a", "é", "🦊"])
def test_the_limit_counts_characters(ann, letter):
    ann.join("general")
    assert ann.say("general", letter * 3999)
    assert ann.say("general", letter * 4000)
    assert code(ann.send("general", letter * 4001)) == "too_long"


def test_without_a_limit_the_bytes_that_the_history_takes_are_the_limit(tmp_path):
    with serving(tmp_path, message_length=0) as server, chatting(server.url, "Ann") as ann:
        ann.join("general")
        assert len(ann.say("general", "é" * 100_000)["text"]) == 100_000
        assert code(ann.send("general", "é" * 100_000 + "a")) == "too_long"
        for _ in range(3):
            ann.say("general", '"' * 200_000)
        page = ann.join("general")
        assert len(page["messages"]) == 1
        assert page["more"] is True


@pytest.mark.parametrize(
    "room",
    [*NOT_TEXT, "", "x" * 65, "x" * 3000, "#general", "a:b", "a/b", "General", "general "],
    ids=repr,
)
def test_a_room_that_is_none(ann, room):
    for event in ("join", "leave"):
        assert code(ann.call(event, {"room": room})) in {"invalid", "unknown_room"}
    assert code(ann.send(room, "hello")) in {"invalid", "unknown_room"}


def test_the_socket_id_of_somebody_else_is_no_room(ann, neighbour):
    for sid in neighbour.client.namespaces.values():
        assert code(ann.call("join", {"room": sid})) == "unknown_room"
        assert code(ann.send(sid, "psst")) == "unknown_room"
    assert not neighbour.texts()


@pytest.mark.parametrize(
    "forged",
    [
        {"user": {"id": "1", "name": "Boss"}},
        {"user_id": "1"},
        {"sent_at": "2001-01-01T00:00:00.000000Z"},
        {"id": AN_ID},
        {"__proto__": {}},
    ],
)
def test_a_forged_field_is_refused(ann, neighbour, forged):
    ann.join("general")
    assert code(ann.call("send", draft("general", "forged") | forged)) == "invalid"
    assert not neighbour.texts()


@pytest.mark.parametrize("client_id", [None, 7, "", "x", "x" * 10_000, str(uuid.uuid4()) + "\n"])
def test_a_client_id_that_is_no_uuid(ann, client_id):
    ann.join("general")
    assert code(ann.call("send", draft("general", "hi") | {"client_id": client_id})) == "invalid"


def test_a_client_id_that_is_missing(ann):
    ann.join("general")
    assert code(ann.call("send", {"room": "general", "text": "hi"})) == "invalid"


@pytest.mark.parametrize("ago", [-1, 1.5, "1", True, 10**30])
def test_a_first_attempt_at_no_time(ann, ago):
    ann.join("general")
    assert code(ann.send("general", "hi", first_attempt_ms_ago=ago)) == "invalid"


@pytest.mark.parametrize(
    "cursor",
    [
        *NOT_TEXT[:3],
        "",
        "now",
        AN_ID[:-1],
        AN_ID + "0",
        AN_ID.replace("2026-11-22", "2026-13-45"),
        AN_ID.replace("10:47", "25:61"),
        AN_ID.replace("2026", "٢٠٢٦"),
        AN_ID.upper(),
    ],
    ids=repr,
)
def test_a_cursor_that_is_none(ann, cursor):
    ann.join("general")
    assert code(ann.call("join", {"room": "general", "after": cursor})) == "invalid"
    assert code(ann.call("history", {"room": "general", "before": cursor})) == "invalid"
    assert code(ann.call("unread", {"after": {"general": cursor}})) == "invalid"


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9, 10**30, "10", 1.5, True, []], ids=repr)
def test_a_limit_that_is_none(ann, limit):
    ann.join("general")
    assert code(ann.call("join", {"room": "general", "limit": limit})) == "invalid"
    assert (
        code(ann.call("history", {"room": "general", "before": AN_ID, "limit": limit})) == "invalid"
    )


@pytest.mark.parametrize(
    "after", [None, [], "x", {"nowhere": AN_ID}, {"general": None}, {"": AN_ID}]
)
def test_an_unread_question_about_nothing(ann, after):
    assert code(ann.call("unread", {"after": after})) in {"invalid", "unknown_room"}


def test_an_unread_question_about_too_many_rooms(ann):
    after = {f"room-{n}": AN_ID for n in range(101)}
    assert code(ann.call("unread", {"after": after})) == "invalid"


@pytest.mark.parametrize("payload", [None, 5, "general", [], ["general"], True])
@pytest.mark.parametrize("event", ["join", "leave", "send", "history", "unread"])
def test_a_payload_that_is_no_object(ann, event, payload):
    assert code(ann.call(event, payload)) == "invalid"


@pytest.mark.parametrize("arguments", [(), ({"room": "general"}, {"room": "tech"}), (1,) * 9])
def test_the_wrong_number_of_payloads(ann, arguments):
    assert code(ann.call("join", *arguments)) == "invalid"


@pytest.mark.parametrize(
    "event", ["nope", "__init__", "on_send", "handle_send", "message", "presence", ""]
)
@pytest.mark.parametrize("namespace", ["/rooms", "/typing"])
def test_an_event_that_is_none(ann, event, namespace):
    assert code(ann.call(event, {"room": "general"}, namespace=namespace)) == "invalid"


def test_a_thousand_joins(ann, neighbour):
    for _ in range(1000):
        ann.client.emit("join", {"room": "general"}, namespace="/rooms")
    assert ann.join("general")["count"] >= 2


def test_a_namespace_that_is_none(server):
    client = socketio.Client(http_session=sign_in(server.url, "Explorer"), reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, namespaces=["/admin"])


def refusal(url, session=None, **options):
    """The reason for which a connection is refused."""
    client = socketio.Client(http_session=session or requests.Session(), reconnection=False)
    reasons = []
    client.on("connect_error", reasons.append, namespace="/rooms")
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(url, namespaces=["/rooms"], **options)
    client.disconnect()
    return reasons[0]["data"] if reasons and isinstance(reasons[0], dict) else None


def test_a_socket_without_a_session(server):
    assert refusal(server.url)["code"] == "unauthorized"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_of_another_site(server, origin, transport):
    session = sign_in(server.url, f"Victim of {origin[-9:]} {transport}")
    options = {"headers": {"Origin": origin}, "transports": [transport]}
    assert refusal(server.url, session, **options) is None


def test_another_site_that_is_allowed(tmp_path):
    with serving(tmp_path, origins="https://intranet.example") as server:
        session = sign_in(server.url, "Ann")
        client = socketio.Client(http_session=session, reconnection=False)
        client.connect(
            server.url, namespaces=["/rooms"], headers={"Origin": "https://intranet.example"}
        )
        client.disconnect()


def test_any_event_after_sign_out(server, meet):
    ann = meet()
    ann.join("general")
    page = ann.session.get(server.url).text
    csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert ann.session.post(f"{server.url}/sign-out", data={"csrf_token": csrf}).ok
    wait_until(lambda: not ann.client.connected, what="the end of the connection")
    assert refusal(server.url, ann.session)["code"] == "unauthorized"


def test_too_many_sockets_of_one_user(tmp_path):
    with serving(tmp_path, sockets_per_user=3) as server:
        tabs = [Chatter(server.url, "Ann")]
        session = tabs[0].session
        tabs += [Chatter(server.url, "Ann", session=session) for _ in range(2)]
        refused = refusal(server.url, session)
        assert refused["code"] == "rate_limited"
        assert refused["retry_after"] > 0
        tabs.pop().close()
        wait_until(lambda: _connects(server.url, session), what="room for another tab")
        for tab in tabs:
            tab.close()


def _connects(url, session):
    try:
        Chatter(url, "Ann", session=session).close()
    except socketio.exceptions.ConnectionError:
        return False
    return True


def test_too_many_sockets_of_all(tmp_path):
    with serving(tmp_path, sockets=2) as server, chatting(server.url, "Ann", "Bob"):
        assert refusal(server.url, sign_in(server.url, "Cyd"))["code"] == "rate_limited"


def test_too_many_messages(tmp_path):
    with serving(tmp_path, send_rate=5) as server, chatting(server.url, "Ann", "Bob") as (ann, bob):
        ann.join("general")
        bob.join("general")
        answers = [ann.send("general", f"message {n}") for n in range(6)]
        assert [answer["ok"] for answer in answers] == [True] * 5 + [False]
        assert code(answers[-1]) == "rate_limited"
        assert 0 < answers[-1]["error"]["retry_after"] <= 10
        assert bob.say("general", "others go on")
        assert ann.call("leave", {"room": "general"})["ok"], "other events go on"


def test_too_many_other_events(tmp_path):
    with serving(tmp_path, event_rate=5) as server, chatting(server.url, "Ann") as ann:
        answers = [ann.call("join", {"room": "general"}) for _ in range(6)]
        assert code(answers[-1]) == "rate_limited"
        assert ann.say("general", "messages go on")
