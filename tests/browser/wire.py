"""A connection between a browser and the server that can lose and delay packets."""

import json

from tests.waiting import wait_until


class Wire:
    """Carries the packets of one page. It has to be made before the page is opened.

    `to_server` and `to_browser` get each packet and return the packet to forward; None loses it.
    They can be replaced at any time.
    """

    def __init__(self, page):
        self.page = page
        self.to_server = self.to_browser = pass_on
        self.sent = []
        page.route_web_socket("**/socket.io/**", self._connected)

    def carry_all(self):
        """Block long polling: pages fall back to it if a WebSocket fails, and it bypasses this."""
        self.page.route("**/socket.io/*transport=polling*", lambda route: route.abort())

    def _connected(self, browser):
        server = browser.connect_to_server()
        self.browser, self.server = browser, server
        browser.on_message(self._carry)
        server.on_message(lambda packet: deliver(browser, self.to_browser(packet)))

    def _carry(self, packet):
        self.sent.append(packet)
        deliver(self.server, self.to_server(packet))

    def answer(self, packet, answer):
        """Acknowledge an event of the browser in place of the server."""
        number = packet[len("42/rooms,") : packet.index("[")]
        self.browser.send(f"43/rooms,{number}[{json.dumps(answer)}]")

    def refuse(self, name, code, message="No.", **more):
        """From now on the server refuses the events of that name on /rooms."""
        error = {"code": code, "message": message, **more}

        def refuse(packet):
            if not packet.startswith("42/rooms,") or event_of(packet)[0] != name:
                return packet
            return self.answer(packet, {"ok": False, "error": error})

        self.to_server = refuse

    def hold_back(self, is_held):
        """From now on the packets to the browser for which `is_held(packet)` is true wait."""
        held = HeldBack(self)
        self.to_browser = lambda packet: held.take(packet) if is_held(str(packet)) else packet
        return held

    def events(self, name):
        """The payloads of all events of that name that the browser has sent."""
        return [
            payload for event, payload in filter(None, map(event_of, self.sent)) if event == name
        ]


class HeldBack:
    """Packets that wait between the server and the browser."""

    def __init__(self, wire):
        self._wire = wire
        self._packets = []

    def take(self, packet):
        self._packets.append(packet)

    def __len__(self):
        return len(self._packets)

    def deliver_one(self):
        """Deliver the next packet; wait for it if there is none yet."""
        until_true(self._wire.page, lambda: self._packets, "a packet to hold back")
        self._wire.browser.send(self._packets.pop(0))

    def release(self):
        """Deliver all held packets in order, at least one, and hold back no more."""
        self.deliver_one()
        while self._packets:
            self.deliver_one()
        self._wire.to_browser = pass_on


def until_true(page, condition, what):
    """Wait for a condition that packets of the page make true."""

    def look():
        page.wait_for_timeout(10)  # Playwright carries the packets meanwhile
        return condition()

    wait_until(look, what=what)


def pass_on(packet):
    return packet


def lose(_packet):
    return None


def lose_event(name):
    """Loses the events of that name, in both directions."""
    return lambda packet: None if (event_of(packet) or [None])[0] == name else packet


def deliver(side, packet):
    if packet is not None:
        side.send(packet)


def event_of(packet):
    """`(name, payload)` if the packet is an event, such as `42/rooms,3["send",{…}]`."""
    if not isinstance(packet, str) or not packet.startswith("42"):
        return None
    name, *arguments = json.loads(packet[packet.index("[") :])
    return name, arguments[0] if arguments else None
