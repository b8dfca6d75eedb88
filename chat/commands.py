"""Commands for the operator: `flask --app wsgi …`."""

import click
from flask import Flask

from chat.history import History
from chat.settings import SettingsError


def add_commands(app: Flask, history: History) -> None:
    """Add the commands to the command line of Flask."""

    @app.cli.command("create-table")
    def create_table() -> None:
        """Make the table or file that CHAT_HISTORY names, if it is not there yet."""
        try:
            history.create()
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        click.echo("The history is ready.")


def is_serving() -> bool:
    """Whether this process is to serve, and not to run a command such as `create-table`.

    A command must work before what serving needs is there.
    """
    context = click.get_current_context(silent=True)
    return context is None or context.info_name == "run"
