"""Requirements of the check that the check can't install."""

import os
import shutil
import subprocess

from deploy.check.namespaces import EVERYTHING


def lacks() -> str | None:
    """Why the check can't run here, or None."""
    if os.geteuid() != 0:
        return "the check needs root, to install tools and to run a container"
    if not shutil.which("apt-get"):
        return "the check installs its tools with apt-get, which is not here"
    if subprocess.run([*EVERYTHING, "true"], check=False, capture_output=True).returncode:
        return "root may not make namespaces here (is this a container without privileges?)"
    return None
