"""The request's database connection: opened when first asked for, closed with the request.

Pages read in one transaction; what they write (a sign-in, a language, an entry of the audit
trail) goes through `writing`, which commits by itself.
"""

from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask, current_app, g


def use_engine(app: Flask, engine: sa.Engine) -> None:
    app.extensions["emis_engine"] = engine
    app.teardown_appcontext(_close)


def reading() -> sa.Connection:
    """The connection of this request."""
    if "connection" not in g:
        g.connection = current_app.extensions["emis_engine"].connect()
    return g.connection


@contextmanager
def writing():
    """A transaction of its own, committed at the end of the block."""
    with current_app.extensions["emis_engine"].begin() as connection:
        yield connection


def _close(_error) -> None:
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()
