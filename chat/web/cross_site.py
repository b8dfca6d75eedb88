"""Requests that pages of other sites make a visitor's browser send (cross-site request forgery).

A browser sends most of them without the session cookie, which is `SameSite=Lax`, but it stores
cookies of the answer. So a form that another site posts couldn't use the session, but it could
replace the session by a new one.
"""

from flask import Flask, abort, request

from chat.web.origins import own_origin

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def refuse_cross_site(app: Flask) -> None:
    """Refuse requests with unsafe methods, such as POST, from pages of another origin."""

    @app.before_request
    def refuse() -> None:
        if request.method not in SAFE_METHODS and _is_from_elsewhere():
            abort(403, "This form came from a page of another site, so nothing was changed.")


def may_set_cookies() -> bool:
    """Whether the answer to the current request may set the session cookie.

    For a link on another site it may: with such a request browsers do send the present cookie.
    """
    is_link = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Dest") == "document"
    return is_link or not _is_from_elsewhere()


def _is_from_elsewhere() -> bool:
    """Whether the request's headers say that a page of another origin sent it.

    Over plain HTTP, browsers send no `Sec-Fetch-Site`, and `Origin` only with forms. Other programs
    usually send neither.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and origin != own_origin(request.environ)
