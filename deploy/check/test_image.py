"""The contents of the image."""

import json

import pytest

from deploy.check.images import CHAT, PYTHON
from deploy.check.podman import inspect_image, podman

LIMIT = 150_000_000  # bytes above the base image


def test_it_is_small(figure):
    above = inspect_image()["Size"] - inspect_image(PYTHON)["Size"]
    figure("image, unpacked, above its base image", f"{above / 1e6:.0f} MB")
    assert above < LIMIT


def test_what_an_update_pushes_is_small(figure, tmp_path):
    podman("push", "--quiet", "--compress", CHAT, f"dir:{tmp_path}")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    base = len(inspect_image(PYTHON)["RootFS"]["Layers"])
    layers = [layer["size"] for layer in manifest["layers"]]
    assert len(layers) > base
    figure("image, compressed, above its base image", f"{sum(layers[base:]) / 1e6:.0f} MB")


def run(*command):
    return podman("run", "--rm", "--network", "none", "--no-healthcheck", CHAT, *command)


@pytest.mark.parametrize("program", ["gcc", "cc", "make", "npm", "node"])
def test_it_has_no_compiler_and_no_npm(program):
    assert run("sh", "-c", f"command -v {program} || echo none") == "none"


def test_the_environment_of_the_chat_has_no_installer():
    assert "pip" not in run("sh", "-c", "ls /venv/bin /venv/lib/python3*/site-packages").split()


def test_botocore_has_the_models_that_the_chat_needs_and_no_others():
    models = run("sh", "-c", "ls -d /venv/lib/python3*/site-packages/botocore/data/*/")
    assert {line.split("/")[-2] for line in models.splitlines()} == {"dynamodb", "sts"}


def test_every_module_and_every_script_is_compiled_and_compressed():
    sources = run("sh", "-c", "find /app -name '*.py' ! -path '*/__pycache__/*' | wc -l")
    compiled = run("sh", "-c", "find /app -name '*.pyc' | wc -l")
    assert int(sources) == int(compiled) > 10
    scripts = run("sh", "-c", "find /app/chat/static -name '*.js' -size +1k | wc -l")
    compressed = run("sh", "-c", "find /app/chat/static -name '*.js.gz' | wc -l")
    assert int(compressed) >= int(scripts) / 2 > 0


def test_nothing_of_the_repository_is_in_it_that_does_not_run():
    names = set(run("ls", "-A", "/app").split())
    assert names == {"chat", "healthcheck.py", "gunicorn.conf.py", "wsgi.py", "__pycache__"}


def test_it_says_what_it_is_and_how_it_is_run():
    image = inspect_image()
    config = image["Config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["gunicorn"], "exec form: SIGTERM reaches gunicorn"
    assert not config.get("Entrypoint")
    assert config["Labels"]["org.opencontainers.image.title"] == "Cloud Chat"
    assert image["Healthcheck"]["Test"][0] == "CMD"
