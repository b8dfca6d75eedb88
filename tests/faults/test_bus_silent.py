"""What servers say to each other on a silent bus is found by their records in the storage."""

import re

import pytest
import requests

from chat.bus.lease import DEAD_AFTER, RENEW_EVERY
from tests.chatters import Chatter
from tests.servers import free_port


@pytest.fixture
def hidden(either, valkey):
    """Of two servers that hear nothing of each other: the first, and a person at each."""
    either.bus = valkey
    servers = [serve(either), serve(either)]
    people = [Chatter(servers[0].url, "Ann"), Chatter(servers[1].url, "Ben")]
    for person in people:
        person.join("general")
    for server in servers:
        server.path.loses = lambda *_: True
    yield servers[0], *people
    for person in people:
        person.close()


def serve(arena):
    metrics = f"127.0.0.1:{free_port()}"
    server = arena.serve(metrics=metrics)
    server.metrics = f"http://{metrics}/metrics"
    return server


def gaps_mended(server):
    text = requests.get(server.metrics, timeout=10).text
    return float(re.search("^cloud_chat_gaps_mended_total (.+)$", text, re.MULTILINE)[1])


def see(person, message, seconds):
    spare = 5  # the machine may be busy
    person.wait_for("message", lambda each: each["id"] == message["id"], seconds + spare)


def test_what_a_silent_bus_hides_is_seen_soon(hidden):
    here, ann, ben = hidden
    for _ in range(2):
        said = [ann.say("general", "hidden"), ben.say("general", "hidden, too, and newer")]
        see(ben, said[0], 2 * RENEW_EVERY)
        see(ann, said[1], 2 * RENEW_EVERY)
    assert gaps_mended(here) == 2


def test_the_last_words_behind_a_silent_bus_are_seen_after_the_death(hidden):
    here, ann, ben = hidden
    message = ann.say("general", "last words")
    here.kill()
    see(ben, message, DEAD_AFTER + 2 * RENEW_EVERY)
