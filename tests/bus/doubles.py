"""Records in memory that a test can make unreachable."""

from chat.errors import Unavailable
from chat.storage.containers import ContainerRecord, Containers


class MemoryContainers(Containers):
    """Records that several processes share, each through a `View`."""

    def __init__(self):
        self.records = {}
        self.takes_writes = self.takes_reads = True

    def renew(self, process, renewals, newest):
        self._require(self.takes_writes)
        if process not in self.records or self.records[process].renewals < renewals:
            self.records[process] = ContainerRecord(process, renewals, newest)

    def all(self):
        self._require(self.takes_reads)
        return list(self.records.values())

    def remove(self, process):
        self._require(self.takes_writes)
        self.records.pop(process, None)

    def _require(self, is_reached):
        if not is_reached:
            raise Unavailable("down")

    def named(self, process):
        """What the record of a process names."""
        return self.records[process].newest
