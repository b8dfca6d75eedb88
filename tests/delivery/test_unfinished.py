"""Connections that wait for their peers: over the limit, the longest wait ends."""

from tests.delivery.patched import run_patched

SETUP = """
gate, ended = Event(), []
def wait(name, peer):
    try:
        with unfinished.waiting(peer):
            gate.wait()
    except ConnectionResetError:
        ended.append(name)
def begin(*waits):
    for name, peer in waits:
        eventlet.spawn_n(wait, name, peer)
    eventlet.sleep(0.01)
"""


def run(code):
    run_patched(SETUP + code)


def test_the_longest_wait_ends_where_one_peer_has_too_many():
    run("""
unfinished = Unfinished(most=10, most_of_one=2)
begin(("other", "b"), ("first", "a"), ("second", "a"))
assert not ended
begin(("third", "a"))
assert ended == ["first"]
begin(("fourth", "a"), ("fifth", "a"))
assert ended == ["first", "second", "third"]
""")


def test_the_longest_wait_of_all_ends_where_there_are_too_many():
    run("""
unfinished = Unfinished(most=2, most_of_one=2)
begin(("first", "a"), ("second", "b"), ("third", "c"))
assert ended == ["first"]
""")


def test_a_peer_that_may_be_many_has_only_the_limit_of_all():
    run("""
unfinished = Unfinished(most=3, most_of_one=1)
begin(("first", ""), ("second", ""), ("third", ""))
assert not ended
begin(("fourth", ""))
assert ended == ["first"]
""")


def test_who_got_something_at_the_last_moment_is_left_alone():
    run("""
unfinished = Unfinished(most=1, most_of_one=1)
begin(("first", "a"))
gate.send()
eventlet.spawn_n(wait, "second", "a")
eventlet.sleep(0.01)
assert not ended
""")


def test_nothing_is_kept_of_waits_that_are_over():
    run("""
unfinished = Unfinished(most=2, most_of_one=2)
begin(("first", "a"), ("second", "b"), ("third", "c"))
gate.send()
eventlet.sleep(0.01)
assert not unfinished._peers and not unfinished._of_peer and not unfinished._ending
""")
