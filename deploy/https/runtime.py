"""Tells the running HAProxy what has changed, through its socket; no connection notices."""

import re
import socket
from pathlib import Path

SECONDS = 10.0  # until HAProxy has to have answered


class RuntimeRefusal(Exception):
    """HAProxy isn't there, or doesn't take what it was told."""


class Runtime:
    """The socket of HAProxy.

    Args:
        path: Of the socket.
        certificate: The file from which HAProxy has read its certificate.
        thumbprint: The file from which it has read the thumbprint of the account.
    """

    def __init__(self, path: Path, certificate: Path, thumbprint: Path) -> None:
        self._path = path
        self._certificate = certificate
        self._thumbprint = thumbprint

    def serial(self) -> int | None:
        """The number of the certificate that HAProxy serves; None if it doesn't say."""
        found = re.search(
            r"^Serial: ([0-9A-Fa-f]+)",
            self._ask(f"show ssl cert {self._certificate}"),
            re.MULTILINE,
        )
        return int(found[1], 16) if found else None

    def serve(self, pem: str) -> None:
        """Serve this certificate to those who come from now on."""
        self._expect("ransaction", f"set ssl cert {self._certificate} <<\n{pem.strip()}\n")
        self._expect("Success", f"commit ssl cert {self._certificate}")

    def prove(self, thumbprint: str) -> None:
        """Answer the authority with the thumbprint of this account."""
        answer = self._ask(f"set map {self._thumbprint} account {thumbprint}")
        if answer.strip():
            raise RuntimeRefusal(answer.strip())

    def _expect(self, words: str, command: str) -> None:
        answer = self._ask(command)
        if words not in answer:
            self._ask(f"abort ssl cert {self._certificate}")
            raise RuntimeRefusal(" ".join(answer.split()))

    def _ask(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(SECONDS)
                connection.connect(str(self._path))
                connection.sendall(f"{command}\n".encode())
                with connection.makefile() as answer:
                    return answer.read()
        except OSError as error:
            raise RuntimeRefusal(f"no answer from HAProxy ({error})") from error
