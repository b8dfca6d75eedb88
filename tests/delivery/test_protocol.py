"""Engine.IO and Socket.IO over raw sockets; another client of the server must not be affected."""

import json

import pytest

from tests.delivery.client import CLOSE, Client, masked, member
from tests.delivery.conftest import seen
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("neighbour")

NINE = ",".join("123456789")


@pytest.fixture
def client(server):
    with Client(server) as client:
        yield client.open("/rooms")


def test_the_greeting_says_how_to_behave(server):
    with Client(server) as client:
        greeting = client.open().session
        assert len(greeting.pop("sid")) == 20
        assert greeting == {
            "upgrades": [],
            "pingInterval": 25000,
            "pingTimeout": 20000,
            "maxPayload": 100_000,
        }


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "0",
        "2",
        "2probe",
        "5",
        "6",
        "7",
        "9",
        "x",
        "4",
        "49",
        "4x",
        "42",
        "42[]",
        '42{"a":1}',
        '42"x"',
        "42[null]",
        "42[5,1]",
        '42["join"',
        "42/rooms,",
        "42/rooms,[]",
        "42/rooms,[null]",
        "42/rooms,[5,1]",
        '42/rooms,["join",{"room"',
        '42/rooms,["join",' + "[" * 20_000 + "]" * 20_000 + "]",
        '42/rooms,["join",' + "9" * 5_000 + "]",
        '42/rooms,["join",NaN]',
        '42/rooms,["join",Infinity]',
        '42/rooms,["join"]',
        f'42/rooms,["join",{NINE}]',
        f'42/rooms,5["join",{NINE}]',
        '42/rooms,["connect"]',
        '42/rooms,["connect",{}]',
        '42/rooms,["disconnect"]',
        '42/rooms,["disconnect","forged"]',
        '42/rooms,["connect_error",{}]',
        '42/rooms,["*",{}]',
        '42["join",{}]',
        '42/typing,["join",{"room":"lobby"}]',
        '42/admin,["join",{}]',
        "40/rooms,",
        "40/rooms,[1]",
        "41/admin,",
        "43/rooms,[]",
        "43/rooms,0[]",
        "43/admin,1[]",
        '44/rooms,{"message":"x"}',
        "451-",
        '451-/rooms,["join",{"_placeholder":true,"num":0}]',
        "45999999999-",
        "46/rooms,1-1[]",
    ],
)
def test_a_malformed_packet_closes_the_connection(client, server, packet):
    before = seen(server)
    client.send(packet)
    closed = client.until_close()
    assert closed.code == 1008
    assert closed.reason
    wait_until(lambda: len(seen(server)) == len(before) + 1)
    assert seen(server)[-1] == ["disconnect", None, "server disconnect"]


def test_an_event_after_a_malformed_one_is_not_handled(client, server):
    client.send_raw(masked(b"42/rooms,[]") + masked(b'42/rooms,["send",{"text":"too late"}]'))
    client.until_close()
    assert ["send", "too late"] not in seen(server)


@pytest.mark.parametrize(
    "packet",
    [
        '42/rooms,["__init__"]',
        '42/rooms,["unknown",1]',
        '42/rooms,["_placeholder",{"_placeholder":true,"num":0}]',
        "43/rooms,999[]",
        '43/rooms,999[{"a":1}]',
        "3",
        "3anything",
    ],
)
def test_what_is_only_unknown_is_ignored(client, packet):
    client.send(packet)
    assert client.call("join", {"room": "mine"})["ok"]


def test_of_duplicate_keys_the_last_one_counts(client):
    client.send('42/rooms,7["join",{"room":1,"room":"mine"}]')
    assert json.loads(client.packet()[len("43/rooms,7") :]) == [{"ok": True, "name": None}]


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a\ud83eb", "a\ufffdb"),
        (r"a\uDD8Ab", "a\ufffdb"),
        (r"\udd8a\ud83e", "\ufffd\ufffd"),
        (r"\ud83e\ud83e\udd8a", "\ufffd🦊"),
        (r"\\ud83e \ud83e", r"\ud83e " + "\ufffd"),
        (r"\ud83e\udd8a", "🦊"),
    ],
)
def test_half_a_character_is_replaced_as_in_browsers(server, escaped, text):
    with member(server, room="halves") as client:
        client.send(f'42/rooms,["send",{{"room":"halves","text":"{escaped}"}}]')
        assert client.event() == ["message", {"room": "halves", "text": text}]


def test_an_unknown_namespace_is_refused_in_words(client):
    client.send("40/admin,")
    assert client.packet() == '44/admin,{"message":"Invalid namespace"}'
    assert client.call("join", {"room": "mine"})["ok"]


def test_the_default_namespace_is_served_only_if_it_has_handlers(client):
    client.send("40")
    assert client.packet() == '44{"message":"Invalid namespace"}'


def test_the_application_can_refuse(server, tidy):
    with Client(server) as client:
        client.open().send('40/rooms,{"refuse":"me"}')
        assert client.packet() == '44/rooms,{"message":"unauthorized"}'


def test_a_connect_handler_that_fails_refuses(server, tidy):
    with Client(server) as client:
        client.open().send('40/rooms,{"break":"down"}')
        assert client.packet() == '44/rooms,{"message":"Connection rejected by server"}'
        assert "KeyError: 'bug'" in server.output()


def test_a_client_knows_the_session_of_the_request_that_connected(server):
    connection = server.connect_http()
    connection.request("GET", "/sign-in/ada")
    cookie = connection.getresponse().getheader("Set-Cookie").split(";")[0]
    connection.close()
    with Client(server, Cookie=cookie).open("/rooms") as client:
        assert client.call("join", {"room": "mine"})["name"] == "ada"


def test_a_namespace_can_be_left_and_entered_again(client, server):
    client.send("41/rooms,")
    client.send("40/rooms,")
    assert client.packet().startswith("40/rooms,")
    assert client.call("join", {"room": "mine"})["ok"]
    assert ["disconnect", None, "client disconnect"] in seen(server)


def test_a_client_can_close_engine_io(server, tidy):
    with Client(server) as client:
        client.open("/rooms").send("1")
        assert client.until_close().code == 1000


def test_a_handler_that_fails_answers_what_the_application_says(client):
    assert client.call("fail", {}) == {"ok": False}
    assert client.call("join", {"room": "mine"})["ok"]


def test_a_question_to_a_client_gets_its_answer(client, server):
    client.emit("ask", {"how": "are you?"})
    packet = client.packet()
    assert packet == '42/rooms,1["question",{"how":"are you?"}]'
    client.send('43/rooms,1["fine"]')
    wait_until(lambda: ["answer", "fine"] in seen(server))


def test_a_message_reaches_everybody_in_the_room_the_sender_included(server):
    with member(server) as one, member(server) as two:
        assert one.call("send", {"room": "lobby", "text": "all"})["ok"]
        assert two.event()[1]["text"] == "all"
        assert one.event()[1]["text"] == "all"


def test_typing_reaches_the_others_in_the_room_only(server):
    with Client(server) as one, Client(server) as two, Client(server) as stranger:
        for client, room in ((one, "lobby"), (two, "lobby"), (stranger, "attic")):
            client.open("/rooms", "/typing").call("join", {"room": room}, namespace="/typing")
        one.emit("typing", {"room": "lobby"}, namespace="/typing")
        assert two.event("/typing") == ["typing", {"room": "lobby"}]
        for client in (one, stranger):
            assert client.call("join", {"room": "mine"})["ok"]
            assert client.events in ([], ["43/typing,2[]"])


@pytest.mark.parametrize(
    "query",
    [
        "EIO=3&transport=websocket",
        "transport=websocket",
        "EIO=4&transport=carrier-pigeon",
        "EIO=4&transport=websocket&sid=unknown",
    ],
)
def test_a_request_that_makes_no_sense_is_refused(server, query):
    with Client(server, query) as client:
        assert client.status == 400


def test_the_public_id_of_somebody_else_opens_no_session(server, client):
    client.send("40/typing,")
    public = json.loads(client.packet().removeprefix("40/typing,"))["sid"]
    with Client(server, f"EIO=4&transport=websocket&sid={public}") as thief:
        assert thief.status == 400


def test_a_second_connection_for_the_same_session_is_refused(server, client):
    with Client(server, f"EIO=4&transport=websocket&sid={client.session['sid']}") as thief:
        assert thief.status == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:{port}", 101), (None, 101), ("https://evil.example", 400), ("null", 400)],
)
def test_only_pages_of_this_site_may_connect(server, origin, status):
    origin = origin and origin.format(port=server.port)
    with Client(server, Origin=origin) as client:
        assert client.status == status


def test_the_log_has_no_lines_that_a_client_wrote(server):
    assert "400" in server_answer(server, "EIO=4&transport=polling&sid=x%0d%0aFORGED+LINE")
    assert "\nFORGED LINE" not in server.output()


def server_answer(server, query):
    connection = server.connect_http()
    connection.request("GET", f"/socket.io/?{query}")
    answer = connection.getresponse()
    text = f"{answer.status} {answer.read().decode()}"
    connection.close()
    return text


def test_a_close_frame_arrives_after_what_was_sent_before(client):
    client.send_raw(masked(b'42/rooms,5["join",{"room":"mine"}]') + masked(b"42/rooms,[]"))
    assert client.packet().startswith("43/rooms,5")
    assert client.frame().opcode == CLOSE
