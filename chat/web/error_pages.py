"""The pages that explain an error and say what to do."""

from collections.abc import Callable
from math import ceil

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from chat.errors import ChatError, Invalid


def add_error_pages(
    pages: Blueprint, sign_in_page: Callable[[ChatError], ResponseReturnValue]
) -> None:
    """Explain errors of all requests on pages.

    Args:
        pages: Where the handlers are registered, for the whole application.
        sign_in_page: Makes the sign-in page with an error on it.
    """

    @pages.app_errorhandler(CSRFError)
    def refuse_forged_form(_error: CSRFError) -> ResponseReturnValue:
        if not _has_cookie():
            # Don't show the form again: its new token would set a new cookie. That would replace
            # the session's cookie if another site posted the form, because browsers don't send the
            # cookie then. And a browser that stores no cookies would fail again.
            return error_page(400, NO_COOKIE)
        return sign_in_page(Invalid("This page was open for too long. Please try again."))

    @pages.app_errorhandler(ChatError)
    def refuse(error: ChatError) -> ResponseReturnValue:
        return refusal_page(error)

    @pages.app_errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        page, status = error_page(error.code or 500, _in_our_words(error))
        # Keep headers such as `Allow`, the methods that an address accepts.
        headers = [each for each in error.get_headers() if each[0] != "Content-Type"]
        return page, status, headers


def answer_in_json(blueprint: Blueprint) -> None:
    """Explain errors to the scripts of a page, which send the requests of this blueprint."""

    @blueprint.errorhandler(ChatError)
    def refuse(error: ChatError) -> ResponseReturnValue:
        return {"error": error.to_wire()}, STATUS.get(error.code, 400), retry_after(error)


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
    "forbidden": 403,
    "unknown_room": 404,
    "conflict": 409,
    "rate_limited": 429,
    "unavailable": 503,
}


def retry_after(error: ChatError) -> dict[str, str]:
    """The `Retry-After` header of an error, in seconds, if the error has a time to wait."""
    return {"Retry-After": str(ceil(error.retry_after))} if error.retry_after else {}


def refusal_page(error: ChatError) -> tuple[str, int, dict[str, str]]:
    """The page of an error, its status and its headers."""
    return *error_page(STATUS.get(error.code, 400), error.message), retry_after(error)


def error_page(status: int, message: str) -> tuple[str, int]:
    """A page that explains an error and says what to do; and its status."""
    headline = HEADLINES.get(status, REFUSED if status < 500 else FAILED)
    return render_template("error.html", status=status, headline=headline, message=message), status
