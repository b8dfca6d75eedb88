"""Take screenshots of every state of the client; `make screenshots` runs this.

All of them go to `test-results/screenshots/`, those that the README shows also to
`docs/screenshots/`. The people, their messages and the time are always the same.
"""

import contextlib
import itertools
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, expect, sync_playwright

from chat.accounts.session_cookie import cookie_name
from chat.messages.message import Message
from chat.storage import open_history
from chat.storage.accounts import Profile, Session
from tests.browser.chromium import launch
from tests.browser.visitors import Visitor
from tests.browser.wire import Wire, lose_event, until_true
from tests.chatters import Chatter
from tests.servers import ChatServer, serving

TEAM = tomllib.loads(Path("scripts/team_talk.toml").read_text())
PEOPLE, TALK = TEAM["people"], TEAM["talk"]
ALL = Path("test-results/screenshots")
README = Path("docs/screenshots")
IN_README = {
    "busy-desktop-light": "chat-light",
    "busy-desktop-dark": "chat-dark",
    "busy-phone-light": "phone-light",
    "busy-phone-dark": "phone-dark",
}
SECRET = "the pictures need no secret"
ME = "Ada Okafor"
SIZES = {"desktop": (1280, 800), "wide": (1920, 1080), "phone": (390, 844)}
STATES: dict[str, Callable[["Scene"], None]] = {}


@dataclass
class Scene:
    """One person in a browser of one size and theme."""

    browser: Browser
    server: ChatServer
    device: str
    theme: str
    visitor: Visitor | None = None
    wire: Wire | None = None

    def enter(self, room: str, *, read: dict[str, str] | None = None, as_: str = ME) -> Visitor:
        """Open a room; `read` has the id of the newest read message, by room."""
        visitor = self._visitor(as_, read or {})
        sign_in_as(visitor, as_)
        visitor.open(f"/rooms/{room}")
        return visitor

    def arrive(self, path: str) -> Visitor:
        """Open a page without a session."""
        visitor = self._visitor(ME, {})
        visitor.page.goto(path)
        return visitor

    def _visitor(self, name: str, read: dict[str, str]) -> Visitor:
        width, height = SIZES[self.device]
        phone: dict[str, Any] = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
        markers = [
            {"name": f"read {id_of(name)} {room}", "value": f'"{id_}"'}
            for room, id_ in read.items()
        ]
        self.visitor = Visitor(
            self.browser,
            self.server.url,
            name,
            viewport={"width": width, "height": height},
            color_scheme=self.theme,
            timezone_id="UTC",
            storage_state={
                "cookies": [],
                "origins": [{"origin": self.server.url, "localStorage": markers}],
            },
            **(phone if self.device == "phone" else {}),
        )
        self.wire = Wire(self.visitor.page)
        # Otherwise the server would remember from one picture to the next what was read.
        self.wire.refuse("rooms", "invalid")
        self.visitor.page.clock.install(time=TEAM["now"])
        return self.visitor

    def take(self, state: str) -> None:
        """Save the screenshot."""
        name = f"{state}-{self.device}-{self.theme}"
        self.visitor.page.evaluate("document.fonts.ready")
        self.visitor.page.screenshot(path=ALL / f"{name}.png", animations="disabled", caret="hide")
        if name in IN_README:
            shutil.copy(ALL / f"{name}.png", README / f"{IN_README[name]}.png")


def state(take: Callable[[Scene], None]) -> Callable[[Scene], None]:
    """Register a function that brings a scene into a state, under the function's name."""
    STATES[take.__name__.replace("_", "-")] = take
    return take


@state
def sign_in(scene: Scene) -> None:
    scene.arrive("/")


@state
def sign_in_error(scene: Scene) -> None:
    page = scene.arrive("/").page
    page.get_by_label("Your name").fill("Admin")
    page.get_by_role("button", name="Join the chat").click()
    expect(page.get_by_role("alert")).to_be_visible()


@state
def error(scene: Scene) -> None:
    visitor = scene.arrive("/")
    sign_in_as(visitor, ME)
    visitor.page.goto("/rooms/nowhere")


@state
def empty(scene: Scene) -> None:
    scene.enter("lunch-club")


@state
def busy(scene: Scene) -> None:
    read = {"general": last_id("general"), "tech": id_of_line("tech", -4)}
    visitor = scene.enter("general", read=read)
    expect(visitor.page.locator("[data-room-link=tech] [data-unread]")).to_have_text("4")


@state
def unread(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": id_of_line("general", -5)})
    visitor.page.locator("[data-timeline]").evaluate("log => { log.scrollTop -= 150; }")


@state
def long(scene: Scene) -> None:
    scene.enter("random")


@state
def typing(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    chen = chatter(scene.server, "Chen Wei")
    with contextlib.closing(chen):
        chen.join_typing("general")
        chen.call("typing", {"room": "general", "active": True}, namespace="/typing")
        expect(visitor.typing_line).to_contain_text("is typing")


@state
def writing(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.composer.fill("The draft of the announcement:\n\n" + "It ships today. " * 260)


@state
def not_sent(scene: Scene) -> None:
    visitor = scene.enter("tech", read={"tech": last_id("tech")})
    wire = scene.wire
    until_true(visitor.page, lambda: wire.events("rooms"), "the refusal of `rooms`")
    wire.refuse("send", "invalid", "The text has characters that are not allowed.")
    visitor.say("The migration is through, dashboards look calm.")
    expect(visitor.row("The migration")).to_have_attribute("data-state", "failed")
    wire.to_server = lose_event("send")
    visitor.say("It gets a page in the handbook, too.")
    visitor.page.clock.fast_forward(10_500)
    expect(visitor.row("handbook")).to_have_attribute("data-state", "slow")


@state
def offline(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.page.route_web_socket("**", lambda _route: None)
    visitor.context.set_offline(True)
    visitor.page.evaluate("dispatchEvent(new Event('offline'))")
    visitor.say("On the train, this will go out after the tunnel.")
    visitor.page.clock.fast_forward(4100)
    visitor.page.clock.run_for(6000)
    expect(visitor.banner).to_be_visible()


@state
def delays(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    expect(visitor.row("").first).to_be_visible()
    scene.wire.browser.send('42/rooms,["delays",{"expected":true}]')
    expect(visitor.banner).to_contain_text("may come late")


@state
def people(scene: Scene) -> None:
    page = scene.enter("general", read={"general": last_id("general")}).page
    if scene.device == "phone":
        page.get_by_role("button", name="people here").click()


@state
def markdown(scene: Scene) -> None:
    visitor = scene.enter("design")
    expect(visitor.page.locator(".message-text pre")).to_be_visible()


@state
def suggestions(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.composer.press_sequentially("Thank you, @")
    expect(visitor.page.get_by_role("option").first).to_be_visible()


@state
def emoji(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.composer.press_sequentially("Ship it :rock")
    expect(visitor.page.get_by_role("option").first).to_be_visible()


@state
def emoji_picker(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.composer.press_sequentially("Ship it ")
    visitor.page.get_by_role("button", name="Emoji", exact=True).click()
    visitor.page.get_by_role("gridcell", name="rocket").first.hover()


@state
def emoji_search(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.page.get_by_role("button", name="Emoji", exact=True).click()
    visitor.page.get_by_role("textbox", name="Find an emoji").fill("wav")
    visitor.page.get_by_role("button", name="Skin tone").click()
    visitor.page.get_by_role("button", name="Medium", exact=True).click()
    visitor.page.get_by_role("button", name="Skin tone").click()


@state
def switcher(scene: Scene) -> None:
    visitor = scene.enter("general", read={"tech": id_of_line("tech", -4)})
    visitor.page.keyboard.press("Control+k")
    expect(visitor.page.get_by_role("option").first).to_be_visible()


@state
def shortcuts(scene: Scene) -> None:
    visitor = scene.enter("general", read={"general": last_id("general")})
    visitor.page.keyboard.press("Control+/")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


@state
def settings(scene: Scene) -> None:
    page = scene.enter("general", read={"general": last_id("general")}).page
    if scene.device == "phone":
        page.get_by_role("button", name="Rooms").click()
        page.locator(".tabs").get_by_role("button", name="Notifications").click()
    else:
        page.locator("[data-bell]").click()
    page.get_by_label("Messages that mention me").check()


@state
def account(scene: Scene) -> None:
    page = scene.enter("general", read={"general": last_id("general")}).page
    if scene.device == "phone":
        page.get_by_role("button", name="Rooms").click()
        page.get_by_role("button", name="You", exact=True).click()
    else:
        page.get_by_role("button", name=f"You: {ME}").click()


@state
def profile(scene: Scene) -> None:
    account(scene)
    page = scene.visitor.page
    page.get_by_role("button", name="Your profile").click()
    expect(page.locator("[data-sessions] li").first).to_be_visible()


@state
def person_card(scene: Scene) -> None:
    page = scene.enter("general", read={"general": last_id("general")}).page
    page.locator("button[data-about-person]:visible", has_text="Chen Wei").last.click()
    expect(page.get_by_role("dialog", name="Chen Wei")).to_contain_text("Here now")


@state
def rooms(scene: Scene) -> None:
    page = scene.enter(
        "tech", read={"tech": last_id("tech"), "general": id_of_line("general", -5)}
    ).page
    if scene.device == "phone":
        page.get_by_role("button", name="Rooms").click()


def main(only: list[str]) -> None:
    """Take all screenshots, or those of the named states."""
    ALL.mkdir(parents=True, exist_ok=True)
    README.mkdir(parents=True, exist_ok=True)
    with chat_server() as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for (name, bring), device, theme in itertools.product(
            STATES.items(), SIZES, ("light", "dark")
        ):
            if only and name not in only:
                continue
            scene = Scene(browser, server, device, theme)
            bring(scene)
            scene.take(name)
            scene.visitor.context.close()
        browser.close()


@contextlib.contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server with the team's messages in its history, and most of the team online."""
    with tempfile.TemporaryDirectory() as folder:
        fill_history(f"sqlite:///{folder}/chat.db")
        rooms = (
            "General: Everything about the ferries,Tech: Timetable and servers,Random,"
            "Design: How it looks,Lunch club"
        )
        limits = {"send_rate": 0, "event_rate": 0, "sign_in_rate": 0}
        with serving(Path(folder), rooms=rooms, secret_key=SECRET, **limits) as server:
            online = [chatter(server, name) for name in PEOPLE if name != ME]
            for each in online:
                for room in ("general", "tech", "random", "design", "lunch-club"):
                    each.join(room)
            yield server
            for each in online:
                each.close()


def fill_history(url: str) -> None:
    history = open_history(url)
    history.create()
    for room in TALK:
        for message in messages(room):
            history.append([message])
    for name in PEOPLE:
        history.accounts.put_profile(Profile(id_of(name), name))
        history.accounts.begin_session(session(name, "Firefox on Linux", timedelta(days=19)))
    for device, ago in (
        ("Safari on an iPhone", timedelta(minutes=20)),
        ("Edge on Windows", timedelta(days=12)),
    ):
        history.accounts.begin_session(session(ME, device, ago))
    history.close()


def session(name: str, device: str, ago: timedelta) -> Session:
    """A session of a person that was in use so long ago, and is good for a day from now on."""
    at = (TEAM["now"] - ago).timestamp()
    id_ = f"{id_of(name)} {device}"
    return Session(id_, id_of(name), device, at, at, time.time() + 86_400)


def messages(room: str) -> list[Message]:
    return [message(room, index, **line) for index, line in enumerate(TALK[room])]


def message(room: str, index: int, *, at: datetime, name: str, text: str) -> Message:
    id_ = f"{at + timedelta(microseconds=index):%Y-%m-%dT%H:%M:%S.%f}Z.00000000{index:02x}"
    return Message(id_, room, id_of(name), name, text, client_id=f"{room} {index}")


def last_id(room: str) -> str:
    return messages(room)[-1].id


def id_of_line(room: str, index: int) -> str:
    return messages(room)[index - 1].id


def id_of(name: str) -> str:
    """The id of a person, which determines the colour of the avatar."""
    return PEOPLE[name]


def cookie(name: str) -> str:
    app = Flask("screenshots")
    app.secret_key = SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    return str(
        serializer.dumps(
            {
                "person": [id_of(name), name],
                "session": session(name, "Firefox on Linux", timedelta(0)).id,
                "since": time.time(),
                "_permanent": True,
            }
        )
    )


def sign_in_as(visitor: Visitor, name: str) -> None:
    each = {"name": cookie_name(SECRET), "value": cookie(name), "url": visitor.url}
    visitor.context.add_cookies([each])


def chatter(server: ChatServer, name: str) -> Chatter:
    browser = requests.Session()
    browser.cookies.set(cookie_name(SECRET), cookie(name))
    return Chatter(server.url, name, session=browser)


if __name__ == "__main__":
    main(sys.argv[1:])
