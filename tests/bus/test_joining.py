"""Whether a process joins others."""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT


@pytest.mark.parametrize("bus", ["", "valkey://127.0.0.1:1"])
def test_without_a_bus_nothing_of_it_is_imported(tmp_path, bus):
    code = (
        "import sys\n"
        "from chat import create_app\n"
        "create_app()\n"
        "found = any(name == 'libvalkey' or name.startswith('chat.bus.') for name in sys.modules)\n"
        f"assert found is {bool(bus)}\n"
    )
    settings = {
        "CHAT_BUS": bus,
        "CHAT_HISTORY": f"sqlite:///{tmp_path}/chat.db",
        "CHAT_SECRET_KEY": "the same for all processes",
    }
    command = [sys.executable, "-c", code]
    environment = {**os.environ, **settings}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=30)
