"""Clocks that step, and servers with different clocks."""

from tests.faults import checker, dynamodb_proxy, troubles


def ids(arena):
    return [message["id"] for message in arena.stored()["general"]]


def test_a_clock_that_steps_back_five_minutes_changes_no_order(either):
    server = either.serve_from_inside()
    ann, _ben = either.admit("Ann", "Ben")
    either.chatter(10)
    either.come_to_rest()
    before = ids(either)
    server.clock.write_text("-300")
    either.chatter(10)
    either.cut(ann)
    either.chatter(10)
    either.assert_promises_held()
    assert ids(either)[:10] == before
    assert len(ids(either)) == 30


def test_nor_does_it_when_the_server_starts_again(either):
    """Messages from before the restart stay above those written after it."""
    server = either.serve_from_inside()
    either.admit("Ann", "Ben")
    either.chatter(10)
    either.come_to_rest()
    before = ids(either)
    server.clock.write_text("-300")
    troubles.kill(server)
    either.chatter(10)
    either.assert_promises_held()
    assert ids(either)[:10] == before
    assert len(ids(either)) == 20


def test_nor_does_one_that_was_two_hours_ahead_and_is_right_again(either):
    server = either.serve_from_inside(7200)
    ann, _ = either.admit("Ann", "Ben")
    either.chatter(10)
    either.come_to_rest()
    before = ids(either)
    server.clock.write_text("0")
    either.cut(ann)
    troubles.kill(server)
    either.chatter(10)
    either.come_to_rest()
    assert ids(either)[:10] == before
    fresh = either.admit("Cem")
    either.post(fresh[0], "from somebody who has read nothing of it")
    either.assert_promises_held()
    assert len(ids(either)) == 21


def test_nor_is_anything_missed_after_one_that_was_two_years_ahead(either):
    """Ids don't continue so far ahead: new messages sort before the old ones, and still arrive."""
    server = either.serve_from_inside(2 * 366 * 86_400)
    ann, _ = either.admit("Ann", "Ben")
    either.chatter(5)
    either.come_to_rest()
    server.clock.write_text("0")
    troubles.kill(server)
    either.chatter(5)
    either.come_to_rest()
    either.cut(ann)
    either.chatter(5)
    fresh = either.admit("Cem")
    either.post(fresh[0], "from somebody who has read nothing of it")
    assert {each.kind for each in either.violations()} <= {checker.ORDER}
    assert len(ids(either)) == 16


def test_what_a_server_whose_clock_is_behind_has_stored_is_recovered(either):
    """The cursor is newer than the message that was missed."""
    keeps_order = hasattr(either, "database")
    if not keeps_order:
        either.proxy.fault = dynamodb_proxy.undated  # no server learns the time of DynamoDB
    here = either.serve_from_inside()
    there = either.serve_from_inside(-3)
    ann, ben = either.admit("Ann", "Ben")
    (cem,) = either.admit("Cem", port=there.port)
    either.post(ann, "before")
    rooms = [client.rooms["general"] for client in (ann, ben)]
    either.until(lambda: all(room.known_up_to() for room in rooms), 40, "a cursor")
    last = "behind the cursor" if keeps_order else "the cursor"
    attempts = 1 if keeps_order else 20  # an attempt that takes longer than 3 s proves nothing
    shown = any(said_last(either, ben, cem) == last for _ in range(attempts))
    assert shown, f"{last!r} never was the last message"
    for client in (ann, ben, cem):
        either.cut(client)
    either.come_to_rest()
    either.assert_promises_held()
    assert all(room.reloads == 1 for room in rooms), "a client started over"
    assert here.process.poll() is None


def said_last(arena, ahead, behind):
    """The text that sorts last, after one client wrote and then one at a clock that is behind."""
    for client, text in ((ahead, "the cursor"), (behind, "behind the cursor")):
        arena.post(client, text)
        arena.come_to_rest()
    return arena.stored()["general"][-1]["text"]
