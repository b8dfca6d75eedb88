"""What sign-in with a provider costs the process."""

import subprocess
import sys

from chat.accounts.openid import open_provider
from chat.settings import Settings
from tests.delivery.patched import run_patched
from tests.servers import ROOT


def test_without_a_provider_nothing_of_it_is_loaded():
    code = (
        "import sys, chat.app\n"
        "from chat.accounts.openid import open_provider\n"
        "from chat.settings import Settings\n"
        "assert open_provider(Settings(), None, None) is None\n"
        "assert not {'joserfc', 'cryptography'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=30)


def test_a_provider_is_opened_without_asking_it(stand_in):
    provider = open_provider(Settings(**stand_in.settings), None, None)
    assert not stand_in.requests
    assert provider.start("/")


def test_a_provider_that_is_slow_does_not_hold_up_the_others_of_the_worker():
    run_patched("""
    from chat.accounts.openid.transport import Transport
    from chat.errors import Unavailable
    from tests.openid.stand_in import StandIn, drip, drip_headers

    stand_in = StandIn()
    stand_in.answers = {"/a": drip, "/b": drip_headers}
    transport = Transport(stand_in.url, limit=0.5)
    given_up = []

    def ask(path):
        try:
            transport.get(stand_in.url + path)
        except Unavailable:
            given_up.append(path)

    for path in ("/a", "/b") * 10:
        eventlet.spawn(ask, path)
    longest, last, end = 0, time.monotonic(), time.monotonic() + 3
    while len(given_up) < 20:
        assert time.monotonic() < end
        eventlet.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert longest < 0.2, longest
    """)
