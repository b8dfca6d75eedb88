"""The installed app: it opens offline, caches no personal data, and updates with the server."""

import re
import socketserver
import threading
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.copies import copy_code
from tests.servers import ChatServer, wait_until


@pytest.fixture
def own_copy(tmp_path):
    """A server with code of its own, so that a test can update it."""
    root = copy_code(tmp_path / "code")
    limits = {"send_rate": 0, "sign_in_rate": 0}
    server = ChatServer(tmp_path, root=root, **limits).start()
    server.root = root
    yield server
    server.kill()


@pytest.fixture
def ann(visit, own_copy):
    ann = visit("Ann", "general", at=own_copy, service_workers="allow")
    ann.tolerate_lost_connection()
    wait_for_worker(ann)
    return ann


def wait_for_worker(visitor):
    visitor.page.evaluate("navigator.serviceWorker.ready")
    visitor.page.wait_for_function("() => navigator.serviceWorker.controller")


def offline_heading(visitor):
    return visitor.page.get_by_role("heading", name="No connection")


def kept(visitor):
    """All files in the caches of the service worker: their paths and their texts."""
    return visitor.page.evaluate(
        """async () => {
          const all = {};
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              all[new URL(request.url).pathname] = await (await cache.match(request)).text();
            }
          }
          return all;
        }"""
    )


def version(visitor):
    href = visitor.page.locator("link[rel=stylesheet]").first.get_attribute("href")
    return re.match(r"/static/(\w+)/", href).group(1)


@pytest.mark.every_browser
def test_without_a_connection_it_opens_and_shows_what_waits(ann, own_copy):
    own_copy.kill()
    ann.say("Written **offline**")
    expect(ann.row("Written")).to_have_attribute("data-state", "pending")

    ann.page.goto("/rooms/tech")

    expect(offline_heading(ann)).to_be_visible()
    waiting = ann.page.locator("[data-waiting-messages] li")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text("General")
    expect(waiting).to_contain_text("Written **offline**")

    own_copy.start()
    with suppress(PlaywrightTimeout):  # it may have opened by itself before
        ann.page.get_by_role("button", name="Try again").click(timeout=2000)
    expect(ann.page.get_by_role("heading", name="Tech", exact=True)).to_be_visible(timeout=20_000)
    ann.wait_until_live()
    ann.go_to("general")
    ann.sees("Written")


@pytest.mark.every_browser
def test_it_opens_by_itself_when_the_server_is_back(ann, own_copy):
    own_copy.kill()
    ann.page.reload()
    expect(offline_heading(ann)).to_be_visible()
    expect(ann.page.locator("[data-offline-state]")).to_contain_text("Trying again in")
    own_copy.start()
    ann.wait_until_live()


def test_it_opens_at_once_when_the_device_is_online_again(ann, own_copy):
    own_copy.kill()
    ann.page.clock.install()
    ann.page.reload()
    expect(ann.page.locator("[data-offline-state]")).to_contain_text("Trying again in")
    ann.page.clock.pause_at(ann.page.evaluate("Date.now() + 1"))  # it won't try by itself
    own_copy.start()
    ann.page.evaluate("dispatchEvent(new Event('online'))")
    expect(ann.page).to_have_title(re.compile("General"))
    ann.page.clock.resume()
    ann.wait_until_live()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_error_of_what_stands_before_the_server_is_no_page(ann, own_copy, status):
    own_copy.kill()
    with answering(own_copy.port, f"HTTP/1.1 {status} Bad\r\nContent-Length: 0\r\n\r\n"):
        ann.page.goto("/rooms/tech")
        expect(offline_heading(ann)).to_be_visible()


def test_a_server_that_never_answers_is_no_connection(ann, own_copy):
    own_copy.kill()
    with answering(own_copy.port, None):
        ann.page.goto("/rooms/tech")
        expect(offline_heading(ann)).to_be_visible(timeout=15_000)


@contextmanager
def answering(port, answer):
    """Something at the server's port that gives everybody the same answer, or none."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65_536)
            if answer:
                self.request.sendall(answer.encode())
            else:
                done.wait()

    done = threading.Event()
    server = wait_until(lambda: listener_at(port, Handler), 10, "a free port")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        server.shutdown()
        server.server_close()


def listener_at(port, handler):
    """None while a process that was killed still has the port."""
    with suppress(OSError):
        return Listener(("127.0.0.1", port), handler)


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.mark.every_browser
def test_nothing_of_anybody_is_kept(ann, own_copy):
    ann.say("a secret of mine")
    ann.sees("a secret of mine")
    ann.page.reload()
    ann.wait_until_live()
    everything = kept(ann)
    assert "/offline" in everything
    assert any(path.endswith("/js/main.js") for path in everything), "the page is cached"
    assert not [path for path in everything if not path.startswith(("/static/", "/offline"))]
    assert not [path for path, text in everything.items() if "secret of mine" in text]
    assert not [path for path, text in everything.items() if ann.name in text]


def test_after_sign_out_nothing_that_waits_is_shown(ann, own_copy):
    """The next person at this computer doesn't see it."""
    ann.page.route_web_socket("**", lambda _route: None)
    ann.page.reload()
    ann.say("never sent")
    ann.sign_out(delete=True)
    expect(ann.page.get_by_role("button", name="Join the chat")).to_be_visible()
    own_copy.kill()

    ann.page.reload()

    expect(offline_heading(ann)).to_be_visible()
    expect(ann.page.locator("[data-offline-state]")).not_to_be_empty()
    expect(ann.page.locator("[data-waiting]")).to_be_hidden()
    assert "never sent" not in ann.page.content()


def test_who_is_leaving_has_nothing_shown_though_no_other_page_came(ann, own_copy):
    """The server was gone before the page that deletes everything could load."""
    ann.page.route_web_socket("**", lambda _route: None)
    ann.page.reload()
    ann.say("never sent")
    ann.page.route("**/sign-out", lambda route: route.abort())
    ann.sign_out(delete=True)
    wait_until(lambda: ann.page.evaluate("'signing out' in localStorage"))
    own_copy.kill()

    ann.page.goto(ann.url + "/offline")

    expect(offline_heading(ann)).to_be_visible()
    expect(ann.page.locator("[data-offline-state]")).not_to_be_empty()
    expect(ann.page.locator("[data-waiting]")).to_be_hidden()
    assert "never sent" not in ann.page.content()


def test_an_update_of_the_server_reaches_open_pages(ann, own_copy):
    old = version(ann)
    second = ann.new_tab("/rooms/general")
    update(own_copy, ann)

    notice = ann.page.locator("[data-update]")
    expect(notice).to_be_visible()
    ann.composer.fill("half a thought")
    notice.get_by_role("button", name="Reload").click()
    expect(ann.page.locator("html")).to_have_attribute("data-updated", "yes")
    ann.wait_until_live()
    assert version(ann) != old
    expect(ann.page.locator("[data-update]")).to_be_hidden()
    expect(ann.composer).to_have_value("half a thought")
    expect(second.page.locator("[data-update]")).to_be_visible()
    waits = "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"
    assert second.page.evaluate(waits), "waits while an old page is open"

    own_copy.kill()
    ann.page.reload()
    expect(offline_heading(ann)).to_be_visible()


def test_a_worker_that_takes_over_leaves_no_file_of_an_old_version(visit, own_copy):
    ann = visit("Ann", None, at=own_copy, service_workers="allow")
    ann.page.goto("/healthz")  # no page of the chat, so it has no worker yet
    ann.page.evaluate("() => caches.open('/static/of-an-old-version/').then(() => true)")
    ann.open("/rooms/general")
    only_this = "async () => `${await caches.keys()}` === document.body.dataset.static"
    wait_until(lambda: ann.page.evaluate(only_this))


def test_a_page_opened_after_an_update_is_never_an_old_one(ann, own_copy):
    old = version(ann)
    ann.page.goto("about:blank")
    update(own_copy, ann)
    ann.open("/rooms/general")
    assert version(ann) != old
    expect(ann.page.locator("html")).to_have_attribute("data-updated", "yes")
    wait_until(lambda: ann.page.evaluate(NEW_WORKER_IS_INSTALLED))
    expect(ann.page.locator("[data-update]")).to_be_hidden()


def test_an_update_reloads_a_page_that_nobody_looks_at(ann, own_copy):
    ann.page.evaluate(HIDDEN)
    update(own_copy, ann)
    expect(ann.page.locator("html")).to_have_attribute("data-updated", "yes", timeout=30_000)


HIDDEN = "() => Object.defineProperty(document, 'hidden', { value: true, configurable: true })"


def update(server, visitor):
    # A page of the old version may request its files that were not loaded yet.
    visitor.tolerate("status of 404", "Refused to apply style")
    server.kill()
    main = server.root / "chat/static/js/main.js"
    main.write_text(f'{main.read_text()}\ndocument.documentElement.dataset.updated = "yes";\n')
    server.start()


NEW_WORKER_IS_INSTALLED = """async () => {
    const { installing } = await navigator.serviceWorker.getRegistration();
    return !installing && (await caches.keys()).includes(document.body.dataset.static);
}"""


@pytest.mark.parametrize("browser", ["whole_chromium"], indirect=True)
def test_notifications_come_through_the_worker(visit, own_copy, chatter):
    ann = visit("Ann", "general", at=own_copy, service_workers="allow")
    ann.context.grant_permissions(["notifications"])
    wait_for_worker(ann)
    ann.page.get_by_role("button", name="Notifications").click()
    ann.page.get_by_label("Every message").check()
    ann.page.evaluate("document.hasFocus = () => false")
    ann.page.evaluate(NOTICE_WHEN_SHOWN)
    chatter("Ben", "general", at=own_copy).say("general", "Look here")
    ann.page.wait_for_function("() => window.isShown")
    assert notifications(ann) == [{"body": "Look here", "data": {"path": "/rooms/general"}}]


# Chromium forgets a notification that is asked for before it is on the screen.
NOTICE_WHEN_SHOWN = """() => {
  const { prototype } = ServiceWorkerRegistration;
  const show = prototype.showNotification;
  prototype.showNotification = async function (...args) {
    await show.apply(this, args);
    window.isShown = true;
  };
}"""


def notifications(visitor):
    return visitor.page.evaluate(
        """async () => {
          const all = await (await navigator.serviceWorker.ready).getNotifications();
          return all.map(({ body, data }) => ({ body, data }));
        }"""
    )


def test_development_has_no_worker(app):
    app.debug = True
    browser = app.test_client()
    page = browser.get("/").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    browser.post("/sign-in", data={"name": "Ann", "csrf_token": token})
    assert "data-service-worker" not in browser.get("/").text
    app.debug = False
    assert "data-service-worker" in browser.get("/").text
