"""Takes out of a template what the stand-in for CloudFormation doesn't know: `unknown.py FILE`.

Only AWS shows whether these work: that containers are scaled, and that ECS starts and drains
instances.
"""

import re
import sys
from pathlib import Path

TYPES = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::Budgets::Budget",
)

RESOURCE = re.compile(r"^  (\w+):\n    Type: (\S+)\n(?:(?:    .*| *#.*)?\n)*", re.MULTILINE)


def without_unknown(template: str) -> str:
    """The template without these resources, and without what refers to them."""
    names = [name for name, kind in _resources(template) if kind in TYPES]
    kept = RESOURCE.sub(lambda found: "" if found[2] in TYPES else found[0], template)
    for name in names:
        kept = re.sub(rf"(DependsOn: \[.*?)\b{name}(?:, |(?=\]))", r"\1", kept)
        kept = re.sub(rf"!Ref {name}\b|!GetAtt {name}\.\w+", "unknown", kept)
    return kept


def _resources(template: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in RESOURCE.finditer(template)]


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(without_unknown(file.read_text()))
