"""The table of parameters in docs/deploy.md: all those of the templates, and no other."""

import re

from deploy.check.places import ROOT
from deploy.check.template import defaults

PAGE = (ROOT / "docs/deploy.md").read_text()


def test_the_page_has_each_parameter_with_its_default_and_shape():
    section = PAGE.partition("## Parameters\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (?:`(.+)`)? *\| (\w+) \|$", section, re.MULTILINE)
    assert sorted(rows) == sorted(of_templates())


def of_templates():
    """The name, the default and the shape of each parameter."""
    shapes = {"small": defaults("small"), "large": defaults("large")}
    for name, default in (shapes["small"] | shapes["large"]).items():
        with_it = [shape for shape, parameters in shapes.items() if name in parameters]
        shape = "both" if len(with_it) == len(shapes) else with_it[0]
        yield name, "" if default is None else str(default), shape
