"""Sessions that no namespace has admitted yet: how many there may be, in all and of one client."""

from chat.delivery.newcomers import MOST_OF_ONE, MOST_STRANGERS, Newcomers


def test_one_member_or_address_takes_not_all_places():
    newcomers = Newcomers()
    for number in range(MOST_OF_ONE):
        assert newcomers.has_room("ann", is_member=True)
        newcomers.add(str(number), "ann", is_member=True)
    assert not newcomers.has_room("ann", is_member=True)
    assert newcomers.has_room("bob", is_member=True)


def test_strangers_do_not_take_the_places_of_members_and_give_theirs_back():
    newcomers = Newcomers()
    for number in range(MOST_STRANGERS):
        assert newcomers.has_room(f"192.0.2.{number}", is_member=False)
        newcomers.add(str(number), f"192.0.2.{number}", is_member=False)
    assert not newcomers.has_room("198.51.100.1", is_member=False)
    assert newcomers.has_room("ann", is_member=True)
    newcomers.discard("0")
    assert newcomers.has_room("198.51.100.1", is_member=False)
    assert newcomers.strangers == MOST_STRANGERS - 1


def test_nothing_is_kept_of_those_who_have_gone():
    newcomers = Newcomers()
    newcomers.add("1", "ann", is_member=True)
    newcomers.add("2", "192.0.2.1", is_member=False)
    for sid in ("1", "2", "2", "unknown"):
        newcomers.discard(sid)
    assert vars(newcomers) == vars(Newcomers())
