"""The browser's files: one address for each version of them, cached for ever."""

import hashlib
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).parent / "static"


def serve_assets(app: Flask) -> None:
    """Serve `chat/static/` under a prefix that changes with its content.

    With the version in the path and not in the names, modules and style sheets import each
    other by plain relative paths, without a bundler or an import map.
    """
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
    modules = _modules()
    app.jinja_env.globals.update(
        asset=lambda path: f"{app.static_url_path}/{path}",
        modules=lambda: [f"{app.static_url_path}/{path}" for path in modules],
    )


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _modules() -> list[str]:
    paths = [*FOLDER.glob("vendor/*.js"), *FOLDER.glob("js/**/*.js")]
    return sorted(path.relative_to(FOLDER).as_posix() for path in paths)


def _add_headers(headers: object, path: str, url: str) -> None:  # noqa: ARG001
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
