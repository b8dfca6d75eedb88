"""The other processes of the chat, followed by their records: the bus may lose what they tell."""

import logging
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from chat.bus.lease import DEAD_AFTER, NAMED_FOR, RENEW_EVERY, Lease
from chat.clocks import steady
from chat.errors import Unavailable
from chat.storage.containers import ROOMS_AT_MOST, ContainerRecord, Containers

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Peer:
    """What is known of another process."""

    renewals: int = 0
    newest: Mapping[str, str] = field(default_factory=dict)
    unchanged_for: float = 0.0  # seconds
    is_lost: bool = False


class Records:
    """Reads the records of all processes, and says which rooms have to be read because of them.

    Everybody who lives sees a message of another process within two turns, whatever the bus does.
    Of a process that has died, the last messages may stand in no record: so all rooms are read once
    more, when it can store nothing any more (see `lease.py`).

    Args:
        containers: The records.
        lease: That of this process; its record is renewed at each turn.
        is_known: Whether the message of that id is known here, by its room and its id. It isn't
            enough that a newer one of the room is.
        suspect: Called with a room that has to be read.
        suspect_all: Called if all rooms have to be read.
        elsewhere: Called with the room and the id of a message that wasn't known here.
        misses_nothing_of: Whether all that the process of that id publishes arrives here, or its
            loss is noticed.
        sleep: Waits for seconds.
        clock: Seconds, steady.
    """

    def __init__(
        self,
        containers: Containers,
        lease: Lease,
        *,
        is_known: Callable[[str, str], bool],
        suspect: Callable[[str], object],
        suspect_all: Callable[[], object],
        elsewhere: Callable[[str, str], object],
        misses_nothing_of: Callable[[str], bool],
        sleep: Callable[[float], Any],
        clock: Callable[[], float] = steady,
    ) -> None:
        self._containers = containers
        self._lease = lease
        self._is_known = is_known
        self._suspect = suspect
        self._suspect_all = suspect_all
        self._elsewhere = elsewhere
        self._misses_nothing_of = misses_nothing_of
        self._sleep = sleep
        self._clock = clock
        self._peers: dict[str, _Peer] = {}
        # The last read of the records that worked. The first one has missed what came before it.
        self._read_from = self._read_until = float("-inf")

    def is_there(self, process: str) -> bool:
        """Whether the record of that process says that it lives."""
        peer = self._peers.get(process)
        return peer is not None and not peer.is_lost

    def follow(self) -> None:
        """Renew and read until this process ends."""
        while not self._lease.has_ended:
            began_at = self._clock()
            self._turn()
            # Random, so that processes that start together don't go on together.
            pause = random.uniform(0.8 * RENEW_EVERY, RENEW_EVERY)  # noqa: S311
            self._sleep(max(0.0, began_at + pause - self._clock()))

    def _turn(self) -> None:
        is_renewed = self._lease.renew()
        try:
            self._read(is_renewed)
        except Unavailable:
            pass  # the cause is in the log
        except Exception:
            log.exception("The records of other processes could not be read")

    def _read(self, is_renewed: bool) -> None:
        began_at = self._clock()
        records = {record.process: record for record in self._containers.all()}
        records.pop(self._lease.process, None)
        now = self._clock()
        has_missed = now - self._read_from > NAMED_FOR
        # A time counts against others if this process could renew and read at its end, and no time
        # counts for more than a turn. So nobody looks dead because of an outage that all have.
        passed = min(now - self._read_until, RENEW_EVERY) if is_renewed else 0.0
        self._read_from, self._read_until = began_at, now
        for record in records.values():
            peer = self._peers.setdefault(record.process, _Peer())
            if record.renewals == peer.renewals:
                peer.unchanged_for += passed
            else:
                has_missed |= self._is_incomplete(record)
                self._renewed(peer, record)
        if self._take_lost(records) or has_missed:
            self._act(self._suspect_all)

    def _is_incomplete(self, record: ContainerRecord) -> bool:
        """Whether a record may lack rooms with messages that nothing else tells of either."""
        return len(record.newest) >= ROOMS_AT_MOST and not self._misses_nothing_of(record.process)

    def _renewed(self, peer: _Peer, record: ContainerRecord) -> None:
        peer.renewals, peer.unchanged_for, peer.is_lost = record.renewals, 0.0, False
        for room_id, id_ in record.newest.items():
            if peer.newest.get(room_id) != id_:
                self._act(self._look_for, room_id, id_)
        peer.newest = record.newest

    def _look_for(self, room_id: str, id_: str) -> None:
        if not self._is_known(room_id, id_):
            self._elsewhere(room_id, id_)
            self._suspect(room_id)

    def _take_lost(self, present: Collection[str]) -> list[str]:
        """The processes that have just ended or died."""
        lost = []
        for process, peer in list(self._peers.items()):
            has_ended = process not in present
            if (has_ended or peer.unchanged_for >= DEAD_AFTER) and not peer.is_lost:
                peer.is_lost = True
                lost.append(process)
                if not has_ended:
                    log.warning("The process %s gives no sign of life any more", process)
            if has_ended:
                del self._peers[process]
        return lost

    def _act(self, act: Callable[..., object], *arguments: str) -> None:
        """Act; a fault must not keep the rest from being done."""
        try:
            act(*arguments)
        except Exception:
            log.exception("What a record of another process says could not be acted on")
