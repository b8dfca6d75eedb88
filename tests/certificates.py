"""A certificate for TLS on this machine."""

import ssl
import subprocess


class Certificate:
    """Of a server on 127.0.0.1, signed by itself; who trusts the file `path` trusts the server."""

    def __init__(self, folder):
        self.path = folder / "certificate.pem"
        self._key = folder / "key.pem"
        name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-out", self.path, "-keyout", self._key, "-nodes"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command = ["openssl", "req", "-x509", "-days", "1", *curve, *name, *files]
        subprocess.run(command, check=True, capture_output=True)

    def context(self):
        """For the server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path, self._key)
        return context
