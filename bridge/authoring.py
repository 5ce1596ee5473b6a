"""Faults in a form that pyxform and ODK Validate let through.

Comes in: an XLSForm. Goes out: findings, each with sheet, row, column, what and what to do.

| what is written | what would happen in silence |
|---|---|
| column `relevent` | the condition is ignored |
| an empty translation cell | tablets in that language show `-` |
| 13 questions on one screen | a tablet whose battery ends loses the screen |
| a name in Arabic letters | ODK Validate points at a formula of another row |
| `/a/b_c` beside `/a_b/c` | two questions want the same column in the warehouse |
| a filter with `and` over a long list | half a second for each tap |

Faults of the sheets, languages and photos: bridge.authoring_sheets; of their headings:
bridge.authoring_headings; of the choices: bridge.authoring_lists; files that are missing, or
named nowhere: bridge.authoring_media; rows of a repeat beyond its count: bridge.authoring_repeats.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bridge.authoring_headings import UNREADABLE, check_headings
from bridge.authoring_lists import check_code_lists, check_list_sizes
from bridge.authoring_media import check_media, check_unnamed_media, file_of, is_from_file
from bridge.authoring_repeats import check_counted_repeats
from bridge.authoring_sheets import (
    check_images,
    check_languages,
    check_sheets,
    languages_of,
    misspelt_languages,
)
from bridge.findings import Finding
from bridge.sqlnames import name_clashes
from bridge.xform_model import TEXT_COLUMNS
from bridge.xlsform import Row, Sheet, XlsForm, read_xlsform, type_words
from config.words import counted

# Collect saves when a screen is left: a battery that ends takes no more than this with it.
MOST_INPUTS_PER_SCREEN = 12
SURVEY_COLUMNS = {
    "type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant",
    "constraint", "constraint_message", "appearance", "default", "read_only", "readonly",
    "calculation", "trigger", "choice_filter", "parameters", "repeat_count", "media", "image",
    "big-image", "audio", "video", "save_to", "autoplay", "rows", "bind", "body", "instance",
    "control", "note", "notes", "comment", "comments", "disabled", "no_app_error_string",
    "relevance", "calculate", "jr:count", "intent", "query", "accuracythreshold",
}  # fmt: skip
CHOICES_COLUMNS = {"list_name", "name", "label", "image", "big-image", "audio", "video", "geometry"}
SETTINGS_COLUMNS = {
    "form_id", "form_title", "version", "default_language", "instance_name", "style", "name",
    "public_key", "submission_url", "auto_send", "auto_delete", "allow_choice_duplicates",
    "client_editable", "namespaces", "title", "id_string", "instance_id", "omit_instanceid",
    "clean_text_values", "attribute",
}  # fmt: skip
COLUMNS = {"survey": SURVEY_COLUMNS, "choices": CHOICES_COLUMNS, "settings": SETTINGS_COLUMNS}
SILENT_TYPES = {
    "note", "calculate", "hidden", "start", "end", "today", "deviceid", "username", "email",
    "phonenumber", "audit", "start-geopoint", "background-audio", "background-geopoint",
    "xml-external", "csv-external",
}  # fmt: skip
READ_ONLY = {"yes", "true", "true()"}
VALUE = r"(?:\$\{[\w.-]+\}|'[^']*'|\"[^\"]*\"|\d+|current\(\)/[\w./-]+)"
ONE_EQUALITY = re.compile(rf"\s*(?:[\w.-]+\s*=\s*{VALUE}|{VALUE}\s*=\s*[\w.-]+)\s*")
# XPath allows spaces between its words, and `//item`. Brackets within the condition, one deep:
# sum(${row}[1]).
LOOKED_UP = re.compile(
    r"instance\s*\(\s*['\"]([\w.-]+)['\"]\s*\)[\s/\w*]*\[((?:[^\[\]]|\[[^\[\]]*\])*)\]"
)
SCANS = (
    "The filter reads the whole list at each look.",
    "Use one equality, such as district = ${district}; put a combined key in the list if two "
    "columns decide.",
)


def check_form(xlsx: Path) -> list[Finding]:
    """All findings, in the order in which a person meets them in the workbook."""
    form = read_xlsform(xlsx)
    checks = (
        check_sheets, check_form_id, check_columns, _check_headings, check_languages,
        check_translations, check_screens, check_names, check_filters, check_images, check_media,
        check_unnamed_media, check_counted_repeats, check_list_sizes, check_code_lists,
    )  # fmt: skip
    findings = [finding for check in checks for finding in check(form)]
    return sorted(findings, key=lambda item: (_sheet_order(item.sheet), item.row or 0, item.code))


def find_unreadable(form: XlsForm) -> list[Finding]:
    """The headings at which pyxform would break off."""
    return [finding for finding in _check_headings(form) if finding.code in UNREADABLE]


def _sheet_order(sheet: str) -> int:
    known = ("survey", "choices", "settings")
    return known.index(sheet) if sheet in known else len(known)


def check_form_id(form: XlsForm) -> Iterator[Finding]:
    if form.form_id != form.path.stem:
        yield Finding(
            "settings", 2, "form_id", "form-id-differs", "error",
            f"The form id is {form.form_id} and the file is named {form.path.stem}.",
            "They must be the same, here and in the catalogue.",
        )  # fmt: skip


def check_columns(form: XlsForm) -> Iterator[Finding]:
    """A column that pyxform does not know is ignored by it, whatever its author meant."""
    for sheet in form.sheets:
        known = COLUMNS[sheet.name]
        for header in sheet.headers:
            if header.base in known or _is_filter_column(form, sheet, header.base):
                continue
            similar = get_close_matches(header.base, known, n=1, cutoff=0.75)
            column, colon, language = header.text.partition(":")
            is_one = colon and "::" not in header.text
            if is_one and column.strip().lower() in TEXT_COLUMNS:
                yield Finding(
                    sheet.name, 1, header.text, "column-misspelt", "error",
                    f"One colon stands between {column.strip()} and its language.",
                    f"Write two: {column.strip()}::{language.strip()}.",
                )  # fmt: skip
            elif similar:
                yield _misspelt(sheet, header.text, similar[0])
            elif sheet.name != "choices":
                yield Finding(
                    sheet.name, 1, header.text, "column-unknown", "warning",
                    f"No tablet reads the column {header.text}.",
                    "Name it `notes` if it is meant for people.",
                )  # fmt: skip


def _check_headings(form: XlsForm) -> Iterator[Finding]:
    return check_headings(form, COLUMNS)


def check_translations(form: XlsForm) -> Iterator[Finding]:
    """Whatever has words in one language has them in all languages of the form."""
    languages, misspelt = languages_of(form), misspelt_languages(form)
    if not languages:
        return
    for sheet in (form.survey, form.choices):
        for base in TEXT_COLUMNS:
            columns = {
                misspelt.get(header.language, header.language): header.text
                for header in sheet.headers
                if header.base == base
            }
            yield from _missing_translations(sheet, base, columns, languages)


def check_screens(form: XlsForm) -> Iterator[Finding]:
    """An error where the limit is always passed; a warning where conditions may keep it."""
    for screen in _screens(form.survey):
        if screen.input_count <= MOST_INPUTS_PER_SCREEN:
            continue
        is_certain = screen.unconditional_count > MOST_INPUTS_PER_SCREEN
        yield Finding(
            "survey", screen.row.number, "appearance", "screen-too-long",
            "error" if is_certain else "warning",
            f"The screen {screen.row.get(form.survey.header_of('name'))} has "
            f"{'' if is_certain else 'up to '}{counted(screen.input_count, 'input')}.",
            f"Put some of them on a screen of their own: at most {MOST_INPUTS_PER_SCREEN} may be "
            "seen at once, since a screen is saved when it is left.",
        )  # fmt: skip


def check_names(form: XlsForm) -> Iterator[Finding]:
    survey = form.survey
    column = survey.header_of("name")
    for row in survey.rows:
        name = row.get(column)
        if not name.isascii() and type_words(survey, row)[:1] != ["end"]:
            yield Finding(
                "survey", row.number, column, "name-not-latin", "error",
                f"The name “{name}” has letters that no tablet reads.",
                "Name it with Latin letters, digits and _; what people read stands in its label.",
            )  # fmt: skip
    for clash in name_clashes(form):
        yield Finding(
            "survey", clash.row, "name", clash.code, "error", clash.message, clash.remedy
        )  # fmt: skip


def check_filters(form: XlsForm) -> Iterator[Finding]:
    """A tablet has an index for one equality on one column of a file, and for nothing else."""
    survey = form.survey
    column = survey.header_of("choice_filter")
    files = {Path(name).stem for row in survey.rows if (name := file_of(survey, row))}
    for row in survey.rows:
        condition = row.get(column) if is_from_file(survey, row) else ""
        if condition and not ONE_EQUALITY.fullmatch(condition):
            yield Finding("survey", row.number, column, "filter-scans", "warning", *SCANS)
        for header, cell in row.cells.items():
            looked_up = LOOKED_UP.findall(cell)
            if any(name in files and not ONE_EQUALITY.fullmatch(asked)
                   for name, asked in looked_up):  # fmt: skip
                yield Finding("survey", row.number, header, "filter-scans", "warning", *SCANS)
            if "pulldata(" in cell:
                yield Finding(
                    "survey", row.number, header, "pulldata-used", "warning",
                    "pulldata() works in Collect alone.",
                    "Write instance('list')/root/item[name = ${key}]/column.",
                )  # fmt: skip


def _misspelt(sheet: Sheet, header: str, meant: str) -> Finding:
    return Finding(
        sheet.name, 1, header, "column-misspelt", "error",
        f"The column {header} is not known, so everything in it is ignored.",
        f"Write {meant}.",
    )  # fmt: skip


def _is_filter_column(form: XlsForm, sheet: Sheet, base: str) -> bool:
    """Columns of the choices sheet that a choice_filter names are the author's own."""
    if sheet.name != "choices":
        return False
    column = form.survey.header_of("choice_filter")
    pattern = re.compile(rf"(?<![\w.-]){re.escape(base)}(?![\w.-])", re.IGNORECASE)
    return any(pattern.search(row.get(column)) for row in form.survey.rows)


def _missing_translations(
    sheet: Sheet, base: str, columns: dict[str | None, str], languages: list[str]
) -> Iterator[Finding]:
    """columns: the header of that base in each language."""
    for row in sheet.rows:
        filled = [language for language, text in columns.items() if row.get(text)]
        if not filled:
            continue
        for language in languages:
            if language not in filled:
                column = columns.get(language, f"{base}::{language}")
                yield Finding(
                    sheet.name, row.number, column, "translation-missing", "error",
                    f"The {base} has no words in {language}.",
                    "Write them: tablets in that language would show a dash.",
                )  # fmt: skip


@dataclass(frozen=True)
class _Screen:
    """row: the one that opens it. unconditional_count: inputs that no condition can hide."""

    row: Row
    input_count: int
    unconditional_count: int


def _screens(survey: Sheet) -> Iterator[_Screen]:
    """Each group that is shown as one screen."""
    opened: list[Row] = []
    inputs: list[bool] = []
    for row in survey.rows:
        words = type_words(survey, row)
        if words[:1] == ["begin"]:
            if opened or _is_one_screen(row.get(survey.header_of("appearance"))):
                opened.append(row)
        elif words[:1] == ["end"] and len(words) > 1:
            if len(opened) == 1:
                yield _Screen(opened[0], len(inputs), inputs.count(True))
                inputs = []
            opened = opened[:-1]
        elif opened and words and _is_input(survey, row, words[0]):
            inputs.append(not _is_conditional(survey, [*opened[1:], row]))


def _is_input(survey: Sheet, row: Row, kind: str) -> bool:
    """What somebody types or chooses: nothing that the tablet calculates or only shows.

    What another answer sets once (`trigger`) can still be typed over.
    """
    is_set_once = row.get(survey.header_of("trigger"))
    is_calculated = row.get(survey.header_of("calculation", "calculate")) and not is_set_once
    is_shown_only = row.get(survey.header_of("read_only", "readonly")).lower() in READ_ONLY
    return kind not in SILENT_TYPES and not is_calculated and not is_shown_only


def _is_conditional(survey: Sheet, rows: list[Row]) -> bool:
    column = survey.header_of("relevant", "relevance")
    return any(row.get(column) for row in rows)


def _is_one_screen(appearance: str) -> bool:
    return bool({"field-list", "table-list"} & set(appearance.lower().split()))
