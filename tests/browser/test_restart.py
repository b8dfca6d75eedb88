"""The server stops and starts again while people chat."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def two_people(visit, own_server):
    ann, ben = visit("Ann", "general", at=own_server), visit("Ben", "general", at=own_server)
    for visitor in (ann, ben):
        visitor.tolerate_lost_connection()
    return ann, ben


def test_what_is_written_while_the_server_is_down_arrives_once(two_people, own_server):
    """The banner comes and goes; the order and the history are right."""
    ann, ben = two_people
    ann.say("Before")
    ben.sees("Before")

    own_server.kill()
    for text in ("First of the outage", "Second of the outage", "Third of the outage"):
        ann.say(text)
    expect(ann.banner).to_be_visible()
    expect(ann.banner).to_contain_text("Trying again in")
    expect(ann.row("First of the outage")).to_have_attribute("data-state", "pending")

    expect(ann.banner.get_by_role("button", name="Retry now")).to_be_visible()
    own_server.start()
    # There is no button if the countdown of the page has ended meanwhile.
    ann.page.evaluate("document.querySelector('[data-banner-retry]')?.click()")
    expect(ann.banner).to_be_hidden(timeout=30_000)
    ben.sees("Third of the outage")

    expected = ["Before", "First of the outage", "Second of the outage", "Third of the outage"]
    assert ann.texts() == ben.texts() == expected
    ben.page.reload()
    ben.sees("Third of the outage")
    assert ben.texts() == expected


def test_a_planned_stop_loses_nothing(two_people, own_server):
    """What was said just before and after is there, and no banner stays."""
    ann, ben = two_people
    ann.say("Just before")
    ben.sees("Just before")

    old = own_server.process
    old.terminate()
    own_server.start()
    ann.say("Just after")

    ben.sees("Just after")
    old.wait(15)
    for visitor in two_people:
        expect(visitor.banner).to_be_hidden()


def test_messages_of_an_outage_survive_a_reload(two_people, own_server):
    """The page is reloaded when the server is back."""
    ann, ben = two_people
    own_server.kill()
    ann.say("Written in the dark")
    expect(ann.row("Written in the dark")).to_be_visible()

    own_server.start()
    ann.page.reload()

    ben.sees("Written in the dark")
    ann.sees("Written in the dark")


def test_the_network_coming_back_is_noticed_at_once(two_people):
    """`online` retries at once."""
    ann, ben = two_people
    ann.context.set_offline(True)
    ann.page.evaluate("window.dispatchEvent(new Event('focus'))")
    ben.say("While you were away")
    ben.sees("While you were away")
    expect(ann.banner).to_be_visible()
    assert "While you were away" not in ann.texts()

    ann.context.set_offline(False)

    ann.sees("While you were away")
