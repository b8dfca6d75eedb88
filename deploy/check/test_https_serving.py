"""The TLS server in front of the chat: what passes, what is forged, what happens at a stop."""

import contextlib
import csv
import json
import re
import select
import socket
import ssl
import threading
import time

import pytest
import requests

from deploy.check.acme_server import HOST, acme_server
from deploy.check.pair import Chat, Https, get, stop_as_ecs_does, visiting, volumes
from deploy.check.podman import TASK, podman
from deploy.check.test_container import newest, talk
from tests.waiting import wait_until

DOWN, UP = "Server chat/chat is DOWN", "Server chat/chat is UP"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    with acme_server(tmp_path_factory.mktemp("authority")) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _volumes():
    with volumes():
        yield


@pytest.fixture(scope="module")
def root(authority):
    return str(authority.root)


@pytest.fixture(scope="module")
def pair(authority):
    """Both, ready; and started again if a test has stopped them."""
    chat, https = Chat(), Https(authority)
    yield chat, https
    for each in (chat, https):
        each.remove()


@pytest.fixture
def chat(pair):
    if not pair[0].state()["Running"]:
        pair[0].start()
    return pair[0]


@pytest.fixture
def https(pair, chat, root, monkeypatch):
    https = pair[1]
    if not https.state()["Running"]:
        https.start()
    https.wait_for_certificate()
    wait_until(lambda: get(f"{https.url}/readyz", verify=root).ok, 20, "the chat")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", root)
    return https


def test_http_leads_to_https(https):
    for method in ("GET", "POST"):
        answer = requests.request(
            method, f"http://{HOST}/chat?room=general", allow_redirects=False, timeout=5
        )
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"https://{HOST}/chat?room=general"


def test_the_proof_is_given_for_every_token_and_for_nothing_else(https):
    def proof(token):
        return get(f"http://{HOST}/.well-known/acme-challenge/{token}")

    token, thumbprint = proof("aB_-9").text.split(".")
    assert token == "aB_-9"
    assert len(thumbprint) == 43
    assert proof("aB_-9").headers["Content-Type"] == "text/plain"
    for other in ("", "a/b", "<script>", "a%0d%0ab", "a" * 300):
        assert proof(other).status_code == 308


def test_idle_connections_to_port_80_keep_nobody_out(https):
    with contextlib.ExitStack() as closing:
        idle = [closing.enter_context(socket.create_connection((HOST, 80))) for _ in range(80)]
        wait_until(lambda: len(ended(idle)) >= 30, 5, "the end of those that are too many")
        assert len(ended(idle)) == 30
        assert get(https.url).ok


def ended(connections):
    """Those that the other side has ended."""
    return select.select(connections, [], [], 0)[0]


def test_port_80_has_connections_of_its_own(https):
    table = csv.DictReader(asked(https, "show stat").removeprefix("# ").splitlines())
    most = {row["pxname"]: int(row["slim"]) for row in table if row["svname"] == "FRONTEND"}
    (in_all,) = re.findall(r"^Maxconn: (\d+)", asked(https, "show info"), re.MULTILINE)
    assert most["http"] + most["https"] == int(in_all)


def asked(https, command):
    """HAProxy's answer to a command."""
    program = f"""
import socket
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("/tmp/https/runtime")
    connection.sendall(b"{command}\\n")
    print(connection.makefile().read())
"""
    return https.run("python", "-c", program)


def test_the_page_is_secure(https):
    answer = get(https.url)
    assert answer.ok
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_people_chat(https, root, transport):
    names = {f"Ann by {transport}": transport, f"Bob by {transport}": transport}
    with visiting(https, root, **names) as (ann, bob):
        for each in (ann, bob):
            each.join("general")
        message = ann.say("general", f"by {transport}")
        bob.wait_for_message(message)
        assert bob.client.transport() == transport


def test_a_client_can_not_forge_where_it_comes_from(chat, https):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Forwarded-Prefix": "/elsewhere",
        "X-Forwarded-Port": "81",
        "Forwarded": "for=203.0.113.9;proto=http",
        "X-Real-IP": "203.0.113.9",
    }
    answer = get(https.url, headers=forged)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers
    assert "elsewhere" not in answer.text


def test_a_planned_stop_lets_the_chat_say_goodbye(chat, https, root, figure):
    with visiting(https, root, Cid="websocket", Dan="websocket", Eve="polling") as people:
        for each in people:
            each.join("general")
        acknowledged = []
        talking = threading.Thread(target=talk, args=(people[0], acknowledged))
        talking.start()
        people[1].wait_for("message")
        took = stop_as_ecs_does(chat, https)
        talking.join()
        for each in people:
            each.wait_for("going_away")
        received = [message["id"] for each in people for message in each.payloads("message")]
    figure("stop of the chat and the TLS server, people talking", f"{took:.1f} s")
    assert took < TASK["stopTimeout"]
    assert [each.state()["ExitCode"] for each in (chat, https)] == [0, 0]

    chat.start()
    https.start()
    wait_until(lambda: get(f"{https.url}/readyz").ok, 20, "the chat")
    with visiting(https, root, Fay="websocket") as (fay,):
        stored = [message["id"] for message in newest(fay)]
    assert acknowledged, "somebody talked while it stopped"
    assert len(stored) == len(set(stored))
    assert set(acknowledged) | set(received) <= set(stored)


def test_its_own_stop_waits_for_the_chat_but_not_for_ever(chat, https, root, figure):
    with visiting(https, root, Gil="websocket") as (gil,):
        gil.join("general")
        stopping = threading.Thread(target=https.stop)
        began = time.monotonic()
        stopping.start()
        wait_until(lambda: not listens(), 10, "the end of its listening")
        gil.say("general", "still here")
        stopping.join()
        assert 15 < time.monotonic() - began < 25
    assert https.state()["ExitCode"] == 0


def listens():
    with socket.socket() as probe:
        if probe.connect_ex((HOST, 443)):
            return False
        probe.settimeout(1)  # the port mapping may accept, and HAProxy not
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            context.wrap_socket(probe).close()
        except OSError:
            return False
    return True


def test_while_the_chat_is_not_there_people_get_a_page_at_once(chat, https, figure):
    before = https.said(DOWN), https.said(UP)
    chat.stop()
    wait_until(lambda: https.said(DOWN) > before[0], 5, "the line that says so")
    began = time.monotonic()
    answers = [get(https.url) for _ in range(20)]
    figure("answer while the chat is not there", f"{(time.monotonic() - began) * 50:.0f} ms")
    assert {answer.status_code for answer in answers} == {503}
    assert "The chat is starting" in answers[0].text
    assert answers[0].headers["Retry-After"] == "5"
    assert "no-store" in answers[0].headers["Cache-Control"]
    chat.start()
    wait_until(lambda: get(https.url).ok, 5, "the chat's page")
    assert (https.said(DOWN), https.said(UP)) == (before[0] + 1, before[1] + 1)


def test_a_chat_that_is_busy_for_a_moment_is_not_given_up(chat, https):
    before = https.said(DOWN)
    podman("pause", chat.name)
    try:
        fitted = int(https.run("python", "-c", FILL_THE_SOCKET))
    finally:
        podman("unpause", chat.name)
    assert fitted > 4_000
    assert https.said("check backlog size") > 3, "checks failed for a while"
    assert https.said(DOWN) == before
    assert get(https.url).ok


FILL_THE_SOCKET = """
import socket, time
waiting = []
try:
    while True:
        waiting.append(socket.socket(socket.AF_UNIX))
        waiting[-1].setblocking(False)
        waiting[-1].connect("/run/chat/socket")
except BlockingIOError:
    time.sleep(1.5)
print(len(waiting) - 1)
"""


def test_a_killed_chat_leaves_a_socket_that_a_new_one_replaces(chat, https, root):
    podman("kill", chat.name)
    wait_until(lambda: get(https.url).status_code == 503, 20, "the page")
    chat.start()
    wait_until(lambda: get(https.url).ok, 5, "the chat's page")


def test_it_writes_no_line_for_a_request(https):
    before = https.logs()
    for path in ("/", "/nowhere", "/socket.io/", "/../etc/passwd"):
        get(f"{https.url}{path}")
        get(f"http://{HOST}{path}")
    with socket.create_connection((HOST, 443)) as connection:
        connection.sendall(b"no TLS at all\r\n\r\n")
        connection.recv(100)
    assert https.logs() == before


def test_a_slow_request_ends(https):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    began = time.monotonic()
    with (
        socket.create_connection((HOST, 443)) as plain,
        context.wrap_socket(plain) as connection,
        socket.create_connection((HOST, 443)) as silent,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 10.99.0.1\r\n")
        assert b"408" in connection.recv(100)
        assert silent.recv(100) == b"", "it never began TLS"
    assert 8 < time.monotonic() - began < 15


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")  # an old one, on purpose
@pytest.mark.parametrize(
    ("version", "works"),
    [
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_old_versions_of_tls_are_refused(https, version, works):
    context = ssl.create_default_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection((HOST, 443)) as plain:
        if not works:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(plain)
            return
        with context.wrap_socket(plain) as connection:
            assert connection.selected_alpn_protocol() == "http/1.1"


def test_the_container_ends_when_haproxy_ends(https):
    https.run("sh", "-c", "kill -9 $(cat /proc/[0-9]*/stat | awk '$2 == \"(haproxy)\" {print $1}')")
    wait_until(lambda: not https.state()["Running"], 10, "the end")
    assert https.state()["ExitCode"] == 137
    assert "HAProxy ended with code 137" in https.logs()


def test_it_runs_without_privileges_on_a_root_that_is_read_only(https):
    assert https.run("id", "-u") == "10001"
    for process in ("1", "$(pidof haproxy || echo 1)"):
        status = https.run("sh", "-c", f"cat /proc/{process}/status")
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
            assert line in status
    assert https.run("sh", "-c", "touch /app/x 2>&1 || true").endswith("Read-only file system")
    assert https.run("cat", "/proc/1/comm") == "podman-init"


def test_it_needs_little_memory(https, figure):
    time.sleep(3)  # the job has ended
    stats = json.loads(podman("stats", "--no-stream", "--format", "json", https.name))[0]
    figure("memory of the TLS server, nobody there", stats["mem_usage"].split(" / ")[0])
