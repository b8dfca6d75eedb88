"""`make deploy-check`: build the image, run it, and try all that is said about AWS on stand-ins.

All of it runs on a machine without a Docker engine and without an AWS account. What is started
lives in Linux namespaces of its own, so that no process, mount, network rule or container stays.
"""

import os
import sys

from deploy.check import images, machine, namespaces, tools


def main() -> int:
    """The exit code; on somebody's own machine 0 also where that lacks what can't be installed."""
    if reason := machine.lacks():
        print(f"skipped: {reason}")
        return 1 if os.environ.get("CI") else 0  # where nobody would read that
    tools.install()
    images.build_all()
    tests = sys.argv[1:] or ["deploy/check"]
    options = ["--verbose", "--tb=short", "-p", "no:cacheprovider"]
    return namespaces.run_offline([sys.executable, "-m", "pytest", *options, *tests])


if __name__ == "__main__":
    sys.exit(main())
