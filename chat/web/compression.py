"""Compresses pages. Static files are compressed by the build, and served by WhiteNoise.

An attacker can guess a secret in a page from the page's compressed size, if the page also contains
text that the attacker chooses (BREACH). The only secret in our pages is the token of their forms,
whose signature changes every second. And no page shows the input of a request beside the token,
except the sign-in form when it is shown again after an error.
"""

import gzip

from flask import Flask, Response, request

WORTH_IT = 1000  # bytes; shorter pages are not compressed
LEVEL = 6


def compress_pages(app: Flask) -> None:
    """Compress pages for browsers that accept gzip."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype != "text/html" or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        body = response.get_data()
        if len(body) >= WORTH_IT and request.accept_encodings["gzip"]:
            response.set_data(gzip.compress(body, LEVEL))
            response.content_encoding = "gzip"
        return response
