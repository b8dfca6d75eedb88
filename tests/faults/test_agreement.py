"""When a screen shows all that it has to."""

from types import SimpleNamespace

from tests.faults import agreement


def screen(*shown, has_more=False, is_live=True):
    room = SimpleNamespace(id="general", shown=list(shown), has_more=has_more)
    return SimpleNamespace(name=" ".join(shown), is_live=is_live, rooms={"general": room})


def test_all_of_it_is_shown_or_not():
    ids = {"general": {"1", "2"}}
    assert agreement.do_show([screen("1", "2"), screen("0", "1", "2", "3")], ids)
    assert not agreement.do_show([screen("1", "2"), screen("1")], ids)
    assert not agreement.do_show([screen("1", "2", is_live=False)], ids)
    assert not agreement.do_show([screen()], ids)


def test_those_who_lack_something_are_named():
    screens = [screen("1"), screen("1", "2"), screen("2")]
    assert agreement.who_lacks(screens, {"general": {"1", "2"}}) == ["1", "2"]


def test_a_screen_with_more_before_it_may_begin_later():
    assert agreement.do_show([screen("2", has_more=True)], {"general": {"1", "2"}})
    assert not agreement.do_show([screen("2")], {"general": {"1", "2"}})
    assert not agreement.do_show([screen("1", "3", has_more=True)], {"general": {"2"}})
