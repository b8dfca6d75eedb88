"""Chat servers, their clients, and the check whether all promises were kept."""

import contextlib
import random
import re
import time

import requests

from chat.accounts.known_sessions import GOOD_FOR
from chat.realtime.continuity import MARK_AFTER, READ_AFTER
from chat.storage import open_history
from tests.balancers import COOKIE, Balancer
from tests.chatters import Chatter, sign_in, sign_out, submit_sign_in
from tests.faults import agreement, checker
from tests.faults.bus_proxy import BusProxy
from tests.faults.client import Client
from tests.faults.journal import Journal
from tests.faults.loop import Loop
from tests.servers import GUNICORN, ChatServer
from tests.waiting import wait_until

NO_LIMITS = {"send_rate": 0, "event_rate": 0, "sign_in_rate": 0, "sockets_per_user": 0}
REFUSED_WITHIN = GOOD_FOR + 5  # seconds; other processes may have cached the session
BEGINNING = "0"  # sorts before every id

# Seconds until all servers know of everything, if nothing fails any more: who has gone from a
# server that died, or the newest messages that only the records in the storage told.
AGREE_WITHIN = 40


class Arena:
    """One or more server processes on one history, and clients of them.

    Args:
        folder: For the logs, and the database.
        history: The URL of the history as this process opens it.
        seed: For all random choices.
    """

    def __init__(self, folder, history, *, seed=0, rooms=("general",), **settings):
        self.folder = folder
        self.rooms = rooms
        self.journal = Journal()
        self.random = random.Random(seed)
        self.loop = Loop()
        self.servers = []
        self.bus = None  # a `Valkey` that joins the next servers
        self.balancer = None
        self.clients = []
        self.left = []  # copies of the cookies of sessions that were signed out
        self.proxies = []  # between clients, servers and the history
        self.kills = 0
        self._history = open_history(history)
        self._history.create()
        self._settings = NO_LIMITS | {"secret_key": "the same for all processes"} | settings
        self.serve_from(history)

    # Parts

    def serve_from(self, history):
        """Set the URL of the history for the next servers, such as that of a proxy."""
        self._settings["history"] = history

    def serve(self, **settings):
        """Start one more server. If there is a bus, `server.path` is the proxy before it."""
        server = self._server(settings)
        return server.start()

    def launch(self):
        """Start one more server, without waiting until it is ready."""
        server = self._server({})
        server.launch()
        return server

    def serve_from_inside(self, clock_offset=0):
        """Start one more server, the one in `tests/faults/inside.py`.

        Its `clock` is the file that says by how many seconds its clock is ahead.
        """
        clock = self.folder / f"clock-{len(self.servers)}"
        clock.write_text(str(clock_offset))
        command = (*GUNICORN, "tests.faults.inside:app")
        server = self._server({"command": command, "variables": {"CLOCK_OFFSET": str(clock)}})
        server.clock = clock
        return server.start()

    def _server(self, settings):
        folder = self.folder / f"server-{len(self.servers)}"
        folder.mkdir()
        path = self._path_to_the_bus()
        if path:
            settings = {"bus": path.url} | settings
        server = ChatServer(folder, **self._settings | settings)
        server.path = path
        self.servers.append(server)
        return server

    def _path_to_the_bus(self):
        if self.bus is None:
            return None
        self.proxies.append(self.loop.run(BusProxy(self.bus).listen()))
        return self.proxies[-1]

    def balance(self, **options):
        """Start a balancer in front of all servers; for `options` see `Balancer`."""
        ports = [server.port for server in self.servers]
        self.balancer = Balancer(self.folder, ports, **options).start()

    @property
    def server(self):
        return self.servers[0]

    @property
    def entrance(self):
        """Where people connect: the balancer, or the first server."""
        return self.entrances[0]

    @property
    def entrances(self):
        """Where people could connect: at the balancer, or at each server."""
        return [self.balancer] if self.balancer else self.servers

    def admit(self, *names, port=None, rooms=None, **options):
        """Sign people in and let them join; returns their clients. For `options` see `Client`."""
        clients = [self._client(name, port or self.entrance.port, rooms, options) for name in names]
        self.clients += clients
        self.until(lambda: all(client.is_live for client in clients), what="all are in their rooms")
        return clients

    def crowd(self, name, count):
        """Let `count` connections of one person join; returns their clients."""
        cookie = self.cookie(name)
        port, rooms = self.entrance.port, self.rooms
        crowd = [self._start(f"{name} {n}", cookie, port, rooms) for n in range(count)]
        self.clients += crowd
        self.until(lambda: all(client.is_live for client in crowd), 60, "all are in their rooms")
        return crowd

    def move(self, client, there=None):
        """Let a client lose its connection and go to another server."""
        if there is None:
            here = self.server_of(client)
            there = self.random.choice([server for server in self.servers if server is not here])
        if self.balancer:
            client.cookie = self.balancer.led_to(there, client.cookie)
        else:
            client.port = there.port
        self.cut(client)

    def server_of(self, client):
        """The server to which a client connected last, and will connect next."""
        port = self.balancer.port_of(client.cookie) if self.balancer else client.port
        return next(server for server in self.servers if server.port == port)

    def cookie(self, name):
        """That of the chat for a person, without the balancer's."""
        with sign_in(self.entrance.url, name) as session:
            kept = [cookie for cookie in session.cookies if cookie.name != COOKIE]
            return "; ".join(f"{cookie.name}={cookie.value}" for cookie in kept)

    def _client(self, name, port, rooms, options):
        return self._start(name, self.cookie(name), port, rooms or self.rooms, **options)

    def _start(self, name, cookie, port, rooms, **options):
        async def start():
            seed = self.random.random()
            return Client(name, cookie, port, self.journal, rooms, seed=seed, **options)

        client = self.loop.run(start())
        client.running = self.loop.start(client.run())
        return client

    # What happens

    def post(self, client, text, room=None):
        return self.loop.call(client.post, room or self.rooms[0], text)

    def chatter(self, count, clients=None):
        """Post `count` messages, each by a random client in one of its rooms."""
        for _ in range(count):
            client = self.random.choice(clients or self.clients)
            self.post(client, f"{self.journal_size}", self.random.choice(list(client.rooms)))

    @property
    def journal_size(self):
        return self.journal.count("sent")

    def come_and_go(self, server):
        """Somebody signs in and out, and comes back; a copy of the first cookie is kept."""
        name = f"Guest {len(self.left)}"
        with sign_in(server.url, name) as browser:
            copy = dict(browser.cookies)
            before = who_is(server.url, copy)
            sign_out(browser, server.url)
            self.left.append(copy)
            assert submit_sign_in(browser, server.url, name).status_code == 303
            assert who_is(server.url, dict(browser.cookies)) == before

    def cut(self, client):
        self.loop.call(client.cut)

    def dismiss(self, client):
        """Let a client go for good, as if its browser was closed."""
        self.clients.remove(client)
        client.running.cancel()

    def read(self, *clients):
        """Let clients show the ends of their rooms to people."""
        for client in clients:
            self.loop.run(client.read())

    def until(self, condition, seconds=30, what="the condition"):
        return wait_until(lambda: self.loop.call(condition), seconds, what)

    def until_more_are_acknowledged(self, count):
        wanted = self.journal.count("acknowledged") + count
        self.until(lambda: self.journal.count("acknowledged") >= wanted)

    def until_all_have_arrived(self, seconds):
        """Wait until all messages are at all clients; returns how many seconds that took."""
        began = time.monotonic()

        def have_all_arrived():
            return not any(client.stuck for client in self.clients) and agreement.have_all_arrived(
                self.clients, self.journal
            )

        self.until(have_all_arrived, seconds, "all messages at all clients")
        return time.monotonic() - began

    def until_people_agree(self, seconds=AGREE_WITHIN):
        """Wait until everybody sees who is really here."""
        self.until(lambda: agreement.do_people_agree(self.clients), seconds, "the same people")

    # The end

    def come_to_rest(self, seconds=60):
        """Wait until all messages are answered and all clients are in their rooms."""
        with contextlib.suppress(AssertionError):  # a message that is stuck is a violation
            self.until(self._is_at_rest, seconds, "rest")

    def _is_at_rest(self):
        return all(client.is_live and not client.stuck for client in self.clients)

    def violations(self, seconds=60):
        """Wait for rest, cut all clients, let them recover, and compare with the history."""
        self.come_to_rest(seconds)
        self._note_views()
        connections = {client: client.connections for client in self.clients}
        for client in self.clients:
            self.cut(client)
        self.until(lambda: all(client.connections > connections[client] for client in self.clients))
        self.come_to_rest(seconds)
        self._note_views()
        if self.bus:
            self._note_agreement()
        stuck = [(client.name, id_) for client in self.clients for id_ in client.stuck]
        copies = list(self._copies_that_work())
        here = agreement.people_by_room(self.clients)
        found = checker.check(self.journal, self.stored(), stuck, copies, here)
        return [*found, *self._fresh_violations()]

    def _copies_that_work(self):
        """Sessions that were signed out, and that a server still takes for good."""
        for number, copy in enumerate(self.left):
            for server in self.servers:
                try:
                    wait_until(lambda: who_is(server.url, copy) is None, REFUSED_WITHIN)  # noqa: B023
                except AssertionError:
                    yield f"Guest {number}", server.url

    def _note_views(self):
        """Note what the clients show, once the stored messages had time to arrive."""
        stored = {room: [m["id"] for m in messages] for room, messages in self.stored().items()}

        def have_arrived():
            return all(
                stored[room.id][-len(room.shown) :] == room.shown
                if room.shown
                else not stored[room.id]
                for client in self.clients
                for room in client.rooms.values()
            )

        # A mark reveals that the last event was lost. Messages of another server are found when the
        # room is read again: by the second read at the latest.
        seconds = 2 * READ_AFTER + 5 if len(self.servers) > 1 else MARK_AFTER + 5
        with contextlib.suppress(AssertionError):  # a missing message is a violation
            self.until(have_arrived, seconds, "all messages at all clients")
        for client in self.clients:
            self.loop.call(client.note_views)

    def _note_agreement(self):
        """Note what people see of others, and of their rooms, once all servers know everything."""
        with contextlib.suppress(AssertionError):  # what differs is a violation
            self.until_people_agree()
        self.loop.call(agreement.note_people, self.clients)
        stored, found = self.stored(), {}

        def is_true():
            found.clear()
            found.update(self.loop.run(agreement.look(self.clients)))
            return agreement.is_true(found, self.clients, stored, self.journal)

        with contextlib.suppress(AssertionError):
            wait_until(is_true, AGREE_WITHIN)
        agreement.note_rooms(found, self.clients)

    def stored(self):
        """All messages of the history by room, in the format of the wire."""
        return {room: self._stored(room) for room in self.rooms}

    def _stored(self, room):
        page = self._history.since(room, BEGINNING, 1000)
        messages = list(page.messages)
        while page.more:
            page = self._history.since(room, messages[-1].id, 1000)
            messages += page.messages
        return [message.to_wire() for message in messages]

    def _fresh_violations(self):
        """The differences that a new reader finds who reads back to the beginning."""
        with contextlib.closing(Chatter(self.entrance.url, "Somebody fresh")) as fresh:
            for room, messages in self.stored().items():
                if self.read_back(fresh, room) != messages:
                    yield checker.Violation(checker.VIEW_DIFFERS, fresh.name, f"all of {room}")

    def read_back(self, chatter, room=None):
        """All messages of a room, page by page."""
        room = room or self.rooms[0]
        answer = chatter.join(room, limit=100)
        messages = answer["messages"]
        while answer["more"]:
            before = {"room": room, "before": messages[0]["id"], "limit": 100}
            answer = chatter.call("history", before)
            assert answer["ok"], answer
            messages = answer["messages"] + messages
        return messages

    def assert_promises_held(self, seconds=60):
        violations = self.violations(seconds)
        assert not violations, "\n".join(map(str, violations[:20]))

    def is_ready(self, server=None):
        return _is_ok(f"{(server or self.server).url}/readyz")

    def is_alive(self, server):
        return _is_ok(f"{server.url}/healthz")

    def close(self):
        for proxy in self.proxies:
            self.loop.call(proxy.refuse)
        self.loop.close()
        for server in filter(None, [self.balancer, *self.servers]):
            server.kill()
        self._history.close()


def who_is(url, cookies):
    """The id of the person whose page a browser with these cookies gets; None for the sign-in."""
    page = requests.get(url, cookies=cookies, timeout=10).text
    found = re.search(r'data-user-id="(\w+)"', page)
    return found and found[1]


def _is_ok(url):
    with contextlib.suppress(requests.RequestException):
        return requests.get(url, timeout=5).ok
    return False
