"""The checker finds each kind of violation, and none in a correct journal."""

import pytest

from chat.messages.ids import FIRST_ID
from tests.faults import checker, journal
from tests.faults.journal import Journal


def message(number, client="ann", room="general"):
    at = f"2026-11-22T10:47:12.{number:06d}Z"
    return {
        "id": f"{at}.7f3ac21e00",
        "room": room,
        "user": {"id": f"id of {client}", "name": client},
        "text": f"number {number}",
        "sent_at": at,
        "client_id": f"{client} {number}",
    }


ONE, TWO, THREE = (message(number) for number in (1, 2, 3))
BENS = message(4, "ben")
STORED = [ONE, TWO, THREE, BENS]


@pytest.fixture
def notes():
    """A correct journal: Ann sends three messages and Ben sends one, and both see all."""
    notes = Journal()
    for each in STORED:
        draft = {"client_id": each["client_id"], "text": each["text"]}
        notes.note(each["user"]["name"], journal.SENT, "general", draft)
        notes.note(each["user"]["name"], journal.ACKNOWLEDGED, "general", each)
        for client in ("ann", "ben"):
            notes.note(client, journal.RECEIVED, "general", each)
    for client in ("ann", "ben"):
        notes.note(client, journal.VIEW, "general", [each["id"] for each in STORED])
    return notes


def found(notes, stored=STORED, **options):
    return [violation.kind for violation in checker.check(notes, {"general": stored}, **options)]


def test_where_all_is_well_nothing_is_found(notes):
    assert found(notes) == []


def test_a_view_may_begin_later_and_an_empty_room_shows_nothing(notes):
    notes.note("eve", journal.VIEW, "general", [THREE["id"], BENS["id"]])
    assert found(notes) == []
    assert checker.check(Journal(), {"general": []}) == []


def test_what_was_acknowledged_and_is_not_stored_is_lost(notes):
    assert "lost" in found(notes, [ONE, THREE, BENS])


def test_what_was_received_and_is_not_stored_is_a_phantom(notes):
    notes.note("ben", journal.RECEIVED, "general", message(9))
    assert found(notes) == ["phantom"]


def test_what_is_stored_in_another_room_does_not_count(notes):
    violations = checker.check(notes, {"general": [ONE, TWO, THREE], "tech": [BENS]})
    kinds = {violation.kind for violation in violations}
    assert {"lost", "phantom", "changed", "view"} <= kinds


def test_one_client_id_in_two_messages_is_a_duplicate(notes):
    again = message(5) | {"client_id": ONE["client_id"], "text": ONE["text"]}
    assert "duplicate" in found(notes, [*STORED, again])


def test_two_answers_for_one_client_id_are_a_duplicate(notes):
    notes.note("ann", journal.ACKNOWLEDGED, "general", TWO | {"client_id": ONE["client_id"]})
    assert "duplicate" in found(notes)


def test_another_text_than_the_one_sent_is_a_change(notes):
    assert "changed" in found(notes, [ONE, TWO | {"text": "forged"}, THREE, BENS])


def test_a_message_that_nobody_sent_is_a_change(notes):
    assert "changed" in found(notes, [*STORED, message(9, "nobody")])


def test_another_name_than_the_stored_one_is_a_change(notes):
    notes.note("ben", journal.RECEIVED, "general", ONE | {"user": {"id": "x", "name": "Boss"}})
    assert found(notes) == ["changed"]


def test_sends_out_of_their_order_are_found(notes):
    assert "order" in found(notes, [TWO, ONE, THREE, BENS])


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [ONE, THREE, BENS],
        [ONE, TWO, THREE],
        [TWO, ONE, THREE, BENS],
        [ONE, TWO, TWO, THREE, BENS],
        [*STORED, message(9)],
        [message(0), *STORED],
    ],
    ids=["nothing", "a gap", "the end missing", "order", "twice", "an unknown one", "too early"],
)
def test_a_view_that_differs_is_found(notes, shown):
    notes.note("eve", journal.VIEW, "general", [each["id"] for each in shown])
    assert found(notes) == ["view"]


def test_a_copied_cookie_that_works_after_the_sign_out_is_found(notes):
    assert found(notes, copies=[("Guest 1", "http://127.0.0.1:10000")]) == ["copy"]


def test_what_stays_in_an_outbox_is_stuck(notes):
    assert found(notes, stuck=[("ann", "ann 9")]) == ["stuck"]


ANN, BEN = "id of ann", "id of ben"


@pytest.mark.parametrize("shown", [{ANN}, {ANN, BEN, "ghost"}], ids=["missing", "too many"])
def test_people_who_are_not_those_who_are_here_are_found(notes, shown):
    here = {"general": {ANN, BEN}}
    notes.note("ann", journal.PEOPLE, "general", frozenset(here["general"]))
    assert found(notes, here=here) == []
    notes.note("ben", journal.PEOPLE, "general", frozenset(shown))
    assert found(notes, here=here) == ["people"]


def told(person, read_up_to, unread, latest=BENS["id"]):
    return {"person": person, "latest": latest, "read_up_to": read_up_to, "unread": unread}


def test_what_was_read_on_any_device_is_read_and_ones_own_messages_are_never_unread(notes):
    for device, newest in (("laptop", TWO), ("phone", ONE)):
        notes.note(device, journal.READ, "general", {"person": BEN, "id": newest["id"]})
    notes.note("laptop", journal.READ, "tech", {"person": BEN, "id": BENS["id"]})
    notes.note("phone", journal.ROOM, "general", told(BEN, TWO["id"], 1))
    notes.note("ann", journal.ROOM, "general", told(ANN, None, 1))
    assert found(notes) == []


def test_a_server_counts_no_more_than_a_hundred(notes):
    many = [message(number) for number in range(10, 130)]
    for each in many:
        draft = {"client_id": each["client_id"], "text": each["text"]}
        notes.note("ann", journal.SENT, "general", draft)
    notes.note("eve", journal.ROOM, "general", told("id of eve", None, 100, many[-1]["id"]))
    assert "unread" not in found(notes, many)


@pytest.mark.parametrize(
    "wrong",
    [told(ANN, ONE["id"], 1), told(ANN, TWO["id"], 0), told(ANN, TWO["id"], 1, THREE["id"])],
    ids=["too little read", "too few unread", "an older message is the latest"],
)
def test_what_a_server_says_wrong_of_a_room_is_found(notes, wrong):
    notes.note("ann", journal.READ, "general", {"person": ANN, "id": TWO["id"]})
    notes.note("ann", journal.ROOM, "general", told(ANN, TWO["id"], 1))
    assert found(notes) == []
    notes.note("ann", journal.ROOM, "general", wrong)
    assert found(notes) == ["unread"]


def test_in_an_empty_room_nothing_is_the_latest():
    notes = Journal()
    notes.note("ann", journal.ROOM, "general", told(ANN, None, 0, FIRST_ID))
    assert found(notes, []) == []
