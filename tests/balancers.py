"""A real load balancer in front of several chat servers: HAProxy."""

import csv
import functools
import re
import socket
import subprocess

from tests.servers import ROOT, Server

COOKIE = "CLOUDCHAT"  # its value is the port of the server

# A check asks whether a server should get traffic. If none should, as in an outage of the history,
# all get it, as behind AWS's balancer. Connections by WebSocket may be silent for half a minute.
CONFIGURATION = """
global
    stats socket {socket} mode 600 level admin
    hard-stop-after 15s

defaults
    mode http
    timeout connect 2s
    timeout check 2s
    timeout http-request 10s
    timeout client 60s
    timeout server 60s
    timeout tunnel 120s
    option redispatch 1
    http-reuse never
    option forwardfor
    balance leastconn
    {sticky}

frontend everybody
    bind {address}
    http-request set-header X-Forwarded-Proto http
    use_backend all if {{ nbsrv(ready) eq 0 }}
    default_backend ready

backend ready
    option httpchk GET /readyz
    default-server check inter 500ms fall 2 rise 1
    {servers}

backend all
    {servers}
"""


class Balancer(Server):
    """HAProxy in front of servers on this machine, which may come and go.

    Args:
        folder: For its files.
        ports: Those of the servers.
        address: Where it serves, such as `0.0.0.0:8000`; otherwise on a port of its own.
        is_sticky: Whether a browser stays with the server that answered it first.
    """

    def __init__(self, folder, ports, *, address=None, is_sticky=True):
        super().__init__(folder / "balancer.log")
        self.url = f"http://{address or f'127.0.0.1:{self.port}'}"
        self._socket = folder / "balancer"
        configuration = folder / "haproxy.cfg"
        servers = [f"server {port} 127.0.0.1:{port} cookie {port}" for port in ports]
        configuration.write_text(
            CONFIGURATION.format(
                socket=self._socket,
                sticky=f"cookie {COOKIE} insert indirect nocache httponly" if is_sticky else "",
                address=address or f"127.0.0.1:{self.port}",
                servers="\n    ".join(servers),
            )
        )
        self.command = [_haproxy(), "-db", "-f", str(configuration)]

    def answers(self):
        try:
            return bool(self._administer("show version"))
        except OSError:
            return False

    def port_of(self, cookie):
        """That of the server to which a browser with this `Cookie` header gets."""
        return int(re.search(rf"{COOKIE}=(\d+)", cookie)[1])

    def led_to(self, server, cookie):
        """The header of a browser that gets to this server instead."""
        return re.sub(rf"{COOKIE}=\d+", f"{COOKIE}={server.port}", cookie)

    def drain(self, server):
        """Send no request to that server any more; its connections by WebSocket stay."""
        self._set_state(server, "maint")

    def resume(self, server):
        """Send requests to it again."""
        self._set_state(server, "ready")

    def _set_state(self, server, state):
        for backend in ("ready", "all"):
            answer = self._administer(f"set server {backend}/{server.port} state {state}")
            assert not answer.strip(), answer

    def sends_to(self, server):
        """Whether newcomers may get to that server."""
        return self.statistics("ready")[server.port]["status"].startswith("UP")

    def statistics(self, backend):
        """What HAProxy says about the servers, by their ports."""
        table = csv.DictReader(self._administer("show stat").removeprefix("# ").splitlines())
        return {
            int(row["svname"]): row
            for row in table
            if row["pxname"] == backend and row["svname"].isdigit()
        }

    def _administer(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._socket))
            connection.sendall(f"{command}\n".encode())
            with connection.makefile() as answer:
                return answer.read()


@functools.cache
def _haproxy():
    script = [ROOT / "scripts/haproxy"]
    return subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
