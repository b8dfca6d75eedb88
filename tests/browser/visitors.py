"""A person with a browser, as the browser tests use it."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.chatters import sign_in

LOST_IN_FIREFOX = (
    "connection to ws:",
    "establish a connection to",
    "NetworkError",
    "ServiceWorker",
)


class Visitor:
    """A browser context with one page, and the errors that occur in it.

    `options` are those of Playwright's `new_context`.
    """

    def __init__(self, browser, url, name, **options):
        self.url = url
        self.name = name
        self.complaints = []
        self.hosts = {urlsplit(url).netloc}  # where requests may go
        self._touch = options.get("has_touch", False)
        self._tolerated = ["Service Worker registration blocked by Playwright"]
        usual = {
            "viewport": {"width": 1280, "height": 800},
            "locale": "en-GB",
            "service_workers": "block",  # it would answer requests that a test intercepts
        }
        options = usual | options
        self.context = browser.new_context(base_url=url, **options)
        self.context.on("request", self._check_host)
        self.context.on("console", self._check_console)
        self.context.on("weberror", lambda error: self._complain(str(error.error)))
        self.page = self.context.new_page()

    def sign_in(self):
        """Sign in without the form, which has tests of its own."""
        session = sign_in(self.url, self.name)
        for name, value in session.cookies.items():
            self.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    def open(self, path):
        """Go to a page, and if it is the chat, wait until it is live."""
        self.page.goto(path)
        if self.page.locator(".chat-page").count():
            self.wait_until_live()

    def wait_until_live(self):
        expect(self.log).to_have_attribute("data-live", "true")

    def tolerate(self, *parts):
        """Ignore errors whose text has one of these parts: the test provokes them."""
        self._tolerated.extend(parts)

    def tolerate_lost_connection(self):
        self.tolerate("WebSocket connection to", "net::ERR_", "status of 400", "status of 503")
        self.tolerate(*LOST_IN_FIREFOX)

    @property
    def log(self):
        return self.page.get_by_role("log")

    @property
    def composer(self):
        return self.page.get_by_role("textbox", name="Message to")

    @property
    def typing_line(self):
        return self.page.locator("[data-typing-line]")

    @property
    def banner(self):
        return self.page.locator("[data-banner]")

    @property
    def rows(self):
        return self.page.locator("[data-message]")

    def row(self, text):
        """The message with that text in it."""
        return self.rows.filter(has=self.page.locator("[data-text]", has_text=text))

    def say(self, text):
        """Send a message: by the button on a touch screen, otherwise by Enter."""
        self.composer.fill(text)
        if self._touch:
            self.page.get_by_role("button", name="Send", exact=True).tap()
        else:
            self.composer.press("Enter")

    def sees(self, text):
        """The message arrives once, and isn't pending."""
        expect(self.row(text)).to_have_count(1)
        expect(self.row(text)).to_have_attribute("data-state", "sent")

    def texts(self):
        """The texts of all messages on the page, from top to bottom."""
        return self.page.locator("[data-text]").all_inner_texts()

    def room_link(self, title):
        return self.page.get_by_role("navigation", name="Rooms").get_by_role("link", name=title)

    def go_to(self, room):
        """Go to another room by its link, and wait until the page shows it and is live."""
        link = self.page.locator(f'[data-room-link="{room}"]')
        link.click()
        expect(self.page).to_have_url(f"{self.url}/rooms/{room}")
        expect(link).to_have_attribute("aria-current", "page")
        self.wait_until_live()

    def open_account(self):
        """Open the account menu: theme, shortcuts, sign-out."""
        self.page.get_by_role("button", name="You: ").click()

    def sign_out(self, *, delete=False):
        """Sign out; `delete` confirms that unsent messages get deleted."""
        self.open_account()
        self.page.get_by_role("button", name="Sign out", exact=True).click()
        if delete:
            self.page.get_by_role("button", name="Delete them and sign out").click()

    def new_tab(self, path):
        """A second tab of the same person."""
        tab = object.__new__(Visitor)
        tab.__dict__ = self.__dict__ | {"page": self.context.new_page()}
        if path:
            tab.open(path)
        return tab

    def _check_host(self, request):
        host = urlsplit(request.url).netloc
        if host not in self.hosts and ":" in request.url[:6]:
            self._complain(f"request to {request.url}")

    def _check_console(self, message):
        if message.type in {"error", "warning"}:
            self._complain(f"{message.text} ({message.location.get('url', '')})")

    def _complain(self, text):
        if not any(part in text for part in self._tolerated):
            self.complaints.append(text)
