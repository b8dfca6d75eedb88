"""Certificates, files, stores and the socket of HAProxy."""

import socket
import stat
import threading

import boto3
import pytest
from botocore.exceptions import ClientError

from deploy.https import certificates, files
from deploy.https.certificates import CertificateError
from deploy.https.runtime import Runtime, RuntimeRefusal
from deploy.https.stores import StoreError, open_store
from tests.https.authorities import DAY, NAME, chain
from tests.storage.dynamodbs import CREDENTIALS, moto

NOW = 1_800_000_000.0


def test_what_the_authority_sends_is_checked():
    key = certificates.new_key()
    good = chain(key, begin=NOW)
    assert certificates.issued(NAME, key, good, NOW).ends == NOW + 6 * DAY
    for name, its, when, complaint in [
        (NAME, certificates.new_key(), NOW, "another key"),
        ("192.0.2.8", key, NOW, "not for 192.0.2.8"),
        (NAME, key, NOW + 7 * DAY, "lifetime is over"),
    ]:
        with pytest.raises(CertificateError, match=complaint):
            certificates.issued(name, its, good, when)
    with pytest.raises(CertificateError, match="no certificate"):
        certificates.issued(NAME, key, "<html>", NOW)


def test_the_root_is_left_out():
    key = certificates.new_key()
    root = certificates.self_signed("root.example", NOW)
    sent = chain(key, begin=NOW) + root.chain[0].public_bytes(certificates.PEM).decode()
    assert len(certificates.issued(NAME, key, sent, NOW).chain) == 2


@pytest.mark.parametrize(
    ("limit", "both"),
    [(32_768, (11_000, 500)), (23_200, (11_000, 500)), (20_000, (9_400, 500)),
     (1_024, (206, 206)), (100, (1, 1))],
)  # fmt: skip
def test_connections_fit_into_the_files(limit, both):
    assert files.fitting(11_000, limit) == both
    assert sum(both) * 2 <= max(4, limit - files.OWN)
    assert files.fitting(11_000, files.needed(11_000))[0] == 11_000


def test_a_folder_keeps_the_text_for_this_user_alone(tmp_path):
    store = open_store(f"file://{tmp_path}")
    assert store.read() is None
    store.write("first")
    store.write("second")
    assert store.read() == "second"
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_says_so():
    store = open_store("file:///nowhere")
    assert store.read() is None
    with pytest.raises(StoreError, match="mount a volume at /nowhere"):
        store.write("x")


@pytest.fixture
def parameter(tmp_path, monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with moto(tmp_path) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield open_store("ssm:///chat/certificate?region=us-east-1")


def test_a_parameter_keeps_the_text_encrypted(parameter):
    assert parameter.read() is None
    parameter.write("first")
    parameter.write("second")
    assert parameter.read() == "second"
    client = boto3.client("ssm", region_name="us-east-1")
    (about,) = client.describe_parameters()["Parameters"]
    client.close()
    assert about["Name"] == "/chat/certificate"
    assert about["Type"] == "SecureString"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "allow ssm:GetParameter on it"),
        ("InternalServerError", "(An error"),
    ],
)
def test_a_parameter_that_is_refused_says_what_to_allow(parameter, monkeypatch, code, words):
    class Refusing:
        def get_parameter(self, **_):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetParameter")

    monkeypatch.setattr(parameter, "_client", Refusing)
    with pytest.raises(StoreError) as error:
        parameter.read()
    assert words in str(error.value)


@pytest.fixture
def haproxy(tmp_path):
    """Answers each command of a list, and collects them."""
    path = tmp_path / "runtime"
    commands, answers = [], []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    commands.append(connection.recv(65_536).decode())
                    connection.sendall(answers.pop(0).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        yield (
            Runtime(path, tmp_path / "certificate.pem", tmp_path / "thumbprint"),
            commands,
            answers,
        )
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_haproxy_is_told_the_certificate_and_then_to_use_it(haproxy):
    runtime, commands, answers = haproxy
    answers += ["Transaction created\n\n", "Committing.\nSuccess!\n\n"]
    runtime.serve("PEM\n")
    assert commands[0].startswith("set ssl cert ")
    assert commands[0].endswith("<<\nPEM\n\n")
    assert commands[1].startswith("commit ssl cert ")


def test_what_haproxy_refuses_is_taken_back(haproxy):
    runtime, commands, answers = haproxy
    answers += ["unable to load certificate\n", "aborted"]
    with pytest.raises(RuntimeRefusal, match="unable to load certificate"):
        runtime.serve("PEM")
    assert commands[-1].startswith("abort ssl cert ")


def test_haproxy_says_what_it_serves(haproxy):
    runtime, _, answers = haproxy
    answers += ["Filename: x\nSerial: 0A1F\nnotBefore: y\n", "Filename: x\n", "\n", "Unknown map"]
    assert runtime.serial() == 0x0A1F
    assert runtime.serial() is None
    runtime.prove("thumbprint")
    with pytest.raises(RuntimeRefusal, match="Unknown map"):
        runtime.prove("thumbprint")


def test_a_haproxy_that_is_not_there(tmp_path):
    with pytest.raises(RuntimeRefusal, match="no answer from HAProxy"):
        Runtime(tmp_path / "none", tmp_path, tmp_path).serial()
