"""The TLS server and a real certificate authority: issue, restore, failures and their end."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from deploy.check.acme_server import HOST, acme_server
from deploy.check.pair import Https, get, served, volumes
from deploy.check.podman import podman
from tests.waiting import wait_until

DOMAIN = "chat.example.com"


@pytest.fixture(autouse=True)
def _volumes():
    with volumes():
        yield


@pytest.fixture
def authority(tmp_path):
    with acme_server(tmp_path) as server:
        yield server


@pytest.fixture
def started(authority):
    """Starts the TLS server; a second call replaces the container, as after a kill."""
    containers = []

    def start(name=HOST, environment=None, options=()):
        for each in containers:
            each.remove()
        containers[:] = [Https(authority, name, environment, options)]
        containers[0].start()
        return containers[0]

    return start


@pytest.fixture
def _domain():
    """Let a domain lead to this machine."""
    hosts = Path("/run/hosts-of-https")
    hosts.write_text(f"{Path('/etc/hosts').read_text()}\n{HOST} {DOMAIN}\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    yield
    subprocess.run(["umount", "/etc/hosts"], check=True)


def kept():
    """What is in the store."""
    folder = podman("volume", "inspect", "--format", "{{.Mountpoint}}", "certificates")
    return json.loads(Path(folder, "certificate.json").read_text())


def test_it_gets_a_certificate_for_an_address(authority, started, figure):
    began = time.monotonic()
    https = started()
    figure("TLS server: serves after", f"{time.monotonic() - began:.1f} s")
    https.wait_for_certificate()
    figure("TLS server: certificate after", f"{time.monotonic() - began:.1f} s")
    (order,) = authority.orders
    assert order == {"identifiers": [{"type": "ip", "value": HOST}], "profile": "shortlived"}
    (request,) = authority.requests
    assert list(request.subject) == [], "an address has no place there"
    assert get(https.url, verify=authority.root).status_code == 503, "there is no chat"


@pytest.mark.usefixtures("_domain")
def test_it_gets_a_certificate_for_a_domain(authority, started):
    https = started(DOMAIN, {"HTTPS_CONTACT": "ann@example.com"})
    https.wait_for_certificate()
    (order,) = authority.orders
    assert order == {"identifiers": [{"type": "dns", "value": DOMAIN}]}
    assert get(https.url, verify=authority.root).status_code == 503


@pytest.mark.usefixtures("_domain")
def test_it_asks_for_the_profile_that_is_set(authority, started):
    started(DOMAIN, {"HTTPS_PROFILE": "classic"}).wait_for_certificate()
    assert authority.orders[0]["profile"] == "classic"


def test_until_there_is_a_certificate_it_serves_one_of_its_own(authority, started):
    authority.go_down()
    https = started()
    wait_until(lambda: https.said("No certificate for") == 1, 30, "the failure")
    assert "the authority can't be reached" in https.logs()
    assert served(HOST).issuer == served(HOST).subject
    authority.come_up()
    https.renew("now")
    https.wait_for_certificate(seconds=5)


def test_a_lost_container_gets_its_certificate_back_without_an_order(authority, started):
    first = started().wait_for_certificate()
    second = started()
    assert second.certified() == first, "at once"
    second.renew()
    assert len(authority.orders) == 1
    assert "was restored; it is valid until" in second.logs()


def test_a_restart_keeps_the_certificate(authority, started):
    https = started()
    first = https.wait_for_certificate()
    https.stop()
    https.start()
    assert https.certified() == first
    assert len(authority.orders) == 1


def test_another_name_is_ordered_at_once_and_the_old_certificate_served_until_then(
    authority, started
):
    first = started().wait_for_certificate()
    authority.limited = 3600
    https = started("10.99.0.2")
    wait_until(lambda: https.said("rate limit"), 30, "the failure")
    assert served(HOST).serial_number == first
    authority.limited = 0
    https.renew("now")
    assert https.wait_for_certificate(seconds=5) != first
    assert authority.orders[-1]["identifiers"] == [{"type": "ip", "value": "10.99.0.2"}]


def test_a_closed_port_is_said_and_tried_again_ever_later_even_by_new_containers(
    authority, started, monkeypatch
):
    monkeypatch.setattr("deploy.check.acme_server.HOST", HOST)
    closed = ("--publish", "443:8443")
    https = started(options=closed, environment={"HTTPS_NAME": "10.99.9.9"})
    wait_until(lambda: https.said("No certificate for") == 1, 60, "the failure")
    assert "can't reach http://10.99.9.9/: open port 80" in https.logs()
    assert len(authority.orders) == 1
    failed = kept()
    assert failed["failures"] == 1
    assert 100 < failed["not_before"] - time.time() < 135

    https = started(options=closed, environment={"HTTPS_NAME": "10.99.9.9"})
    assert 80 < int(https.renew()) < 135, "the next attempt, in seconds"
    assert len(authority.orders) == 1, "the new container waits, too"
    https.renew("now")
    assert kept()["failures"] == 2
    assert 500 < kept()["not_before"] - time.time() < 665


def test_a_rate_limit_is_obeyed(authority, started):
    authority.limited = 5000
    https = started()
    wait_until(lambda: https.said("rate limit is reached until") == 1, 30, "the failure")
    assert 4900 < int(https.renew()) < 5600
    assert https.said("No certificate for") == 1, "one line for one attempt"
    assert kept()["failures"] == 0
    authority.limited = 0
    https.renew("now")
    https.wait_for_certificate(seconds=5)


def test_an_authority_that_loses_count_once_is_asked_again_at_once(authority, started):
    authority.loses_count = 1
    assert started().wait_for_certificate(seconds=15)


def test_an_authority_that_loses_count_again_and_again_is_asked_soon(authority, started):
    authority.loses_count = 2
    https = started()
    wait_until(lambda: https.said("the authority lost count") == 1, 30, "the failure")
    assert kept()["failures"] == 0
    https.wait_for_certificate(seconds=40)


@pytest.mark.parametrize("where", ["/chalZ/", "/finalize-order/", "/certZ/"])
def test_a_container_that_dies_in_the_middle_of_an_order_takes_it_up_again(
    authority, started, where
):
    https = Https(authority)

    def die():
        authority.before.clear()
        podman("kill", "https")

    authority.before[where] = die
    https.launch()
    wait_until(lambda: not https.state()["Running"], 30, "the death")
    assert kept()["failures"] == 1
    https.remove()

    https = started()
    assert 60 < int(https.renew()) < 135, "the attempt counts, although nobody saw its end"
    https.renew("now")
    https.wait_for_certificate(seconds=5)
    # The visit to port 80 failed, too, if the container died before it.
    assert len(authority.orders) == (2 if where == "/chalZ/" else 1)
    assert len(authority.requests) == 1, "nothing was issued twice"
    assert kept()["failures"] == 0


def test_a_store_that_refuses_is_said_and_nothing_is_ordered(authority, started):
    read_only = ("--volume", "certificates:/somewhere", "--env", "HTTPS_STORE=file:///proc")
    https = started(options=read_only)
    wait_until(lambda: https.said("can't be kept") == 1, 30, "the failure")
    assert "mount a volume" in https.logs()
    assert authority.orders == []
    assert 30 < int(https.renew()) <= 60


def test_a_store_that_fails_after_the_order_gets_the_certificate_later(authority, started):
    https = started()
    first = https.wait_for_certificate()
    authority.wants_renewal = True
    folder = Path(podman("volume", "inspect", "--format", "{{.Mountpoint}}", "certificates"))
    authority.before["/certZ/"] = lambda: folder.chmod(0o500)
    https.renew("now")
    authority.wants_renewal = False
    second = https.wait_for_certificate(other_than=first, seconds=5)
    assert "can't be kept" in https.logs()
    folder.chmod(0o700)
    https.renew()
    assert len(authority.orders) == 2
    assert started().certified() == second, "a new container has it"


def test_the_authority_may_want_a_renewal_early(authority, started):
    https = started()
    first = https.wait_for_certificate()
    assert 3600 < int(https.renew()) < 7 * 3600, "it asks again"
    authority.wants_renewal = True
    assert 3500 < int(https.renew()) <= 3600, "not within an hour after the last one"
    assert https.certified() == first
    https.renew("now")
    authority.wants_renewal = False
    assert https.certified() not in {None, first}


def test_one_address_can_not_take_the_processor_with_beginnings_of_tls(started):
    https = started(environment={"HTTPS_PER_ADDRESS": "20"})
    https.wait_for_certificate()
    wait_until(lambda: https.certified() is None, 10, "a rejection")
    wait_until(lambda: https.certified() is not None, 15, "a place in the next ten seconds")


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"HTTPS_NAME": ""}, "HTTPS_NAME: is required"),
        ({"HTTPS_NAME": "chat"}, "HTTPS_NAME: 'chat' is neither a domain"),
        ({"HTTPS_STORE": "s3://bucket"}, "HTTPS_STORE: 's3://bucket' is neither"),
        ({"HTTPS_CONECTIONS": "5"}, "did you mean HTTPS_CONNECTIONS?"),
    ],
)
def test_a_bad_setting_ends_the_start_with_one_line(authority, environment, complaint):
    https = Https(authority, environment=environment)
    https.launch()
    wait_until(lambda: not https.state()["Running"], 20, "the end")
    assert https.state()["ExitCode"] == 3
    (line,) = https.logs().splitlines()
    assert json.loads(line)["message"].startswith("The TLS server can't start. HTTPS_")
    assert complaint in line


def test_what_is_secret_is_for_this_user_alone(authority, started):
    https = started()
    https.wait_for_certificate()
    files = https.run("sh", "-c", "stat -c '%a %n' /tmp/https/* /certificates/*").splitlines()
    assert len(files) >= 4
    assert {line.split()[0] for line in files if "runtime" not in line} == {"600"}
