"""Headings that pyxform itself breaks off at, or takes for a language more.

Comes in: the workbook. Goes out: findings.

| what is written                          | what would happen                               |
|------------------------------------------|-------------------------------------------------|
| `relevant::English (en)`                 | pyxform breaks off, and names no place          |
| `imgae::English (en)` in `choices`       | the same                                        |
| `weight:kg` in `choices`                 | the form is no XML                              |
| `media`, `bind` alone                    | pyxform breaks off, or passes over the column   |
| `label` beside `label::English (en)`     | tablets offer a language that is named default  |
"""

from collections.abc import Iterator

from bridge.findings import Finding
from bridge.xform_model import MEDIA_COLUMNS, TEXT_COLUMNS
from bridge.xlsform import Header, Sheet, XlsForm

# What has words, or a file, in each language; `attribute::x` is an attribute of that name.
TRANSLATED = {
    "survey": {*TEXT_COLUMNS, *MEDIA_COLUMNS, "no_app_error_string"},
    "choices": {"label", *MEDIA_COLUMNS},
    "settings": {"attribute"},
}
# For people, in as many languages as they like.
NOTES = {"note", "notes", "comment", "comments"}
FAMILIES = {
    "media": "media::image::English (en)", "bind": "bind::relevant", "body": "body::appearance",
    "control": "control::appearance", "instance": "instance::id",
}  # fmt: skip
# With these pyxform does not come to its end.
UNREADABLE = {"column-with-language", "column-with-colon", "column-of-no-kind"}


def check_headings(form: XlsForm, known: dict[str, set[str]]) -> Iterator[Finding]:
    """known: sheet -> the columns that pyxform knows there."""
    for sheet in form.sheets:
        for header in sheet.headers:
            yield from _unreadable(sheet, header, known[sheet.name])
        yield from _without_language(sheet)


def _unreadable(sheet: Sheet, header: Header, known: set[str]) -> Iterator[Finding]:
    family = header.text.partition("::")[0].strip().lower()
    if header.text.lower() in FAMILIES or (family == "media" and header.base not in MEDIA_COLUMNS):
        yield _finding(
            sheet, header, "column-of-no-kind",
            f"The column {header.text} does not say what of it is meant.",
            f"Write it whole, such as {FAMILIES[family]}, or delete the column.",
        )  # fmt: skip
    elif _is_wrongly_translated(sheet, header, known):
        name = header.base if header.base in known else "a name of its own"
        yield _finding(
            sheet, header, "column-with-language",
            f"The column {header.text} has two colons, and holds neither words nor a file.",
            f"Write {name}, without what stands behind the colons.",
        )  # fmt: skip
    elif sheet.name == "choices" and ":" in header.text and not _is_words(header):
        yield _finding(
            sheet, header, "column-with-colon",
            f"The column {header.text} has a colon in its name, which makes the form no XML.",
            "Name it with Latin letters, digits and _.",
        )  # fmt: skip


def _is_wrongly_translated(sheet: Sheet, header: Header, known: set[str]) -> bool:
    """pyxform passes over what it does not know in `survey` and `settings`, not in `choices`."""
    if "::" not in header.text or header.base in TRANSLATED[sheet.name]:
        return False
    if sheet.name == "choices":
        return True
    return header.language is not None and header.base in known - NOTES


def _is_words(header: Header) -> bool:
    return "::" in header.text or header.text.partition(":")[0].strip().lower() in TEXT_COLUMNS


def _without_language(sheet: Sheet) -> Iterator[Finding]:
    """Words that are in no language, in a column whose like are in some."""
    named = {header.base for header in sheet.headers if header.language}
    for header in sheet.headers:
        if header.language is None and header.base in named & set(TEXT_COLUMNS):
            yield _finding(
                sheet, header, "language-without-name",
                f"The column {header.text} names no language, and others of its kind do: tablets "
                "would offer one more language, named default.",
                f"Write its language behind it, such as {header.text}::العربية (ar), or delete the "
                "column.",
            )  # fmt: skip


def _finding(sheet: Sheet, header: Header, code: str, message: str, remedy: str) -> Finding:
    return Finding(sheet.name, 1, header.text, code, "error", message, remedy)
