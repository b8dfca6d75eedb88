"""Sessions that were signed out."""

from chat.ended_sessions import EndedSessions


def test_whoever_has_signed_out_is_remembered_and_others_are_not():
    ended = EndedSessions()
    ended.add("ann")
    assert "ann" in ended
    assert "bob" not in ended


def test_only_the_latest_are_remembered():
    ended = EndedSessions()
    for number in range(EndedSessions.REMEMBERED + 1):
        ended.add(str(number))
    assert "0" not in ended
    assert "1" in ended
    assert len(ended._ids) == EndedSessions.REMEMBERED
