"""Headers that tell browsers what our pages may do, and what others may do with them."""

from flask import Flask, Response, request

from chat.addresses import is_this_machine, split_host

# Scripts, styles and connections of our own origin only, and no page may frame ours.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}

ONLY_HTTPS = f"max-age={365 * 24 * 60 * 60}"  # seconds; a year after the last visit


def add_headers(app: Flask) -> None:
    """Send the headers with every page."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # Not for localhost: browsers apply the header to all ports of a host, and other programs
        # on the visitor's machine may serve plain HTTP.
        if request.is_secure and not is_this_machine(split_host(request.host)[0]):
            response.headers["Strict-Transport-Security"] = ONLY_HTTPS
        return response
