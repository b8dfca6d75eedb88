"""Static files for the browser: each version has its own URL, and is cached for ever."""

import functools
import hashlib
import os
import re
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

from chat.settings import SettingsError

PACKAGE = Path(__file__).resolve().parents[1]
# `make run` sets STATIC_FOLDER to a folder built from the sources. In the image, the built folder
# replaces the sources in `static`.
FOLDER = Path(os.environ.get("STATIC_FOLDER") or PACKAGE / "static").resolve()
TEMPLATES = PACKAGE / "templates"
COMPRESSED = {".gz", ".br"}
STATIC_IMPORT = re.compile(
    r'(?:^|;)(?:import|export)\b(?:[^;"(]*\bfrom\b)?\s*"(\.[^"]+)"', re.MULTILINE
)
SHEET_IMPORT = re.compile(r'^@import "\./([^"]+)";', re.MULTILINE)


def serve_assets(app: Flask) -> None:
    """Serve static files under a prefix that changes with their content.

    With the version in the path and not in the file names, modules and style sheets import each
    other by plain relative paths, without a bundler or an import map.

    Raises:
        chat.settings.SettingsError: The folder of static files does not exist.
    """
    if not FOLDER.is_dir():
        raise SettingsError(f"STATIC_FOLDER: there is no folder {FOLDER}; `make run` builds it")
    version = "dev" if app.debug else _version()
    app.static_url_path = f"/static/{version}"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=FOLDER,
        prefix=app.static_url_path,
        autorefresh=app.debug,
        max_age=0,
        immutable_file_test=lambda _path, _url: not app.debug,
        add_headers_function=_add_headers,
    )
    app.jinja_env.globals.update(
        asset=lambda path: f"{app.static_url_path}/{path}",
        with_imports=with_imports,
        sheets=sheets_of,
    )


def _version() -> str:
    """The version: a hash of all static files and of the templates of the pages."""
    digest = hashlib.sha256()
    for folder in (FOLDER, TEMPLATES):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in COMPRESSED:
                name = path.relative_to(folder).as_posix()
                digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def with_imports(entry: str) -> list[str]:
    """The module and all modules that it imports statically, directly or not; not `import()`.

    Breadth-first, so that pages request the entry and its direct imports first.
    """
    found = [FOLDER / entry]
    for file in found:
        for path in STATIC_IMPORT.findall(file.read_text()):
            imported = (file.parent / path).resolve()
            if imported not in found:
                found.append(imported)
    return [path.relative_to(FOLDER).as_posix() for path in found]


@functools.cache
def sheets_of(entry: str) -> list[str]:
    """The style sheets that `entry` imports, or `entry` itself if the build has inlined them."""
    file = FOLDER / entry
    imported = SHEET_IMPORT.findall(file.read_text())
    return [(file.parent / path).relative_to(FOLDER).as_posix() for path in imported] or [entry]


def _add_headers(headers: object, path: str, url: str) -> None:  # noqa: ARG001
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
