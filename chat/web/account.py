"""One's own account: where one is signed in, and one's name.

The profile dialog of the page sends these requests, so errors are JSON. Signing out everywhere is a
form that leads to another page, so its errors are pages.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from chat.accounts.own_sessions import OwnSessions
from chat.accounts.sessions import Sessions, SignedIn
from chat.errors import ChatError
from chat.rate_limit import RateLimit
from chat.storage.accounts import Key, Session
from chat.web.error_pages import answer_in_json, refusal_page
from chat.web.sign_in import goodbye

# Units of the event rate. With a new name all sockets of the person connect again, and everybody
# in their rooms is told.
COST_OF_NAME = 10


def create_account(
    sessions: Sessions,
    own: OwnSessions,
    rename: Callable[[SignedIn, str], None],
    event_rate: RateLimit,
    *,
    is_here: Callable[[Key], bool],
    session_ended: Callable[[Key], None],
    renamed: Callable[[str], None],
) -> Blueprint:
    """The blueprint of one's own account.

    Args:
        sessions: Who is signed in.
        own: The sessions of that person.
        rename: Gives the person the name that was typed.
        event_rate: Limits these requests together with the person's events.
        is_here: Whether a session is connected.
        session_ended: Called with each session that has ended.
        renamed: Called with the id of a person who has a new name.
    """
    account = Blueprint("account", __name__, url_prefix="/account")
    answer_in_json(account)

    def signed_in(cost: int = 1) -> SignedIn:
        visitor = sessions.visit()
        event_rate.spend(visitor.person.id, cost)
        return visitor

    @account.get("/sessions")
    def list_sessions() -> ResponseReturnValue:
        visitor = signed_in()
        found = [_to_wire(each, visitor, is_here(each.key)) for each in own.of(visitor)]
        return {"sessions": sorted(found, key=_use, reverse=True)}

    @account.post("/sessions/end")
    def end_session() -> ResponseReturnValue:
        ended = own.end(signed_in(), request.form.get("session", ""))
        if ended:
            session_ended(ended)
        return "", 204

    @account.post("/name")
    def change_name() -> ResponseReturnValue:
        visitor = signed_in(COST_OF_NAME)
        rename(visitor, request.form.get("name", ""))
        renamed(visitor.person.id)
        return "", 204

    @account.post("/sign-out-everywhere")
    def sign_out_everywhere() -> ResponseReturnValue:
        try:
            ended, address = own.end_all(signed_in())
        except ChatError as error:
            return refusal_page(error)
        for key in ended:
            session_ended(key)
        return goodbye(address or url_for("pages.chat"))

    return account


def _to_wire(session: Session, visitor: SignedIn, is_here: bool) -> dict[str, Any]:
    """What a page may know of a session.

    The id alone signs nobody in: a session is good in a cookie that this server has signed.
    """
    return {
        "id": session.id,
        "device": session.device,
        "since": session.since,
        "last_seen": session.last_seen,
        "here": is_here,
        "this": session.id == visitor.session,
    }


def _use(wire: dict[str, Any]) -> tuple[bool, bool, float]:
    """By which to sort: the session of the request is in use, and so is one that is connected."""
    return wire["this"], wire["here"], wire["last_seen"]
