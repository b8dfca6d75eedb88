"""When the job orders, when it waits, and what it keeps before it does either."""

import acme.errors
import pytest
import requests
from acme import messages

from deploy.https import state as states
from deploy.https.failures import PAUSES
from deploy.https.renewal import renewed_at
from deploy.https.settings import Settings
from tests.https.authorities import DAY, DIRECTORY, NAME

HOUR = 3600
REFUSED = messages.Error.with_code("malformed", detail="no")
LIMITED = messages.Error.with_code("rateLimited", detail="too many")
DOWN = requests.ConnectionError("refused")


def test_the_first_run_orders_and_serves_and_keeps(world):
    world.start()
    assert "BEGIN CERTIFICATE" in (world.folder / "certificate.pem").read_text()
    assert world.run() == 1
    kept = states.load(world.store.text)
    assert kept.is_current
    assert kept.failures == 0
    assert kept.order is None
    assert kept.account == f"{DIRECTORY}/account"
    assert world.runtime.served[-1] in (world.folder / "certificate.pem").read_text()
    assert world.authority.count("order") == 1


def test_a_new_container_serves_what_is_kept_and_orders_nothing(world):
    world.start()
    world.run()
    before = states.load(world.store.text).certificate.serial
    world.start()
    assert (
        states.load(world.store.text).certificate.pem()
        == (world.folder / "certificate.pem").read_text()
    )
    world.run()
    assert world.authority.count("order") == 1
    assert world.runtime.serial() == before


def test_it_is_renewed_when_two_thirds_of_its_lifetime_are_over(world):
    world.start()
    world.run()
    begin = world.time
    while world.authority.count("order") == 1:
        pause = world.run()
        assert 0 < pause <= DAY
        world.time += pause
    assert 0.6 * 6 * DAY < world.time - begin <= 4 * DAY + 2
    assert world.authority.count("sign_up") == 1, "the account is kept"


def test_servers_that_began_together_do_not_renew_together(world):
    moments = set()
    for _ in range(5):
        world.store.text = None
        world.start()
        world.run()
        moments.add(states.load(world.store.text).certificate.serial % 1000)
    assert len(moments) > 1


def test_the_authority_may_want_it_earlier_but_not_later(world):
    world.start()
    world.run()
    world.authority.wish = world.time + DAY
    assert world.run() == pytest.approx(6 * HOUR), "it asks again"
    world.time += DAY
    world.run()
    assert world.authority.count("order") == 2
    due = renewed_at(states.load(world.store.text).certificate)
    world.authority.wish = world.time + 100 * DAY
    while world.authority.count("order") == 2:
        world.time += world.run()
    assert world.time == pytest.approx(due, abs=2)


def test_an_authority_that_always_wants_a_renewal_gets_an_order_an_hour(world):
    world.start()
    world.run()
    world.authority.wish = world.time - DAY
    begin = world.time
    for _ in range(20):
        world.time += world.run()
    assert world.authority.count("order") - 1 <= (world.time - begin) / HOUR


def test_a_clock_that_is_ahead_gets_an_order_an_hour(world):
    world.authority._clock = lambda: world.time - 5 * DAY
    world.start()
    begin = world.time
    for _ in range(20):
        world.time += world.run()
    assert world.authority.count("order") - 1 <= (world.time - begin) / HOUR


def test_a_clock_that_was_ahead_is_not_waited_for(world, caplog):
    world.time += 365 * DAY
    world.authority.fails = {"finish": DOWN}
    world.start()
    world.run()
    world.time -= 365 * DAY
    world.authority.fails = {}
    world.start()
    caplog.clear()
    world.run()
    assert states.load(world.store.text).is_current
    assert caplog.text.count("The clock was wrong") == 1


def test_the_longest_pause_that_an_authority_asks_for_is_kept(world, caplog):
    world.authority.fails, world.authority.retry_after = {"order": LIMITED}, "99999999"
    world.start()
    world.run()
    assert world.run() == DAY
    assert world.authority.count("order") == 1
    assert "The clock was wrong" not in caplog.text


def test_another_name_is_ordered_at_once_after_one_that_was_issued(world):
    world.start()
    world.run()
    world.settings = Settings("chat.example.com", "file:///nowhere", DIRECTORY)
    world.start()
    world.run()
    assert world.authority.count("order") == 2


def test_an_authority_that_can_not_be_asked_about_renewals_is_no_failure(world, caplog):
    world.start()
    world.run()
    caplog.clear()
    world.authority.fails = {"connect": DOWN}
    assert world.run() == DAY
    assert not caplog.records


@pytest.mark.parametrize("step", ["sign_up", "order", "finish"])
def test_attempts_that_fail_come_ever_later_and_are_counted_over_new_containers(world, step):
    world.authority.fails = {step: REFUSED}
    world.start()
    for number, pause in enumerate([*PAUSES, PAUSES[-1]], 1):
        assert pause <= world.run() <= pause * 1.1
        assert states.load(world.store.text).failures == number
        world.start()
        before = world.authority.count("connect")
        assert 0.9 * pause < world.run() <= pause * 1.1
        assert world.authority.count("connect") == before, "a new container waits, too"
        world.time += pause * 1.1 + 1
    world.authority.fails = {}
    world.run()
    assert states.load(world.store.text).failures == 0


def test_never_more_than_five_attempts_within_an_hour():
    for first in range(len(PAUSES)):
        hour = [sum(PAUSES[first:last]) for last in range(first, len(PAUSES) + 1)]
        assert len([moment for moment in hour if moment < HOUR]) <= 4


def test_a_process_that_dies_in_an_attempt_has_counted_it(world):
    world.authority.fails = {"finish": SystemExit()}
    world.start()
    with pytest.raises(SystemExit):
        world.run()
    kept = states.load(world.store.text)
    assert kept.failures == 1
    assert kept.not_before == pytest.approx(world.time + PAUSES[0], abs=1)
    assert kept.order.url, "and the next one takes it up"
    world.authority.fails = {}
    world.start()
    assert world.run() > 60
    world.time += PAUSES[0] + 1
    world.run()
    assert world.authority.count("order") == 1
    assert states.load(world.store.text).is_current


def test_an_attempt_that_was_asked_for_waits_for_nothing_that_the_store_knows(world):
    world.authority.fails = {"order": REFUSED}
    world.start()
    world.run()
    world.start()
    world.store.is_readable = False
    world.run()
    world.store.is_readable, world.authority.fails = True, {}
    world.run(at_once=True)
    assert states.load(world.store.text).is_current


def test_an_order_that_is_over_is_made_again(world):
    world.authority.fails = {"finish": acme.errors.TimeoutError()}
    world.start()
    world.run()
    world.authority.fails, world.authority.over = {}, True
    world.run(at_once=True)
    assert world.authority.count("order") == 2
    assert states.load(world.store.text).is_current


def test_an_authority_that_is_down_is_asked_again_without_a_count(world, caplog):
    world.authority.fails = {"connect": DOWN}
    world.start()
    assert 300 <= world.run() <= 330
    assert world.store.writes == 0
    assert "the authority can't be reached" in caplog.text


def test_an_authority_that_is_down_takes_nothing_off_the_count(world):
    world.authority.fails = {"order": REFUSED}
    world.start()
    world.run()
    world.authority.fails = {"connect": DOWN}
    world.run(at_once=True)
    assert world.state().failures == 1


def test_a_rate_limit_is_waited_for_by_new_containers_too(world):
    world.authority.fails, world.authority.retry_after = {"order": LIMITED}, "90000"
    world.start()
    assert world.run() == DAY
    assert 90_000 <= world.state().not_before - world.time <= 99_000
    world.start()
    assert world.run() == DAY, "at most a day at a time"
    assert world.authority.count("order") == 1
    assert states.load(world.store.text).failures == 0


def test_an_account_that_is_gone_is_made_again(world):
    world.start()
    world.run()
    world.time += 5 * DAY
    world.authority.fails = {"order": messages.Error.with_code("accountDoesNotExist")}
    assert world.run() < 30
    world.authority.fails = {}
    world.run(at_once=True)
    assert world.authority.count("sign_up") == 2


def test_nothing_is_ordered_before_it_is_known_what_is_kept(world, caplog):
    world.start()
    world.run()
    first = states.load(world.store.text)
    world.store.is_readable = False
    world.start()
    assert world.run() == 60
    assert world.authority.count("order") == 1
    assert caplog.text.count("can't be restored") == 2
    world.store.is_readable = True
    world.run()
    assert world.runtime.serial() == first.certificate.serial
    assert world.runtime.proven, "the account is that of the store"
    assert world.authority.count("order") == 1


def test_something_else_in_the_store_is_left_alone(world, caplog):
    world.store.text = "the password of the database"
    world.start()
    assert world.run() == 60
    assert world.store.text == "the password of the database"
    assert world.authority.calls == []
    assert "HTTPS_STORE has something else" in caplog.text


def test_nothing_is_ordered_that_can_not_be_kept(world, caplog):
    world.store.is_writable = False
    world.start()
    for _ in range(3):
        assert world.run() == 60
    assert world.authority.count("order") == 0
    assert caplog.text.count("can't be kept") == 3, "one line for one run"
    world.store.is_writable = True
    world.run()
    assert states.load(world.store.text).is_current


def test_a_store_that_fails_after_the_order_gets_the_certificate_later(world):
    def fail(*_):
        world.store.is_writable = False
        return finish(*_)

    finish, world.authority.finish = world.authority.finish, fail
    world.start()
    assert world.run() <= 60
    assert len(world.runtime.served) == 1
    assert not states.load(world.store.text).is_current
    world.store.is_writable = True
    world.run()
    assert states.load(world.store.text).is_current
    assert world.authority.count("order") == 1


def test_near_its_end_a_certificate_is_renewed_even_if_it_can_not_be_kept(world):
    world.start()
    world.run()
    world.store.is_writable = False
    world.time += 4.5 * DAY
    world.run()
    assert world.authority.count("order") == 1
    world.time += 0.7 * DAY
    world.run()
    assert world.authority.count("order") == 2
    assert len(world.runtime.served) == 2


def test_another_name_is_ordered_at_once_although_the_last_attempt_failed(world):
    world.start()
    world.run()
    world.time += 5 * DAY
    world.authority.fails = {"order": REFUSED}
    world.run()
    world.authority.fails = {}
    world.settings = Settings("chat.example.com", "file:///nowhere", DIRECTORY)
    world.start()
    world.run()
    kept = states.load(world.store.text)
    assert kept.is_current
    assert kept.name == "chat.example.com"
    assert world.authority.count("sign_up") == 1


def test_another_authority_gets_an_account_of_its_own(world):
    world.start()
    world.run()
    world.settings = Settings(NAME, "file:///nowhere", "https://other.example/directory")
    world.start()
    world.run()
    assert world.authority.count("sign_up") == 2
    assert world.authority.count("order") == 2


def test_a_haproxy_that_does_not_take_it_is_told_again(world, caplog):
    world.start()
    world.runtime.refuses = True
    world.run()
    assert "HAProxy doesn't take the certificate" in caplog.text
    world.runtime.refuses = False
    world.run()
    assert world.runtime.serial() == states.load(world.store.text).certificate.serial


def test_an_error_that_nobody_thought_of_is_one_line_and_the_old_one_is_served(world, caplog):
    world.start()
    world.run()
    world.time += 5 * DAY
    world.authority.fails = {"finish": RuntimeError("surprise")}
    caplog.clear()
    assert PAUSES[0] <= world.run()
    (record,) = caplog.records
    assert "RuntimeError: surprise. The old one is valid until" in record.getMessage()
