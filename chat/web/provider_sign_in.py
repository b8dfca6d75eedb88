"""Signing in with the OpenID provider, and out: the page, and the ways there and back."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chat.accounts.by_provider import SignInByProvider
from chat.accounts.devices import device
from chat.delivery.networks import network
from chat.errors import ChatError, Forbidden, Unavailable
from chat.rate_limit import RateLimit
from chat.rooms.room import MAX_ROOM_ID
from chat.storage.accounts import Key
from chat.web.error_pages import STATUS, retry_after
from chat.web.sign_in import goodbye, path_of_room


class SignInByProviderPage:
    """The page with the button of the provider.

    Args:
        provider: What people call it.
        is_reachable: Whether it has answered last time.
    """

    def __init__(self, provider: str, is_reachable: Callable[[], bool]) -> None:
        self._provider = provider
        self._is_reachable = is_reachable

    def __call__(self, error: ChatError | None = None, next_: str = "") -> ResponseReturnValue:
        """The page, with the message of the error.

        Args:
            error: Why nobody is signed in, if there is a reason.
            next_: The path that the person wants; that of the request if it is empty.
        """
        next_ = path_of_room(next_ or request.path)
        page = render_template(
            "sign_in/by_provider.html",
            error=error,
            is_down=not self._is_reachable(),
            is_refused=isinstance(error, Forbidden),
            next=next_,
            provider=self._provider,
            room=next_.removeprefix("/rooms/")[:MAX_ROOM_ID].strip("/"),
        )
        return (page, STATUS.get(error.code, 400), retry_after(error)) if error else page


def create_sign_in_by_provider(
    by_provider: SignInByProvider,
    page: SignInByProviderPage,
    rate: RateLimit,
    session_ended: Callable[[Key], None],
) -> Blueprint:
    """The blueprint of signing in with the provider, and out.

    Args:
        by_provider: Signs people in and out.
        page: Makes the sign-in page.
        rate: Limits sign-ins from one address.
        session_ended: Called with each session that has ended.
    """
    sign_in = Blueprint("sign_in", __name__)
    _add_ways_in(sign_in, by_provider, page, rate, session_ended)
    _add_ways_out(sign_in, by_provider, session_ended)
    return sign_in


def _add_ways_in(
    sign_in: Blueprint,
    by_provider: SignInByProvider,
    page: SignInByProviderPage,
    rate: RateLimit,
    session_ended: Callable[[Key], None],
) -> None:
    @sign_in.get("/sign-in/start")
    def begin() -> ResponseReturnValue:
        next_ = path_of_room(request.args.get("next", ""))
        try:
            rate.spend(network(request.remote_addr or ""))
            choose_account = "account" in request.args
            return redirect(by_provider.begin(next_, choose_account=choose_account))
        except ChatError as error:
            return page(error, next_)

    @sign_in.get("/sign-in/callback")
    def callback() -> ResponseReturnValue:
        try:
            rate.spend(network(request.remote_addr or ""))
            attempt = by_provider.take_attempt(request.args.get("state", ""))
        except ChatError as error:
            # Who has gone back in the browser, or reloaded, is signed in.
            return redirect("/") if by_provider.is_signed_in() else page(error, "/")
        try:
            previous = by_provider.finish(attempt, request.args, device(request.user_agent.string))
        except ChatError as error:
            return page(error, attempt["return_to"])
        if previous:
            session_ended(previous.key)
        return redirect(path_of_room(attempt["return_to"]))


def _add_ways_out(
    sign_in: Blueprint, by_provider: SignInByProvider, session_ended: Callable[[Key], None]
) -> None:
    @sign_in.post("/sign-out")
    def end() -> ResponseReturnValue:
        signed_in, address = by_provider.sign_out()
        if signed_in:
            session_ended(signed_in.key)
        return goodbye(address or url_for("pages.chat"))

    @sign_in.get("/sign-out/provider")
    def leave() -> ResponseReturnValue:
        return redirect(by_provider.leave() or url_for("pages.chat"))


def create_back_channel(
    by_provider: SignInByProvider, session_ended: Callable[[Key], None]
) -> Blueprint:
    """The blueprint of what the provider itself tells: who has signed out there.

    All its calls come from one address, and many at once if it signs out many people. So they have
    no limit but that of all requests. A call of somebody else costs less than a page.

    Args:
        by_provider: Ends sessions.
        session_ended: Called with each session that has ended.
    """
    calls = Blueprint("back_channel", __name__)

    @calls.post("/sign-out/back-channel")
    def back_channel() -> ResponseReturnValue:
        try:
            ended = by_provider.signed_out_at_provider(request.form.get("logout_token", ""))
        except Unavailable as error:
            return {"error": "temporarily_unavailable"}, 503, retry_after(error)
        except ChatError as error:
            return {"error": "invalid_request", "error_description": error.message}, 400
        for key in ended:
            session_ended(key)
        return "", 200

    return calls
