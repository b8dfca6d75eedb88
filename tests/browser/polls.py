"""The HTTP long polling of one page, whose answers can get lost."""

ONLY_POLLING = """
    window.WebSocket = class {
        constructor() { queueMicrotask(() => this.onerror(new Event("error"))); }
        close() {}
    };
"""

# A lost answer: the page gets an empty packet instead (Engine.IO's noop), and polls again.
LOSING = """
    const { prototype } = XMLHttpRequest;
    const { get } = Object.getOwnPropertyDescriptor(prototype, "responseText");
    const NOTHING = "6";
    window.lostPolls = new Set();
    Object.defineProperty(prototype, "responseText", {
        get() {
            const text = get.call(this);
            if (window.pollToLose && text.includes(window.pollToLose)) {
                window.pollToLose = null;
                window.lostPolls.add(this);
            }
            return window.lostPolls.has(this) ? NOTHING : text;
        },
    });
"""


class Polls:
    """Carries the requests of one page. It has to be made before the page is opened."""

    def __init__(self, page):
        self.is_dead = False
        self.handshakes = 0
        self._page = page
        page.add_init_script(ONLY_POLLING)
        page.add_init_script(LOSING)
        page.route("**/socket.io/**", self._carry)

    def lose(self, part):
        """Lose the next answer to a poll that contains `part`."""
        self._page.evaluate("part => { window.pollToLose = part; }", part)

    def wait_until_lost(self):
        self._page.wait_for_function("() => window.lostPolls.size > 0")

    def _carry(self, route):
        self.handshakes += "sid=" not in route.request.url
        if not self.is_dead:
            route.continue_()
        # otherwise the request is never answered
