"""Logs JavaScript errors of visitors' browsers, which the operator would otherwise never see."""

import logging
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chat.delivery.networks import network
from chat.errors import Invalid
from chat.rate_limit import RateLimit

log = logging.getLogger(__name__)

PATH = "/page-errors"
A_MINUTE = 20  # reports per minute of one network; those of one office are mostly the same
Place = Annotated[str, Field(pattern=r"^[\w./-]{1,100}:\d{1,7}:\d{1,7}$")]


class PageError(BaseModel):
    """The kind of an error, and its stack trace in our scripts, the innermost call first.

    The error's message is left out: it could contain the text of a chat message.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    kind: Annotated[str, Field(pattern=r"^[A-Za-z]{1,40}$")]
    at: Annotated[list[Place], Field(max_length=10)]


def create_page_errors() -> Blueprint:
    """The blueprint of the address to which pages report errors."""
    reports = Blueprint("page_errors", __name__)
    rate = RateLimit("reports", A_MINUTE, 60)

    @reports.post(PATH)
    def take() -> Response:
        rate.spend(network(request.remote_addr or ""))
        try:
            error = PageError.model_validate_json(request.get_data())
        except ValidationError:
            raise Invalid("This is no report of an error.") from None
        log.warning("An error in a page: %s", error.kind, extra={"fields": {"at": error.at}})
        return Response(status=204)

    return reports
