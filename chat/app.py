"""The application factory: the only place where the parts of the chat meet."""

import atexit
import logging
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.last_seen import LastSeen
from chat.accounts.profiles import Profiles
from chat.accounts.revocations import Revocations
from chat.accounts.session_cookie import session_of
from chat.clocks import NeverBack
from chat.delivery.allowance import Allowance
from chat.delivery.extension import SocketIO
from chat.errors import Unavailable
from chat.history.expiry import Expiry
from chat.history.newest_ids import NewestIds
from chat.history.reader import Reader
from chat.history.writer import Writer
from chat.messages.ids import MessageIds
from chat.messages.message import largest_packet
from chat.process.commands import add_commands, is_serving, warn_of_debugger
from chat.process.file_limit import raise_file_limit
from chat.process.lifecycle import Lifecycle
from chat.process.off_the_hub import off_the_hub
from chat.process.publishing import publish
from chat.rate_limit import RateLimit
from chat.realtime.announcements import Announcements
from chat.realtime.broadcasts import ROOMS_NAMESPACE, TYPING_NAMESPACE, Broadcasts
from chat.realtime.choosing import Choosing
from chat.realtime.connections import Connections
from chat.realtime.delays import Delays
from chat.realtime.devices import Devices
from chat.realtime.endings import Endings
from chat.realtime.joining import Joining
from chat.realtime.lateness import Lateness
from chat.realtime.namespace import ChatNamespace, Rules
from chat.realtime.own_rooms import OwnRooms
from chat.realtime.people import People
from chat.realtime.people_limit import PeopleLimit
from chat.realtime.reading import Reading
from chat.realtime.sending import Sending
from chat.realtime.typing_indicators import TypingIndicators
from chat.rooms.access import Access
from chat.rooms.configured import configured_rooms
from chat.settings import Settings, load_settings
from chat.storage import History, open_history
from chat.web.application import make_flask, wrap
from chat.web.origins import check_origin
from chat.web.secret_key import secret_keys
from chat.web.site import Connected, add_site
from chat.web.ways_in import Surroundings, WayIn, create_way_in

log = logging.getLogger(__name__)

# Starts a function in the background, and waits there for some seconds.
InBackground = tuple[Callable[..., Any], Callable[[float], Any]]

# Sessions of members beyond CHAT_SOCKETS: they connect only to get an error that people can read,
# "The chat is full.", instead of the HTTP status 503.
SPARE_SESSIONS = 500


def create_app(settings: Settings | None = None) -> Flask:
    """The application.

    Args:
        settings: None to read them from the environment.

    Raises:
        chat.settings.SettingsError: A setting is invalid, or the history can't be used.
    """
    settings = settings or load_settings()
    rooms = configured_rooms(settings.rooms)
    history = _open_history(settings)
    # Nothing was read or written until here: a bad setting stops the start without an effect.
    app = make_flask(secret_keys(settings) if is_serving() else ())
    _check(history)

    def member_of(environ: dict[str, Any]) -> str | None:
        signed_in = sessions.owner(session_of(app, environ))
        return signed_in and signed_in.person.id

    socketio = _make_socketio(settings, member_of)

    in_rooms, in_typing = _make_connections(settings), _make_connections(settings)
    in_background = socketio.start_background_task, socketio.sleep
    ids = MessageIds(NeverBack(lambda: max(time.time(), history.now() or 0)))
    known = KnownSessions(history.accounts, ids, *in_background)
    endings = Endings(known)
    way_in = create_way_in(
        Surroundings(
            settings,
            known,
            history.accounts,
            lambda id_: in_rooms.is_connected(id_) or in_typing.is_connected(id_),
            endings.of_person,
            endings.of_session,
            *in_background,
        )
    )
    sessions = way_in.sessions
    access = Access(rooms)
    rules = Rules(
        sessions,
        access,
        RateLimit("events", settings.event_rate, 10),
        RateLimit("connections", settings.event_rate, 10),
    )

    broadcasts = Broadcasts(socketio)
    _delete_expired(history, settings, [room.id for room in rooms])
    reader = Reader(history, ids, settings.page_size)
    newest = NewestIds(reader)
    announcements = Announcements(broadcasts, reader, newest, in_rooms, socketio)
    writer = Writer(history, ids)
    writer.subscribe(announcements.message)

    send_rate = PeopleLimit("messages", settings.send_rate, 10)
    # The handlers of events register themselves with their namespace.
    rooms_namespace = ChatNamespace(ROOMS_NAMESPACE, rules, in_rooms)
    _handle_messages(
        rooms_namespace, reader, writer, announcements, send_rate, settings, in_background
    )
    own_rooms = _keep_devices_alike(rooms_namespace, history, newest, broadcasts, ids, socketio)
    last_seen = LastSeen(history.accounts, socketio.sleep)
    people = _tell_who_is_here(rooms_namespace, history, last_seen)
    delays = Delays(rooms_namespace, broadcasts, *in_background)
    typing_namespace = ChatNamespace(TYPING_NAMESPACE, rules, in_typing)
    indicators = TypingIndicators(typing_namespace, broadcasts)

    lifecycle = Lifecycle(history, writer, broadcasts, in_rooms, own_rooms.markers, socketio)
    connected = Connected(
        is_here=lambda key: bool(in_rooms.sids(*key)),
        session_ended=endings.of_session,
        renamed=endings.of_former,
        revoked=endings.revoked,
        forget=people.profiles.forget,
    )
    add_site(
        app,
        settings,
        way_in,
        access,
        rules.event_rate,
        reader,
        history,
        known,
        connected,
        lifecycle.is_ready,
    )
    _open(socketio, (rooms_namespace, typing_namespace), endings, announcements)
    add_commands(app, history)
    wrap(app, socketio, settings)
    revocations = Revocations(history.accounts, endings.revoked, socketio.sleep)
    _follow_sessions(revocations, endings, way_in, in_rooms, last_seen, in_background)
    metrics = publish(
        settings, writer, announcements, rooms_namespace, typing_namespace, lifecycle, socketio
    )
    if settings.bus and is_serving():
        from chat.bus.joining import Parts, join

        parts = Parts(
            history,
            writer,
            ids,
            announcements,
            indicators,
            rooms_namespace,
            {ROOMS_NAMESPACE: in_rooms, TYPING_NAMESPACE: in_typing},
            own_rooms,
            people,
            delays,
            known,
            revocations,
            way_in.names,
            endings.of_person,
            _allowances(rules, send_rate, way_in),
            metrics,
            *in_background,
        )
        lifecycle.when_stopped(join(settings.bus_server, str(app.secret_key), parts))
    raise_file_limit(settings.sockets)
    warn_of_debugger()
    app.drain = lifecycle.drain  # type: ignore[attr-defined]  # the gunicorn worker calls it
    return app


def _make_socketio(
    settings: Settings, member_of: Callable[[dict[str, Any]], str | None]
) -> SocketIO:
    return SocketIO(
        async_handlers=False,  # the events of one client are handled in their order
        max_http_buffer_size=largest_packet(settings.message_length),
        max_unsent_bytes=settings.socket_buffer or sys.maxsize,
        max_handshakes=settings.event_rate,
        member_of=member_of,
        max_sessions=settings.sockets + SPARE_SESSIONS if settings.sockets else sys.maxsize,
        cors_allowed_origins=check_origin(settings.origins),
    )


def _make_connections(settings: Settings) -> Connections:
    return Connections(settings.sockets, settings.sockets_per_user, settings.sockets_per_address)


def _open_history(settings: Settings) -> History:
    history = open_history(settings.history, settings.retention_days)
    _close_at_the_end(history)
    return off_the_hub(history)


def _check(history: History) -> None:
    if is_serving():
        try:
            history.check()
        except Unavailable as error:
            log.warning("Starting without the history, which may come back: %s", error)


def _delete_expired(history: History, settings: Settings, room_ids: list[str]) -> None:
    if is_serving() and settings.retention_days and not history.expires_by_itself:
        Expiry(history, room_ids).start()


def _handle_messages(
    rooms_namespace: ChatNamespace,
    reader: Reader,
    writer: Writer,
    announcements: Announcements,
    send_rate: PeopleLimit,
    settings: Settings,
    in_background: InBackground,
) -> None:
    lateness = Lateness(rooms_namespace.connections, *in_background)
    presence, continuity = announcements.presence, announcements.continuity
    Joining(rooms_namespace, reader, presence, continuity, lateness)
    Sending(rooms_namespace, writer, lateness, send_rate, settings.message_length)
    Reading(rooms_namespace, reader)


def _keep_devices_alike(
    rooms_namespace: ChatNamespace,
    history: History,
    newest: NewestIds,
    broadcasts: Broadcasts,
    ids: MessageIds,
    socketio: SocketIO,
) -> OwnRooms:
    """Handle what the devices of a person share."""
    devices = Devices(rooms_namespace.connections, broadcasts)
    Choosing(rooms_namespace, history.memberships, devices, ids)
    return OwnRooms(rooms_namespace, history.memberships, newest, devices, ids, socketio)


def _tell_who_is_here(
    rooms_namespace: ChatNamespace, history: History, last_seen: LastSeen
) -> People:
    people = People(rooms_namespace, Profiles(history.accounts, last_seen))
    rooms_namespace.when_connected(lambda connection: last_seen.note(connection.key))
    rooms_namespace.when_disconnected(lambda connection: last_seen.note(connection.key))
    return people


def _open(
    socketio: SocketIO,
    namespaces: Sequence[ChatNamespace],
    endings: Endings,
    announcements: Announcements,
) -> None:
    for namespace in namespaces:
        socketio.on_namespace(namespace)
    endings.watch(namespaces, announcements.presence)


def _follow_sessions(
    revocations: Revocations,
    endings: Endings,
    way_in: WayIn,
    connections: Connections,
    last_seen: LastSeen,
    in_background: InBackground,
) -> None:
    """Sessions also end elsewhere: in other processes, at the provider, with their last day."""
    if is_serving():
        start, sleep = in_background
        start(revocations.follow)
        start(endings.of_outlasted, sleep)
        start(endings.of_refuted, way_in.sessions.refuted, sleep)
        start(last_seen.follow)
        way_in.watch(connections.sessions)


def _allowances(rules: Rules, send_rate: PeopleLimit, way_in: WayIn) -> dict[str, Allowance]:
    """The limits that count over all containers."""
    return {
        "events": rules.event_rate.allowance,
        "connections": rules.connection_rate.allowance,
        "messages": send_rate.of_person.allowance,
        "messages of an address": send_rate.of_address.allowance,
        **way_in.allowances,
    }


def _close_at_the_end(history: History) -> None:
    """Close the history at the exit: `drain` isn't called after Ctrl-C, nor by `flask run`."""
    reference = weakref.ref(history)

    def close() -> None:
        if still_used := reference():
            still_used.close()

    atexit.register(close)
