"""Requests that pages of other sites make a visitor's browser send (cross-site request forgery).

A browser leaves the session cookie out of most of them, since it is `SameSite=Lax`, but takes a
cookie from the answer. So a form that another site posts could not use the session, but replace it.
"""

from flask import Flask, abort, request

from chat.web.origins import own_origin

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def refuse_cross_site(app: Flask) -> None:
    """Refuse what would change something and does not come from our own pages."""

    @app.before_request
    def refuse() -> None:
        if request.method not in SAFE_METHODS and _is_from_elsewhere():
            abort(403, "This form came from a page of another site, so nothing was changed.")


def may_set_cookies() -> bool:
    """Whether the answer to the request at hand may change the visitor's session.

    A link on another site may lead here: with such a request browsers do send the cookie.
    """
    is_link = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Dest") == "document"
    return is_link or not _is_from_elsewhere()


def _is_from_elsewhere() -> bool:
    """Whether a page of another origin sent it, as far as the browser tells.

    Over plain HTTP browsers tell only with forms, and only by `Origin`. Programs don't tell at all.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and origin != own_origin(request.environ)
