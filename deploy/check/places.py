"""The paths that the check uses."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".deploy-check"  # installed tools and built images; `make clean` removes it
TOOLS = WORK / "tools/bin"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # with that of this machine's proxy
