"""The catalogues of messages: `python -m processing.web.catalogue` after a text of a page changed.

In: texts marked in the code and the templates, in English, and translations/<language>/…/
messages.po, which translators fill in. Out: the same .po with what is new and without what has
gone, and the compiled .mo that the pages read. A language is a folder: no code changes for one.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB_DIR = Path(__file__).parent
TRANSLATIONS_DIR = WEB_DIR / "translations"
METHODS = [
    ("views/**.py", "python"), ("webforms/*.py", "python"), ("printed/*.py", "python"),
    ("*.py", "python"),
    ("templates/**.html", "jinja2"),
]  # fmt: skip
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# Texts of the pages. Renewed by: python -m processing.web.catalogue"


def extract_texts() -> Catalog:
    """Every text that the code and the templates mark."""
    template = Catalog(project="EMIS")
    for _path, _line, text, comments, _context in extract_from_dir(
        WEB_DIR, METHODS, keywords=KEYWORDS
    ):
        template.add(text, auto_comments=comments)
    return template


def list_catalogues() -> list[Path]:
    return sorted(TRANSLATIONS_DIR.glob("*/LC_MESSAGES/messages.po"))


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compile_catalogue(catalogue: Catalog) -> bytes:
    """The bytes of the .mo; the same texts give the same bytes on any day."""
    catalogue.creation_date = catalogue.revision_date = LONG_AGO
    catalogue.last_translator = catalogue.msgid_bugs_address = ""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def renew_catalogue(path: Path, template: Catalog) -> None:
    """Twice is the same as once: nothing in the file names a time, a place or a person."""
    old, new = read_catalogue(path), Catalog(locale=path.parent.parent.name)
    for message in template:
        if message.id:
            known = old.get(message.id)
            new.add(message.id, known.string if known else "")
    new.header_comment = HEADER
    buffer = io.BytesIO()
    write_po(buffer, new, omit_header=True, sort_output=True, width=100)
    head = f'{HEADER}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_bytes(head.encode() + buffer.getvalue().lstrip())
    path.with_suffix(".mo").write_bytes(compile_catalogue(read_catalogue(path)))


if __name__ == "__main__":
    texts = extract_texts()
    for each in list_catalogues():
        renew_catalogue(each, texts)
