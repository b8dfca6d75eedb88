"""Chats through the official Python clients, all at the same time: official_clients.py URL.

Prints what each client received, as one line of JSON; then waits until the server has restarted,
and prints another line.
"""

import asyncio
import json
import os
import sys
import threading

import socketio
from socketio.exceptions import ConnectionError as Refused

WAYS = [["websocket"], ["polling"], ["polling", "websocket"]]
RECONNECTION = {"reconnection_delay": 0.05, "reconnection_delay_max": 0.2}
NAMESPACES = ["/rooms", "/typing"]
BIG = "x" * 50_000


class Arrivals:
    """Events as they arrive; for threads and for asyncio."""

    def __init__(self):
        self._condition = threading.Condition()
        self._events = {}

    def note(self, event, payload=None):
        with self._condition:
            self._events.setdefault(event, []).append(payload)
            self._condition.notify_all()

    def next(self, event):
        with self._condition:
            assert self._condition.wait_for(lambda: self._events.get(event), 20), event
            return self._events[event].pop(0)


class Threaded:
    """The client with threads."""

    def __init__(self, name, url, transports):
        self.name, self.url, self.transports = name, url, transports
        self.arrivals = Arrivals()

    def run(self, coroutine):
        return coroutine

    def make(self):
        return socketio.Client(**RECONNECTION)


class Asynchronous(Threaded):
    """The client on asyncio, with a loop in a thread of its own."""

    loop = asyncio.new_event_loop()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def make(self):
        async def make():
            return socketio.AsyncClient(**RECONNECTION)

        return self.run(make())


def listen(client, arrivals, name):
    for event in ("message", "typing", "connect", "disconnect"):
        for namespace in NAMESPACES:
            handler = note_event(arrivals, f"{event} {namespace}")
            client.on(event, handler, namespace=namespace)
    client.on("question", lambda _data: name, namespace="/rooms")


def note_event(arrivals, what):
    return lambda *arguments: arrivals.note(what, *arguments)


def chat(kind):
    name, run, arrivals = kind.name, kind.run, kind.arrivals
    client, other = kind.make(), kind.make()
    others = Arrivals()
    listen(client, arrivals, name)
    listen(other, others, name)
    saw = {}
    try:
        run(kind.make().connect(kind.url, namespaces=["/admin"], transports=kind.transports))
    except Refused as error:
        saw["refused"] = "failed to connect" in str(error)
    for each in (client, other):
        run(each.connect(kind.url, namespaces=NAMESPACES, transports=kind.transports))
    saw["transport"] = client.transport()

    def call(event, data, namespace="/rooms", client=client):
        return run(client.call(event, data, namespace=namespace, timeout=10))

    saw["join"] = call("join", {"room": name})
    run(client.emit("ask", {}, namespace="/rooms"))
    saw["send"] = call("send", {"room": name, "text": "¡hola! 👋"})
    saw["message"] = arrivals.next("message /rooms")
    for each in (client, other):
        call("join", {"room": name}, "/typing", each)
    run(client.emit("typing", {"room": name}, namespace="/typing"))
    saw["typing"] = others.next("typing /typing")
    call("send", {"room": name, "text": BIG})
    saw["big"] = arrivals.next("message /rooms")["text"] == BIG
    run(other.disconnect())
    saw["left"] = others.next("disconnect /rooms")

    arrivals.next("connect /rooms")
    run(client.emit("close_me", {}, namespace="/rooms"))
    saw["closed"] = arrivals.next("disconnect /rooms")
    if saw["closed"] == "server disconnect":  # then the client doesn't reconnect by itself
        client = kind.make()
        listen(client, arrivals, name)
        run(client.connect(kind.url, namespaces=NAMESPACES, transports=kind.transports))
    arrivals.next("connect /rooms")
    saw["again"] = call("join", {"room": name}, client=client)
    return name, saw, client


def restart(kind, client):
    kind.arrivals.next("disconnect /rooms")
    kind.arrivals.next("connect /rooms")
    return kind.name, kind.run(client.call("join", {"room": kind.name}, "/rooms", timeout=10))


def in_threads(function, arguments):
    results = {}

    def run(index, each):
        results[index] = function(*each)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(arguments)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[index] for index in range(len(threads))]


def main(url):
    threading.Thread(target=Asynchronous.loop.run_forever, daemon=True).start()
    kinds = [
        kind(f"{label} {','.join(transports)}", url, transports)
        for label, kind in {"threads": Threaded, "asyncio": Asynchronous}.items()
        for transports in WAYS
    ]
    chats = in_threads(chat, [(kind,) for kind in kinds])
    sys.stdout.write(json.dumps({name: saw for name, saw, _ in chats}) + "\n")
    sys.stdout.flush()
    clients = [client for _, _, client in chats]
    sys.stdout.write(json.dumps(dict(in_threads(restart, zip(kinds, clients, strict=True)))) + "\n")
    sys.stdout.flush()


main(sys.argv[1])
os._exit(0)  # polling clients would wait for an answer to their GET
