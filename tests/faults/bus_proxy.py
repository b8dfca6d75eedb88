"""A TCP proxy between one process and the bus, which can also lose single publications."""

from tests.faults.tcp_proxy import TcpProxy


class BusProxy(TcpProxy):
    """A proxy in front of a Valkey server.

    Args:
        valkey: The server.
        certificate: With one, the process has to connect by TLS.
    """

    def __init__(self, valkey, certificate=None):
        super().__init__(valkey.port, certificate and certificate.context())
        self.url = valkey.url_at(self.port)
        if certificate:
            self.url = self.url.replace("valkey", "valkeys", 1) + f"?ca={certificate.path}"
        self.loses = lambda channel, data: False  # which publications don't reach the process
        self.lost = []  # their channels and data

    def filter(self):
        rest = b""

        def without_the_lost(data):
            nonlocal rest
            values, rest = split(rest + data)
            return b"".join(raw for raw, value in values if not self._is_lost(value))

        return without_the_lost

    def _is_lost(self, value):
        match value:
            case [b"message", channel, data] if self.loses(channel, data):
                self.lost.append((channel, data))
                return True
        return False


def at_random(share, random):
    """For `loses`: so much of all publications, from 0 to 1."""
    return lambda *_: random.random() < share


def split(data):
    """The complete values at the front of data in Valkey's protocol, each as it is and decoded.

    Returns:
        Those, and the rest of the data. Numbers and the like stay bytes.
    """
    values, start = [], 0
    while start < len(data):
        try:
            value, end = _value(data, start)
        except ValueError:
            break
        values.append((data[start:end], value))
        start = end
    return values, data[start:]


def _value(data, start):
    """The value that begins there, and its end; raises ValueError if that isn't there yet."""
    end = data.index(b"\r\n", start)
    kind, line, start = data[start : start + 1], data[start + 1 : end], end + 2
    if kind in {b"$", b"=", b"!"} and line != b"-1":
        end = start + int(line)
        if len(data) < end + 2:
            raise ValueError
        return data[start:end], end + 2
    if kind not in {b"*", b">", b"~", b"%", b"|"}:
        return line, start
    values = []
    for _ in range(int(line) * (2 if kind in {b"%", b"|"} else 1)):
        value, start = _value(data, start)
        values.append(value)
    return values, start
