"""The contents of the image of the TLS server."""

from deploy.check.images import HTTPS, PYTHON
from deploy.check.podman import inspect_image, podman

LIMIT = 45_000_000  # bytes above the base image


def run(*command):
    return podman("run", "--rm", "--network", "none", HTTPS, *command)


def test_it_is_small(figure):
    above = inspect_image(HTTPS)["Size"] - inspect_image(PYTHON)["Size"]
    figure("image of the TLS server, unpacked, above its base image", f"{above / 1e6:.0f} MB")
    assert above < LIMIT


def test_it_has_haproxy_and_all_its_libraries(figure):
    assert "not found" not in run("ldd", "/usr/sbin/haproxy")
    version = run("haproxy", "-v").split()[2]
    figure("HAProxy", version)
    assert version.startswith("3.")


def test_botocore_has_the_model_that_the_job_needs_and_no_others():
    models = run("sh", "-c", "ls -d /venv/lib/python3*/site-packages/botocore/data/*/")
    assert {line.split("/")[-2] for line in models.splitlines()} == {"ssm"}


def test_nothing_of_the_repository_is_in_it_that_does_not_run():
    assert run("find", "/app", "-maxdepth", "2") == "/app\n/app/deploy\n/app/deploy/https"
    names = set(run("ls", "/app/deploy/https").split())
    assert {"haproxy.cfg", "503.http", "start", "__main__.py"} < names
    assert "unpack-haproxy" not in names


def test_it_says_what_it_is_and_how_it_is_run():
    config = inspect_image(HTTPS)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["/app/deploy/https/start"]
    assert config["Labels"]["org.opencontainers.image.title"] == "Cloud Chat: HTTPS"
