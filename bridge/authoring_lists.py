"""Faults in the choices of a form: unlike the code lists, or too many for a tablet.

Comes in: the workbook. Goes out: findings. Which list mirrors which code list is told by its name:
the choices `water_source` are those of `config/codes/water_source.csv`; `governorate` and
`district` are areas. In a form of the catalogue every list must have its code list, and what
differs is an error; anybody else's form is only warned.
"""

from collections.abc import Iterator, Mapping

from bridge.findings import Finding
from bridge.xlsform import Row, XlsForm
from config.codes import list_code_lists, read_codes, read_table
from config.forms import load_catalogue

AREA_LISTS = ("governorate", "district")
LANGUAGES = ("ar", "ckb", "en")
# Every tablet reads all choices of a form each time that it opens it; a file or an entity list
# has an index instead, and can be renewed without a new version of the form.
MOST_CHOICES = 1000


def check_list_sizes(form: XlsForm) -> Iterator[Finding]:
    for name, rows in choices_by_list(form).items():
        if len(rows) > MOST_CHOICES:
            yield Finding(
                "choices", rows[0].number, "list_name", "choices-too-many", "error",
                f"The list {name} has {len(rows):,} choices; a form holds at most "
                f"{MOST_CHOICES:,} in a list.",
                "Make it an external list: a CSV file beside the form or an entity list, asked "
                f"with select_one_from_file {name}.csv.",
            )  # fmt: skip


def check_code_lists(form: XlsForm) -> Iterator[Finding]:
    """Codes and names of each list as config/codes has them, in the same order."""
    is_ours = form.form_id in load_catalogue()
    severity = "error" if is_ours else "warning"
    for name, rows in choices_by_list(form).items():
        expected = find_code_list(name)
        if len(rows) > MOST_CHOICES:
            continue
        if expected is not None:
            yield from _compare(form, name, rows, expected, severity)
        elif is_ours:
            yield Finding(
                "choices", rows[0].number, "list_name", "code-list-missing", "error",
                f"No code list is named {name}.",
                f"Add config/codes/{name}.csv, or use a list that is there.",
            )  # fmt: skip


def choices_by_list(form: XlsForm) -> dict[str, list[Row]]:
    """list_name -> its rows, in the order of the sheet."""
    column, found = form.choices.header_of("list_name", "list name"), {}
    for row in form.choices.rows:
        if row.get(column):
            found.setdefault(row.get(column), []).append(row)
    return found


def find_code_list(name: str) -> dict[str, dict[str, str]] | None:
    """code -> {language: name}, in the list's order; None where there is no such list."""
    if name in AREA_LISTS:
        areas = (area for area in read_table("areas") if area["area_level"] == name)
        return {area["area_code"]: _names(area) for area in areas}
    if name not in list_code_lists():
        return None
    return {code.code: {item: code.name(item) for item in LANGUAGES} for code in read_codes(name)}


def _names(area: Mapping[str, str]) -> dict[str, str]:
    return {language: area[f"name_{language}"] for language in LANGUAGES}


def _compare(form, name: str, rows: list[Row], expected: dict, severity: str) -> Iterator[Finding]:
    column = form.choices.header_of("name", "value")
    source = "areas" if name in AREA_LISTS else name
    for row in rows:
        code = row.get(column)
        if code not in expected:
            yield Finding(
                "choices", row.number, column, "choice-unknown", severity,
                f"“{code}” is not a code of the code list {name}.",
                f"Use a code of config/codes/{source}.csv, or add it there first.",
            )  # fmt: skip
        else:
            yield from _labels(form, row, expected[code], source, severity)
    codes = [row.get(column) for row in rows]
    missing = [code for code in expected if code not in codes]
    if missing:
        yield Finding(
            "choices", rows[-1].number, column, "choice-missing", severity,
            f"The list {name} lacks {len(missing)} of the codes of its code list: "
            f"{', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}.",
            f"Add every code of config/codes/{source}.csv.",
        )  # fmt: skip
    elif codes != list(expected) and set(codes) == set(expected):
        yield Finding(
            "choices", rows[0].number, column, "choices-out-of-order", severity,
            f"The choices of {name} stand in another order than its code list, or twice.",
            f"Put them into the order of config/codes/{source}.csv.",
        )  # fmt: skip


def _labels(form, row: Row, names: dict, source: str, severity: str) -> Iterator[Finding]:
    for header in form.choices.headers:
        wanted = names.get(header.language_code or "") if header.base == "label" else None
        if wanted and row.get(header.text) and row.get(header.text) != wanted:
            yield Finding(
                "choices", row.number, header.text, "choice-label-differs", severity,
                f"“{row.get(header.text)}” is “{wanted}” in the code list.",
                f"Make it the same as in config/codes/{source}.csv, or change it there.",
            )  # fmt: skip
