"""Limits: what somebody does at several processes counts together, a second later.

Each process decides alone. In its beats it says who has done much here in the last second, and
counts what the others say. So nobody waits for the bus, and without it each counts alone.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from chat.bus.bus import Bus
from chat.delivery.allowance import Allowance
from chat.realtime.connections import Connections

TOLD = 200  # most people or addresses in one beat, for each limit


class Limits:
    """Shares what was spent of limits, and the numbers of connections.

    Args:
        bus: Tells the other processes.
        allowances: Of all limits, each with a name that is the same in all processes.
        connections: Of all namespaces, by their names.
    """

    def __init__(
        self,
        bus: Bus,
        allowances: Mapping[str, Allowance],
        connections: Mapping[str, Connections],
    ) -> None:
        self._allowances = allowances
        self._connections = connections
        self._many: dict[str, dict[str, dict[str, int]]] = {}  # by process and namespace
        for allowance in allowances.values():
            allowance.share()
        bus.beats.add("spent", self._take_spent, self._charge)
        bus.beats.add("connected", self._many_here, self._set_many)
        bus.beats.when_gone(self._forget)

    def _take_spent(self) -> dict[str, dict[Any, int]]:
        spent = {name: each.take_spent(TOLD) for name, each in self._allowances.items()}
        return {name: units for name, units in spent.items() if units}

    def _charge(self, _sender: str, spent: dict[str, dict[str, int]]) -> None:
        for name, by_key in spent.items():
            if allowance := self._allowances.get(name):
                for key, units in by_key.items():
                    allowance.charge(key, units)

    def _many_here(self) -> dict[str, dict[str, int]]:
        return {
            name: dict(Counter(each.many()).most_common(TOLD))
            for name, each in self._connections.items()
        }

    def _set_many(self, sender: str, many: dict[str, dict[str, int]]) -> None:
        self._many[sender] = many
        self._add_up()

    def _forget(self, process: str, _is_planned: bool) -> None:
        if self._many.pop(process, None):
            self._add_up()

    def _add_up(self) -> None:
        for name, connections in self._connections.items():
            total: Counter[str] = Counter()
            for many in self._many.values():
                total.update(many.get(name, {}))
            connections.elsewhere = total
