"""Shutting people out, and letting them in again: what the card of a person sends."""

from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from chat.accounts.bans import Bans
from chat.accounts.sessions import Sessions, SignedIn
from chat.rate_limit import RateLimit
from chat.web.error_pages import answer_in_json


def create_bans(
    sessions: Sessions, bans: Bans, event_rate: RateLimit, changed: Callable[[str], None]
) -> Blueprint:
    """The blueprint of bans.

    Args:
        sessions: Who is signed in.
        bans: Allows them to administrators only.
        event_rate: Limits these requests together with the person's events.
        changed: Called with the id of each person whose profile is another one now.
    """
    blueprint = Blueprint("bans", __name__, url_prefix="/people")
    answer_in_json(blueprint)

    def act(deed: Callable[[SignedIn, str], None]) -> ResponseReturnValue:
        administrator = sessions.visit()
        event_rate.spend(administrator.person.id)
        person = request.form.get("person", "")
        deed(administrator, person)
        changed(person)
        return "", 204

    @blueprint.post("/shut-out")
    def shut_out() -> ResponseReturnValue:
        return act(bans.ban)

    @blueprint.post("/let-in")
    def let_in() -> ResponseReturnValue:
        return act(bans.lift)

    return blueprint
