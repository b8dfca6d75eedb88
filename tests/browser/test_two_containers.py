"""Two people on two containers can't tell that they are, and see it while the bus is down."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.browser.shared_server import NO_LIMITS
from tests.servers import serving


@pytest.fixture
def containers(tmp_path, built_page, valkey):
    """Two servers that are one chat."""
    shared = {"history": f"sqlite:///{tmp_path}/chat.db", "bus": valkey.url, **NO_LIMITS}
    with ExitStack() as servers:

        def start(name):
            folder = tmp_path / name
            folder.mkdir()
            return servers.enter_context(serving(folder, variables=built_page, **shared))

        yield start("one"), start("other")


@pytest.mark.every_browser
def test_two_people_on_two_containers(visit, containers):
    here, there = containers
    ann, taro = visit("Al-Farabi", "general", at=here), visit("太郎", "general", at=there)
    for visitor in (ann, taro):
        expect(people_of(visitor)).to_contain_text("Al-Farabi")
        expect(people_of(visitor)).to_contain_text("太郎")
    ann.say("Hello")
    taro.sees("Hello")
    taro.composer.press_sequentially("I type")
    expect(ann.typing_line).to_contain_text("太郎")
    taro.composer.press("Enter")
    ann.sees("I type")
    assert ann.texts() == taro.texts() == ["Hello", "I type"]


def test_people_see_it_while_the_bus_is_down(visit, containers, valkey):
    here, there = containers
    ann, taro = visit("O’Brien", "general", at=here), visit("太郎", "general", at=there)
    ann.say("Before")
    taro.sees("Before")
    valkey.freeze()
    expect(ann.banner).to_contain_text("Messages from some people may come late right now.")
    expect(ann.banner.locator("use")).to_have_attribute("href", "#icon-clock")
    expect(ann.banner.get_by_role("button")).to_have_count(0)
    newcomer = visit("Newcomer", "general", at=there)
    expect(newcomer.banner).to_be_visible()
    taro.say("Meanwhile")
    ann.sees("Meanwhile")
    valkey.thaw()
    for visitor in (ann, taro, newcomer):
        expect(visitor.banner).to_be_hidden()
    taro.say("After")
    ann.sees("After")
    assert ann.texts() == taro.texts() == newcomer.texts() == ["Before", "Meanwhile", "After"]


def people_of(visitor):
    return visitor.page.get_by_role("complementary").filter(has_text="In this room")
