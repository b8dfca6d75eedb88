from hypothesis import given
from hypothesis import strategies as st

from chat.bus.envelope import Publication
from chat.bus.numbers import SENDERS, Arrival, Numbers


class Sender:
    def __init__(self, name="p1"):
        self.name = name
        self.serial = 0
        self.numbers = {}
        self.since_beat = {}

    def publish(self, channel="room:a"):
        self.serial += 1
        number = self.numbers[channel] = self.numbers.get(channel, 0) + 1
        self.since_beat.setdefault(channel, number)
        return Publication(channel, "message", None, self.name, self.serial, number)

    def span(self, channel="room:a"):
        return self.since_beat.pop(channel), self.numbers[channel]


def test_all_that_arrives_in_order_is_next():
    numbers, sender = Numbers(), Sender()
    assert {numbers.arrived(sender.publish()) for _ in range(5)} == {Arrival.NEXT}


def test_a_gap_is_noticed_once():
    numbers, sender = Numbers(), Sender()
    numbers.arrived(sender.publish())
    sender.publish()
    assert numbers.arrived(sender.publish()) is Arrival.AFTER_A_GAP
    assert numbers.arrived(sender.publish()) is Arrival.NEXT


def test_channels_and_senders_have_their_own_numbers():
    numbers, one, two = Numbers(), Sender("p1"), Sender("p2")
    found = [
        numbers.arrived(sender.publish(channel))
        for _ in range(3)
        for sender in (one, two)
        for channel in ("room:a", "room:b")
    ]
    assert set(found) == {Arrival.NEXT}


def test_what_is_repeated_is_not_taken_again():
    numbers, sender = Numbers(), Sender()
    first, second = sender.publish(), sender.publish("room:b")
    for each in (first, second):
        numbers.arrived(each)
    for each in (first, second):
        assert numbers.arrived(each) is Arrival.AGAIN
    numbers.forget_channel("room:a")
    numbers.forget_sender("p1")
    assert numbers.arrived(first) is Arrival.AGAIN


def test_a_subscriber_does_not_know_which_was_the_first_until_the_beat():
    numbers, sender = Numbers(), Sender()
    sender.publish()
    sender.span()  # a beat before the subscription
    third = [sender.publish(), sender.publish()][-1]
    assert numbers.arrived(third) is Arrival.NEXT
    assert numbers.announced("p1", "room:a", *sender.span())
    sender.publish()
    assert numbers.announced("p1", "room:a", *sender.span())


def test_the_loss_of_the_last_one_is_noticed_by_the_beat():
    numbers, sender = Numbers(), Sender()
    numbers.arrived(sender.publish())
    assert not numbers.announced("p1", "room:a", *sender.span())
    sender.publish()
    assert numbers.announced("p1", "room:a", *sender.span())
    assert numbers.arrived(sender.publish()) is Arrival.NEXT, "it was told of already"


def test_a_channel_of_which_nothing_ever_arrived_is_noticed():
    numbers, sender = Numbers(), Sender()
    sender.publish()
    assert numbers.announced("p1", "room:a", *sender.span())


def test_a_beat_that_comes_late_changes_nothing():
    numbers, sender = Numbers(), Sender()
    numbers.arrived(sender.publish())
    span = sender.span()
    numbers.arrived(sender.publish())
    assert not numbers.announced("p1", "room:a", *span)
    assert numbers.arrived(sender.publish()) is Arrival.NEXT


def test_few_senders_are_remembered():
    numbers = Numbers()
    for number in range(SENDERS + 1):
        numbers.arrived(Sender(f"p{number}").publish())
    assert numbers.arrived(Sender("p0").publish()) is not Arrival.AGAIN
    assert numbers.arrived(Sender(f"p{SENDERS}").publish()) is Arrival.AGAIN


@given(st.lists(st.sampled_from(["arrives", "is lost", "beat"]), max_size=30))
def test_every_loss_is_noticed_by_the_next_beat(events):
    numbers, sender = Numbers(), Sender()
    lost = noticed = False
    for event in [*events, "beat"]:
        if event == "beat":
            if sender.since_beat:
                noticed |= numbers.announced("p1", "room:a", *sender.span())
            assert noticed or not lost
            lost = noticed = False
        else:
            publication = sender.publish()
            lost |= event == "is lost"
            if event == "arrives":
                noticed |= numbers.arrived(publication) is Arrival.AFTER_A_GAP
    assert numbers.arrived(sender.publish()) is not Arrival.AGAIN
