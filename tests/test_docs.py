"""What the documentation says about tests is true."""

import re

from tests.servers import ROOT


def test_the_tests_that_prove_the_promises_exist():
    named = re.findall(
        r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/reliability.md").read_text()
    )
    assert len(named) > 40
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text(), f"{path}::{test}"
