"""The metrics of the bus."""

from types import SimpleNamespace

from chat.bus.metrics import metrics_of
from tests.servers import ROOT


def test_they_are_read_from_the_bus_and_explained_to_operators():
    beats = SimpleNamespace(is_working=True)
    bus = SimpleNamespace(
        beats=beats, peers=SimpleNamespace(speaking={"a", "b"}), gaps=3, dropped=4
    )
    metrics = metrics_of(bus)
    assert {each.name: each.read() for each in metrics} == {
        "cloud_chat_bus_up": 1,
        "cloud_chat_neighbours": 2,
        "cloud_chat_bus_gaps_total": 3,
        "cloud_chat_publications_dropped_total": 4,
    }
    beats.is_working = False
    assert metrics[0].read() == 0
    page = (ROOT / "docs/operate.md").read_text()
    assert not [each.name for each in metrics if f"| `{each.name}` |" not in page]
