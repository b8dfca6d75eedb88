"""Servers that a bus joins die, hang, are replaced, and have different clocks."""

from tests.faults import troubles


def test_servers_are_killed_one_after_the_other(join):
    arena = join(3)
    people = [*arena.crowd("Ann", 2), *arena.admit("Ben", "Cem", "Dora")]
    for server in arena.servers:
        arena.chatter(20)
        arena.read(people[0])
        if server is arena.servers[-1]:
            arena.dismiss(people[-1])
        troubles.kill(server)
    arena.chatter(10)
    arena.until_people_agree()
    arena.assert_promises_held()


def test_a_server_that_dies_takes_those_with_it_who_do_not_come_back(join):
    arena = join()
    people = arena.admit("Ann", "Ben", "Cem", "Dora")
    arena.until_people_agree()
    dead = arena.server_of(people[0])
    arena.chatter(10)
    dead.kill()
    arena.dismiss(people[0])
    arena.until_people_agree()
    dead.start()
    arena.assert_promises_held()


def test_a_server_is_frozen_for_ten_seconds(join):
    arena = join(3)
    people = arena.admit("Ann", "Ben", "Cem")
    arena.chatter(10)
    frozen = arena.server_of(people[0])
    with troubles.frozen(frozen):
        arena.chatter(20)
        troubles.wait(10)
    arena.chatter(10)
    arena.until_people_agree()
    arena.assert_promises_held()


def test_in_a_rolling_update_nobody_is_seen_leaving(join):
    arena = join(3)
    people = [*arena.crowd("Ann", 2), *arena.admit("Ben", "Cem")]
    arena.until_people_agree()
    with troubles.going_on(lambda: arena.chatter(1), lambda: 0.1):
        for server in arena.servers:
            arena.read(people[0])
            troubles.restart(server)
    arena.until_people_agree()
    assert not any(person.rooms["general"].seen_leaving for person in people)
    arena.assert_promises_held()


def test_clocks_are_three_seconds_apart(either, valkey):
    either.bus = valkey
    for ahead in (0, 3, 1.5):
        either.serve_from_inside(ahead)
    either.balance()
    people = [*either.crowd("Ann", 2), *either.admit("Ben", "Cem")]
    for person in people:
        either.chatter(10)
        either.read(person)
        either.move(person)
    either.until_people_agree()
    either.assert_promises_held()
