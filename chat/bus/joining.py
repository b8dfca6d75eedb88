"""Joins this process to the others that share its history, as `CHAT_BUS` says."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.revocations import Revocations
from chat.bus.bus import Bus
from chat.bus.connection import Connection, Unusable
from chat.bus.crossing import (
    delays,
    devices,
    limits,
    messages,
    names,
    people,
    presence,
    resends,
    revocations,
    typing,
)
from chat.bus.envelope import Envelopes
from chat.bus.lease import Lease
from chat.bus.metrics import metrics_of
from chat.bus.records import Records
from chat.bus_settings import BusAddress
from chat.delivery.allowance import Allowance
from chat.history.writer import Writer
from chat.messages.ids import MessageIds
from chat.metric import Metric
from chat.realtime.announcements import Announcements
from chat.realtime.connections import Connections
from chat.realtime.delays import Delays
from chat.realtime.namespace import ChatNamespace
from chat.realtime.own_rooms import OwnRooms
from chat.realtime.people import People
from chat.realtime.typing_indicators import TypingIndicators
from chat.settings import SettingsError
from chat.storage import History


class Parts(NamedTuple):
    """The parts of this process that are joined to those of the others."""

    history: History
    writer: Writer
    ids: MessageIds
    announcements: Announcements
    indicators: TypingIndicators
    rooms_namespace: ChatNamespace
    connections: Mapping[str, Connections]  # by namespace
    own_rooms: OwnRooms
    people: People
    delays: Delays
    known: KnownSessions
    revocations: Revocations
    names: NamesInUse | None  # None where a name belongs to an account
    disconnect: Callable[[str], None]  # ends the connections of somebody who has lost the name
    allowances: Mapping[str, Allowance]  # of all limits
    metrics: list[Metric]  # gets those of the bus, too
    start_task: Callable[..., object]  # runs a function with its arguments in the background
    sleep: Callable[[float], Any]


def join(address: BusAddress, secret_key: str, parts: Parts) -> Callable[[], None]:
    """Join the other processes.

    Args:
        address: Of the Valkey or Redis server.
        secret_key: That of the chat, the same in all processes.
        parts: Of this process.

    Returns:
        What leaves them, after this process has stored its last message.

    Raises:
        chat.settings.SettingsError: The server can't be used as the settings are.
    """
    connect = partial(Connection, address)
    envelopes = Envelopes(secret_key, parts.history.name)
    bus = Bus(connect, envelopes, parts.start_task, parts.sleep)
    _cross(bus, parts)
    parts.metrics.extend(metrics_of(bus))
    try:
        bus.start()
    except Unusable as error:
        raise SettingsError(f"CHAT_BUS: {error}") from None
    lease = _follow_records(bus, parts)

    def leave() -> None:
        lease.end(lambda: not parts.writer.waiting)
        bus.close()

    return leave


def _follow_records(bus: Bus, parts: Parts) -> Lease:
    """Follow the others by what they leave in the storage, whatever the bus loses."""
    lease = Lease(parts.history.containers, bus.process)
    parts.writer.may_write = lease.may_write
    parts.writer.subscribe(lease.stored)
    continuity = parts.announcements.continuity
    records = Records(
        parts.history.containers,
        lease,
        is_known=parts.announcements.is_known,
        suspect=continuity.suspect,
        suspect_all=continuity.suspect_all,
        elsewhere=parts.announcements.elsewhere,
        misses_nothing_of=bus.misses_nothing_of,
        sleep=parts.sleep,
    )
    bus.peers.is_there = records.is_there
    parts.start_task(records.follow)
    return lease


def _cross(bus: Bus, parts: Parts) -> None:
    """A new thing that crosses gets its line here."""
    background = parts.start_task, parts.sleep
    messages.Messages(bus, parts.writer, parts.announcements, parts.ids, *background)
    typing.Typing(bus, parts.indicators)
    presence.Presence(bus, parts.announcements, *background)
    devices.Devices(bus, parts.rooms_namespace, parts.own_rooms)
    people.People(bus, parts.people, parts.rooms_namespace.connections)
    revocations.Revocations(bus, parts.known, parts.revocations, parts.start_task)
    if parts.names:
        names.Names(bus, parts.names, parts.disconnect)
    limits.Limits(bus, parts.allowances, parts.connections)
    resends.Resends(bus, parts.writer)
    delays.Delays(bus, parts.delays)
