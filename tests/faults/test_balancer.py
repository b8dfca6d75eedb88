"""The load balancer of the tests does what an operator's does, and people roam behind it."""

import contextlib
import http.server
import threading

import pytest
import requests

from tests.balancers import COOKIE, Balancer
from tests.faults import troubles
from tests.faults.polling_wire import PollingWire
from tests.servers import is_listening
from tests.waiting import wait_until

BY_POLLING = {"connect": PollingWire.open}


@pytest.fixture
def servers(arena):
    return [arena.serve(proxies=1), arena.serve(proxies=1)]


@pytest.mark.parametrize("options", [{}, BY_POLLING], ids=["websocket", "polling"])
def test_people_are_spread_and_stay_with_their_server_until_they_move(arena, servers, options):
    arena.balance()
    people = ann, *others = arena.admit("Ann", "Ben", "Cem", "Dora", **options)
    at_first = [arena.server_of(person) for person in people]
    assert sorted(map(at_first.count, servers)) == [2, 2]
    for person in people:
        arena.cut(person)
    come_back(arena, people, 2)
    assert [arena.server_of(person) for person in people] == at_first
    arena.move(ann)
    come_back(arena, [ann], 3)
    assert [arena.server_of(ann), *at_first].count(at_first[0]) == 2
    assert [arena.server_of(person) for person in others] == at_first[1:]


def come_back(arena, people, connections):
    arena.until(
        lambda: all(person.connections == connections and person.is_live for person in people)
    )


def test_without_stickiness_people_are_spread_by_each_connection(arena, servers):
    arena.balance(is_sticky=False)
    people = arena.admit("Ann", "Ben", "Cem", "Dora")
    assert not any(COOKIE in person.cookie for person in people)
    servers[0].kill()
    arena.until(lambda: sum(person.connections for person in people) == 6)
    arena.until(lambda: all(person.is_live for person in people))


def test_who_was_on_a_server_that_died_gets_to_another_and_the_next_one_is_used(arena, servers):
    arena.balance()
    ann, ben = arena.admit("Ann", "Ben")
    dead = arena.server_of(ann)
    dead.kill()
    wait_until(lambda: not is_listening(dead.port))
    assert requests.get(arena.entrance.url, cookies={COOKIE: str(dead.port)}, timeout=5).ok
    come_back(arena, [ann], 2)
    assert arena.server_of(ann) is arena.server_of(ben) is not dead
    wait_until(lambda: not arena.balancer.sends_to(dead))
    dead.start()
    wait_until(lambda: arena.balancer.sends_to(dead))
    (cem,) = arena.admit("Cem")
    assert arena.server_of(cem) is dead


def test_a_frozen_server_gets_nobody_new(arena, servers):
    arena.balance()
    with troubles.frozen(servers[0]):
        wait_until(lambda: not arena.balancer.sends_to(servers[0]))
        people = arena.admit("Ann", "Ben")
        assert [arena.server_of(person) for person in people] == 2 * [servers[1]]


def test_a_server_that_is_drained_keeps_its_connections_and_gets_no_others(arena, servers):
    arena.balance()
    ann, ben = arena.admit("Ann", "Ben")
    full = arena.server_of(ann)
    arena.balancer.drain(full)
    (cem,) = arena.admit("Cem")
    arena.cut(ben)
    come_back(arena, [ben], 2)
    assert arena.server_of(ben) is arena.server_of(cem) is not full
    assert ann.wire
    assert ann.connections == 1
    arena.cut(ann)
    come_back(arena, [ann], 2)
    assert arena.server_of(ann) is not full
    arena.balancer.resume(full)
    (dora,) = arena.admit("Dora")
    assert arena.server_of(dora) is full


def test_if_no_server_is_ready_people_still_get_through(arena, servers):
    arena.balance()
    arena.admit("Ann")
    with troubles.locked(arena.database):
        wait_until(lambda: not any(map(arena.balancer.sends_to, servers)))
        page = requests.get(arena.entrance.url, timeout=5)
        assert page.ok
    wait_until(lambda: all(map(arena.balancer.sends_to, servers)))


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.headers.get_all('X-Forwarded-For')} {self.headers['X-Forwarded-Proto']}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def test_a_server_gets_the_address_of_the_browser_last(tmp_path):
    with contextlib.ExitStack() as until_the_end:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        until_the_end.callback(server.server_close)
        until_the_end.callback(server.shutdown)
        threading.Thread(target=server.serve_forever).start()
        balancer = Balancer(tmp_path, [server.server_port]).start()
        until_the_end.callback(balancer.kill)
        forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
        answer = requests.get(balancer.url, headers=forged, timeout=5).text
        assert answer == "['192.0.2.1', '127.0.0.1'] http"
