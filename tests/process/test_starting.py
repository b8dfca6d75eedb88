"""Starts that fail: each ends with one line that says what to do, and leaves nothing running."""

import contextlib
import json
import signal
import socket
import stat
import sys
import tempfile
import time
from pathlib import Path

import boto3
import flask.cli
import pytest
import requests

from chat.process import starting
from chat.process.commands import is_watching, warn_of_debugger
from tests.chatters import chatting, cookie_header, sign_in
from tests.delivery.client import Client
from tests.servers import ChatServer, serving
from tests.storage.dynamodbs import CREDENTIALS, moto
from tests.waiting import wait_until

GUNICORN_WITH_ITS_FILE = (sys.executable, "-m", "gunicorn")
SECRET = "a key of the operator"
TABLE = "dynamodb://{}?region=us-east-1&endpoint_url={}"


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory):
    with moto(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture
def credentials(monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def client(dynamodb, credentials):
    client = boto3.client("dynamodb", endpoint_url=dynamodb)
    yield client
    client.close()


@pytest.fixture
def complaint(tmp_path):
    """Starts a server whose settings are bad; returns the one critical line of its log."""

    def start(port=None, command=GUNICORN_WITH_ITS_FILE, **settings):
        server = ChatServer(tmp_path, command, **settings)
        server.port = port or server.port
        server.launch()
        try:
            assert server.process.wait(20) == 3
        finally:
            server.kill()
        with socket.socket() as probe:
            assert port or probe.connect_ex(("127.0.0.1", server.port)), "nothing serves"
        lines = [json.loads(line) for line in server.output().splitlines()]
        (line,) = [line["message"] for line in lines if line["level"] == "critical"]
        assert "\n" not in line
        assert line.startswith("Cloud Chat can't start. ")
        assert not [line for line in lines if "traceback" in line]
        return line

    return start


def test_a_setting_that_is_unknown(complaint):
    assert "CHAT_HISTROY is not a setting; did you mean CHAT_HISTORY?" in complaint(histroy="x")


def test_a_setting_that_is_wrong(complaint):
    assert "CHAT_SEND_RATE: use at least 0" in complaint(send_rate=-1)


@pytest.mark.parametrize("port", ["99999", "http", "0"])
def test_a_port_that_is_none(complaint, port):
    assert f"PORT: {port} is not a port; use a number from 1 to 65535" in complaint(port)


def test_a_folder_of_the_browsers_files_that_is_not_there(complaint, tmp_path):
    line = complaint(variables={"STATIC_FOLDER": str(tmp_path / "build")})
    assert f"STATIC_FOLDER: there is no folder {tmp_path}/build; `make run` builds it" in line


def test_a_port_that_is_taken(complaint):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"PORT: {port} is in use; end what serves there" in complaint(port)


def test_a_port_that_an_earlier_process_is_about_to_free(monkeypatch):
    other = socket.create_server(("127.0.0.1", 0))
    port = other.getsockname()[1]
    monkeypatch.setattr("chat.process.starting.time.sleep", lambda _: other.close())
    starting.check_address("127.0.0.1", port)


def test_a_server_whose_master_was_killed_can_be_started_again_at_once(tmp_path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE) as server, Client(server) as silent:
        silent.open()  # and it will not answer the close
        server.process.kill()
        server.process.wait()
        server.launch()
        wait_until(lambda: server.output().count("Listening at") == 2, 20, "the second start")
        wait_until(server._is_ready, 20, "readiness")
        with chatting(server.url, "Ann") as ann:
            ann.join("general")
            ann.say("general", "here again")


@pytest.mark.parametrize("arguments", [("-w", "2"), ("--workers=0",)])
def test_another_number_of_workers_than_one(complaint, arguments):
    line = complaint(command=(*GUNICORN_WITH_ITS_FILE, *arguments))
    assert "workers: use 1; rooms and presence are in the memory of one process" in line


@pytest.mark.parametrize(
    ("variable", "value"), [("WEB_CONCURRENCY", "2"), ("GUNICORN_CMD_ARGS", "--workers 3")]
)
def test_more_workers_by_a_variable(complaint, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert "workers: use 1" in complaint()


@pytest.mark.parametrize(
    ("argument", "advice"),
    [
        ("--worker-class=gthread", "worker_class: leave out -k"),
        ("--preload", "leave out --preload"),
    ],
)
def test_another_way_to_serve(complaint, argument, advice):
    assert advice in complaint(command=(*GUNICORN_WITH_ITS_FILE, argument))


def test_a_signal_for_more_workers_starts_none(tmp_path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        before = children.read_text()
        server.process.send_signal(signal.SIGTTIN)
        wait_until(lambda: starting.ONE_WORKER in server.output(), 10, "the warning")
        assert requests.get(f"{server.url}/readyz", timeout=5).ok
        assert children.read_text() == before


def test_gunicorn_believes_no_header_by_itself(tmp_path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE) as server:
        headers = {"X-Forwarded-Proto": "https", "SCRIPT_NAME": "/elsewhere"}
        answer = requests.get(server.url, headers=headers, timeout=5)
    assert answer.ok
    assert "Strict-Transport-Security" not in answer.headers
    assert not [cookie.name for cookie in answer.cookies if cookie.secure]


@pytest.mark.parametrize(
    ("arguments", "is_told"),
    [
        (("--debug", "--host", "0.0.0.0"), True),
        (("--debug", "--host", "::1"), False),
        (("--debug", "--host", "localhost"), False),
        (("--host", "0.0.0.0"), False),
        (("--host", "0.0.0.0", "--debugger"), True),
        (("--host", "0.0.0.0", "--debug", "--no-debugger"), False),
    ],
)
def test_a_debugger_that_others_can_reach(monkeypatch, caplog, arguments, is_told):
    monkeypatch.setenv("FLASK_DEBUG", "0")  # which --debug changes
    command = flask.cli.run_command.make_context("run", list(arguments), obj=flask.cli.ScriptInfo())
    with command:
        warn_of_debugger()
    said = [record.getMessage() for record in caplog.records]
    assert (
        ["Whoever reaches 0.0.0.0 can use the debugger" in line for line in said] == [True]
    ) == (is_told)


@pytest.mark.parametrize(
    ("arguments", "main", "watches"),
    [
        (("--debug",), None, True),
        (("--debug",), "true", False),  # the process that the first one has started
        (("--debug", "--no-reload"), None, False),
        (("--reload",), None, True),
        ((), None, False),
    ],
)
def test_the_first_process_of_the_reloader_only_watches(monkeypatch, arguments, main, watches):
    monkeypatch.setenv("FLASK_DEBUG", "0")  # which --debug changes
    if main:
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", main)
    command = flask.cli.run_command.make_context("run", list(arguments), obj=flask.cli.ScriptInfo())
    with command:
        assert is_watching() == watches
    assert not is_watching()


def test_a_file_that_can_not_be_written(complaint):
    line = complaint(history="sqlite:////proc/chat/chat.db")
    assert "CHAT_HISTORY: /proc/chat/secret-key can't be kept beside it" in line
    assert "name a file in a folder that this user may write to" in line


def test_a_file_that_is_something_else(complaint, tmp_path):
    (tmp_path / "notes").write_text("not a database" * 100)
    line = complaint(history=f"sqlite:///{tmp_path}/notes")
    assert "file is not a database" in line
    assert (tmp_path / "notes").read_text() == "not a database" * 100


def test_a_secret_that_is_missing(complaint, client, dynamodb):
    make_table(client, "NoSecret", "RoomID", "Timestamp")
    line = complaint(history=TABLE.format("NoSecret", dynamodb))
    assert "CHAT_SECRET_KEY: is required with dynamodb://; make one with" in line


def test_a_table_that_is_missing(complaint, credentials, dynamodb):
    line = complaint(history=TABLE.format("Nowhere", dynamodb), secret_key=SECRET)
    assert "there is no table Nowhere in us-east-1; `flask --app wsgi create-table`" in line


def test_a_table_with_other_keys(complaint, client, dynamodb):
    make_table(client, "OtherKeys", "Customer", "Order")
    line = complaint(history=TABLE.format("OtherKeys", dynamodb), secret_key=SECRET)
    assert "the table OtherKeys has other keys; name one with the partition key RoomID" in line


def test_no_credentials(complaint, monkeypatch, dynamodb):
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    line = complaint(history=TABLE.format("Messages", dynamodb), secret_key=SECRET)
    assert "there are no AWS credentials; give the task a role" in line


@pytest.mark.parametrize(
    ("query", "advice"),
    [("?region=mars-1", "no DynamoDB in the region mars-1"), ("", "append one, such as ?region=")],
)
def test_a_region_that_is_none(complaint, credentials, monkeypatch, query, advice):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert advice in complaint(history=f"dynamodb://Messages{query}", secret_key=SECRET)


def test_a_table_full_of_what_other_applications_keep_there(tmp_path, client, dynamodb):
    make_table(client, "Shared", "RoomID", "Timestamp")
    for number in range(120):
        foreign = {"RoomID": {"S": "general"}, "Timestamp": {"S": f"order {number}"}}
        client.put_item(TableName="Shared", Item={**foreign, "Price": {"N": "1"}})
    settings = {"history": TABLE.format("Shared", dynamodb), "secret_key": SECRET}
    with serving(tmp_path, **settings) as server, chatting(server.url, "Ann") as ann:
        assert ann.join("general")["messages"] == []
        message = ann.say("general", "first")
        assert ann.join("general")["messages"] == [message]
    of_ann = 3  # the person, the session, and the ticket to sign in again
    assert client.scan(TableName="Shared", Select="COUNT")["Count"] == 121 + of_ann


def make_table(client, name, partition, sort):
    client.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": partition, "AttributeType": "S"},
            {"AttributeName": sort, "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [("", "127.0.0.1:8000"), ("::", "[::]:8000"), ("[::1]", "[::1]:8000"), ("a.b", "a.b:8000")],
)
def test_an_address_of_ipv6_needs_no_brackets(monkeypatch, host, address):
    monkeypatch.setenv("HOST", host)
    monkeypatch.delenv("PORT", raising=False)
    assert starting.address() == address


@pytest.mark.parametrize(
    ("soft", "hard", "allowed"), [(256, 8192, 4048), (256, 1024, 1024), (8000, 8192, 8000)]
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_goes(tmp_path, soft, hard, allowed):
    limited = f"ulimit -Sn {soft} && ulimit -Hn {hard} && exec {sys.executable} -m gunicorn"
    with serving(tmp_path, ("bash", "-c", limited), sockets=2000) as server:
        parent = server.process.pid
        worker = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0]
        limits = Path(f"/proc/{worker}/limits").read_text().splitlines()
    (line,) = [line for line in limits if line.startswith("Max open files")]
    assert int(line.split()[3]) == allowed
    warning = "2000 connections don't fit into the 1024 files that may be open; allow 4048"
    assert (warning in server.output()) == (allowed < 4048)


@pytest.fixture
def path():
    """Of a Unix socket; those have at most 107 characters."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"{folder}/socket"


def asked_at(path):
    """The status of the answer to a request through a Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        return connection.recv(100).split()[1]


def test_it_serves_on_a_unix_socket_too_which_only_the_same_user_reaches(tmp_path, path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE, variables={"SOCKET": path}) as server:
        assert asked_at(path) == b"200"
        assert requests.get(f"{server.url}/readyz", timeout=5).ok
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


def test_many_wait_for_a_place_on_the_unix_socket_while_the_chat_is_busy(tmp_path, path):
    allowed = int(Path("/proc/sys/net/core/somaxconn").read_text())
    with (
        serving(tmp_path, GUNICORN_WITH_ITS_FILE, variables={"SOCKET": path}) as server,
        contextlib.ExitStack() as closing,
    ):
        server.freeze()
        for _ in range(min(allowed, 4000)):
            waiting = closing.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            waiting.connect(path)
        server.thaw()


def test_a_master_that_takes_over_serves_on_the_unix_socket(tmp_path, path):
    gunicorn = (str(Path(sys.executable).with_name("gunicorn")),)  # as a module it can't start anew
    with serving(tmp_path, gunicorn, variables={"SOCKET": path}) as server:
        server.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: server.output().count("Booting worker") == 2, 20, "another worker")
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(20)
        assert asked_at(path) == b"200"


def test_a_unix_socket_that_a_killed_process_left_is_made_again(tmp_path, path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE, variables={"SOCKET": path}) as server:
        server.kill()
        assert Path(path).is_socket()
        server.start()
        assert asked_at(path) == b"200"


def test_a_unix_socket_whose_master_was_killed_is_made_again_when_its_worker_has_ended(
    tmp_path, path
):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE, variables={"SOCKET": path}) as server:
        server.process.kill()
        server.process.wait()
        server.start()
        assert asked_at(path) == b"200"


def test_a_unix_socket_of_another_process_is_left_alone(complaint, path):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        assert f"SOCKET: {path} is in use" in complaint(variables={"SOCKET": path})
        assert Path(path).is_socket()


def test_a_file_in_the_place_of_a_unix_socket_is_left_alone(complaint, path):
    Path(path).write_text("notes")
    assert f"SOCKET: {path} is a file or a folder" in complaint(variables={"SOCKET": path})
    assert Path(path).read_text() == "notes"


@pytest.mark.parametrize("path", ["/proc/socket", "/nowhere/socket", "/tmp/" + "x" * 120])
def test_a_path_where_no_unix_socket_can_be(complaint, path):
    line = complaint(variables={"SOCKET": path})
    assert f"SOCKET: can't serve on {path}" in line
    assert "in a folder that this user may write to" in line


def test_the_unix_socket_is_there_until_the_goodbye_is_fetched(tmp_path, path):
    with serving(tmp_path, GUNICORN_WITH_ITS_FILE, variables={"SOCKET": path}) as server:
        session = sign_in(server.url, "Ann")
        url = f"{server.url}/socket.io/?EIO=4&transport=polling"
        url += f"&sid={json.loads(session.get(url).text[1:])['sid']}"
        session.post(url, data="40/rooms,")
        assert session.get(url).text.startswith("40/rooms,")
        cookie = cookie_header(session)
        session.close()
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Handling signal: term" in server.output(), 10, "the stop")
        time.sleep(0.3)  # gunicorn's master has closed its sockets
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            poll = f"GET {url.removeprefix(server.url)} HTTP/1.0"
            headers = f"Host: 127.0.0.1:{server.port}\r\nCookie: {cookie}"
            connection.sendall(f"{poll}\r\n{headers}\r\n\r\n".encode())
            with connection.makefile() as answer:
                assert "going_away" in answer.read()


@pytest.mark.parametrize(("proxies", "seconds"), [(None, 15), ("", 15), ("0", 15), ("1", 150)])
def test_a_proxy_is_the_first_to_close_an_idle_connection(monkeypatch, proxies, seconds):
    """The load balancer of AWS has a limit of 120 seconds here."""
    monkeypatch.delenv("CHAT_PROXIES", raising=False)
    if proxies is not None:
        monkeypatch.setenv("CHAT_PROXIES", proxies)
    assert starting.keepalive() == seconds
