"""A stand-in for the load balancer of AWS: HAProxy, with the settings of a target group."""

from pathlib import Path

from tests.balancers import COOKIE, Balancer
from tests.waiting import wait_until

# Times as in AWS's balancer, except that it asks for health every ten seconds, not twice a second.
# Like there, a request to a target that can't be reached fails, and goes to no other one; and if no
# target is healthy, all that are registered get traffic.
CONFIGURATION = """
global
    stats socket {socket} mode 600 level admin
    hard-stop-after 5s

defaults
    mode http
    timeout connect 5s
    timeout check 2s
    timeout http-request 10s
    timeout client 120s
    timeout server 120s
    timeout tunnel 120s
    retries 0
    option forwardfor
    balance leastconn
    cookie {cookie} insert indirect nocache httponly

frontend everybody
    bind {address}
    http-request set-header X-Forwarded-Proto http
    use_backend all if {{ nbsrv(ready) eq 0 }}
    default_backend ready

backend ready
    option httpchk GET {health}
    default-server check inter 500ms fall 2 rise 2
    {servers}

backend all
    default-server disabled
    {servers}
"""


class LoadBalancer(Balancer):
    """A balancer that knows the ports of all tasks that will ever be, and takes those that answer.

    Args:
        folder: For its files.
        ports: Those of the tasks on this host.
        health: The path of its health check.
    """

    def __init__(self, folder: Path, ports: list[int], health: str = "/healthz") -> None:
        super().__init__(folder, ports)
        servers = [f"server {port} 127.0.0.1:{port} cookie {port}" for port in ports]
        (folder / "haproxy.cfg").write_text(
            CONFIGURATION.format(
                socket=folder / "balancer",
                cookie=COOKIE,
                address=f"127.0.0.1:{self.port}",
                health=health,
                servers="\n    ".join(servers),
            )
        )

    def start(self, seconds: float = 20) -> "LoadBalancer":
        """Start, and wait until it has seen that nobody serves yet."""
        super().start(seconds)
        wait_until(lambda: not self.healthy(), seconds, "a first check of each target")
        return self

    def register(self, port: int) -> None:
        """A target that may get traffic once it is healthy."""
        self._administer(f"set server all/{port} state ready")

    def deregister(self, port: int) -> None:
        """Send no request there any more; the connections that are open stay."""
        for backend in ("ready", "all"):
            self._administer(f"set server {backend}/{port} state maint")

    def cut(self, port: int) -> None:
        """Close the connections to a target."""
        for backend in ("ready", "all"):
            self._administer(f"shutdown sessions server {backend}/{port}")

    def healthy(self) -> set[int]:
        """The ports of the targets that are healthy."""
        ready = self.statistics("ready")
        return {port for port, target in ready.items() if target["status"] == "UP"}

    def requests(self, port: int) -> int:
        """How many requests went to a target; a WebSocket is one."""
        return sum(int(self.statistics(each)[port]["stot"]) for each in ("ready", "all"))
