"""Renewals while people chat: nobody is disconnected, nothing is lost or doubled."""

import contextlib
import threading
import time
from collections import Counter

from deploy.check.acme_server import acme_server
from deploy.check.pair import Chat, Https, get, visiting, volumes
from tests.chatters import draft
from tests.waiting import wait_until

LIFETIME = 30  # seconds of a certificate; it is renewed after 20
RENEWALS = 2


def test_a_renewal_is_noticed_by_nobody(tmp_path, monkeypatch, figure):
    with volumes(), acme_server(tmp_path, LIFETIME) as authority:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.root))
        chat, https = Chat(), Https(authority)
        chat.start()
        https.start()
        serials = {https.wait_for_certificate()}
        wait_until(lambda: get(f"{https.url}/readyz").ok, 20, "the chat")
        kinds = {"Ann": "websocket", "Bob": "polling", "Cid": "websocket"}
        with visiting(https, authority.root, **kinds) as people:
            for each in people:
                each.join("general")
            with talking(people) as acknowledged:
                began = time.monotonic()
                while len(serials) < RENEWALS + 1:
                    assert time.monotonic() - began < 90, https.logs()
                    serials.add(https.certified() or 0)
                    time.sleep(0.1)
                time.sleep(1)  # talking goes on with the new certificate
            assert [each.name for each in people if not each.client.connected] == [], chat.logs()
            sent = Counter(acknowledged)
            for each in people:
                wait_until(
                    lambda each=each: len(each.payloads("message")) >= len(sent), 20, "messages"
                )
                assert Counter(message["id"] for message in each.payloads("message")) == sent
        assert max(sent.values()) == 1
        assert 0 not in serials, "at any time the certificate verifies"
        assert len(authority.orders) == RENEWALS + 1
        figure("messages while certificates were renewed, all received", str(len(sent)))


@contextlib.contextmanager
def talking(people):
    """Let people talk until the end of the `with` block; collects what was acknowledged."""
    is_over = threading.Event()
    acknowledged = []
    talkers = [threading.Thread(target=talk, args=(each, acknowledged, is_over)) for each in people]
    for each in talkers:
        each.start()
    try:
        yield acknowledged
    finally:
        is_over.set()
        for each in talkers:
            each.join()


def talk(someone, acknowledged, is_over):
    """Send until it is over. Whoever loses the connection, or gets no answer, fails."""
    while not is_over.is_set():
        answer = someone.call("send", draft("general", "still here"), timeout=10)
        assert answer["ok"], answer
        acknowledged.append(answer["message"]["id"])
        time.sleep(0.02)
