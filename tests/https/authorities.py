"""Doubles: an authority that does as it is told, a store, HAProxy, and their certificates."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from deploy.https import certificates
from deploy.https.runtime import RuntimeRefusal
from deploy.https.state import Order
from deploy.https.stores import StoreError

DAY = 86_400
NAME = "192.0.2.7"
DIRECTORY = "https://authority.example/directory"


def chain(key, name=NAME, *, begin, days=6, signers=1):
    """A certificate for the key and those of its signers, as PEM."""
    begin = datetime.datetime.fromtimestamp(begin, datetime.UTC)
    end = begin + datetime.timedelta(days=days)
    pems, public = [], key.public_key()
    for number in range(signers + 1):
        signer = certificates.new_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(_subject(number))
            .issuer_name(_subject(number + 1))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        if not number:
            builder = builder.add_extension(certificates._names(name), critical=False)
        pems.append(builder.sign(signer, hashes.SHA256()).public_bytes(certificates.PEM))
        public = signer.public_key()
    return b"".join(pems).decode()


def _subject(number):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"signer {number}")])


class FakeAuthority:
    """Issues at once, unless `fails` is set: the method that raises the error.

    It is handed over as `connect` of a `Renewal`, and is its own connection.
    """

    def __init__(self, clock):
        self._clock = clock
        self.calls = []
        self.fails = {}
        self.retry_after = ""
        self.over = False
        self.wish = None
        self.days = 6

    def __call__(self, directory, account_key, account):
        self.account = account
        return self

    def _call(self, name):
        self.calls.append(name)
        if error := self.fails.get(name):
            raise error

    def count(self, name):
        return self.calls.count(name)

    def connect(self):
        self._call("connect")

    def sign_up(self, contact):
        self._call("sign_up")
        return f"{DIRECTORY}/account"

    def profile(self, name, *, is_address):
        self._call("profile")
        return "shortlived" if is_address else name

    def order(self, name, key, profile):
        self._call("order")
        return Order(f"{DIRECTORY}/order", key)

    def is_over(self, order):
        self._call("is_over")
        return self.over

    def finish(self, name, order):
        self._call("finish")
        return chain(order.key, name, begin=self._clock(), days=self.days)

    def renewal(self, pem):
        self._call("renewal")
        return self.wish, self._clock() + 6 * 3600


class FakeStore:
    """Keeps a text, unless it is told not to."""

    def __init__(self, text=None):
        self.text = text
        self.is_readable = self.is_writable = True
        self.writes = 0

    def read(self):
        if not self.is_readable:
            raise StoreError("it can't be read")
        return self.text

    def write(self, text):
        if not self.is_writable:
            raise StoreError("it can't be written")
        self.text = text
        self.writes += 1


class FakeRuntime:
    """HAProxy, as far as the job knows it."""

    def __init__(self):
        self.served = []
        self.proven = []
        self.refuses = False

    def serial(self):
        self._check()
        return (
            x509.load_pem_x509_certificate(self.served[-1].encode()).serial_number
            if self.served
            else 1
        )

    def serve(self, pem):
        self._check()
        self.served.append(pem[pem.index("-----BEGIN CERTIFICATE") :])

    def prove(self, thumbprint):
        self._check()
        self.proven.append(thumbprint)

    def _check(self):
        if self.refuses:
            raise RuntimeRefusal("no answer")
