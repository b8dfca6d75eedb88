"""People who sign in with a strict OpenID provider, in real browsers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.accounts.test_with_provider import HASTY
from tests.browser.test_accessibility import SCREENS
from tests.browser.wire import Wire, lose_event, pass_on
from tests.servers import serving

NAME = "Saltmarsh ID"


@pytest.fixture(scope="module")
def ferries(tmp_path_factory, built_page, running_openid_provider):
    """A chat whose people sign in with the provider."""
    folder = tmp_path_factory.mktemp("ferries")
    settings = running_openid_provider.settings | {
        "oidc_name": NAME,
        "sign_in_rate": 0,
        "administrators": "bosses",
    }
    with serving(folder, HASTY, variables=built_page, **settings) as server:
        yield server


@pytest.fixture(autouse=True)
def usual(openid_provider):
    """The provider behaves as at its start."""


@pytest.fixture
def stranger(visit, ferries, openid_provider):
    """Opens browsers in which nobody has signed in."""

    def open_browser(path="/", **options):
        visitor = visit("Stranger", None, at=ferries, signed_in=False, **options)
        visitor.hosts.add(openid_provider.issuer.removeprefix("http://"))
        visitor.page.goto(path)
        return visitor

    return open_browser


def to_the_provider(visitor):
    visitor.page.get_by_role("link", name=NAME).click()


def sign_in_there(visitor, name):
    visitor.page.get_by_label("Name").fill(name)
    visitor.page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def arrive(stranger):
    """Signs people in; each call is another device."""

    def sign_in(name, path="/rooms/general", **options):
        visitor = stranger(path, **options)
        to_the_provider(visitor)
        sign_in_there(visitor, name)
        visitor.wait_until_live()
        visitor.name = name
        return visitor

    return sign_in


def test_two_people_chat_each_on_two_devices(arrive, ferries):
    desk, phone = arrive("Al-Farabi"), arrive("Al-Farabi", **SCREENS["phone"])
    taro, laptop = arrive("太郎"), arrive("太郎")
    assert desk.page.url == f"{ferries.url}/rooms/general", "where they wanted to go"
    desk.say("From the desk")
    taro.say("こんにちは")
    phone.say("From the phone")
    for device in (desk, phone, taro, laptop):
        for text in ("From the desk", "こんにちは", "From the phone"):
            device.sees(text)
    ids = [each.page.evaluate("document.body.dataset.userId") for each in (desk, phone, taro)]
    assert ids[0] == ids[1] != ids[2]
    expect(desk.page.locator("[data-people] li")).to_have_count(2)


def test_what_is_read_on_one_device_is_read_on_the_other(arrive):
    desk, laptop, ben = arrive("Ann"), arrive("Ann"), arrive("Ben", "/rooms/random")
    ben.say("In Random")
    unread = [
        device.page.locator('[data-room-link="random"] [data-unread]') for device in (desk, laptop)
    ]
    for number in unread:
        expect(number).to_have_text("1")
    desk.go_to("random")
    desk.sees("In Random")
    for number in unread:
        expect(number).to_be_hidden()


def test_a_sign_out_ends_the_session_there_and_no_other_device(arrive, openid_provider):
    desk, phone = arrive("Ann"), arrive("Ann")
    desk.composer.fill("half a thought")
    desk.sign_out()
    desk.page.wait_for_url("**/session/end**")  # at the provider, whose button has the same name
    desk.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(desk.page.get_by_role("link", name=f"Continue with {NAME}")).to_be_visible()
    kept = desk.page.evaluate("JSON.stringify(localStorage)")
    assert "half a thought" not in kept
    phone.say("Still here")
    phone.sees("Still here")
    to_the_provider(desk)
    expect(desk.page.get_by_label("Name")).to_be_visible()


def test_who_is_disabled_there_is_out_and_what_was_not_sent_waits_until_the_return(
    arrive, openid_provider
):
    ann = arrive("Ann")
    ann.tolerate_lost_connection()
    ann.tolerate("status of 401")
    wire = Wire(ann.page)
    ann.open("/rooms/general")
    wire.to_server = lose_event("send")
    ann.say("On its way when the session ended")
    openid_provider.control(people={"Ann": {"disabled": True}})
    button = ann.page.get_by_role("link", name=NAME)
    expect(button).to_be_visible(timeout=30_000)
    wire.to_server = pass_on
    openid_provider.control()
    button.click()
    ann.wait_until_live()
    ann.sees("On its way when the session ended")


def test_who_is_refused_there_reads_why_and_may_try_again(stranger, openid_provider):
    openid_provider.control(people={"Eve": {"disabled": True}})
    eve = stranger("/rooms/tech")
    eve.tolerate("status of 401")
    to_the_provider(eve)
    sign_in_there(eve, "Eve")
    expect(eve.page.get_by_role("alert")).to_contain_text("did not let you in")
    openid_provider.control()
    eve.page.get_by_role("link", name=f"Try again with {NAME}").click()
    sign_in_there(eve, "Eve")
    eve.wait_until_live()
    assert eve.page.url.endswith("/rooms/tech")


def open_card(visitor, name):
    visitor.page.get_by_role("complementary").get_by_role("button", name=name).click()
    return visitor.page.get_by_role("dialog", name=name)


def test_an_administrator_shuts_somebody_out(arrive, openid_provider):
    openid_provider.control(people={"Boss": {"groups": ["bosses"]}})
    boss, eve = arrive("Boss"), arrive("Eve")
    eve.tolerate_lost_connection()
    eve.tolerate("status of 401", "status of 403")
    card = open_card(boss, "Eve")
    card.get_by_role("button", name="Shut out…").click()
    question = boss.page.get_by_role("dialog", name="Shut out")
    assert Axe().run(boss.page).violations_count == 0
    question.get_by_role("button", name="Shut out", exact=True).click()
    to_the_provider(eve)
    expect(eve.page.get_by_role("alert")).to_contain_text("has shut you out")
    people = boss.page.get_by_role("complementary")
    expect(people.get_by_role("button", name="Eve")).to_have_count(0)


def test_who_is_no_administrator_shuts_nobody_out(arrive):
    ann = arrive("Ann")
    arrive("Ben")
    card = open_card(ann, "Ben")
    expect(card).to_contain_text("Here now")
    expect(card.get_by_role("button", name="Shut out")).to_have_count(0)


def refused(visitor):
    visitor.tolerate("status of 400")
    visitor.page.goto("/sign-in/callback?state=x&error=access_denied")
    expect(visitor.page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", [lambda _: None, refused], ids=["sign-in", "refused"])
def test_axe_finds_nothing(stranger, state, screen, theme):
    visitor = stranger(color_scheme=theme, reduced_motion="reduce", **SCREENS[screen])
    state(visitor)
    results = Axe().run(visitor.page)
    assert results.violations_count == 0, results.generate_report()
