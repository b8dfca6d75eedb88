"""The pages: sign-in, the chat, sign-out, errors."""

from collections.abc import Callable
from math import ceil

import regex
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from chat.accounts.person import Person
from chat.accounts.sessions import Sessions
from chat.delivery.networks import network
from chat.errors import ChatError, Invalid, Unauthorized
from chat.rate_limit import RateLimit
from chat.rooms.access import Access
from chat.rooms.room import MAX_ROOM_ID, id_of_room
from chat.settings import Settings

THEMES = ("system", "light", "dark")


def create_pages(
    *,
    settings: Settings,
    sessions: Sessions,
    access: Access,
    sign_in_rate: RateLimit,
    signed_out: Callable[[Person], None],
) -> Blueprint:
    """The blueprint of all pages.

    Args:
        settings: Title and limits that the pages show.
        sessions: Who is signed in.
        access: Which rooms a person may enter.
        sign_in_rate: Limits sign-ins from one address.
        signed_out: Called with the person who has signed out.
    """
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/rooms/<room_id>")
    def chat(room_id: str | None = None) -> ResponseReturnValue:
        if room_id and room_id != id_of_room(room_id):
            return redirect(url_for("pages.chat", room_id=id_of_room(room_id)))
        try:
            person = sessions.visit()
        except Unauthorized as error:
            return sign_in_form(error if sessions.current() else None)
        rooms = access.rooms(person)
        room = access.room(person, room_id) if room_id else rooms[0]
        limits = {"text": settings.message_length, "page": settings.page_size}
        return render_template("chat.html", user=person, rooms=rooms, room=room, limits=limits)

    @pages.post("/sign-in")
    def sign_in() -> ResponseReturnValue:
        try:
            sign_in_rate.spend(network(request.remote_addr or ""))
            previous = sessions.current()
            sessions.begin(request.form.get("name", ""))
            if previous:
                signed_out(previous)
        except ChatError as error:
            return sign_in_form(error)
        return redirect(_path_of_room(request.form.get("next", "")), 303)

    @pages.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        if person := sessions.end():
            signed_out(person)
        return redirect(url_for("pages.chat"), 303)

    @pages.app_context_processor
    def facts() -> dict[str, object]:
        theme = request.cookies.get("theme", "")
        return {"title": settings.title, "theme": theme if theme in THEMES else "system"}

    _add_error_pages(pages)
    return pages


def _add_error_pages(pages: Blueprint) -> None:
    @pages.app_errorhandler(CSRFError)
    def refuse_forged_form(_error: CSRFError) -> ResponseReturnValue:
        if not _has_cookie():
            # Don't show the form again: its new token would set a new cookie. That would replace
            # the session's cookie if another site posted the form, because browsers don't send the
            # cookie then. And a browser that stores no cookies would fail again.
            return error_page(400, NO_COOKIE)
        return sign_in_form(Invalid("This page was open for too long. Please try again."))

    @pages.app_errorhandler(ChatError)
    def refuse(error: ChatError) -> ResponseReturnValue:
        page, status = error_page(STATUS.get(error.code, 400), error.message)
        return page, status, _retry_after(error)

    @pages.app_errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        page, status = error_page(error.code or 500, _in_our_words(error))
        # Keep headers such as `Allow`, the methods that an address accepts.
        headers = [each for each in error.get_headers() if each[0] != "Content-Type"]
        return page, status, headers


HEADLINES = {
    400: "That did not work",
    401: "You are not signed in",
    403: "That is not allowed",
    404: "Page not found",
    405: "That does not work here",
    413: "That is too large",
    429: "One moment, please",
    503: "Not available right now",
}
REFUSED, FAILED = "That did not work", "Something went wrong"

WORDS = {
    400: "The server did not understand what your browser sent. Go back, and try again.",
    404: "There is no page at this address. Check it for typing errors.",
    405: "This address is not a page to open.",
    413: "What your browser sent is too large. Go back, and shorten it.",
}
NO_COOKIE = (
    "Signing in needs a cookie, and your browser sent none. "
    "Allow cookies for this site, then try again."
)
WAS_REFUSED = "The server refused what your browser sent."
HAS_FAILED = "This is a mistake of the server, not yours. Try again in a moment."


def _in_our_words(error: HTTPException) -> str:
    """Our text for a status, else the text given to `abort`, else a general one of ours."""
    status = error.code or 500
    said = error.description if error.description != type(error).description else None
    return WORDS.get(status) or said or (WAS_REFUSED if status < 500 else HAS_FAILED)


def _has_cookie() -> bool:
    name = current_app.session_interface.get_cookie_name(current_app)
    return name in request.cookies


STATUS = {
    "invalid": 400,
    "unauthorized": 401,
    "unknown_room": 404,
    "conflict": 409,
    "rate_limited": 429,
    "unavailable": 503,
}


def sign_in_form(error: ChatError | None = None) -> ResponseReturnValue:
    """The form, with the message of the error and the name that was typed."""
    page = render_template(
        "sign_in.html",
        error=error.message if error else None,
        name=request.form.get("name", ""),
        next=_path_of_room(request.form.get("next", request.path)),
    )
    return (page, STATUS.get(error.code, 400), _retry_after(error)) if error else page


def _retry_after(error: ChatError) -> dict[str, str]:
    """The `Retry-After` header of an error, in seconds, if the error has a time to wait."""
    return {"Retry-After": str(ceil(error.retry_after))} if error.retry_after else {}


def error_page(status: int, message: str) -> tuple[str, int]:
    """A page that explains an error and says what to do; and its status."""
    headline = HEADLINES.get(status, REFUSED if status < 500 else FAILED)
    return render_template("error.html", status=status, headline=headline, message=message), status


def _path_of_room(path: str) -> str:
    """The path of a room, else `/`: any other path could redirect to another site."""
    return path if regex.fullmatch(rf"/rooms/[\w-]{{1,{MAX_ROOM_ID}}}", path) else "/"
