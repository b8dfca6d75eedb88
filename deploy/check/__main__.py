"""`make deploy-check`: build the image, run it, and test the deployment on stand-ins for AWS.

It needs neither a Docker engine nor an AWS account. Everything runs in Linux namespaces of its own,
so that no process, mount, network rule or container is left over.
"""

import os
import sys

from deploy.check import images, machine, namespaces, tools


def main() -> int:
    """The exit code; 0 also if the machine lacks a requirement, except in CI."""
    if reason := machine.lacks():
        print(f"skipped: {reason}")
        return 1 if os.environ.get("CI") else 0  # in CI nobody would read "skipped"
    tools.install()
    images.build_all()
    tests = sys.argv[1:] or ["deploy/check"]
    # Most of a test is programs that start; a busy machine takes several times as long.
    options = [
        "--verbose",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "--timeout=600",
        "--durations=15",
    ]
    return namespaces.run_offline([sys.executable, "-m", "pytest", *options, *tests])


if __name__ == "__main__":
    sys.exit(main())
