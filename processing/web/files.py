"""Files of submissions, from the attachment store to the page."""

from functools import cache

from flask import Flask, Response, abort, current_app

from config.errors import OperatorError
from config.settings import Settings
from processing.attachments import open_store

# What a browser shows as a picture and nothing else.
PICTURES = ("image/jpeg", "image/png", "image/webp")


def use_files(app: Flask, settings: Settings) -> None:
    """The store is opened when the first file is asked for."""
    app.extensions["emis_store"] = cache(lambda: open_store(settings))


def show_picture(sha256: str, media_type: str | None) -> Response:
    """The picture; 404 where the store does not hold it, or it is none."""
    if media_type not in PICTURES:
        abort(404)
    try:
        file = current_app.extensions["emis_store"]().open(sha256)
    except OperatorError:
        abort(404)
    with file:
        return Response(file.read(), mimetype=media_type)
