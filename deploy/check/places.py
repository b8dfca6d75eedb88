"""Where the check finds and keeps things."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".deploy-check"  # what was installed and built; `make clean` removes it
TOOLS = WORK / "tools/bin"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # also of a proxy that this machine has
