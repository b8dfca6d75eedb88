"""Buses of several processes in one, which carry everything at once."""

from types import SimpleNamespace

from chat.bus.envelope import Publication


class Wire:
    """What joins the buses; `beat` lets all processes beat."""

    def __init__(self):
        self.buses = []

    def bus(self):
        self.buses.append(FakeBus(self, f"p{len(self.buses) + 1}"))
        return self.buses[-1]

    def others(self, bus):
        return [each for each in self.buses if each is not bus]

    def beat(self):
        for bus in self.buses:
            for part, (make, _) in bus.parts.items():
                if made := make():
                    for other in self.others(bus):
                        other.parts[part][1](bus.process, made)


class FakeBus:
    def __init__(self, wire, process):
        self.process = process
        self.parts, self.handlers, self.answers = {}, {}, {}
        self.channels = set()
        self.peers = wire.buses  # their number
        self.suspect, self.gone, self.new, self.changed = [], [], [], []
        self.published = []
        self._wire = wire
        self.beats = SimpleNamespace(
            add=lambda part, make, handle: self.parts.update({part: (make, handle)}),
            when_gone=self.gone.append,
            when_new=self.new.append,
            when_state_changes=self.changed.append,
        )

    def handle(self, kind, handler):
        self.handlers[kind] = handler

    def subscribe(self, channel, within=0.0):
        self.channels.add(channel)

    def unsubscribe(self, channel):
        self.channels.discard(channel)

    def when_suspect(self, listener):
        self.suspect.append(listener)

    def publish(self, channel, kind, data):
        self.published.append((channel, kind, data))
        publication = Publication(channel, kind, data, self.process, 1, 1)
        for other in self._wire.others(self):
            if channel in {"all", f"process:{other.process}", *other.channels}:
                other.handlers[kind](publication)

    def answer(self, kind, answer):
        self.answers[kind] = answer

    def ask(self, kind, data):
        found = [other.answers[kind](data) for other in self._wire.others(self)]
        return [each for each in found if each is not None]
