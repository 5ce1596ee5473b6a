"""Files that a form names and that do not lie where publishing looks for them, and the reverse.

Comes in: the workbook, and its folder. Goes out: findings, one a file, where it is named first.

| named by                                             | the file                   |
|------------------------------------------------------|----------------------------|
| the columns `image`, `big-image`, `audio`, `video`   | as it stands there         |
| `default` of a question for a picture                | as it stands there         |
| `select_one_from_file rooms.geojson`                 | `rooms.geojson`            |
| the types `csv-external` and `xml-external`          | the row's name and ending  |
| `select_one_external`                                | `itemsets.csv`             |
| `pulldata('rooms', …)`, `search('rooms')`            | `rooms.csv`                |

A CSV may be an entity list of Central instead. One that EMIS keeps needs no file; of any other
only Central can tell, so that is a warning, and publishing asks. What lies in the folder `media`
and stands in none of these places, nor in any other cell, goes to no tablet: a warning too.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from bridge.findings import Finding
from bridge.xform import csv_name
from bridge.xform_model import MEDIA_COLUMNS
from bridge.xlsform import Row, Sheet, XlsForm, type_words
from config.entity_lists import LIST_PROPERTIES

PICTURES = (["image"], ["photo"])
ON_TABLET = "jr://images/"
CALLED = re.compile(r"(?<![\w.-])(?:pulldata|search)\s*\(\s*(['\"])(.+?)\1")
LONGEST_NAME = 255  # bytes, of every file system that matters here
DYNAMIC = re.compile(r"\$\{[^}]*\}")
OF_THE_DESK = re.compile(r"\..*|~\$.*|thumbs\.db|desktop\.ini", re.IGNORECASE)  # left by systems
LIKE_ENOUGH = 0.8  # of difflib's ratio: a letter or two, or the ending


def check_media(form: XlsForm) -> Iterator[Finding]:
    folder, told = form.path.parent, set()
    for sheet, row, column, name in _named(form):
        is_there = find_media_file(folder, name) or list_of(name) in LIST_PROPERTIES
        if is_there or name in told or "${" in name:
            continue
        told.add(name)
        severity = "warning" if list_of(name) else "error"
        yield Finding(
            sheet.name, row.number, column, "media-missing", severity,
            f"The form shows or reads {name}, and no such file lies beside it.",
            _remedy(folder, name),
        )  # fmt: skip


def check_unnamed_media(form: XlsForm) -> Iterator[Finding]:
    folder = form.path.parent / "media"
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    named = {name for _, _, _, name in _named(form)}
    for name in files:
        if OF_THE_DESK.fullmatch(name) or _is_named(name, named, form):
            continue
        yield Finding(
            "survey", None, None, "media-unnamed", "warning",
            f"The folder media holds {name}, and no question, choice or list names it: no tablet "
            "gets it.",
            "Write its name where it is meant to be seen, or delete the file.",
        )  # fmt: skip


def _is_named(file: str, named: set[str], form: XlsForm) -> bool:
    """A name may depend on an answer (`${kind}.png`), or stand inside of a formula or a text."""
    patterns = (".*".join(map(re.escape, DYNAMIC.split(name))) for name in named)
    if any(re.fullmatch(pattern, file) for pattern in patterns):
        return True
    return any(file in cell for sheet in form.sheets for row in sheet.rows
               for cell in row.cells.values())  # fmt: skip


def find_media_file(folder: Path, name: str) -> Path | None:
    """Where publishing takes a file from; folder: the workbook's own. A path is no name of a file,
    nor is a text that no file can be called.
    """
    if name in ("", "..") or "/" in name or len(name.encode()) > LONGEST_NAME:
        return None
    candidates = (folder / "media" / name, folder / name)
    return next((path for path in candidates if path.is_file()), None)


def list_of(name: str) -> str:
    """The entity list that a file may be instead: `schools` of `schools.csv`; "" for no CSV."""
    return name[:-4] if name.lower().endswith(".csv") else ""


def file_of(survey: Sheet, row: Row) -> str | None:
    """The file that a row reads by its type."""
    kind = row.get(survey.header_of("type", "command"))
    if is_from_file(survey, row) and "." in kind:
        return kind.split()[-1]
    if kind in ("csv-external", "xml-external"):
        return f"{row.get(survey.header_of('name'))}.{kind.partition('-')[0]}"
    return None


def is_from_file(survey: Sheet, row: Row) -> bool:
    """Does the row offer the choices of a file?"""
    return "_from_file" in row.get(survey.header_of("type", "command")).replace(" ", "_")


def _remedy(folder: Path, name: str) -> str:
    names = _names(folder)
    similar = get_close_matches(name.lower(), names, n=1, cutoff=LIKE_ENOUGH)
    if similar:
        return f"There is {names[similar[0]]}: give both one name, letter by letter."
    put = "Put it beside the form or into its folder media."
    if not list_of(name):
        return f"{put} Without it the form is not published."
    return f"{put} If {list_of(name)} is an entity list in Central, nothing is to be done."


def _names(folder: Path) -> dict[str, str]:
    """In small letters -> as it is, of all files that could be meant."""
    paths = [path for place in (folder / "media", folder) if place.is_dir()
             for path in place.iterdir() if path.is_file()]  # fmt: skip
    return {path.name.lower(): path.name for path in paths if path.suffix != ".xlsx"}


def _named(form: XlsForm) -> Iterator[tuple[Sheet, Row, str, str]]:
    for row in form.survey.rows:
        for column, name in _of_question(form.survey, row):
            yield form.survey, row, column, name
    for row in form.choices.rows:
        for column, name in _of_columns(form.choices, row):
            yield form.choices, row, column, name


def _of_question(survey: Sheet, row: Row) -> Iterator[tuple[str, str]]:
    """(column, file) of each file that the row names."""
    column, words = survey.header_of("type", "command"), type_words(survey, row)
    named = file_of(survey, row)
    if named:
        yield column, named
    elif words[:3] == ["select", "one", "external"] and row.get(survey.header_of("choice_filter")):
        yield column, "itemsets.csv"
    default = survey.header_of("default")
    if words in PICTURES and row.get(default) and "(" not in row.get(default):
        yield default, row.get(default).removeprefix(ON_TABLET)
    yield from _of_columns(survey, row)
    for header, cell in row.cells.items():
        yield from ((header, csv_name(found[2])) for found in CALLED.finditer(cell))


def _of_columns(sheet: Sheet, row: Row) -> Iterator[tuple[str, str]]:
    for header in sheet.headers:
        if header.base in MEDIA_COLUMNS and row.get(header.text) not in ("", "-"):
            yield header.text, row.get(header.text)
