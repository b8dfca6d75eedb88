"""The reactor and its connections: an error of one affects no other."""

from tests.delivery.patched import run_patched

SETUP = """
import os, socket, struct
from chat.delivery import frames, websocket
from chat.delivery.reactor import READABLE, Reactor
from chat.delivery.transport import Limits
from chat.delivery.websocket import CLOSED, WebSocket

LINGER = websocket.LINGER = 0.05
reactor = Reactor(tick=0.01)

class Owner:
    def __init__(self):
        self.losses = []
    def received(self, message):
        pass
    def spend(self):
        return True
    def lost(self, error):
        self.losses.append(error)

class Item:
    due = None
    def expired(self):
        self.is_over = True

def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs

def full():
    '''A WebSocket whose peer doesn't read, and whose buffer takes up the whole budget.'''
    ours, theirs = pair()
    full = WebSocket(ours, reactor, Limits(1000, 10_000_000), Owner())
    full.send(frames.text_frame("x" * 2_000_000))
    full.flush()
    reactor.held._most = reactor.held._total
    assert full.unsent == reactor.held._total > 0
    return full, theirs

def check_dropped(websocket):
    '''Check that it is closed, and that other timeouts still fire.'''
    assert websocket._state == CLOSED
    assert websocket.due is None
    assert not reactor.held._sizes
    other = Item()
    reactor.timeouts.set(other, 2 * LINGER)
    while other.due is not None:
        eventlet.sleep(0.01)
    assert other.is_over
"""


def test_a_connection_may_be_dropped_by_its_own_close():
    run_patched(f"""{SETUP}
it, peer = full()
it.close(frames.NORMAL, "bye")
assert it.owner.losses == [], "the owner has closed it itself"
check_dropped(it)
""")


def test_a_connection_that_breaks_a_rule_may_be_dropped_by_its_own_close():
    run_patched(f"""{SETUP}
it, peer = full()
it.arrived(b"\\x81\\x02hi")
assert it.owner.losses == ["frame is not masked"], it.owner.losses
check_dropped(it)
""")


def test_nothing_is_queued_for_a_connection_that_turns_out_to_be_broken():
    run_patched(f"""{SETUP}
it, peer = full()
peer.close()
it.send(frames.text_frame("x" * 9_000_000))
assert len(it.owner.losses) == 1, it.owner.losses
assert it.unsent == 0
check_dropped(it)
""")


def test_a_connection_that_cannot_be_flushed_is_dropped_and_the_others_are_flushed():
    run_patched(f"""{SETUP}
log = []
class Connection:
    def __init__(self, fails):
        self.fails = fails
    def flush(self):
        log.append("flush")
        if self.fails:
            raise KeyError("bug")
    def abort(self):
        log.append("abort")
for fails in (False, True, False):
    reactor.flush_soon(Connection(fails))
eventlet.sleep(0.01)
assert log == ["flush", "flush", "abort", "flush"], log
""")


def test_what_happened_to_a_connection_reaches_no_later_one_with_its_descriptor():
    """The first takes so long that the second is served in a later turn; it has gone by then."""
    run_patched(f"""{SETUP}
calls = []
class Connection:
    def __init__(self, name):
        self.name = name
        self.socket, self.peer = pair()
    def ready(self, events):
        calls.append(self.name)
    def abort(self):
        calls.append("abort")
class Once(Connection):
    def ready(self, events):
        super().ready(events)
        reactor.remove(self.socket.fileno())
class Slow(Once):
    def ready(self, events):
        super().ready(events)
        eventlet.patcher.original("time").sleep(2 * SHARE)
        hubs.get_hub().schedule_call_global(0, replace)
slow, old, newcomer, third = Slow("slow"), Connection("old"), Connection("newcomer"), Once("third")
def replace():
    fd = old.socket.fileno()
    reactor.remove(fd)
    os.dup2(newcomer.socket.fileno(), fd)
    reactor.add(fd, newcomer, READABLE)
    calls.append("replaced")
    third.peer.close()
reactor.add(third.socket.fileno(), third, READABLE)
for each, events in ((slow, READABLE), (old, 0)):
    reactor.add(each.socket.fileno(), each, events)
    each.peer.close()
while "third" not in calls:
    eventlet.sleep(0.001)
assert calls == ["slow", "replaced", "third"], calls
""")


TWO = f"""{SETUP}
from tests.delivery.client import masked

order = []

class Named(Owner):
    def __init__(self, name):
        super().__init__()
        self.name = name
    def received(self, message):
        order.append(self.name)

def connection(name, busy):
    '''A WebSocket that counts as new for so many seconds, and its peer.'''
    websocket.BUSY = busy
    ours, theirs = pair()
    return WebSocket(ours, reactor, Limits(1000, 1000), Named(name)), theirs

def until(condition):
    while not condition():
        eventlet.sleep(0.001)

def somebody_waits():
    '''A task that waits for a turn, again and again.'''
    reactor.turns.later(somebody_waits)

newcomer, of_newcomer = connection("newcomer", 60)
established, of_established = connection("established", 0)
"""


def test_who_has_just_come_waits_for_a_turn_if_others_do():
    run_patched(f"""{TWO}
of_newcomer.send(masked(b"4"))
of_established.send(masked(b"4"))
somebody_waits()
until(lambda: len(order) == 2)
assert order == ["established", "newcomer"], order
""")


def test_who_has_just_come_is_served_at_once_if_nobody_waits():
    run_patched(f"""{TWO}
of_newcomer.send(masked(b"4"))
of_established.send(masked(b"4"))
until(lambda: len(order) == 2)
assert order == ["newcomer", "established"], order
""")


def test_what_comes_after_a_close_waits_for_a_turn_if_others_do():
    run_patched(f"""{TWO}
leaving, of_leaving = connection("leaving", 0)
leaving.close(frames.NORMAL)
eventlet.sleep(0)
of_leaving.send(b"x" * 1000)
of_established.send(masked(b"4"))
seen = []
established.owner.received = lambda message: seen.append(leaving._leftovers)
somebody_waits()
until(lambda: seen and leaving._leftovers)
assert seen == [0], "the leftovers were read first"
of_leaving.close()
until(lambda: leaving._state == CLOSED)
""")


PAUSED = f"""{TWO}
from chat.delivery.reactor import RECEIVE

MESSAGE = masked(b"4")

def pause():
    '''An established connection that doesn't read, whatever it is told.'''
    established.pause()
    return established, of_established

def told(websocket):
    '''Let the reactor tell what has arrived; it does so once.'''
    until(lambda: websocket._arrived)
    eventlet.sleep(0.01)
"""


def test_what_arrived_during_a_pause_is_read_after_it():
    run_patched(f"""{PAUSED}
it, peer = pause()
peer.send(MESSAGE)
told(it)
assert not order
it.resume()
until(lambda: order)
""")


def test_all_that_arrived_during_a_pause_is_read_however_long_it_is():
    run_patched(f"""{PAUSED}
it, peer = pause()
count = 2 * RECEIVE // len(MESSAGE) + 1
peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * RECEIVE)
peer.sendall(MESSAGE * count)
told(it)
it.resume()
until(lambda: len(order) == count)
""")


def test_an_end_that_arrived_with_data_is_noticed_after_it():
    run_patched(f"""{PAUSED}
it, peer = pause()
peer.send(MESSAGE)
peer.shutdown(socket.SHUT_WR)
told(it)
it.resume()
until(lambda: it._state == CLOSED)
assert order == ["established"], order
assert it.owner.losses == [None], it.owner.losses
""")


def test_an_end_that_arrived_during_a_pause_is_noticed_by_a_close():
    run_patched(f"""{PAUSED}
websocket.LINGER = 60
it, peer = pause()
peer.shutdown(socket.SHUT_WR)
told(it)
it.close(frames.NORMAL)
until(lambda: it._state == CLOSED)
""")


def test_a_broken_connection_is_given_up_during_a_pause():
    run_patched(f"""{PAUSED}
server = socket.create_server(("127.0.0.1", 0))
peer = socket.create_connection(server.getsockname())
ours, _ = server.accept()
ours.setblocking(False)
it = WebSocket(ours, reactor, Limits(1000, 1000), Named("broken"))
it.pause()
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # resets
peer.close()
until(lambda: it._state == CLOSED)
""")


def test_who_is_left_for_the_next_turn_is_served_though_nothing_arrives_any_more():
    run_patched(f"""{PAUSED}
class Slow(Named):
    def received(self, message):
        super().received(message)
        eventlet.patcher.original("time").sleep(2 * SHARE)
eventlet.sleep(0)
established.owner, newcomer.owner = Slow("established"), Slow("newcomer")
of_newcomer.send(MESSAGE)
of_established.send(MESSAGE)
until(lambda: len(order) == 2)
""")
