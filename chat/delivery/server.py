"""The Socket.IO server: python-socketio's, with strict packets and tables that take less memory."""

from collections.abc import Iterable
from typing import Any

import engineio
import socketio
from socketio.exceptions import ConnectionRefusedError as Refused
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, EVENT

from chat.delivery.environ import Environs
from chat.delivery.manager import Manager
from chat.delivery.packets import Packet, PacketError

REJECTED = {"message": "Connection rejected by server"}


class Server(socketio.Server):  # type: ignore[misc]
    """Dispatches packets to handlers, one at a time for each client, in order.

    For development this class also runs on python-engineio's own transports, in threads.
    """

    def __init__(self, *, client_manager: Manager | None = None, **options: Any) -> None:
        super().__init__(
            client_manager=client_manager or Manager(),
            serializer=Packet,
            **options | {"async_handlers": False},
        )
        self.environ = Environs()

    # Receiving

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        try:
            self._dispatch(eio_sid, _read(data))
        except PacketError as error:
            self._reject(eio_sid, str(error))

    def _dispatch(self, eio_sid: str, packet: Packet) -> None:
        namespace = packet.namespace
        if packet.packet_type == CONNECT:
            self._handle_connect(eio_sid, namespace, packet.data)
        elif self.manager.sid_from_eio_sid(eio_sid, namespace) is None:
            raise PacketError("not connected to this namespace")
        elif packet.packet_type == EVENT:
            self._handle_event(eio_sid, namespace, packet.id, packet.data)
        elif packet.packet_type == ACK:
            self._handle_ack(eio_sid, namespace, packet.id, packet.data)
        else:
            self._handle_disconnect(eio_sid, namespace, self.reason.CLIENT_DISCONNECT)

    def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
        if not self._serves(namespace):
            self._refuse(eio_sid, namespace, {"message": "Invalid namespace"})
            return
        sid = self.manager.pre_connect(eio_sid, namespace)
        if sid is None:
            raise PacketError("already connected to this namespace")
        refusal = self._ask(eio_sid, namespace, sid, data)
        if refusal is None:
            answer = self.packet_class(CONNECT, {"sid": sid}, namespace)
            self._send_packet(eio_sid, answer)
            self.manager.connect(sid, namespace)
        else:
            self._refuse(eio_sid, namespace, refusal)
            self.manager.disconnect(sid, namespace, ignore_queue=True)

    def _serves(self, namespace: str) -> bool:
        return any(
            each in handlers
            for handlers in (self.handlers, self.namespace_handlers)
            for each in (namespace, "*")
        )

    def _ask(self, eio_sid: str, namespace: str, sid: str, data: Any) -> Any:
        """Call the connect handler; return its reason to refuse, or None if it accepts."""
        try:
            agreed = self._trigger_event("connect", namespace, sid, self.environ[eio_sid], data)
        except Refused as error:
            return error.error_args
        except Exception:
            self.logger.exception("connect handler error")
            return REJECTED
        return REJECTED if agreed is False else None

    def _refuse(self, eio_sid: str, namespace: str, why: Any) -> None:
        self._send_packet(eio_sid, self.packet_class(CONNECT_ERROR, why, namespace))

    def _reject(self, eio_sid: str, _error: str) -> None:
        self.eio.disconnect(eio_sid)

    # The end

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        for namespace in list(self.manager.get_namespaces()):
            self._handle_disconnect(eio_sid, namespace, reason)
        self.environ.pop(eio_sid, None)

    def _handle_disconnect(self, eio_sid: str, namespace: str, reason: str | None = None) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if sid is None:
            return
        if self.manager.is_connected(sid, namespace):
            self.manager.pre_disconnect(sid, namespace)
            self._trigger_event("disconnect", namespace, sid, reason)
        self.manager.disconnect(sid, namespace, ignore_queue=True)

    def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        """Run a handler. Exceptions of disconnect handlers are only logged: clean-up goes on."""
        try:
            return super()._trigger_event(event, namespace, *args)
        except Exception:
            if event != "disconnect":
                raise
            self.logger.exception("disconnect handler error")
            return None

    # Sending

    def deliver(self, eio_sids: Iterable[str], text: str) -> None:
        """Send an encoded packet to many clients."""
        packet = engineio.packet.Packet(engineio.packet.MESSAGE, text)
        for eio_sid in list(eio_sids):
            self._send_eio_packet(eio_sid, packet)


def _read(data: str | bytes) -> Packet:
    if not data or not isinstance(data, str):
        raise PacketError("malformed packet")
    return Packet(encoded_packet=data)


def hub_server(**options: Any) -> Server:
    """Return a server whose connections are served by eventlet's hub."""
    # Imported here, so that processes without eventlet don't load it.
    from chat.delivery.engine import Engine

    class HubServer(Server):
        """A `Server` on our own Engine.IO server."""

        def _engineio_server_class(self) -> type[Engine]:
            return Engine

        def deliver(self, eio_sids: Iterable[str], text: str) -> None:
            self.eio.broadcast(eio_sids, text)

        def _dispatch(self, eio_sid: str, packet: Packet) -> None:
            if self._is_free(eio_sid, packet) or self.eio.spend(eio_sid):
                super()._dispatch(eio_sid, packet)

        def _is_free(self, eio_sid: str, packet: Packet) -> bool:
            """Whether a packet isn't charged: an event, or an acknowledgement that we asked for."""
            if packet.packet_type == ACK:
                sid = self.manager.sid_from_eio_sid(eio_sid, packet.namespace)
                return packet.id in self.manager.callbacks.get(sid, ())
            return bool(packet.packet_type == EVENT)

        def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
            super()._handle_connect(eio_sid, namespace, data)
            self.eio.answered(eio_sid)

        def _reject(self, eio_sid: str, error: str) -> None:
            self.eio.reject(eio_sid, error)

    server = HubServer(**options)
    server.eio.is_used = server.manager.is_used
    return server
