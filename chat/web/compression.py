"""Pages go out compressed; static files are compressed beforehand, and WhiteNoise serves them.

What compresses together with a secret can be guessed from the size (BREACH). The only secret in our
pages is the token of their forms, which changes every second, and no page shows a visitor's input
beside it, except the form in which it was sent.
"""

import gzip

from flask import Flask, Response, request

WORTH_IT = 1000  # bytes
LEVEL = 6


def compress_pages(app: Flask) -> None:
    """Compress pages for browsers that take gzip."""

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
