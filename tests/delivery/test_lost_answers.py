"""Long-polling over a network that breaks: lost answers, repeated requests, and sessions that end
before their client knows.
"""

import contextlib

import pytest

from chat.delivery.admission import PACKETS
from tests.delivery.conftest import seen, tables
from tests.delivery.poller import SEPARATOR, Poller, upgrade
from tests.delivery.servers import running
from tests.waiting import wait_until

ROOMS = "tests.delivery.rooms:app"

SLOW = [f'42/rooms,{n}["slow",{{"number":{n},"seconds":0.05}}]' for n in range(16)]


def join(number, room="polls"):
    return f'42/rooms,{number}["join",{{"room":"{room}"}}]'


def joined(number):
    return f'43/rooms,{number}[{{"ok":true,"name":null}}]'


def test_an_answer_that_was_lost_is_given_again(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    client.post(join(1))
    assert client.get() == (200, [joined(1)])
    for _ in range(3):
        assert client.get(again=True) == (200, [joined(1)])
    client.post(join(2))
    assert client.get() == (200, [joined(2)])
    client.post("1")


@pytest.mark.parametrize("query", ["", "&t=same"])
def test_who_always_asks_for_the_same_url_gets_nothing_twice(server, tidy, query):
    client = Poller(server, "/rooms", query=query)
    for number in range(3):
        client.post(join(number))
        assert client.get()[1] == [joined(number)]
    for _ in range(2):
        client.post('42/rooms,["send",{"room":"polls","text":"twice"}]')
        assert client.get()[1] == ['42/rooms,["message",{"room":"polls","text":"twice"}]']
    client.post("1")


def test_an_answer_that_is_too_much_to_keep_ends_the_session_when_it_is_lost(tmp_path):
    with running(ROOMS, tmp_path, MAX_UNSENT="10000") as server:
        client = Poller(server, "/rooms", tagged=True)
        client.post('42/rooms,1["flood",{"count":7,"size":1000}]')
        assert len(client.get()[1]) == 8
        asked = client.tag
        client.post('42/rooms,2["flood",{"count":7,"size":1000}]')
        client.post('42/rooms,["send",{"room":"empty","text":"flooded"}]')
        wait_until(lambda: ["send", "flooded"] in seen(server))
        client.tag = asked
        assert client.get(again=True)[0] == 400
        wait_until(lambda: tables(server)["sessions"] == 0)


def test_what_is_said_to_a_connection_that_broke_waits_for_the_next_one(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    watched = tables(server)["watched"]
    with client.start_get():
        wait_until(lambda: tables(server)["watched"] == watched + 1)
    wait_until(lambda: tables(server)["watched"] == watched)
    client.post(join(1))
    assert client.get()[1] == [joined(1)]
    client.post("1")


def test_an_answer_is_not_given_again_and_again_without_end(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    client.post(join(1))
    client.get()
    statuses = [client.get(again=True)[0] for _ in range(202)]
    assert statuses == [200] * statuses.index(400) + [400] * (202 - statuses.index(400))


def test_a_post_is_not_taken_again_and_again_without_end(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    client.post(join(1))
    statuses = [client.post(join(1), again=True)[0] for _ in range(202)]
    assert statuses == [200] * statuses.index(400) + [400] * (202 - statuses.index(400))


def test_a_get_that_is_repeated_while_it_waits_takes_the_place_of_the_first(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    watched = tables(server)["watched"]
    with client.start_get() as first:
        wait_until(lambda: tables(server)["watched"] == watched + 1)
        with client.start_get(again=True) as second:
            assert first() == "200 6"
            client.post(join(1))
            assert second() == f"200 {joined(1)}"
    client.post("1")


def test_one_get_does_not_take_the_place_of_the_other_without_end(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    with contextlib.ExitStack() as stack:
        # All at once: in a slow loop the budget of packets would be renewed meanwhile.
        gets = [client.start_get(again=number > 0) for number in range(2 * PACKETS + 1)]
        waiting = [stack.enter_context(each) for each in gets]
        assert "200 1" in [answer() for answer in waiting]
    assert client.get()[0] == 400


def test_a_post_that_is_repeated_is_handled_once(server, tidy):
    client = Poller(server, "/rooms", tagged=True)
    client.post(join(1))
    assert client.post(join(1), again=True) == (200, "ok")
    client.post(join(2))
    client.post(join(3), again=True)  # not repeated: it only has the same `t`
    client.post(join(4))
    answers = []
    while len(answers) < 4:
        answers += client.get()[1]
    assert answers == [joined(number) for number in (1, 2, 3, 4)]
    client.post("1")


def test_a_post_that_is_repeated_while_it_waits_is_handled_once(own):
    client = Poller(own, "/rooms", tagged=True)
    body = SEPARATOR.join(SLOW)
    with own.connect() as first:
        first.sendall(client.post_head(len(body)) + body.encode())
        wait_until(lambda: ["slow", 0] in seen(own))
        assert client.post(*SLOW, again=True) == (200, "ok")
        assert b"200 OK" in first.recv(1000)
    client.post(join(99))
    answers = []
    while joined(99) not in answers:
        answers += client.get()[1]
    assert answers == [*(f"43/rooms,{number}[{number}]" for number in range(16)), joined(99)]


def test_a_post_that_waits_is_not_repeated_without_end(own):
    client = Poller(own, "/rooms", tagged=True)
    body = SEPARATOR.join(['42/rooms,1["wait",{}]'] * 32)  # more than the backlog takes
    request = client.post_head(len(body)) + body.encode()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(own.connect()) for _ in range(203)]
        connections[0].sendall(request)
        wait_until(lambda: ["wait"] in seen(own))
        for connection in connections[1:]:
            connection.sendall(request)
        wait_until(lambda: client.get() == (200, ["1"]), what="the end of the session")
        own.get("/release")


# Packets just before the end of a session


def test_what_was_said_before_a_close_arrives_and_then_the_close(server, tidy):
    client = Poller(server, "/rooms")
    client.post(join(1), '42/rooms,2["close_me",{}]')
    assert client.get()[1] == [joined(1)]
    assert client.get() == (200, ["1"])
    assert client.get()[0] == 400


def test_who_waits_is_told_the_close_at_once(server, tidy):
    client = Poller(server, "/rooms")
    with client.start_get() as waiting:
        client.post('42/rooms,["close_me",{}]')
        assert waiting() == "200 1"
    assert client.get()[0] == 400


def test_a_client_that_knows_of_the_close_need_not_fetch_it(server, tidy):
    client = Poller(server, "/rooms")
    client.post(join(1), '42/rooms,2["close_me",{}]')
    wait_until(lambda: seen(server)[-1][0] == "disconnect")
    assert client.post("1") == (200, "ok")
    assert client.get()[0] == 400


def test_who_does_not_fetch_the_close_is_forgotten(server, tidy):
    client = Poller(server, "/rooms")
    client.post('42/rooms,["close_me",{}]')


def test_who_is_moving_when_it_is_closed_is_told_there(server, tidy):
    client = Poller(server, "/rooms")
    with upgrade(server, client) as websocket:
        websocket.send("2probe")
        assert websocket.packet() == "3probe"
        client.post(join(1), '42/rooms,2["close_me",{}]')
        wait_until(lambda: seen(server)[-1][0] == "disconnect")
        websocket.send("5")
        assert websocket.packet() == joined(1)
        assert websocket.until_close().reason == "as you wish"


def test_a_stop_tells_who_polls_before_it_ends(tmp_path):
    with running(ROOMS, tmp_path, "--keep-alive", "60", "--graceful-timeout", "60") as server:
        client = Poller(server, "/rooms")
        client.post('42/rooms,1["flood",{"count":1,"size":1}]')
        with contextlib.closing(server.connect_http()) as connection:
            assert read(connection, "/seen")[0] == 200
            server.terminate()
            wait_until(lambda: "Handling signal: term" in server.output())
            status, said = read(connection, client.url())
            assert (status, said.split(SEPARATOR)[1]) == (200, '43/rooms,1[{"ok":true}]')
            assert read(connection, client.url()) == (503, "")
        assert server.wait() == 0


def read(connection, url):
    connection.request("GET", url)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_stop_does_not_wait_for_who_stopped_polling(tmp_path):
    with running(ROOMS, tmp_path, "--keep-alive", "60", "--graceful-timeout", "60") as server:
        frozen = Poller(server, "/rooms")
        with server.connect() as waiting:
            waiting.sendall(f"GET {frozen.url()} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            wait_until(lambda: tables(server)["watched"] == 1)
            server.terminate()
            assert server.wait(30) == 0
