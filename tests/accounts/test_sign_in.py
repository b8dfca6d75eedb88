"""Sessions over real connections: who is let in, and what a restart changes."""

import contextlib
from contextlib import ExitStack

import pytest
import requests
import socketio

from chat.storage import open_history
from tests.chatters import Chatter, chatting, sign_in, sign_out, submit, submit_sign_in
from tests.servers import FLASK_RUN, GUNICORN, ChatServer, serving
from tests.storage.dynamodbs import CREDENTIALS, moto
from tests.waiting import wait_until


@pytest.fixture(params=[GUNICORN, FLASK_RUN], ids=["gunicorn", "flask run"])
def own_server(tmp_path, request):
    """A server that the test may start again."""
    server = ChatServer(tmp_path, request.param)
    yield server.start()
    server.kill()
    assert "Traceback" not in server.output()


def restart(server):
    server.kill()
    server.start()


def copy_of(session):
    copy = requests.Session()
    copy.cookies.update(session.cookies)
    return copy


def is_let_in(url, session, auth=None):
    """Whether a socket with that cookie is accepted."""
    client = socketio.Client(http_session=session, reconnection=False)
    with contextlib.suppress(socketio.exceptions.ConnectionError):
        client.connect(url, auth=auth, namespaces=["/rooms"], transports=["websocket"])
    connected = client.connected
    client.disconnect()
    return connected


def test_a_copy_of_the_cookie_stays_worthless_after_a_restart(own_server):
    url = own_server.url
    ann = sign_in(url, "Ann")
    thief = copy_of(ann)
    assert is_let_in(url, thief)
    sign_out(ann, url)
    assert not is_let_in(url, thief)
    restart(own_server)
    assert not is_let_in(url, thief)
    assert "Sign out" not in thief.get(url).text


@pytest.fixture
def two_servers(tmp_path, monkeypatch):
    """Two servers with one table."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        endpoint = stack.enter_context(moto(tmp_path))
        history = f"dynamodb://Shared?region=us-east-1&endpoint_url={endpoint}"
        open_history(history, 0).create()
        settings = {"history": history, "secret_key": "a key of the operator"}
        yield [stack.enter_context(serving(tmp_path, **settings)) for _ in range(2)]


def test_a_sign_out_ends_the_sockets_at_another_process_too(two_servers):
    one, two = two_servers
    with chatting(one.url, "Ann", "Ben") as (here, ben):
        elsewhere = Chatter(two.url, here.name, session=copy_of(here.session))
        assert elsewhere.join("general")["ok"]
        sign_out(here.session, one.url)
        wait_until(lambda: not here.client.connected, what="the end here")
        wait_until(lambda: not elsewhere.client.connected, what="the end there")
        assert not is_let_in(two.url, copy_of(elsewhere.session))
        assert ben.join("general")["ok"]


def test_a_new_name_is_that_of_all_messages_from_now_on_at_every_process(two_servers):
    one, two = two_servers
    with chatting(one.url, "Ann", "Ben") as (here, ben):
        elsewhere = Chatter(two.url, here.name, session=copy_of(here.session))
        ann = here.join("general")["you"]
        assert elsewhere.join("general")["you"] == ann
        ben.join("general")
        here.say("general", "as Ann")
        assert submit(here.session, one.url, "/account/name", name="Anna").status_code == 204
        for chatter in (here, elsewhere):
            wait_until(lambda chatter=chatter: not chatter.client.connected, what="the end")
        anna = {**ann, "name": "Anna"}
        with chatting(two.url, "Anna", session=copy_of(here.session)) as again:
            assert again.join("general")["you"] == anna
            assert again.say("general", "as Anna")["user"] == anna
        with chatting(one.url, "Anna", session=here.session) as again:
            said = {each["text"]: each["user"] for each in again.join("general")["messages"]}
            assert said == {"as Ann": ann, "as Anna": anna}
            change = ben.wait_for("presence", lambda change: anna in change["joined"])
            assert change["left"] == []


def test_a_copy_of_the_cookie_that_came_in_by_an_outage_is_out_after_it(tmp_path):
    with serving(tmp_path) as server:
        ann = sign_in(server.url, "Ann")
        owner = Chatter(server.url, "Ann", session=ann)
        person = owner.join("general")["people"][0]["id"]
        owner.close()
        server.kill()
        file = tmp_path / "chat.db"
        accounts = open_history(f"sqlite:///{file}", 0).accounts
        [session] = [each for each in accounts.sessions(person) if not each.is_ticket]
        accounts.end_session((person, session.id), session.until)  # long ago: it isn't in the log
        server.start()
        assert not is_let_in(server.url, copy_of(ann))
        file.rename(tmp_path / "away.db")
        wait_until(lambda: is_let_in(server.url, copy_of(ann)), what="the outage")
        thief = Chatter(server.url, "Ann", session=ann)
        (tmp_path / "away.db").rename(file)
        wait_until(lambda: not thief.client.connected, what="the end of the socket")
        thief.close()


def test_the_owner_of_a_name_takes_it_back_after_a_restart(own_server):
    url = own_server.url
    ann = sign_in(url, "Ann")
    restart(own_server)
    with chatting(url, "Ann") as thief:
        thief.join("general")
        assert "Sign out" in ann.get(url).text
        with chatting(url, "Ann", session=ann) as owner:
            assert owner.join("general")["ok"]
            wait_until(lambda: not thief.client.connected, what="the end of the other one")
            assert not is_let_in(url, copy_of(thief.session))
            assert "already called Ann" in thief.session.get(url).text
            assert owner.say("general", "here again")["user"]["name"] == "Ann"


def test_a_page_of_somebody_else_is_not_let_in(server):
    browser = sign_in(server.url, "Ann of the first tab")
    assert is_let_in(server.url, browser)
    assert is_let_in(server.url, browser, {"token": "of another application"})
    for claimed in ("5c0f8a1be2d94437", "", 0, [], {}):
        assert not is_let_in(server.url, browser, {"person": claimed})


def test_whoever_signs_in_anew_speaks_as_the_former_person_no_more(meet, ann, room):
    ann.join(room)
    tab = meet("Former")
    former = tab.join(room)["people"][-1]
    assert former["name"] == tab.name
    assert submit_sign_in(tab.session, tab.url, "Present").status_code == 303
    ann.wait_for("presence", lambda change: former["id"] in change["left"])
    wait_until(lambda: not tab.client.connected, what="the end of the former connection")
