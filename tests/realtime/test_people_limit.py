"""The limits of people and of their addresses, with a clock that stands still."""

import pytest

from chat.accounts.person import Person
from chat.delivery.networks import network
from chat.errors import RateLimited
from chat.realtime.connections import Connection
from chat.realtime.people_limit import OF_ONE_ADDRESS, PeopleLimit


def from_address(person_id, address):
    return Connection(person_id, Person(person_id, person_id), 0.0, address)


def test_one_person_can_not_use_up_what_an_address_has(clock):
    limit = PeopleLimit("messages", 2, 10, clock)
    for _ in range(2):
        limit.spend(from_address("ann", "192.0.2.1"))
    for _ in range(10 * OF_ONE_ADDRESS):
        with pytest.raises(RateLimited):
            limit.spend(from_address("ann", "192.0.2.1"))
    limit.spend(from_address("bob", "192.0.2.1"))


def test_all_people_of_an_address_have_a_limit_and_those_of_others_have_theirs(clock):
    limit = PeopleLimit("messages", 1, 10, clock)
    for number in range(OF_ONE_ADDRESS):
        limit.spend(from_address(str(number), "192.0.2.1"))
    with pytest.raises(RateLimited, match="from your network"):
        limit.spend(from_address("one more", "192.0.2.1"))
    limit.spend(from_address("one more elsewhere", "192.0.2.2"))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_is_what_one_client_can_not_choose(address, counted):
    assert network(address) == counted
