"""The profiles of people who sign in with a provider, and their names."""

import pytest

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names import MAX_NAME
from chat.accounts.openid.identity import Identity
from chat.accounts.provider_profiles import NUMBERED, ProviderProfiles
from chat.errors import Forbidden
from chat.messages.ids import MessageIds


def identity(person="a", name="Ann", **fields):
    usual = Identity(
        f"https://id.example\n{person}", person, name, "", frozenset(), False, "", "", ""
    )
    return usual._replace(**fields)


@pytest.fixture
def known(accounts, time):
    return KnownSessions(accounts, MessageIds(), time.start, time.sleep, time.clock)


@pytest.fixture
def profiles(accounts, known):
    return ProviderProfiles(accounts, known)


def test_a_profile_is_what_the_provider_says(profiles, accounts):
    profile = profiles.keep(identity(is_administrator=True))
    assert (profile.id, profile.name, profile.is_administrator) == ("a", "Ann", True)
    assert profile.subject == "https://id.example\na"
    assert accounts.people["a"] == profile
    assert not profiles.keep(identity()).is_administrator
    assert not accounts.people["a"].is_administrator


def test_who_has_a_name_keeps_it_and_others_get_numbers(profiles):
    names = [profiles.keep(identity(person)).name for person in "abc"]
    assert names == ["Ann", "Ann 2", "Ann 3"]
    assert [profiles.keep(identity(person)).name for person in "cab"] == ["Ann 3", "Ann", "Ann 2"]


def test_what_looks_like_a_name_is_not_free_either(profiles):
    profiles.keep(identity("a", "Iris"))
    assert profiles.keep(identity("b", "lris")).name == "lris 2"


def test_a_name_that_somebody_gave_up_is_free(profiles):
    profiles.keep(identity("a", "Ann"))
    assert profiles.keep(identity("a", "Ann Lee")).name == "Ann Lee"
    assert profiles.keep(identity("b", "Ann")).name == "Ann"


def test_all_processes_are_told_of_a_new_name_before_others_may_have_the_former(profiles, accounts):
    profiles.keep(identity("a", "Ann"))
    profiles.keep(identity("a", "Ann", is_administrator=True))
    assert accounts.revoked == []
    told_at = []
    give_back = accounts.give_back_name
    accounts.give_back_name = lambda *name: (
        told_at.append(len(accounts.revoked)),
        give_back(*name),
    )
    profiles.keep(identity("a", "Ann Lee"))
    assert [(each.person, each.session) for each in accounts.revoked] == [("a", "")]
    assert told_at == [1]


def test_a_name_written_in_another_way_is_still_ones_own(profiles):
    profiles.keep(identity("a", "Ann"))
    assert profiles.keep(identity("a", "ANN")).name == "ANN"
    assert profiles.keep(identity("b", "ann")).name == "ann 2"


def test_a_long_name_is_cut_for_its_number(profiles):
    name = "W" * MAX_NAME
    assert profiles.keep(identity("a", name)).name == name
    assert profiles.keep(identity("b", name)).name == "W" * (MAX_NAME - 2) + " 2"


def test_a_name_whose_owner_never_arrived_is_free(profiles, accounts):
    """The owner's process died between the claim and the profile."""
    accounts.claim_name(sorted({"ann"}), "lost")
    assert profiles.keep(identity("a", "ann")).name == "ann"


def test_who_lost_the_name_before_the_profile_was_there_takes_another(profiles, accounts, known):
    put_profile, stolen = accounts.put_profile, []

    def put_late(profile):
        if not stolen:
            stolen.append(ProviderProfiles(accounts, known))
            accounts.put_profile = put_profile
            stolen[0].keep(identity("thief", "Ann"))
        put_profile(profile)

    accounts.put_profile = put_late
    assert profiles.keep(identity("a", "Ann")).name == "Ann 2"
    assert accounts.people["thief"].name == "Ann"


def test_whoever_comes_after_the_numbers_gets_in_too(profiles, accounts):
    """Or else somebody with many accounts could keep others of a name out."""
    for number in range(NUMBERED):
        profiles.keep(identity(str(number)))
    one_more = profiles.keep(identity("5f3a09c1d2"))
    assert one_more.name == "Ann 5f3a09c1"
    accounts.put_profile = accounts.claim_name = None
    assert profiles.keep(identity("5f3a09c1d2")) == one_more


def test_who_is_banned_is_refused_and_stays_banned(profiles, accounts):
    profiles.keep(identity())
    accounts.ban("a", True)
    with pytest.raises(Forbidden, match="has shut you out"):
        profiles.keep(identity(name="Another"))
    assert accounts.people["a"].is_banned


def test_what_has_not_changed_is_not_written(profiles, accounts):
    profile = profiles.keep(identity())
    accounts.put_profile = accounts.claim_name = None
    assert profiles.keep(identity()) == profile
