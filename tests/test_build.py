"""What the browser gets: `make run` builds and serves it, `make dev` serves its sources."""

import shutil
import subprocess

import pytest
import requests

from tests.copies import copy_code
from tests.servers import ROOT, serving

INSTALLED = (".venv/run", ".venv/node", "node_modules/.installed")
MAKE = ("make", *(f"--assume-old={path}" for path in INSTALLED))
A_SOURCE_ALONE = "css/layers.css"


@pytest.fixture
def code(tmp_path):
    """A copy of all that `make run` needs."""
    code = copy_code(tmp_path / "code")
    shutil.copytree(ROOT / "scripts", code / "scripts")
    shutil.copy(ROOT / "Makefile", code)
    for installed in (".venv", "node_modules"):
        (code / installed).symlink_to(ROOT / installed)
    return code


def build(code):
    return subprocess.run(
        [*MAKE, "build/static"], cwd=code, capture_output=True, text=True, check=False
    )


def made_again(code):
    """Build; returns whether the folder was replaced."""
    folder = code / "build/static"
    before = folder.stat().st_ino if folder.exists() else None
    assert build(code).returncode == 0
    assert list((code / "build").iterdir()) == [folder]
    return folder.stat().st_ino != before


def test_it_is_built_again_when_a_source_has_changed_come_or_gone_and_only_then(code):
    source = code / "chat/static/js/lib/clock.js"
    assert made_again(code)
    assert not made_again(code)
    source.write_text(source.read_text() + "\n")
    assert made_again(code)
    (code / "chat/static/js/lib/new.js").touch()
    assert made_again(code)
    (code / "chat/static/js/lib/new.js").unlink()
    assert made_again(code)
    assert not made_again(code)


def test_a_build_that_fails_leaves_the_one_before(code):
    build(code)
    before = (code / "build/static/js/main.js").read_text()
    (code / "chat/static/js/main.js").write_text("import './nowhere.js';")
    assert build(code).returncode != 0
    assert (code / "build/static/js/main.js").read_text() == before
    assert build(code).returncode != 0, "the old build doesn't count as the new one"


def test_make_run_serves_what_is_built_and_compressed(code, tmp_path):
    with serving(tmp_path, (*MAKE, "run"), root=code) as server:
        page = requests.get(server.url, timeout=5).text
        assert A_SOURCE_ALONE not in page
        sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
        answer = requests.get(server.url + sheet, timeout=5, headers={"Accept-Encoding": "br"})
        assert answer.headers["Content-Encoding"] == "br"


def test_make_dev_serves_the_sources_even_where_a_build_is(code, tmp_path):
    assert build(code).returncode == 0
    with serving(tmp_path, (*MAKE, "dev"), root=code) as server:
        assert A_SOURCE_ALONE in requests.get(server.url, timeout=5).text
