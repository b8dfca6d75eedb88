"""The pages: the chat, the sign-in in its place, errors."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chat.accounts.sessions import SIGN_IN_FIRST, Sessions
from chat.errors import ChatError, Unauthorized
from chat.rooms.access import Access
from chat.rooms.room import id_of_room
from chat.settings import Settings
from chat.web.error_pages import add_error_pages

THEMES = ("system", "light", "dark")

# What was chosen in this browser, or else by the person elsewhere; `lib/themes.js` writes them.
THEME_COOKIES = ("theme", "person_theme")


def create_pages(
    *,
    settings: Settings,
    sessions: Sessions,
    access: Access,
    sign_in_page: Callable[[ChatError | None], ResponseReturnValue],
) -> Blueprint:
    """The blueprint of the chat's page, at the address of each room.

    Args:
        settings: Title and limits that the pages show.
        sessions: Who is signed in.
        access: Which rooms a person may enter.
        sign_in_page: Makes the page for whoever isn't signed in, with the reason if there is one.
    """
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/rooms/<room_id>")
    def chat(room_id: str | None = None) -> ResponseReturnValue:
        if room_id and room_id != id_of_room(room_id):
            return redirect(url_for("pages.chat", room_id=id_of_room(room_id)))
        try:
            visitor = sessions.visit()
        except Unauthorized as error:
            return sign_in_page(None if error.message == SIGN_IN_FIRST else error)
        rooms = access.rooms(visitor.person)
        room = access.room(visitor.person, room_id) if room_id else rooms[0]
        limits = {"text": settings.message_length, "page": settings.page_size}
        return render_template(
            "chat.html",
            user=visitor.person,
            is_administrator=visitor.is_administrator,
            name_from=settings.oidc_name if settings.oidc_issuer else "",
            rooms=rooms,
            room=room,
            limits=limits,
        )

    @pages.app_context_processor
    def facts() -> dict[str, object]:
        chosen = map(request.cookies.get, THEME_COOKIES)
        theme = next((each for each in chosen if each in THEMES), "system")
        return {"title": settings.title, "theme": theme}

    add_error_pages(pages, sign_in_page)
    return pages
