"""The metrics of the chat, and of its process."""

import logging
import resource
import time
from pathlib import Path

from chat.delivery.extension import SocketIO
from chat.errors import ChatError
from chat.history.writer import Writer
from chat.metric import Metric
from chat.realtime.continuity import Continuity
from chat.realtime.namespace import ChatNamespace

PAGE = resource.getpagesize()  # bytes
MEMORY = Path("/proc/self/statm")  # in pages; the second number is what is in memory
OPEN_FILES = Path("/proc/self/fd")


def metrics_of_chat(
    writer: Writer,
    continuity: Continuity,
    rooms: ChatNamespace,
    typing: ChatNamespace,
    socketio: SocketIO,
) -> list[Metric]:
    """The metrics of people and messages."""
    stored = _Count()
    writer.subscribe(stored.add)

    def refusals() -> dict[str, int]:
        codes = [each.code for each in ChatError.__subclasses__()]
        return {code: rooms.refusals[code] + typing.refusals[code] for code in codes}

    return [
        Metric(
            "gauge",
            "cloud_chat_connections",
            "Connections of people who are signed in.",
            lambda: len(rooms.connections),
        ),
        Metric(
            "gauge",
            "cloud_chat_people",
            "People who have a connection.",
            lambda: rooms.connections.people,
        ),
        Metric(
            "counter",
            "cloud_chat_messages_stored_total",
            "Messages that were stored.",
            lambda: stored.value,
        ),
        Metric(
            "counter",
            "cloud_chat_store_failures_total",
            "Attempts to send a message that failed because the history is unavailable.",
            lambda: writer.failures,
        ),
        Metric(
            "histogram",
            "cloud_chat_store_seconds",
            "Time from a message to its acknowledgement or refusal.",
            lambda: writer.waits,
        ),
        Metric(
            "gauge",
            "cloud_chat_messages_waiting",
            "Messages that wait to be stored, or are being written.",
            lambda: writer.waiting,
        ),
        Metric(
            "counter",
            "cloud_chat_gaps_mended_total",
            "Messages that nobody had told of, and that were found when their room was read again.",
            lambda: continuity.found_by_reading,
        ),
        Metric(
            "counter",
            "cloud_chat_refusals_total",
            "Events and connections that were answered with an error.",
            refusals,
            "code",
        ),
        Metric(
            "counter",
            "cloud_chat_slow_clients_dropped_total",
            "Clients that were disconnected because too much waited for them.",
            lambda: socketio.slow_clients,
        ),
    ]


class _Count:
    def __init__(self) -> None:
        self.value = 0

    def add(self, _: object) -> None:
        self.value += 1


def metrics_of_process() -> list[Metric]:
    """The metrics of the process itself; the names are those of other programs."""
    errors = _Errors(logging.ERROR)
    logging.getLogger().addHandler(errors)
    metrics = [
        Metric(
            "counter",
            "cloud_chat_errors_logged_total",
            "Lines of the levels error and critical, in the log or left out of it.",
            lambda: errors.count,
        ),
        Metric(
            "counter",
            "process_cpu_seconds_total",
            "Time of the processor that the process used.",
            time.process_time,
        ),
    ]
    if MEMORY.exists():
        metrics += [
            Metric(
                "gauge", "process_resident_memory_bytes", "Memory of the process.", _resident_memory
            ),
            Metric("gauge", "process_open_fds", "Files and sockets that are open.", _open_files),
        ]
    return metrics


class _Errors(logging.NullHandler):
    """Counts lines of the log, and needs no lock for that."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.count = 0

    def handle(self, _record: logging.LogRecord) -> bool:
        self.count += 1
        return True


def _resident_memory() -> int:
    return int(MEMORY.read_text().split()[1]) * PAGE


def _open_files() -> int:
    """Linux 6.2 and later tell the number at once; before, 10,000 files are listed in 7 ms."""
    return OPEN_FILES.stat().st_size or sum(1 for _ in OPEN_FILES.iterdir())
