"""How many connections the pair holds on a t3.micro, and what they cost; the figures are printed.

`PEOPLE=9000 python -m deploy.check deploy/check/test_https_capacity.py` takes more people than the
2,000 of each check. The load generator of `bench/` speaks plain HTTP; a second HAProxy, outside of
what is measured, carries it to the TLS server.
"""

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

from bench import tools
from bench.cookies import SECRET_KEY, flask_cookies, people
from bench.processes import cpu_seconds, family
from bench.trials import Trial, generating
from deploy.check.acme_server import HOST, acme_server
from deploy.check.pair import Chat, Https, get, volumes
from deploy.check.podman import PODMAN, podman
from tests.servers import ROOT
from tests.waiting import wait_until

PEOPLE = int(os.environ.get("PEOPLE", "2000"))
FEW = PEOPLE // 5
IN_A_ROOM = 100
ROOMS = PEOPLE // IN_A_ROOM
PORT = 18_080

LIMITS = {"chat": 440, "https": 440}  # MiB; together within the 904 that a t3.micro has
UNLIMITED = ("SEND_RATE", "EVENT_RATE", "SIGN_IN_RATE", "SOCKETS_PER_ADDRESS", "SOCKETS_PER_USER")

CARRIER = """
global
    maxconn {people}
defaults
    mode tcp
    timeout connect 20s
    timeout client 300s
    timeout server 300s
listen carrier
    bind 127.0.0.1:{port}
    server https {host}:443 ssl verify none
"""


class _Measured:
    """A container, as the benchmark asks about a server."""

    def __init__(self, name):
        self.name, self.port = name, PORT
        self._pid = int(podman("inspect", "--format", "{{.State.Pid}}", name))

    def cpu_seconds(self):
        """Those of all its processes so far."""
        return sum(map(cpu_seconds, family(self._pid)))

    def megabytes(self):
        """Memory that counts for the limit of the container, that of its sockets included."""
        stats = json.loads(podman("stats", "--no-stream", "--format", "json", self.name))[0]
        number, unit = re.match(r"([0-9.]+)([kMG]?B)", stats["mem_usage"]).groups()
        return float(number) * {"kB": 0.001, "MB": 1, "GB": 1000}[unit]


def test_what_connections_cost(tmp_path, figure):
    tools.build_programs()
    with volumes(), acme_server(tmp_path) as authority, chatting(authority):
        measured = [_Measured("chat"), _Measured("https")]
        with (
            carrier(tmp_path),
            generating(tmp_path, [PORT], cookies(), ROOMS) as generator,
        ):
            trial = Trial(measured, None, generator, tmp_path)
            trial.connect(FEW)
            trial.idle(5)
            few = [each.megabytes() for each in measured]
            came = trial.connect(PEOPLE - FEW)
            trial.idle(5)
            many = [each.megabytes() for each in measured]
            idle = trial.idle(30)
            trial.send(50, 2)  # warm up
            sent = trial.send(50, 10)
            talking = [each.megabytes() for each in measured]
        deliveries = sent.delivered + sum(sent.others)
        for number, each in enumerate(measured):
            name = f"{each.name}, {PEOPLE:,} connections"
            kilobytes = (many[number] - few[number]) * 1000 / (PEOPLE - FEW)
            figure(f"{name}: idle", f"{many[number]:.0f} MB of {LIMITS[each.name]} MiB")
            figure(f"{name}: talking", f"{talking[number]:.0f} MB")
            figure(f"{name}: each", f"{kilobytes:.1f} KB")
            figure(f"{name}: to connect", f"{came.cpus[number] / (PEOPLE - FEW) * 1e6:.0f} µs each")
            figure(f"{name}: a delivery", f"{sent.cpus[number] / deliveries * 1e6:.1f} µs")
            idling = idle.cpus[number] / 30 * 100
            figure(f"{name}: work while idle", f"{idling:.1f} % of a processor")
        for each in LIMITS:
            assert podman("inspect", "--format", "{{.State.OOMKilled}}", each) == "false"


def cookies():
    """Those of people who signed in over HTTPS."""
    return [f"__Host-{cookie}" for cookie in flask_cookies(PEOPLE, {})]


@contextlib.contextmanager
def chatting(authority):
    """Both containers, with the sessions of all people in the history."""
    settings = {f"CHAT_{name}": "0" for name in UNLIMITED}
    settings |= {
        "CHAT_SECRET_KEY": SECRET_KEY,
        "CHAT_ROOMS": ",".join(f"Room {number}" for number in range(ROOMS)),
        "CHAT_SOCKETS": "20000",
    }
    chat = Chat(settings, (f"--memory={LIMITS['chat']}m",))
    https = Https(
        authority,
        environment={"HTTPS_PER_ADDRESS": "20000"},
        options=(f"--memory={LIMITS['https']}m",),
    )
    chat.start()
    sign_all_in(chat)
    https.start()
    https.wait_for_certificate()
    wait_until(lambda: get(f"{https.url}/readyz", verify=authority.root).ok, 20, "the chat")
    yield


def sign_all_in(chat):
    """Record a session for each, in the container."""
    program = """
import json, os, sys, time
from chat.storage import open_history
from chat.storage.accounts import Profile, Session
history, now = open_history(os.environ["CHAT_HISTORY"], 0), time.time()
for id_, name in json.load(sys.stdin):
    history.accounts.put_profile(Profile(id_, name))
    history.accounts.begin_session(Session(id_, id_, "Bench", now, now, now + 86400))
history.close()
"""
    command = ("exec", "--interactive", chat.name, "python", "-c", program)
    subprocess.run([*PODMAN, *command], input=json.dumps(people(PEOPLE)), text=True, check=True)


@contextlib.contextmanager
def carrier(folder: Path):
    """HAProxy in the place of the browsers' TLS."""
    file = folder / "carrier.cfg"
    file.write_text(CARRIER.format(people=PEOPLE + 100, port=PORT, host=HOST))
    haproxy = subprocess.run(
        [ROOT / "scripts/haproxy"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with subprocess.Popen([haproxy, "-db", "-f", file]) as process:
        try:
            yield
        finally:
            process.kill()
