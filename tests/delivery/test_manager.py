import itertools

import pytest
import socketio

from chat.delivery.manager import Manager
from chat.delivery.packets import Packet

NS = "/rooms"


class FakeServer:
    packet_class = Packet

    def __init__(self):
        self.eio = self
        self.delivered = []
        self._ids = itertools.count()

    def generate_id(self):
        return f"sid{next(self._ids)}"

    def deliver(self, eio_sids, text):
        self.delivered.append((sorted(eio_sids), text))


@pytest.fixture
def server():
    return FakeServer()


@pytest.fixture
def manager(server):
    manager = Manager()
    manager.set_server(server)
    return manager


def connect(manager, *eio_sids, namespace=NS):
    sids = [manager.pre_connect(eio_sid, namespace) for eio_sid in eio_sids]
    for sid in sids:
        manager.connect(sid, namespace)
    return sids


def receivers(server):
    [(eio_sids, _)] = server.delivered
    server.delivered.clear()
    return eio_sids


def test_an_event_is_encoded_once_and_goes_to_all_in_the_room(manager, server):
    a, b, _c = connect(manager, "A", "B", "C")
    for sid in (a, b):
        manager.enter_room(sid, NS, "lobby")
    manager.emit("message", {"text": "é"}, NS, room="lobby")
    assert server.delivered == [(["A", "B"], '2/rooms,["message",{"text":"é"}]')]


def test_a_tuple_is_several_arguments_and_none_is_no_argument(manager, server):
    connect(manager, "A")
    manager.emit("both", (1, 2), NS)
    manager.emit("neither", None, NS)
    assert [text for _, text in server.delivered] == ['2/rooms,["both",1,2]', '2/rooms,["neither"]']


@pytest.mark.parametrize("container", [set, list, tuple, frozenset, dict.fromkeys])
def test_whole_sets_of_clients_can_be_skipped(manager, server, container):
    a, b, c = connect(manager, "A", "B", "C")
    manager.emit("activity", {}, NS, skip_sid=container([a, c]))
    assert receivers(server) == ["B"]
    manager.emit("activity", {}, NS, skip_sid=b)
    assert receivers(server) == ["A", "C"]


def test_nothing_is_encoded_for_nobody(manager, server):
    [a] = connect(manager, "A")
    manager.emit("message", object(), NS, room="empty")
    manager.emit("message", object(), NS, skip_sid=a)
    manager.emit("message", object(), "/elsewhere")
    assert server.delivered == []


def test_several_rooms_reach_each_member_once(manager, server):
    a, b, c = connect(manager, "A", "B", "C")
    manager.enter_room(a, NS, "one")
    manager.enter_room(a, NS, "two")
    manager.enter_room(b, NS, "two")
    manager.emit("message", 1, NS, room=["one", "two", c])
    assert receivers(server) == ["A", "B", "C"]


def test_what_goes_to_clients_one_by_one_leaves_out_those_who_have_gone(manager, server):
    a, b = connect(manager, "A", "B")
    manager.disconnect(b, NS)
    manager.emit("message", 1, NS, to=[a, b, "never there"])
    assert receivers(server) == ["A"]


def test_a_sid_is_a_room_that_only_its_client_is_in(manager, server):
    a, b = connect(manager, "A", "B")
    manager.emit("message", 1, NS, to=b)
    assert receivers(server) == ["B"]
    with pytest.raises(ValueError, match="sid room"):
        manager.enter_room(a, NS, b)
    manager.enter_room(a, NS, a)
    assert manager.get_rooms(a, NS) == [a]


def test_who_is_not_let_in_yet_gets_nothing_that_is_for_everyone(manager, server):
    connect(manager, "A")
    pending = manager.pre_connect("B", NS)
    manager.emit("secret", 1, NS)
    assert receivers(server) == ["A"]
    manager.connect(pending, NS)
    manager.emit("secret", 1, NS)
    assert receivers(server) == ["A", "B"]


def test_who_is_not_connected_enters_no_room(manager):
    with pytest.raises(ValueError, match="not connected"):
        manager.enter_room("nobody", NS, "lobby")
    connect(manager, "A")
    with pytest.raises(ValueError, match="not connected"):
        manager.enter_room("nobody", NS, "lobby")


def test_leaving_is_final_and_the_last_one_takes_the_room_along(manager, server):
    a, b = connect(manager, "A", "B")
    for sid in (a, b):
        manager.enter_room(sid, NS, "lobby")
    manager.leave_room(a, NS, "lobby")
    manager.leave_room(a, NS, "lobby")
    manager.leave_room(a, NS, "never joined")
    manager.emit("message", 1, NS, room="lobby")
    assert receivers(server) == ["B"]
    manager.leave_room(b, NS, "lobby")
    assert "lobby" not in manager.rooms[NS]


def test_who_enters_twice_leaves_once(manager):
    [a] = connect(manager, "A")
    manager.enter_room(a, NS, "lobby")
    manager.enter_room(a, NS, "lobby")
    assert manager.get_rooms(a, NS) == [a, "lobby"]
    manager.leave_room(a, NS, "lobby")
    assert manager.get_rooms(a, NS) == [a]


def test_a_room_can_be_closed(manager, server):
    a, b = connect(manager, "A", "B")
    for sid in (a, b):
        manager.enter_room(sid, NS, "lobby")
    manager.close_room("lobby", NS)
    assert manager.get_rooms(a, NS) == [a]
    with pytest.raises(ValueError, match="sid room"):
        manager.close_room(b, NS)


def test_disconnecting_leaves_nothing_behind(manager):
    [a] = connect(manager, "A")
    for room in range(100):
        manager.enter_room(a, NS, str(room))
    manager._generate_ack_id(a, print)
    assert manager.pre_disconnect(a, NS) == "A"
    assert not manager.is_connected(a, NS)
    manager.disconnect(a, NS)
    assert manager.rooms == {NS: {None: {}}}
    assert manager._sids == {NS: {}}
    assert manager._joined == {NS: {}}
    assert manager.callbacks == {}
    assert not manager.pending_disconnect[NS]
    assert not manager.is_used("A")


def test_disconnecting_looks_at_no_room_of_others(manager):
    class Untouchable(dict):
        def __contains__(self, _key):
            raise AssertionError("a room of others was looked at")

    a, b = connect(manager, "A", "B")
    manager.enter_room(b, NS, "theirs")
    manager.rooms[NS]["theirs"] = Untouchable(manager.rooms[NS]["theirs"])
    manager.enter_room(a, NS, "ours")
    manager.pre_disconnect(a, NS)
    manager.disconnect(a, NS)


def test_a_client_has_one_sid_for_each_namespace(manager):
    [a] = connect(manager, "A")
    assert manager.pre_connect("A", NS) is None
    [other] = connect(manager, "A", namespace="/typing")
    assert other != a
    assert manager.sid_from_eio_sid("A", NS) == a
    assert manager.eio_sid_from_sid(a, NS) == "A"
    manager.disconnect(a, NS)
    assert manager.is_used("A")
    manager.disconnect(other, "/typing")
    assert not manager.is_used("A")


def test_acknowledgements_find_their_callbacks(manager, server):
    a, b = connect(manager, "A", "B")
    answers = []
    manager.emit("question", 1, NS, to=[a, b], callback=lambda *answer: answers.append(answer))
    assert server.delivered == [
        (["A"], '2/rooms,1["question",1]'),
        (["B"], '2/rooms,1["question",1]'),
    ]
    manager.trigger_callback(a, 1, ["yes", 2])
    assert answers == [("yes", 2)]


def test_a_manager_for_several_processes_can_be_put_on_top(server):
    class Bus(socketio.PubSubManager, Manager):
        published = ()

        def _publish(self, data):
            self.published = (*self.published, data)

    bus = Bus()
    bus.set_server(server)
    [a] = connect(bus, "A")
    bus.enter_room(a, NS, "lobby")
    bus.emit("message", 1, NS, room="lobby")
    assert receivers(server) == ["A"]
    assert bus.published[0]["room"] == "lobby"
