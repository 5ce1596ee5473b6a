"""Will each question of a form have a column of its own in the warehouse?

Comes in: the workbook. Goes out: the names that clash. The names are those of `config.sqlnames`,
by which the survey tables are made, over the fields that Central will list: every question, notes
and calculations too, and what stands in `meta`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from bridge.xlsform import XlsForm, type_words
from config.sqlnames import KEPT_COLUMNS, column_names, odata_path, table_name

# Types whose lines hold no answer: data beside the form, and the file that stands in meta.
WITHOUT_FIELD = {"xml-external", "csv-external", "audit"}


@dataclass(frozen=True)
class Clash:
    row: int | None
    code: str
    message: str
    remedy: str = "Rename one of them; a published question keeps its name for ever."


@dataclass(frozen=True)
class Field:
    """A question, or a repeat, which has a table of its own. row: None for what stands in meta.

    table: the path of the innermost repeat around it, "" where there is none.
    """

    row: int | None
    path: str
    table: str
    kind: str


def list_form_fields(form: XlsForm) -> Iterator[Field]:
    """What Central will list of the form, groups left out, in its order."""
    survey = form.survey
    name, parents = survey.header_of("name"), []
    for row in survey.rows:
        words = type_words(survey, row)
        path = "".join(f"/{word}" for word in [*(parent for _, parent in parents), row.get(name)])
        if words[:1] == ["begin"]:
            if "repeat" in words:
                yield Field(row.number, path, _table(parents), "repeat")
            parents.append(("repeat" in words, row.get(name)))
        elif words[:1] == ["end"] and len(words) > 1:
            parents = parents[:-1]
        elif row.get(name) and words[:1] and words[0] not in WITHOUT_FIELD:
            yield Field(row.number, path, _table(parents), _kind(row.get(survey.header_of("type"))))
    yield from _meta_fields(form)


def name_clashes(form: XlsForm) -> Iterator[Clash]:
    """Each question that does not get the names that its path asks for, and why."""
    fields = list(list_form_fields(form))
    yield from _table_clashes(form.form_id, fields)
    yield from _column_clashes(fields)
    yield from _feed_clashes(fields)


def planned_columns(form: XlsForm) -> dict[str, tuple[str, tuple[str, ...]]]:
    """path -> (table, columns) of each question, as the survey tables of a new form have them."""
    tables, columns = {"": table_name(form.form_id)}, {}
    taken: dict[str, set[str]] = defaultdict(lambda: set(KEPT_COLUMNS))
    for field in list_form_fields(form):
        if field.kind == "repeat":
            tables[field.path] = table_name(f"{form.form_id}{field.path}", set(tables.values()))
            continue
        names = column_names(_inner(field), field.kind, taken[field.table])
        taken[field.table].update(names)
        columns[field.path] = (tables[field.table], names)
    return columns


def _table_clashes(form_id: str, fields: list[Field]) -> Iterator[Clash]:
    taken = {table_name(form_id): ""}
    for field in fields:
        if field.kind != "repeat":
            continue
        wanted = table_name(f"{form_id}{field.path}")
        other = taken.setdefault(wanted, field.path)
        if other != field.path:
            given = table_name(f"{form_id}{field.path}", set(taken))
            taken[given] = field.path
            yield Clash(
                field.row,
                "name-clash",
                f"The repeats {field.path} and {other} both want the table {wanted}; this one "
                f"would be {given}.",
            )


def _column_clashes(fields: list[Field]) -> Iterator[Clash]:
    taken: dict[str, dict[str, str]] = defaultdict(
        lambda: dict.fromkeys(KEPT_COLUMNS, "the system")
    )
    for field in fields:
        if field.kind == "repeat":
            continue
        held = taken[field.table]
        if field.path.rpartition("/")[2].startswith("_") and field.path.count("/") == 1:
            yield _reserved(field)
        wanted, given = (column_names(_inner(field), field.kind, names) for names in ((), held))
        other = next((held[name] for name in wanted if name in held), None)
        held.update(dict.fromkeys(given, field.path))
        if other:
            yield Clash(
                field.row,
                "name-clash",
                f"{field.path} and {other} want the same column {wanted[0]} in the warehouse; "
                f"this one would be {given[0]}.",
            )


def _reserved(field: Field) -> Clash:
    return Clash(
        field.row,
        "name-reserved",
        f"The column of {field.path} cannot begin with an underscore, like the system's own; it "
        f"would be {column_names(_inner(field), field.kind)[0]}.",
        "Begin the name with a letter.",
    )


def _feed_clashes(fields: list[Field]) -> Iterator[Clash]:
    """Two names that fall together in Central's feed: it shows the answers of one of them."""
    shown: dict[str, str] = {}
    for field in fields:
        other = shown.setdefault(odata_path(field.path), field.path)
        if other != field.path:
            yield Clash(
                field.row,
                "name-clash-in-feed",
                f"{field.path} and {other} are one name in Central's feed, which shows the answers "
                "of one of them alone.",
                "Use names of Latin letters, digits and _ that differ.",
            )


def _meta_fields(form: XlsForm) -> Iterator[Field]:
    types = {" ".join(type_words(form.survey, row)) for row in form.survey.rows}
    if "audit" in types:
        yield Field(None, "/meta/audit", "", "binary")
    if form.setting("omit_instanceid").lower() not in ("yes", "true", "true()"):
        yield Field(None, "/meta/instanceID", "", "string")
    if form.setting("instance_name"):
        yield Field(None, "/meta/instanceName", "", "string")


def _table(parents: list[tuple[bool, str]]) -> str:
    repeats = [index for index, (is_repeat, _) in enumerate(parents, 1) if is_repeat]
    return "".join(f"/{name}" for _, name in parents[: repeats[-1] if repeats else 0])


def _inner(field: Field) -> str:
    return field.path.removeprefix(field.table)


def _kind(written: str) -> str:
    """The type that pyxform gives the question; what it does not know alone is a select."""
    known = QUESTION_TYPE_DICT.get(" ".join(written.split()), {})
    return known.get("bind", {}).get("type", "string")
