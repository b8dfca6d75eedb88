"""The stand-ins for the public base images are built only when needed."""

import pytest

from deploy.check import images


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """The commands of the build, recorded instead of run, with temporary files."""
    bases = tmp_path / "files"
    bases.mkdir()
    for name in ("python", "node"):
        (bases / f"{name}.Dockerfile").write_text(f"FROM {name}\n")
    done = []
    monkeypatch.setattr(images, "WORK", tmp_path)
    monkeypatch.setattr(images, "BASES", bases)
    monkeypatch.setattr(images, "_run", done.append)
    return done


def made_bases(runs):
    before = len(runs)
    images.build_all()
    return "mmdebstrap" in {command[0] for command in runs[before:]}


def test_they_are_built_once(runs):
    assert made_bases(runs)
    assert not made_bases(runs)


def test_they_are_built_again_after_a_change(runs):
    made_bases(runs)
    (images.BASES / "node.Dockerfile").write_text("FROM another\n")
    assert made_bases(runs)
    assert not made_bases(runs)


def test_they_are_built_again_after_a_failure(runs, monkeypatch):
    def fail_at_node(command):
        if images.NODE in command:
            raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(images, "_run", fail_at_node)
        with pytest.raises(SystemExit):
            images.build_all()
    assert made_bases(runs)
