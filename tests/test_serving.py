"""The chat as its users run it: restarts, `flask run`, DynamoDB, and the official clients."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from chat.messages.message import MAX_TEXT_BYTES
from tests.chatters import chatting, cookie_header, draft, sign_in
from tests.delivery.client import Client
from tests.servers import FLASK_RUN, GUNICORN, ROOT, ChatServer, free_port, serving
from tests.waiting import PATIENCE, wait_until

FLASK_DEBUG = (*FLASK_RUN, "--debug")


def test_after_a_restart_everything_is_still_there(tmp_path):
    server = ChatServer(tmp_path)
    try:
        with chatting(server.start().url, "Ann") as ann:
            ann.join("general")
            said = [ann.say("general", f"before the restart {n}") for n in range(3)]
            session = ann.session
        assert server.stop() == 0
        server.start()
        with chatting(server.url, "Ann", session=session) as ann:
            assert ann.join("general")["messages"] == said, "history and session are kept"
            recovered = ann.join("general", after=said[0]["id"])
            assert recovered["recovered"] is True
            assert recovered["messages"][-2:] == said[1:]
    finally:
        server.kill()


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(tmp_path):
    server = ChatServer(tmp_path)
    try:
        with chatting(server.start().url, "Ann") as ann:
            ann.join("general")
            said = [ann.say("general", f"number {n}")["id"] for n in range(20)]
            server.kill()
        with chatting(server.start().url, "Bob") as bob:
            assert [m["id"] for m in bob.join("general")["messages"]] == said
    finally:
        server.kill()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_flask_run_serves_development(tmp_path, transport):
    with (
        serving(tmp_path, FLASK_DEBUG) as server,
        chatting(server.url, "Ann", "Bob", transports=[transport]) as (ann, bob),
    ):
        ann.join("general")
        bob.join("general")
        bob.join("tech")
        message = ann.say("general", "from development")
        bob.wait_for_message(message)
        ann.join_typing("general")
        bob.join_typing("general")
        ann.call("typing", {"room": "general", "active": True}, namespace="/typing")
        assert bob.wait_for("typing")["user"]["name"] == "Ann"
        assert ann.client.transport() == transport
        assert "Debugger is active" in server.output()


@pytest.mark.parametrize("command", [GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_the_largest_message_goes_through(tmp_path, command, transport):
    with (
        serving(tmp_path, command, message_length=0) as server,
        chatting(server.url, "Ann", "Bob", transports=[transport]) as (ann, bob),
    ):
        ann.join("general")
        bob.join("general")
        message = ann.say("general", '"' * MAX_TEXT_BYTES)
        bob.wait_for_message(message)
        assert bob.join("general")["messages"] == [message]
        assert ann.client.transport() == transport


@pytest.mark.parametrize("command", [GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
def test_the_largest_message_goes_through_however_it_is_written(tmp_path, command):
    """Each letter as an escape of six characters, which JSON allows."""
    with serving(tmp_path, command, message_length=0) as server:
        session = sign_in(server.url, "Ann")
        with Client(server, Cookie=cookie_header(session)).open("/rooms") as ann:
            assert ann.call("join", {"room": "general"})["ok"]
            escaped = json.dumps(draft("general", "TEXT"))
            escaped = escaped.replace("TEXT", r"\u0061" * MAX_TEXT_BYTES)
            ann.send(f'42/rooms,["send",{escaped}]')
            event = ann.event()
            while event[0] != "message":
                event = ann.event()
            assert event[1]["text"] == "a" * MAX_TEXT_BYTES


@pytest.fixture
def dynamodb(tmp_path, monkeypatch):
    """The address of a local DynamoDB."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    port = free_port()
    with (tmp_path / "moto.log").open("wb") as log:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    try:
        wait_until(lambda: _answers(client), 20, "DynamoDB")
        yield url
    finally:
        client.close()
        process.kill()
        process.wait()


def _answers(client):
    with contextlib.suppress(EndpointConnectionError):
        return client.list_tables()["TableNames"] == []


def test_the_chat_keeps_its_history_in_dynamodb(tmp_path, dynamodb):
    url = f"dynamodb://ChatMessages?region=us-east-1&endpoint_url={dynamodb}"
    settings = {"history": url, "secret_key": "a key of the operator"}
    server = ChatServer(tmp_path, **settings)
    assert "there is no table ChatMessages in us-east-1; `flask --app wsgi" in server.refusal()

    command = ["--app", "wsgi", "create-table"]
    for _ in range(2):
        run = ChatServer(tmp_path, (sys.executable, "-m", "flask", *command), history=url)
        run.launch()
        assert run.process.wait(20) == 0, run.output()

    with serving(tmp_path, **settings) as running:
        with chatting(running.url, "Ann") as ann:
            ann.join("general")
            message = ann.say("general", "to the cloud")
        assert running.stop() == 0
        running.start()
        with chatting(running.url, "Bob") as bob:
            assert bob.join("general")["messages"] == [message]

    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=dynamodb)
    items = client.scan(TableName="ChatMessages")["Items"]
    assert [item for item in items if ":" not in item["RoomID"]["S"]] == [
        {
            "RoomID": {"S": "general"},
            "Timestamp": {"S": message["id"]},
            "ClientID": {"S": message["client_id"]},
            "UserID": {"S": message["user"]["id"]},
            "UserName": {"S": "Ann"},
            "Text": {"S": "to the cloud"},
        }
    ]
    client.close()


NODE_CLIENT = """
import { io } from "socket.io-client";
const { url, cookie, transports, room } = JSON.parse(process.argv[1]);
const options = { transports, extraHeaders: { cookie }, reconnection: false };
const rooms = io(url + "/rooms", options);
const typing = io(url + "/typing", options);
const received = [];
rooms.on("message", (message) => received.push(message.text));
for (const socket of [rooms, typing]) socket.on("connect_error", (error) => { throw error; });
const joined = await rooms.emitWithAck("join", { room });
const typed = await typing.emitWithAck("join", { room });
const sent = await rooms.emitWithAck("send", {
  room, text: "from Node", client_id: crypto.randomUUID(),
});
const bad = await rooms.emitWithAck("send", { room });
if (!received.includes("from Node"))
  await new Promise((resolve) => rooms.on("message", resolve));
console.log(JSON.stringify({ joined, typed, sent, bad, received,
  transport: rooms.io.engine.transport.name }));
rooms.close();
typing.close();
"""


@pytest.mark.parametrize(
    ("transports", "ends_on"),
    [(["websocket"], "websocket"), (["polling"], "polling"), (["polling", "websocket"], None)],
    ids=["websocket", "polling", "upgrade"],
)
def test_the_official_client_in_node_chats(server, bob, room, transports, ends_on):
    bob.join(room)
    session = sign_in(server.url, f"Node {'-'.join(transports)}")
    argument = {"url": server.url, "cookie": cookie_header(session), "room": room}
    argument["transports"] = transports
    node = shutil.which("node") or ROOT / ".venv/bin/node"
    run = subprocess.run(
        [node, "--input-type=module", "--eval", NODE_CLIENT, json.dumps(argument)],
        cwd=ROOT,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    result = json.loads(run.stdout)
    assert result["joined"]["ok"]
    assert result["typed"]["ok"]
    assert result["bad"]["error"]["code"] == "invalid"
    bob.wait_for_message(result["sent"]["message"])
    assert ends_on is None or result["transport"] == ends_on


def test_nothing_is_left_behind(tmp_path):
    server = ChatServer(tmp_path, GUNICORN)
    server.start()
    group = server.process.pid
    server.process.send_signal(signal.SIGTERM)  # `stop` would kill what is left
    assert server.process.wait(PATIENCE) == 0
    listing = subprocess.run(["ps", "-eo", "pgid="], capture_output=True, text=True, check=True)
    assert str(group) not in listing.stdout.split()
