"""The preview's pages: one form, its media, ODK Web Forms. Answers to this machine alone.

In: a compiled form, the folder of its media, rows of the entity lists that it reads. Out: a Flask
application. Promised: nothing is kept and nothing leaves the machine: the browser is told to
connect to this address alone, so that a map shows no tiles.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.support import Translations
from flask import Flask, Response, abort, render_template_string, send_file

from bridge.authoring_media import find_media_file
from bridge.compile import CompiledForm
from bridge.xform_model import read_model
from processing.web.catalogue import TRANSLATIONS_DIR
from processing.web.webforms.engine import (
    STYLE_FILE,
    VUE_FILE,
    list_csv,
    policy,
    served_file,
)
from processing.web.webforms.words import engine_words

FOLDER = Path(__file__).parent
RIGHT_TO_LEFT = {"ar", "ckb", "kmr", "fa"}


@dataclass(frozen=True)
class Preview:
    """What one preview shows. lists: name -> rows with `label`; whence: where they come from."""

    form: CompiledForm
    folder: Path
    lists: Mapping[str, list[dict[str, str]]] = field(repr=False)
    whence: str


def create_app(preview: Preview) -> Flask:
    app = Flask(__name__, static_folder=None)
    # Another site's page cannot read this one through a name of its own for this machine.
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]

    @app.get("/")
    def show_page() -> Response:
        return _page(preview)

    @app.get("/form.xml")
    def send_form() -> Response:
        return Response(preview.form.xform, mimetype="application/xml")

    @app.get("/media/<name>")
    def send_media(name: str) -> Response:
        return _media(preview, name)

    @app.get("/<any('page.js', 'page.css'):name>")
    def send_own(name: str) -> Response:
        return send_file(FOLDER / name)

    @app.get("/vendor/<name>")
    def send_vendor(name: str) -> Response:
        return served_file(name)

    return app


def _page(preview: Preview) -> Response:
    nonce = secrets.token_urlsafe(16)
    languages = read_model(preview.form.xform).languages
    language = languages[0]
    html = render_template_string(
        (FOLDER / "page.html").read_text("utf-8"),
        title=preview.form.title,
        form_id=preview.form.form_id,
        lists=preview.whence,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        right_to_left=" ".join(sorted(RIGHT_TO_LEFT)),
        words={code: _words(code) for code in languages if code},
        nonce=nonce,
        vue=VUE_FILE,
        style=STYLE_FILE,
    )
    answer = Response(html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = policy(nonce)
    return answer


def _words(language: str) -> dict:
    """What the engine says, in a language of the form; English where the pages do not speak it."""
    return engine_words(Translations.load(TRANSLATIONS_DIR, [language]).gettext)


def _media(preview: Preview, name: str) -> Response:
    """A file beside the form, or the entity list of that name; else 404, and an empty list."""
    if name not in preview.form.media_names:
        abort(404)
    path = find_media_file(preview.folder, name)
    if path is not None:
        return send_file(path)
    rows = preview.lists.get(name.removesuffix(".csv"))
    if rows is None:
        abort(404)
    return Response(_as_csv(rows), mimetype="text/csv")


def _as_csv(rows: list[dict[str, str]]) -> str:
    """As Central serves an entity list; the ids are made up."""
    properties = [name for name in rows[0] if name != "label"] if rows else []
    numbered = (
        {"name": f"00000000-0000-4000-8000-{number:012d}", "__version": 1, **row}
        for number, row in enumerate(rows, start=1)
    )
    return list_csv(numbered, properties)
