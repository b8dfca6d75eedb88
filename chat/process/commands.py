"""Commands for the operator: `flask --app wsgi …`."""

import ipaddress
import logging
from pathlib import Path

import click
from flask import Flask
from flask.helpers import get_debug_flag
from werkzeug.serving import is_running_from_reloader

from chat.addresses import is_this_machine
from chat.settings import SettingsError
from chat.storage import History

FILE = click.argument("file", type=click.Path(path_type=Path))
log = logging.getLogger(__name__)


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

    @app.cli.command("backup")
    @FILE
    def backup(file: Path) -> None:
        """Write all that is stored to FILE, while the chat runs."""
        try:
            history.backup(file)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"All is in {file}.")

    @app.cli.command("restore")
    @FILE
    def restore(file: Path) -> None:
        """Put a backup in the place of what is stored; the chat has to be stopped."""
        try:
            kept = history.restore(file)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"All of {file} is restored.")
        if kept:
            click.echo(f"What was there before is in {kept}.")


def is_serving() -> bool:
    """Whether this process serves requests, and doesn't run a command such as `create-table`.

    Commands must work before everything that serving needs exists, such as the table.
    """
    context = click.get_current_context(silent=True)
    return context is None or context.info_name == "run"


def is_watching() -> bool:
    """Whether this is the first process of `flask run --debug`.

    It only watches the files, and starts another process that serves, again after each change.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run" or is_running_from_reloader():
        return False
    is_on = context.params.get("reload")
    return get_debug_flag() if is_on is None else bool(is_on)


def warn_of_debugger() -> None:
    """Log a warning if other machines can reach the debugger of `flask run`: it runs any code."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run":
        return
    is_on = context.params.get("debugger")
    host = context.params.get("host") or ""
    if (get_debug_flag() if is_on is None else is_on) and not _is_loopback(host):
        log.warning(
            "Whoever reaches %s can use the debugger to run code here: leave out --debug, "
            "or serve on 127.0.0.1",
            host,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return is_this_machine(host)
