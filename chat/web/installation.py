"""The files of the installable app: its manifest, its service worker, its offline page."""

import json
import re

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from chat.settings import Settings
from chat.web.assets import with_imports

THEME_COLOUR = "#0f6a80"


def create_installation(settings: Settings) -> Blueprint:
    """The blueprint of the files that browsers need to install the chat: no personal data."""
    installation = Blueprint("installation", __name__)

    @installation.get("/manifest.webmanifest")
    def manifest() -> ResponseReturnValue:
        body = json.dumps(_manifest(settings.title, current_app.static_url_path or ""))
        return Response(body, mimetype="application/manifest+json")

    @installation.get("/service-worker.js")
    def service_worker() -> ResponseReturnValue:
        """A script that imports the static file with the service worker's code.

        It is served at `/` because a service worker controls only pages below its own URL. It
        contains the prefix of the version, so its text changes with each version: browsers compare
        the text to detect an update.
        """
        prefix = f"{current_app.static_url_path}/"
        facts = json.dumps({"prefix": prefix, "page": "/offline", "files": _offline_files(prefix)})
        script = json.dumps(f"{prefix}js/service-worker.js")
        body = f"self.offline = {facts};\nimportScripts({script});\n"
        return Response(body, mimetype="text/javascript")

    @installation.get("/offline")
    def offline() -> ResponseReturnValue:
        return offline_page()

    return installation


def offline_page() -> str:
    """The offline page. It is the same for all people, because browsers cache it."""
    return render_template("offline.html", theme="system")


def _offline_files(prefix: str) -> list[str]:
    named = re.findall(rf'<(?:script|link)[^>]* (?:src|href)="{prefix}([^"]+)"', offline_page())
    return sorted({prefix + path for path in [*named, *with_imports("js/offline.js")]})


def _manifest(title: str, static: str) -> dict[str, object]:
    def icon(name: str, sizes: str, type_: str, purpose: str = "any") -> dict[str, str]:
        src = f"{static}/icons/{name}"
        return {"src": src, "sizes": sizes, "type": type_, "purpose": purpose}

    return {
        "id": "/",
        "name": title,
        "short_name": title,
        "description": "Room chat for your team.",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": THEME_COLOUR,
        "icons": [
            icon("icon.svg", "any", "image/svg+xml"),
            icon("icon-192.png", "192x192", "image/png"),
            icon("icon-512.png", "512x512", "image/png"),
            icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        ],
    }
