"""Bad input of any kind gets an error, stores nothing, and doesn't affect other clients."""

import contextlib
import uuid

import pytest
import requests
import socketio

from chat.messages.message import largest_packet
from chat.realtime.namespace import FLOOD
from chat.realtime.people_limit import OF_ONE_ADDRESS
from tests.chatters import Chatter, chatting, cookie_header, draft, sign_in, sign_out
from tests.delivery.client import CLOSE, TEXT, Client
from tests.servers import serving
from tests.waiting import wait_until

A_UUID = "e4adbb81-7c28-4689-abc6-dfb33c946078"
AN_ID = "2026-11-22T10:47:12.123456Z.7f3ac21e00"
NOT_TEXT = [5, 1.5, True, None, [], ["a"], {}, {"a": 1}]


@pytest.fixture
def neighbour(meet, room):
    """Another client in the room: it must get the messages of `hears` only, and still can send."""
    neighbour = meet()
    neighbour.join(room)
    neighbour.hears = []
    yield neighbour
    last = neighbour.say(room, "I go on")
    neighbour.wait_for("message", lambda m: m["id"] == last["id"])
    assert neighbour.texts() == [*neighbour.hears, "I go on"]


def code(answer):
    assert answer["ok"] is False, answer
    assert answer["error"]["message"]
    return answer["error"]["code"]


@pytest.mark.parametrize(
    "text", [*NOT_TEXT, "", " \n\t ", "\u200b", "\u2063\ufeff", "\u3164"], ids=repr
)
def test_a_text_that_is_no_text_or_shows_nothing(ann, neighbour, text, room):
    ann.join(room)
    assert code(ann.send(room, text)) == "invalid"


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred", "a\x07", "bell\x85"], ids=repr)
def test_a_text_with_control_characters(ann, neighbour, text, room):
    ann.join(room)
    assert code(ann.send(room, text)) == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        *(f"a{bidi}b" for bidi in "\u202e\u2066\u2067\u2068\u2069"),
        "a" + "\u0301" * 500,
        "<b>Bob</b><script>alert(1)</script><img src=x onerror=alert(1)>",
        "</script>",
        "javascript:alert(1)",
        "👩‍👩‍👧‍👦" * 100,
        "__proto__",
    ],
    ids=ascii,
)
def test_a_strange_text_goes_through_as_it_is(ann, neighbour, text, room):
    ann.join(room)
    message = ann.say(room, text)
    assert message["text"] == text
    neighbour.hears = [text]


def test_half_a_character_is_replaced(ann, neighbour, room):
    ann.join(room)
    assert ann.say(room, "cut \ud83e")["text"] == "cut \ufffd"
    neighbour.hears = ["cut \ufffd"]


def test_a_text_never_becomes_a_line_of_the_log(server, ann, neighbour, room):
    ann.join(room)
    forged = "2026-11-23 ERROR a forged line"
    ann.say(room, f"hello\r\n{forged}")
    neighbour.hears = [f"hello\n{forged}"]
    for event in (forged, f"x\r\n{forged}"):
        assert code(ann.call(event, {"room": forged, forged: forged})) == "invalid"
    assert forged not in server.output()


def test_line_ends_of_other_systems_become_our_own(ann, room):
    ann.join(room)
    assert ann.say(room, "one\r\ntwo\rthree")["text"] == "one\ntwo\nthree"


@pytest.mark.parametrize("letter", ["a", "é", "🦊"])
def test_the_limit_counts_characters(ann, letter, room):
    ann.join(room)
    assert ann.say(room, letter * 3999)
    assert ann.say(room, letter * 4000)
    assert code(ann.send(room, letter * 4001)) == "too_long"


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


def test_a_text_of_which_no_form_could_be_legal_closes_the_connection(server, neighbour, room):
    session = sign_in(server.url, "Novelist")
    with Client(server, Cookie=cookie_header(session)).open("/rooms") as novelist:
        novelist.emit("send", draft(room, "x" * largest_packet(4000)))
        assert novelist.until_close().code == 1009


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
def test_a_forged_field_is_refused(ann, neighbour, forged, room):
    ann.join(room)
    assert code(ann.call("send", draft(room, "forged") | forged)) == "invalid"


@pytest.mark.parametrize("client_id", [None, 7, "", "x", "x" * 10_000, f"{A_UUID}\n"])
def test_a_client_id_that_is_no_uuid(ann, client_id, room):
    ann.join(room)
    assert code(ann.call("send", draft(room, "hi") | {"client_id": client_id})) == "invalid"


def test_a_client_id_that_is_missing(ann, room):
    ann.join(room)
    assert code(ann.call("send", {"room": room, "text": "hi"})) == "invalid"


@pytest.mark.parametrize("ago", [-1, 1.5, "1", True, 10**30])
def test_a_first_attempt_at_no_time(ann, ago, room):
    ann.join(room)
    assert code(ann.send(room, "hi", first_attempt_ms_ago=ago)) == "invalid"


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
def test_a_cursor_that_is_none(ann, cursor, room):
    ann.join(room)
    assert code(ann.call("join", {"room": room, "after": cursor})) == "invalid"
    assert code(ann.call("history", {"room": room, "before": cursor})) == "invalid"
    assert code(ann.call("unread", {"after": {room: cursor}})) == "invalid"


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9, 10**30, "10", 1.5, True, []], ids=repr)
def test_a_limit_that_is_none(ann, limit, room):
    ann.join(room)
    assert code(ann.call("join", {"room": room, "limit": limit})) == "invalid"
    assert code(ann.call("history", {"room": room, "before": AN_ID, "limit": limit})) == "invalid"


@pytest.mark.parametrize(
    "after", [None, [], "x", {"random": None}, {"": AN_ID}, {"nowhere": AN_ID, "random": None}]
)
def test_an_unread_question_about_nothing(ann, after):
    assert code(ann.call("unread", {"after": after})) == "invalid"


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
def test_an_event_that_is_none(ann, event, namespace, room):
    assert code(ann.call(event, {"room": room}, namespace=namespace)) == "invalid"


def test_a_thousand_joins(ann, neighbour, room):
    for _ in range(1000):
        ann.client.emit("join", {"room": room}, namespace="/rooms")
    assert ann.join(room)["count"] == 2


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


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("send", {"text": "after all", "client_id": str(uuid.uuid4())}),
        ("join", {}),
        ("leave", {}),
        ("history", {"before": AN_ID}),
        ("unread", {"after": {}}),
    ],
)
def test_any_event_after_sign_out(server, meet, neighbour, room, event, payload):
    """The server closes the connection; events sent before the close arrives get no answer."""
    session = sign_in(server.url, f"Guest who will {event}")
    with Client(server, Cookie=cookie_header(session)).open("/rooms", "/typing") as guest:
        assert guest.call("join", {"room": room})["ok"]
        assert guest.call("join", {"room": room}, namespace="/typing")["ok"]
        sign_out(session, server.url)
        guest.emit(event, {"room": room} | payload if event != "unread" else payload)
        guest.emit("typing", {"room": room, "active": True}, namespace="/typing")
        while (frame := guest.frame()).opcode == TEXT:
            assert not frame.payload.startswith(b"43"), "an event was answered"
        assert frame.opcode == CLOSE
    assert refusal(server.url, session)["code"] == "unauthorized"
    assert not neighbour.payloads("typing")


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


def test_a_hundred_sockets_of_one_user(server, meet, neighbour):
    session = sign_in(server.url, "Everywhere")
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(Client(server, Cookie=cookie_header(session))) for _ in range(100)
        ]
        answers = []
        for socket in sockets:
            socket.open().send("40/rooms,")
            answers.append(socket.packet())
        assert [answer[:2] for answer in answers] == ["40"] * 20 + ["44"] * 80
        assert '"code":"rate_limited"' in answers[-1]


def test_too_many_sockets_of_all(tmp_path):
    with serving(tmp_path, sockets=2) as server, chatting(server.url, "Ann", "Bob"):
        assert refusal(server.url, sign_in(server.url, "Cyd"))["code"] == "rate_limited"


def test_too_many_sockets_of_one_address(tmp_path):
    with serving(tmp_path, sockets_per_address=2) as server, chatting(server.url, "Ann", "Bob"):
        assert refusal(server.url, sign_in(server.url, "Cyd"))["code"] == "rate_limited"


def test_a_flood_of_strangers_is_bounded_and_harms_nobody(tmp_path):
    with serving(tmp_path, sockets=1) as server, chatting(server.url, "Ann") as ann:
        ann.join("general")
        with requests.Session() as stranger:
            handshake = f"{server.url}/socket.io/?EIO=4&transport=polling"
            statuses = (stranger.get(handshake).status_code for _ in range(2000))
            assert 429 in statuses
            assert ann.say("general", "I go on")
            wait_until(lambda: stranger.get(handshake).ok, 20, "the end of those strangers")


def test_strangers_have_places_of_their_own(tmp_path):
    """Members are still let in, and connected members are not counted as newcomers."""
    with serving(tmp_path, sockets=2, event_rate=0) as server:
        session = sign_in(server.url, "Bob")
        with requests.Session() as stranger:
            handshake = f"{server.url}/socket.io/?EIO=4&transport=polling"
            assert [stranger.get(handshake).status_code for _ in range(101)][-1] == 503
            with chatting(server.url, "Ann") as ann:
                ann.join("general")
                assert session.get(handshake).ok


def test_handshakes_of_one_person_are_limited(tmp_path):
    with serving(tmp_path, event_rate=5) as server:
        ann, bob = sign_in(server.url, "Ann"), sign_in(server.url, "Bob")
        handshake = f"{server.url}/socket.io/?EIO=4&transport=polling"
        statuses = [ann.get(handshake).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        assert bob.get(handshake).ok


def test_to_leave_a_namespace_and_come_back_again_and_again_is_limited(tmp_path):
    with serving(tmp_path, event_rate=5) as server:
        session = sign_in(server.url, "Ann")
        with Client(server, Cookie=cookie_header(session)).open("/rooms") as client:
            for _ in range(4):
                client.send("41/rooms,")
                client.send("40/rooms,")
                assert client.packet().startswith("40/rooms,")
            client.send("41/rooms,")
            client.send("40/rooms,")
            assert '"code":"rate_limited"' in client.packet()


def test_many_who_sign_in_from_one_address_say_no_more_than_a_crowd(tmp_path):
    limits = {"send_rate": 1, "sign_in_rate": 0}
    with serving(tmp_path, **limits) as server, contextlib.ExitStack() as stack:
        names = [f"Person {number}" for number in range(OF_ONE_ADDRESS + 1)]
        people = [stack.enter_context(chatting(server.url, name)) for name in names]
        for person in people:
            person.join("general")
        answers = [person.send("general", "hello") for person in people]
        assert [answer["ok"] for answer in answers] == [True] * OF_ONE_ADDRESS + [False]
        assert (
            answers[-1]["error"]["message"]
            == "Too many messages from your network. Wait a moment, then try again."
        )


def test_too_many_messages(tmp_path):
    with serving(tmp_path, send_rate=5) as server, chatting(server.url, "Ann", "Bob") as (ann, bob):
        ann.join("general")
        bob.join("general")
        answers = [ann.send("general", f"message {n}") for n in range(6)]
        assert [answer["ok"] for answer in answers] == [True] * 5 + [False]
        assert code(answers[-1]) == "rate_limited"
        assert 0 < answers[-1]["error"]["retry_after"] <= 10
        assert bob.say("general", "others go on")
        assert ann.call("leave", {"room": "general"})["ok"], "other events still work"


def test_whoever_goes_on_in_spite_of_all_refusals_is_disconnected(tmp_path):
    with serving(tmp_path, event_rate=5) as server, chatting(server.url, "Ann") as ann:
        ann.join("general")
        with Client(server, Cookie=cookie_header(sign_in(server.url, "Flood"))) as flood:
            flood.open("/rooms")
            for number in range(FLOOD + 20):
                flood.send(f'42/rooms,{number}["leave",{{"room":"general"}}]')
            assert flood.until_close().reason == "far too many events"
        assert ann.say("general", "others go on")


def test_too_many_other_events(tmp_path):
    with serving(tmp_path, event_rate=5) as server, chatting(server.url, "Ann") as ann:
        answers = [ann.call("join", {"room": "general"}) for _ in range(6)]
        assert code(answers[-1]) == "rate_limited"
        assert ann.say("general", "messages go on")


def test_a_question_about_many_rooms_counts_for_each(tmp_path):
    limits = {"event_rate": 7, "rooms": "A,B,C,D"}
    with serving(tmp_path, **limits) as server, chatting(server.url, "Ann") as ann:
        ann.join("a")
        unread = {"after": dict.fromkeys("abcd", AN_ID)}
        assert ann.call("unread", unread)["counts"] == dict.fromkeys("abcd", 0)
        assert code(ann.call("unread", unread)) == "rate_limited"
        assert ann.call("leave", {"room": "a"})["ok"]
        assert code(ann.call("join", {"room": "a"})) == "rate_limited"


def test_a_resend_after_hours_counts_as_an_event_for_each(tmp_path):
    with serving(tmp_path, event_rate=7) as server, chatting(server.url, "Ann") as ann:
        ann.join("general")
        hours_ago = {"first_attempt_ms_ago": 4 * 3_600_000}
        assert ann.send("general", "once", **hours_ago)["ok"]
        assert code(ann.send("general", "again", **hours_ago)) == "rate_limited"
        assert ann.say("general", "what is new goes on")
