"""Cloud Chat: room chat that a team runs in its own AWS account."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from chat.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application; see `chat.app`.

    That module is not imported above: gunicorn's master loads `chat.delivery.worker`, and with it
    this package, before eventlet has patched anything.
    """
    from chat import app

    return app.create_app(settings)
