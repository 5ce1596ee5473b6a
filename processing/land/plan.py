"""The plan of a form: which table and which columns each of its fields has in `survey`.

Comes in: the form's fields, and where fields of the same form id were put before.
Goes out: `FormPlan`, plain data. Nothing here touches a database.

A field that was placed once keeps its place, unless it becomes a text and the row has no room for
one: then it moves, and the pull that follows a new definition writes its answers there. New fields
fill the table of their repeat until its widest possible row nears PostgreSQL's 8,160 bytes or its
1,600 columns; what follows goes to side tables `<table>__2`, `<table>__3`, under the same key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bridge.changes import FormField
from config.sqlnames import KEPT_COLUMNS, column_names, odata_path, table_name
from processing.land.values import column_types

MAX_ROW_BYTES = 7_000
MAX_COLUMNS = 1_000
# A short text lies in the row itself: up to 31 bytes stay when PostgreSQL moves values out.
COLUMN_BYTES = {"bigint": 8, "double precision": 8, "date": 4, "smallint": 2}
TEXT_BYTES = 36
TIME_BYTES = 8
ROOT_PATH = ""


@dataclass(frozen=True)
class Column:
    """One SQL column of `survey`."""

    name: str
    sql_type: str


@dataclass(frozen=True)
class Placement:
    """Where a field lies: a physical table and its columns there. types: () where not known."""

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedField:
    """A field with its place. steps: the keys that lead to it in the feed, from its row down."""

    path: str
    kind: str
    table: str
    columns: tuple[Column, ...]
    steps: tuple[str, ...]
    is_personal: bool


@dataclass(frozen=True)
class PlannedTable:
    """A logical table: the submission itself (path '') or one repeat, with its side tables.

    steps: the keys that lead from the parent's row to this repeat's list in the feed.
    """

    name: str
    path: str
    parent_path: str | None
    steps: tuple[str, ...]
    fields: tuple[PlannedField, ...]

    @property
    def is_root(self) -> bool:
        return self.parent_path is None

    @property
    def parts(self) -> tuple[str, ...]:
        """The physical tables, the main one first."""
        return tuple(dict.fromkeys([self.name, *(item.table for item in self.fields)]))

    def fields_in(self, part: str) -> tuple[PlannedField, ...]:
        return tuple(item for item in self.fields if item.table == part)


@dataclass(frozen=True)
class FormPlan:
    """Every table of a form, a parent before its children."""

    form_id: str
    tables: tuple[PlannedTable, ...]

    @property
    def root(self) -> PlannedTable:
        return self.tables[0]

    def table_at(self, path: str) -> PlannedTable:
        return next(table for table in self.tables if table.path == path)

    def field_at(self, path: str) -> PlannedField | None:
        fields = (item for table in self.tables for item in table.fields)
        return next((item for item in fields if item.path == path), None)


@dataclass
class _Room:
    """What is still free in the physical tables of one logical table."""

    name: str
    taken: set[str]
    used: dict[str, list[int]] = field(default_factory=dict)

    def place(self, sql_types: tuple[str, ...]) -> str:
        size = sum(_bytes(sql_type) for sql_type in sql_types)
        number = 1
        while not self._fits(part := _part_name(self.name, number), size, len(sql_types)):
            number += 1
        self.count(part, sql_types)
        return part

    def count(self, part: str, sql_types: tuple[str, ...]) -> None:
        used = self.used.setdefault(part, [0, 0])
        used[0] += sum(_bytes(sql_type) for sql_type in sql_types)
        used[1] += len(sql_types)

    def widen(self, place: Placement, sql_types: tuple[str, ...]) -> bool:
        """May the field stay where it is with columns of these types? Counts what they grow by."""
        growth = sum(
            TEXT_BYTES - _bytes(was)
            for was, will_be in zip(place.types, sql_types, strict=False)
            if was not in (will_be, "text")
        )
        is_room = not growth or self._fits(place.table, growth, 0)
        if is_room:
            self.used[place.table][0] += growth
        return is_room

    def _fits(self, part: str, size: int, count: int) -> bool:
        bytes_used, columns_used = self.used.get(part, (0, 0))
        return bytes_used + size <= MAX_ROW_BYTES and columns_used + count <= MAX_COLUMNS


def plan_form(
    form_id: str,
    fields: Iterable[FormField],
    placed: Mapping[str, Placement],
    taken_tables: Iterable[str],
    personal_paths: Iterable[str] = (),
) -> FormPlan:
    """The plan of a form's current fields.

    placed: by path, where earlier versions of this form id put their fields; the table of the
    form itself is at '', that of a repeat at its path, both without columns. taken_tables: names
    other forms use.
    """
    ordered = tuple(fields)
    personal, taken = frozenset(personal_paths), set(taken_tables)
    tables = [_table(form_id, ROOT_PATH, None, placed, taken)]
    for item in ordered:
        if item.kind == "repeat":
            parent = _owner(item.path, tables)
            tables.append(_table(form_id, item.path, parent, placed, taken))
    return FormPlan(
        form_id,
        tuple(_filled(table, tables, ordered, placed, personal) for table in tables),
    )


def is_part(physical: str, table: str) -> bool:
    """Is a physical table that of the logical table, or one of its side tables?"""
    number = physical.removeprefix(f"{table}__")
    return physical == table or (number != physical and number.isdecimal())


def kind_of(item: FormField) -> str:
    """The kind that decides the columns: `select_multiple` is told apart from other strings."""
    return "select_multiple" if item.is_select_multiple else item.kind


def _table(form_id, path, parent, placed, taken) -> PlannedTable:
    known = placed.get(path)
    # Where there are columns, a question had this path in a form that was made anew since.
    is_table = known is not None and not known.columns
    name = known.table if is_table else table_name(f"{form_id}{path}", taken)
    taken.add(name)
    steps = () if parent is None else _steps(path, parent.path)
    return PlannedTable(name, path, None if parent is None else parent.path, steps, ())


def _filled(table, tables, ordered, placed, personal) -> PlannedTable:
    own = [item for item in ordered if _is_value(item) and _owner(item.path, tables) is table]
    room = _Room(table.name, _columns_taken(table, placed))
    for place in placed.values():
        if place.columns and is_part(place.table, table.name):
            room.count(place.table, place.types or ("text",) * len(place.columns))
    planned = tuple(_planned(item, table, room, placed, item.path in personal) for item in own)
    return PlannedTable(table.name, table.path, table.parent_path, table.steps, planned)


def _planned(item, table, room, placed, is_personal) -> PlannedField:
    kind = kind_of(item)
    types = column_types(kind)
    known = placed.get(item.path)
    is_here = known and len(known.columns) == len(types) and is_part(known.table, table.name)
    # A row of short numbers that all become texts would not fit any more: some of them move.
    if is_here and room.widen(known, types):
        part, names = known.table, known.columns
    else:
        part, names = room.place(types), _column_names(item.path, table, kind, room.taken)
    columns = tuple(Column(name, sql_type) for name, sql_type in zip(names, types, strict=True))
    return PlannedField(item.path, kind, part, columns, _steps(item.path, table.path), is_personal)


def _column_names(path, table, kind, taken) -> tuple[str, ...]:
    names = column_names(path.removeprefix(table.path), kind, taken)
    taken.update(names)
    return names


def _columns_taken(table, placed) -> set[str]:
    names = {
        name
        for place in placed.values()
        for name in place.columns
        if is_part(place.table, table.name)
    }
    return names | KEPT_COLUMNS


def _is_value(item: FormField) -> bool:
    return item.kind not in ("repeat", "structure")


def _owner(path: str, tables) -> PlannedTable:
    """The innermost repeat (or the root) that holds `path`."""
    holders = [table for table in tables if path.startswith(f"{table.path}/")]
    return max(holders, key=lambda table: len(table.path))


def _steps(path: str, above: str) -> tuple[str, ...]:
    return tuple(odata_path(path.removeprefix(above).strip("/")).split("/"))


def _part_name(name: str, number: int) -> str:
    return name if number == 1 else f"{name}__{number}"


def _bytes(sql_type: str) -> int:
    if sql_type.startswith("time"):
        return TIME_BYTES
    return COLUMN_BYTES.get(sql_type, TEXT_BYTES)
