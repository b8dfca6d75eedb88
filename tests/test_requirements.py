"""Packages from PyPI are pinned with the hashes of their files, and installed only with them."""

import re

import pytest

from tests.servers import ROOT

SOURCES = [*ROOT.glob("requirements*.in"), ROOT / "deploy/check/requirements.in"]
LOCKED = [path.with_suffix(".txt") for path in SOURCES]


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_everything_is_pinned_with_hashes_and_names_no_host(path):
    text = re.sub(r" *#.*", "", path.read_text().replace("\\\n", ""))
    lines = [line for line in text.splitlines() if line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w.\[\]-]+==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+", line)


@pytest.mark.parametrize("path", ["Makefile", "deploy/check/tools.py", "deploy/install-packages"])
def test_nothing_is_installed_without_its_hash(path):
    text = (ROOT / path).read_text().replace("\\\n", "")
    installs = [line for line in text.splitlines() if re.search(r"\bpip\b.*\binstall\b", line)]
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_the_images_have_packages_by_that_script_alone():
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("./install-packages ") == 2
    assert "pip" not in text
