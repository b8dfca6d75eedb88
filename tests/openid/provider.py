"""A strict OpenID provider as a process of its own: oidc-provider, for Node.

The fixture `openid_provider` starts it once. Settings for a chat that uses it:

    ChatServer(folder, **openid_provider.settings, base_url=…)

In a browser, its login page has one field, labelled "Name", and one button, "Sign in": whoever
types a name is in as that person. Its page for signing out has one button, "Sign out". Without a
browser, `come_back` does that: it follows the redirects from the address to which the chat
sends the browser until the provider sends it back.

`openid_provider.control(people={"Ann": {"email": …}}, …)` changes what it says and how it behaves,
as provider.mjs lists. Scope `offline_access` isn't needed for refresh tokens here, which are good
for one use each.
"""

import re
import subprocess
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from tests.servers import ROOT, free_port
from tests.waiting import wait_until

SECRET = "a secret: 100% + / ="


class Provider:
    def __init__(self, folder):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "oidc_issuer": self.issuer,
            "oidc_client_id": "chat",
            "oidc_client_secret": SECRET,
        }
        self._log = folder / "provider.log"
        self._process = None

    def start(self):
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["node", "tests/openid/provider.mjs", str(self.port)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, what="the provider")
        return self

    @property
    def is_running(self):
        return self._process.poll() is None

    def _answers(self):
        assert self.is_running, self._log.read_text()
        try:
            return requests.get(f"{self.issuer}/jwks", timeout=5).ok
        except requests.ConnectionError:
            return False

    def stop(self):
        self._process.kill()
        self._process.wait()

    def control(self, **behaviour):
        """Behave so from now on, and in all other ways as at the start."""
        assert requests.post(f"{self.issuer}/control", json=behaviour, timeout=5).ok


def come_back(url, name=None, session=None):
    """Sign in at the provider, or sign out if that is what the address is for.

    Args:
        url: The address to which the chat has sent the browser.
        name: What to type into the login page.
        session: The browser, with the cookies of the provider.

    Returns:
        The address of the chat to which the provider sends the browser back.
    """
    session = session or requests.Session()
    home, form = urlsplit(url).netloc, None
    for _ in range(20):
        answer = session.request("POST" if form else "GET", url, data=form, allow_redirects=False)
        if answer.is_redirect:
            url, form = urljoin(url, answer.headers["Location"]), None
            if urlsplit(url).netloc != home:
                return url
        else:
            assert answer.ok, answer.text
            url, form = _fill_in(answer, name)
    raise AssertionError(f"still at {url}")


def _fill_in(page, name):
    """Where the form of a page goes, and what it sends."""
    action = re.search(r'action="([^"]+)"', page.text)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    return action[1] if action else page.url, {"name": name, "logout": "yes", **hidden}


def query_of(url):
    return dict(parse_qsl(urlsplit(url).query))
