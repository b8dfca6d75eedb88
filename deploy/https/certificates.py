"""Keys, certificates and requests for them: ECDSA on the curve P-256 throughout."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Key = ec.EllipticCurvePrivateKey
PEM = serialization.Encoding.PEM


class CertificateError(Exception):
    """A certificate that can't be used here, and why."""


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, and the certificates of those who issued it, without the root."""

    key: Key
    chain: tuple[x509.Certificate, ...]

    @property
    def begins(self) -> float:
        """When its lifetime begins, in seconds since 1970."""
        return self.chain[0].not_valid_before_utc.timestamp()

    @property
    def ends(self) -> float:
        """When its lifetime ends, in seconds since 1970."""
        return self.chain[0].not_valid_after_utc.timestamp()

    @property
    def serial(self) -> int:
        """Its number at the authority."""
        return self.chain[0].serial_number

    def pem(self) -> str:
        """The key and the chain, as HAProxy reads them."""
        parts = [pem_of(self.key), *(each.public_bytes(PEM) for each in self.chain)]
        return b"".join(parts).decode()


def new_key() -> Key:
    """A new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def pem_of(key: Key) -> bytes:
    """The key as PEM."""
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def self_signed(name: str, now: float) -> Certificate:
    """A certificate that no browser trusts, so that there is one at all."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "not yet certified")])
    begin = datetime.datetime.fromtimestamp(now, datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - datetime.timedelta(hours=1))
        .not_valid_after(begin + datetime.timedelta(days=365))
        .add_extension(_names(name), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(key, (certificate,))


def request(name: str, key: Key) -> bytes:
    """A signing request as PEM. It has no subject: authorities look at the extension alone."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    extended = builder.add_extension(_names(name), critical=False)
    return extended.sign(key, hashes.SHA256()).public_bytes(PEM)


def issued(name: str, key: Key, chain: str, now: float) -> Certificate:
    """The certificate that an authority has sent.

    Raises:
        CertificateError: It is of another key or name, or out of date.
    """
    try:
        first, *others = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise CertificateError("what the authority sent is no certificate") from error
    if first.public_key() != key.public_key():
        raise CertificateError("the authority sent a certificate for another key")
    if name not in _names_in(first):
        raise CertificateError(f"the authority sent a certificate that is not for {name}")
    certificate = Certificate(
        key, (first, *(each for each in others if each.subject != each.issuer))
    )
    if certificate.ends <= now:
        raise CertificateError("the authority sent a certificate whose lifetime is over")
    return certificate


def _names(name: str) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    except ValueError:
        return x509.SubjectAlternativeName([x509.DNSName(name)])


def _names_in(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))
