"""A provider that does whatever a test wants, also what a real one never does."""

import contextlib
import datetime
import hmac
import ipaddress
import json
import ssl
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

LOOPBACK = ipaddress.ip_address("127.0.0.1")

NOW = 1_800_000_000  # seconds since the epoch

KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        TCPServer.server_bind(self)  # the base class asks the DNS for the name of 127.0.0.1


class StandIn:
    """`document`, `keys`, `tokens` and `user_info` are what its addresses answer.

    `answers[path]` is called instead, with the request's handler. `requests` are pairs of a path
    and a form, or of a path and a header `Authorization` where there is no form. With a certificate
    it is encrypted.
    """

    def __init__(self, certificate=None):
        self._server = Server(("127.0.0.1", 0), self._handler())
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme, port = "https" if certificate else "http", self._server.server_address[1]
        self.url = self.issuer = f"{scheme}://127.0.0.1:{port}"
        self.document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        self.keys = [KEY.as_dict(private=False)]
        self.tokens = {}
        self.user_info = {}
        self.answers = {}
        self.requests = []
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self):
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": "chat",
            "oidc_client_secret": "100% secret:",
            "base_url": "https://chat.example.com",
        }

    def paths(self):
        return [path for path, _ in self.requests]

    def _handler(self):
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer in one packet; otherwise the second one waits for 40 ms

            def do_GET(self):
                stand_in._answer(self, self.headers["Authorization"])

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body))
                if header := self.headers["Authorization"]:
                    form["Authorization"] = header
                stand_in._answer(self, form)

            def log_message(self, *_args):
                pass

        return Handler

    def _answer(self, handler, sent):
        path = urlsplit(handler.path).path
        self.requests.append((path, sent))
        with contextlib.suppress(OSError):  # the client may give up
            if path in self.answers:
                self.answers[path](handler)
            else:
                respond(json.dumps(self._bodies()[path]))(handler)

    def _bodies(self):
        return {
            "/.well-known/openid-configuration": self.document,
            "/keys": {"keys": self.keys},
            "/token": self.tokens,
            "/user-info": self.user_info,
        }


def respond(body, status=200, **headers):
    """An answer for `StandIn.answers`."""

    def answer(handler):
        content = body if isinstance(body, bytes) else body.encode()
        handler.send_response(status)
        for name, value in {"content_length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def drip(handler):
    """One byte now and then, for ever: each of them arrives within every timeout of a socket."""
    handler.send_response(200)
    handler.end_headers()
    _drip(handler, b" ")


def drip_headers(handler):
    """The same before the body."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler, b"x")


def _drip(handler, byte):
    while True:
        handler.wfile.write(byte)
        handler.wfile.flush()
        time.sleep(0.02)


def hang_up(handler):
    """No answer."""
    handler.close_connection = True


def flood(handler):
    """A hundred megabytes."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" " * 1_000_000)


def claims_of(stand_in, **changes):
    """Those of a good ID token; `None` leaves one out."""
    claims = {"iss": stand_in.issuer, "aud": "chat", "sub": "ann", "iat": NOW, "exp": NOW + 60}
    return {name: value for name, value in (claims | changes).items() if value is not None}


def sign(claims, *, key=KEY, alg="RS256", **header):
    """A token; a text is signed as it is, and a header that is None is left out."""
    payload = claims if isinstance(claims, str) else json.dumps(claims)
    header = {"alg": alg, "kid": key.kid, "typ": "JWT", **header}
    header = {name: value for name, value in header.items() if value is not None}
    registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact(header, payload, key, registry=registry)


def sign_by_hand(claims, secret, **header):
    """A token that no library would make: signed with a secret, or not at all if that is None."""
    parts = (json.dumps({"kid": KEY.kid, **header}).encode(), json.dumps(claims).encode())
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(secret, text, "sha256") if secret else b""
    return (text + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def make_certificate(folder):
    """A certificate for 127.0.0.1, signed by itself, with its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return file
