"""Public names on this machine: HAProxy answers for them over HTTPS, with a private authority."""

import datetime
import hashlib
import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.check import aws
from deploy.check.task_role import ADDRESS
from tests.waiting import wait_until

CHAT = "chat.example.com"
COGNITO = f"cognito-idp.{aws.REGION}.amazonaws.com"
PROVIDER = "login.example.com"  # says who it is, and nothing else

CONFIGURATION = """
global
  tune.bufsize 65536
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 120s
frontend https
  bind {address}:443 ssl crt {folder}/certificate.pem
  http-request set-header X-Forwarded-Proto https
  option forwardfor
  http-request return status 200 content-type application/json lf-file {folder}/provider.json \
if {{ req.hdr(host) {provider} }}
  use_backend cognito if {{ req.hdr(host) {cognito} }}
  default_backend chat
backend cognito
  server aws 127.0.0.1:{aws_port}
backend chat
  server chat 127.0.0.1:{chat_port}
"""


class Bridge(NamedTuple):
    """`authority` is the file with its certificate, `fingerprint` that of its key for Chromium."""

    authority: Path
    fingerprint: str


@contextmanager
def running(folder: Path, chat_port: int) -> Iterator[Bridge]:
    """Answer until the end of the `with` block; the chat may start later."""
    bridge = _certify(folder)
    document = {"token_endpoint": "https:\\/\\/x", "issuer": f"https://{PROVIDER}/team"}
    (folder / "provider.json").write_text(json.dumps(document))
    (folder / "haproxy.cfg").write_text(
        CONFIGURATION.format(
            address=ADDRESS,
            folder=folder,
            provider=PROVIDER,
            cognito=COGNITO,
            aws_port=aws.PORT,
            chat_port=chat_port,
        )
    )
    _let_the_names_be_found()
    log = (folder / "haproxy.log").open("w")
    process = subprocess.Popen(
        ["/usr/sbin/haproxy", "-db", "-f", folder / "haproxy.cfg"],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until(lambda: _answers(bridge.authority), 20, "HAProxy")
        yield bridge
    finally:
        process.kill()
        process.wait()
        log.close()


def _certify(folder: Path) -> Bridge:
    """Make an authority, and a certificate of it for all names."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("Authority of the check")
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    signer = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = (
        _certificate(name, name, key.public_key())
        .add_extension(signer, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    own = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(each) for each in (CHAT, COGNITO, PROVIDER)])
    certificate = (
        _certificate(_name(CHAT), name, own.public_key())
        .add_extension(names, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = own.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = certificate.public_bytes(pem) + authority.public_bytes(pem)
    (folder / "certificate.pem").write_bytes(private + chain)
    file = folder / "authority.pem"
    file.write_bytes(authority.public_bytes(pem))
    file.chmod(0o644)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Bridge(file, b64encode(hashlib.sha256(public).digest()).decode())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    return x509.CertificateBuilder(
        issuer, subject, key, x509.random_serial_number(), now - day, now + day
    )


def _let_the_names_be_found() -> None:
    """On this machine and in containers, within our namespaces only."""
    subprocess.run(["ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    with Path("/etc/hosts").open("a") as hosts:
        hosts.write(f"{ADDRESS} {CHAT} {COGNITO} {PROVIDER}\n")


def _answers(authority: Path) -> bool:
    try:
        return requests.get(f"https://{PROVIDER}/", verify=str(authority), timeout=5).ok
    except requests.ConnectionError:
        return False
