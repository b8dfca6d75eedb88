"""A resend doesn't wait for a first attempt that another process refused."""

from types import SimpleNamespace

from chat.bus.crossing.resends import Resends
from tests.bus.crossing.wires import Wire


def process(bus, *refused):
    writer = SimpleNamespace(was_refused=lambda key: key in refused, was_refused_elsewhere=None)
    Resends(bus, writer)
    return writer


def test_what_another_process_refused():
    wire = Wire()
    here, *_ = [
        process(wire.bus()),
        process(wire.bus(), ("ann", "1")),
        process(wire.bus(), ("ben", "2")),
    ]
    assert here.was_refused_elsewhere(("ann", "1"))
    assert here.was_refused_elsewhere(("ben", "2"))
    assert not here.was_refused_elsewhere(("ann", "2"))
