"""What the documentation says about tests and browsers is true."""

import re

from tests.servers import ROOT


def test_the_tests_that_prove_the_promises_exist():
    named = re.findall(
        r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/reliability.md").read_text()
    )
    assert len(named) > 40
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text(), f"{path}::{test}"


def test_all_who_name_the_oldest_browsers_name_the_same():
    files = ("README.md", "chat/templates/base.html")
    said = [
        re.search(r"Chrome or Edge (\S+), Firefox (\S+), Safari (\S+),", (ROOT / file).read_text())
        for file in files
    ]
    build = (ROOT / "scripts/build-static.mjs").read_text()
    built_for = re.search(r'"chrome(.+?)", "firefox(.+?)", "safari(.+?)"', build)
    assert len({found.groups() for found in [*said, built_for]}) == 1


def test_every_file_of_the_code_that_a_document_names_exists():
    named = {
        (document.name, path)
        for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for path in re.findall(r"`([\w-]+/[\w/-]+\.(?:py|js|html))`", document.read_text())
    }
    assert len(named) > 40
    places = (ROOT, ROOT / "chat", ROOT / "chat/static", ROOT / "chat/static/js")
    missing = [each for each in named if not any((place / each[1]).exists() for place in places)]
    assert not missing


def test_every_function_that_the_architecture_names_exists():
    text = (ROOT / "docs/architecture.md").read_text()
    code = "".join(file.read_text() for file in (ROOT / "chat").rglob("*.py"))
    named = re.findall(r"`([A-Z]\w+)\.(\w+)`", text)
    assert len(named) > 5
    for class_, method in named:
        body = code.split(f"class {class_}")[1].split("\nclass ")[0]
        assert f"def {method}(" in body, f"{class_}.{method}"
