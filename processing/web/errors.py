"""What a reader sees when a page cannot be given, in their language and without internals.

A database that does not answer is 503, with the advice to come back; a fault of the program is
500, with a short number that the log carries too.
"""

import logging
import secrets

from flask import Flask, g, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from processing.web.i18n import show_number
from processing.web.tables import MOST_ROWS, TooManyRows

log = logging.getLogger("emis.web")


def use_error_pages(app: Flask) -> None:
    app.register_error_handler(CSRFError, show_stale_form)
    app.register_error_handler(TooManyRows, show_list_too_long)
    app.register_error_handler(HTTPException, show_refusal)
    for fault in (OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(fault, show_database_down)
    app.register_error_handler(Exception, show_fault)


def error_words(code: int) -> tuple[str, str]:
    """A title, and what the reader can do about it."""
    known = {
        400: (
            gettext("This request could not be understood"),
            gettext("Go back, look at what you entered and try again."),
        ),
        403: (
            gettext("This page is not open to your role"),
            gettext("If your work needs it, ask your administrator."),
        ),
        404: (
            gettext("There is no such page"),
            gettext("It may lie outside the area that your account sees, or its address changed."),
        ),
        405: (
            gettext("This address cannot be used in this way"),
            gettext("Go back to the start page and open it from there."),
        ),
        413: (gettext("This request is too long"), gettext("Shorten what you entered.")),
        429: (
            gettext("Too many attempts"),
            gettext("Wait a few minutes, then try again. A forgotten password: ask the help desk."),
        ),
        500: (
            gettext("Something went wrong in the program"),
            gettext("It has been noted. Try again; if it stays, give the help desk this number:"),
        ),
        503: (
            gettext("The database does not answer at the moment"),
            gettext("Nothing is lost. Try again in a few minutes."),
        ),
    }
    return known.get(code, known[400 if code < 500 else 500])


def show_refusal(error: HTTPException):
    if error.code is None or error.code < 400:
        return error
    return _page(error.code)


def show_stale_form(_error: CSRFError):
    advice = gettext("The page was open for too long, or cookies are off. Load it again.")
    return _page(400, advice=advice)


def show_list_too_long(_error: TooManyRows):
    title = gettext(
        "This list has more than %(count)s lines: too many for one file",
        count=show_number(MOST_ROWS),
    )
    advice = gettext(
        "Nothing was downloaded. Go back, narrow the list with its search and download it again. "
        "A list without a search: ask the help desk."
    )
    return _page(400, title=title, advice=advice)


def show_database_down(error: Exception):
    log.error("database-unreachable %s", type(error).__name__)
    answer, code = _page(503)
    return answer, code, {"Retry-After": "60"}


def show_fault(error: Exception):
    number = secrets.token_hex(4)
    log.error("fault %s", number, exc_info=error)
    return _page(500, number=number)


def _page(
    code: int, title: str | None = None, advice: str | None = None, number: str | None = None
):
    if "account" not in g:
        g.account = None
    known_title, known_advice = error_words(code)
    words = {"title": title or known_title, "advice": advice or known_advice}
    return render_template("error.html", code=code, number=number, **words), code
