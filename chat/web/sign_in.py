"""Signing in and out: the page, and the forms that it sends."""

from collections.abc import Callable

import regex
from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from chat.accounts.by_name import SignInByName
from chat.accounts.devices import device
from chat.accounts.join_code import JoinCode
from chat.accounts.tickets import Tickets
from chat.delivery.networks import network
from chat.errors import ChatError, Forbidden, RateLimited
from chat.rate_limit import RateLimit
from chat.rooms.room import MAX_ROOM_ID
from chat.storage.accounts import Key
from chat.web.error_pages import STATUS, retry_after


class SignInByNamePage:
    """The page on which people say who they are.

    Args:
        tickets: As whom the browser may sign in again.
        join_code: What newcomers have to know.
    """

    def __init__(self, tickets: Tickets, join_code: JoinCode) -> None:
        self._tickets = tickets
        self._join_code = join_code

    def __call__(self, error: ChatError | None = None) -> ResponseReturnValue:
        """The page, with the message of the error and what was typed."""
        needs_code = self._join_code.is_needed
        page = render_template(
            "sign_in/by_name.html",
            error=error,
            is_about_code=isinstance(error, Forbidden | RateLimited) and needs_code,
            name=request.form.get("name", ""),
            code=request.form.get("code", ""),
            needs_code=needs_code,
            people=self._tickets.people(),
            next=path_of_room(request.form.get("next", request.path)),
        )
        return (page, STATUS.get(error.code, 400), retry_after(error)) if error else page


def create_sign_in_by_name(
    by_name: SignInByName,
    page: Callable[[ChatError | None], ResponseReturnValue],
    rate: RateLimit,
    session_ended: Callable[[Key], None],
) -> Blueprint:
    """The blueprint of signing in by name, and out.

    Args:
        by_name: Signs people in and out.
        page: Makes the sign-in page, with an error on it.
        rate: Limits sign-ins from one address, and how often it has people forgotten.
        session_ended: Called with the session that has ended.
    """
    sign_in = Blueprint("sign_in", __name__)

    @sign_in.post("/sign-in")
    def begin() -> ResponseReturnValue:
        address = network(request.remote_addr or "")
        name, code = request.form.get("name", ""), request.form.get("code", "")
        try:
            rate.spend(address)
            previous = by_name.sign_in(name, code, address, device(request.user_agent.string))
        except ChatError as error:
            return page(error)
        if previous:
            session_ended(previous.key)
        return redirect(path_of_room(request.form.get("next", "")), 303)

    @sign_in.post("/sign-in/forget")
    def forget() -> ResponseReturnValue:
        rate.spend(network(request.remote_addr or ""))  # it writes
        by_name.forget(request.form.get("person", ""))
        return redirect(path_of_room(request.form.get("next", "")), 303)

    @sign_in.post("/sign-out")
    def end() -> ResponseReturnValue:
        signed_in, _ = by_name.sign_out()
        if signed_in:
            session_ended(signed_in.key)
        return goodbye("/")

    return sign_in


def goodbye(address: str) -> ResponseReturnValue:
    """The answer to a sign-out.

    Args:
        address: Where the browser goes next. Our own pages ask for it: the header
            `Content-Security-Policy` lets no form lead to another site.
    """
    if request.accept_mimetypes.best == "application/json":
        return {"next": address}
    return redirect(address, 303)


def path_of_room(path: str) -> str:
    """The path of a room, else `/`: any other path could redirect to another site."""
    return path if regex.fullmatch(rf"/rooms/[\w-]{{1,{MAX_ROOM_ID}}}", path) else "/"
