"""Where the metrics are told: to Prometheus, in the log, or nowhere."""

from collections.abc import Sequence

from chat.delivery.extension import SocketIO
from chat.history.writer import Writer
from chat.metric import Metric
from chat.process.commands import is_serving, is_watching
from chat.process.lifecycle import Lifecycle
from chat.process.metrics import metrics_of_chat, metrics_of_process
from chat.process.metrics_log import MetricsLog
from chat.process.metrics_port import MetricsPort, listen
from chat.realtime.announcements import Announcements
from chat.realtime.namespace import ChatNamespace
from chat.settings import Settings


def publish(
    settings: Settings,
    writer: Writer,
    announcements: Announcements,
    rooms: ChatNamespace,
    typing: ChatNamespace,
    lifecycle: Lifecycle,
    socketio: SocketIO,
) -> list[Metric]:
    """Tell the metrics as the settings say, until the process ends.

    Returns:
        The metrics, to which others can be added.

    Raises:
        SettingsError: The address for Prometheus can't be served on.
    """
    metrics: list[Metric] = []
    if is_watching():  # it only checks the address, which the process that serves needs
        if settings.metrics:
            listen(settings.metrics).close()
    elif is_serving() and (settings.metrics or settings.metrics_log):
        continuity = announcements.continuity
        metrics += metrics_of_chat(writer, continuity, rooms, typing, socketio)
        metrics += metrics_of_process()
        if settings.metrics:
            _serve(settings.metrics, metrics, lifecycle, socketio)
        if settings.metrics_log:
            name, seconds = settings.metrics_namespace, settings.metrics_log
            lines = MetricsLog(metrics, name, seconds, socketio.sleep)
            socketio.start_background_task(lines.run)
    return metrics


def _serve(
    address: str, metrics: Sequence[Metric], lifecycle: Lifecycle, socketio: SocketIO
) -> None:
    from chat.process.metrics_text import MetricsText  # takes memory

    start_task, sleep = socketio.start_background_task, socketio.sleep
    port = MetricsPort(listen(address), MetricsText(metrics), start_task, sleep)
    lifecycle.when_stopping(port.close)
    start_task(port.serve)
