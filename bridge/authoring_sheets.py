"""Faults in the workbook itself: its sheets, its languages, its pictures.

Comes in: the workbook. Goes out: findings.

| what is written              | what would happen in silence                          |
|------------------------------|-------------------------------------------------------|
| `survey` and `Survey`        | pyxform reads the last of them                        |
| `survey ` with a space       | pyxform does not see it                               |
| merged cells                 | all but the first are empty                           |
| a language without its code  | Web Forms and our label tables do not know it         |
| `کوردی (ckp)` in one column  | one more language, in which all else is missing       |
| `Kurdish (ku)`               | `ku` is written from left to right: Sorani is `ckb`   |
| an image without max-pixels  | each photo is 4–8 MB over a school's connection       |
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from bridge.findings import Finding
from bridge.xform_model import TEXT_COLUMNS
from bridge.xlsform import Row, Sheet, XlsForm, type_words

READ_SHEETS = {"survey", "choices", "settings", "entities", "external_choices", "osm"}
PIXELS = re.compile(r"(?:^|[\s;,])max-pixels\s*=\s*(\S+)")
# The long edge of a JPEG of about 200 KB, a photo's budget.
MOST_PIXELS = 1024
LIKE_ENOUGH = 0.8  # of difflib's ratio: one or two letters of a name with its code
SKETCHES = {"draw", "annotate", "signature"}


def check_sheets(form: XlsForm) -> Iterator[Finding]:
    """Sheets that pyxform would pass over, and cells that it would find empty."""
    named: dict[str, list[str]] = defaultdict(list)
    for name in form.workbook.sheet_names:
        named[name.strip().lower()].append(name)
    for name in READ_SHEETS & named.keys():
        if len(named[name]) > 1:
            yield Finding(
                name, None, None, "sheet-twice", "error",
                f"{len(named[name])} sheets are named {name}: "
                f"{', '.join(repr(item) for item in named[name])}. Only one would be read.",
                "Delete or rename the others.",
            )  # fmt: skip
        elif named[name][0] != named[name][0].strip():
            yield Finding(
                name, None, None, "sheet-misnamed", "error",
                f"The sheet {named[name][0]!r} has spaces around its name and would not be read.",
                f"Name it {name}.",
            )  # fmt: skip
        for sheet in named[name]:
            yield from _merged_cells(name, form.workbook.merged[sheet])


def check_languages(form: XlsForm) -> Iterator[Finding]:
    for sheet in (form.survey, form.choices):
        for header in sheet.headers:
            if header.language and not header.language_code:
                yield _language_finding(
                    sheet, header.text, "language-without-code",
                    f"The language {header.language} has no code.",
                    f"Write it with its code, such as {header.language} (ar).",
                )  # fmt: skip
            elif header.language_code == "ku":
                yield _language_finding(
                    sheet, header.text, "language-code-wrong",
                    "The code ku means Kurdish in Latin letters, from left to right.",
                    "Write ckb for Sorani, kmr for Kurmanji (Badini).",
                )  # fmt: skip
    yield from _languages_twice(form)
    yield from _languages_misspelt(form)
    default, languages = form.setting("default_language"), languages_of(form)
    if default and languages and default not in languages:
        yield Finding(
            "settings", 2, "default_language", "default-language-unknown", "error",
            f"No column is in the default language {default}.",
            f"Write one of {', '.join(languages)}, letter by letter.",
        )  # fmt: skip


def check_images(form: XlsForm) -> Iterator[Finding]:
    """A warning, since the form works; the bill of a school's connection is another matter."""
    survey = form.survey
    column = survey.header_of("parameters")
    for row in survey.rows:
        if type_words(survey, row) not in (["image"], ["photo"]) or _is_sketch(survey, row):
            continue
        found = PIXELS.search(row.get(column))
        pixels = found[1] if found else ""
        if not pixels.isdigit() or int(pixels) > MOST_PIXELS:
            yield Finding(
                "survey", row.number, column or "parameters", "image-without-max-pixels", "warning",
                f"The photo is {'larger than it need be' if pixels else 'sent as it is taken'}.",
                f"Write max-pixels={MOST_PIXELS} (or less) into the column parameters.",
            )  # fmt: skip


def languages_of(form: XlsForm) -> list[str]:
    """The languages of the form, in the order of its columns; one misspelt is none of its own."""
    misspelt = misspelt_languages(form)
    return [language for language in _columns_by_language(form) if language not in misspelt]


def misspelt_languages(form: XlsForm) -> dict[str, str]:
    """A language → the one that was meant.

    Two names alike that never stand side by side are one language: a form in Sorani and Kurmanji
    has its labels in both.
    """
    columns = _columns_by_language(form)
    meant: dict[str, str] = {}
    known: list[str] = []
    for language in sorted(columns, key=lambda language: -len(columns[language])):
        apart = [other for other in known if columns[other].isdisjoint(columns[language])]
        similar = get_close_matches(language, apart, n=1, cutoff=LIKE_ENOUGH)
        if similar:
            meant[language] = similar[0]
        else:
            known.append(language)
    return meant


def _columns_by_language(form: XlsForm) -> dict[str, set[tuple[str, str]]]:
    columns: dict[str, set[tuple[str, str]]] = {}
    for sheet in (form.survey, form.choices):
        for header in sheet.headers:
            if header.language and header.base in TEXT_COLUMNS:
                columns.setdefault(header.language, set()).add((sheet.name, header.base))
    return columns


def _merged_cells(name: str, ranges: tuple[str, ...]) -> Iterator[Finding]:
    for merged in ranges:
        row = re.search(r"\d+", merged)
        yield Finding(
            name, int(row[0]) if row else None, None, "cells-merged", "error",
            f"The cells {merged} are merged: all but the first would be empty.",
            "Unmerge them (Home, Merge & Center) and write into each cell what belongs there.",
        )  # fmt: skip


def _language_finding(sheet: Sheet, header: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(sheet.name, 1, header, code, "error", message, remedy)


def _languages_twice(form: XlsForm) -> Iterator[Finding]:
    """`Arabic (ar)` beside `العربية (ar)`: a tablet offers both, each half empty."""
    first: dict[str, str] = {}
    for sheet in (form.survey, form.choices):
        for header in sheet.headers:
            if not header.language_code:
                continue
            other = first.setdefault(header.language_code, header.language)
            if other != header.language:
                yield _language_finding(
                    sheet, header.text, "language-twice",
                    f"{header.language} and {other} are the same language.",
                    f"Write {other} everywhere, letter by letter.",
                )  # fmt: skip


def _languages_misspelt(form: XlsForm) -> Iterator[Finding]:
    meant = misspelt_languages(form)
    for sheet in (form.survey, form.choices):
        for header in sheet.headers:
            if header.language in meant:
                yield _language_finding(
                    sheet, header.text, "language-misspelt",
                    f"No other column is in {header.language}.",
                    f"Write {header.base}::{meant[header.language]}, letter by letter.",
                )  # fmt: skip


def _is_sketch(survey: Sheet, row: Row) -> bool:
    return bool(SKETCHES & set(row.get(survey.header_of("appearance")).split()))
