"""Rows: a submission from the feed or from its XML, as lines of PostgreSQL's COPY format.

Both readers follow the same plan and give the same lines for the same answers; so a row landed
from the feed is compared with its XML by comparing lines. `FeedReader` is the hot path, the one
place where Python touches every answer: what it does with those to each question is decided once a
plan.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from processing.land.cells import LinesMaker, field_cells, lines_maker
from processing.land.cells import copy_text as copy_text
from processing.land.plan import FormPlan, PlannedField, PlannedTable
from processing.land.values import NOT_TYPED, Misfit, read_odata, read_xml

# So many objects are read together.
READ_TOGETHER = 64


@dataclass
class TypedRows:
    """The lines of one submission by physical table, and the answers that did not fit.

    Lines begin after the key and the system columns, which the writer puts in front:
    the root's with its values, a repeat's with row number, parent row number and position.
    """

    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    misfits: list[tuple[str, Misfit]] = field(default_factory=list)


def rows_of_feed(plan: FormPlan, row: dict) -> TypedRows:
    """Typed rows of one object of the OData feed (with its repeats expanded)."""
    return _Reader(plan, _FeedSource()).read(row)


class FeedReader:
    """rows_of_feed for many objects of one plan: the same rows, several times as fast.

    Where an answer does not fit, its object is found by halves, and read again by rows_of_feed,
    which says why.
    """

    def __init__(self, plan: FormPlan):
        self._plan, self._root = plan, _compiled(plan, plan.root)

    def read(self, rows: list[dict]) -> list[TypedRows]:
        """The rows of each object, in their order."""
        found = []
        for start in range(0, len(rows), READ_TOGETHER):
            found += self._read(rows[start : start + READ_TOGETHER])
        return found

    def quick_lines(self, rows: list[dict]) -> list[dict[str, list[str]]]:
        """The lines of each where every answer fits; raises one of NOT_TYPED elsewhere."""
        found: list[dict[str, list[str]]] = [{} for _ in rows]
        for part, lines_of in self._root.parts:
            for lines, line in zip(found, lines_of(rows, None), strict=True):
                lines[part] = [line]
        _add_repeats(self._root, rows, range(len(rows)), ["0"] * len(rows), found)
        return found

    def _read(self, rows: list[dict]) -> list[TypedRows]:
        try:
            return list(map(TypedRows, self.quick_lines(rows)))
        except NOT_TYPED:
            if len(rows) == 1:
                return [rows_of_feed(self._plan, rows[0])]
        half = len(rows) // 2
        return self._read(rows[:half]) + self._read(rows[half:])


@dataclass(frozen=True)
class _Compiled:
    """A logical table, with what makes the lines of its physical ones, the main one first."""

    steps: tuple[str, ...]
    parts: tuple[tuple[str, LinesMaker], ...]
    children: "tuple[_Compiled, ...]"


def _compiled(plan: FormPlan, table: PlannedTable) -> _Compiled:
    parts = tuple((part, lines_maker(table.fields_in(part))) for part in table.parts)
    children = (child for child in plan.tables if child.parent_path == table.path)
    return _Compiled(table.steps, parts, tuple(_compiled(plan, child) for child in children))


def _add_repeats(above: _Compiled, rows, owners, numbers, found) -> None:
    """The repeats below some rows. owners: whose each is, as a place in `found`."""
    for table in above.children:
        _add_rows(table, rows, owners, numbers, found)


def _add_rows(table: _Compiled, above, owners_above, numbers_above, found) -> None:
    rows, owners, numbers, leads, counts = [], [], [], [], [0] * len(found)
    for row, owner, parent_number in zip(above, owners_above, numbers_above, strict=True):
        items = _items(table, row)
        for position, item in enumerate(items, start=1):
            counts[owner] += 1
            number = str(counts[owner])
            rows.append(item)
            owners.append(owner)
            numbers.append(number)
            leads.append(f"{number}\t{parent_number}\t{position}")
    if not rows:
        return
    for part, lines_of in table.parts:
        for owner, line in zip(owners, lines_of(rows, leads), strict=True):
            found[owner].setdefault(part, []).append(line)
        # A side table of a repeat is keyed by the row number alone.
        leads = numbers
    _add_repeats(table, rows, owners, numbers, found)


def _items(table: _Compiled, row: dict) -> list:
    items = row
    for step in table.steps:
        items = items.get(step) or {}
    if items and type(items) is not list:
        raise TypeError
    return items or []


def rows_of_xml(plan: FormPlan, xml: bytes) -> TypedRows:
    """Typed rows of a submission's XML. Raises etree.XMLSyntaxError where it is not XML.

    Control characters are no part of XML, but Central takes them and so does this.
    """
    try:
        root, restore = _parse(xml), str
    except etree.XMLSyntaxError:
        root, restore = _parse(FORBIDDEN.sub(_hide, xml)), _restore
    return _Reader(plan, _XmlSource(restore)).read(root)


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(xml, parser)


# What XML 1.0 forbids (section 2.2), as it stands or as a reference, is carried past the parser in
# a private plane of Unicode.
FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(x[0-9a-fA-F]{1,8}|[0-9]{1,8});")
HIDDEN_PLANE = 0x10F700
HIDDEN = re.compile(f"[{chr(HIDDEN_PLANE)}-{chr(HIDDEN_PLANE + 0x1F)}]")
ALLOWED_CONTROLS = (0x09, 0x0A, 0x0D)


def _hide(found: re.Match) -> bytes:
    number = found[1]
    if number is None:
        return chr(HIDDEN_PLANE + found[0][0]).encode()
    code = int(number[1:], 16) if number[:1] == b"x" else int(number)
    is_forbidden = code < 0x20 and code not in ALLOWED_CONTROLS
    return chr(HIDDEN_PLANE + code).encode() if is_forbidden else found[0]


def _restore(text: str) -> str:
    return HIDDEN.sub(lambda found: chr(ord(found[0]) - HIDDEN_PLANE), text)


class _Reader:
    """Walks a submission along the plan; the source knows how to look into it."""

    def __init__(self, plan: FormPlan, source):
        self.plan, self.source = plan, source
        self.children = defaultdict(list)
        for table in plan.tables:
            if not table.is_root:
                self.children[table.parent_path].append(table)
        self.counts = defaultdict(int)
        self.result = TypedRows()

    def read(self, node) -> TypedRows:
        self._read_values(self.plan.root, node, [], "")
        self._read_children(self.plan.root, node, 0, "")
        return self.result

    def _read_children(self, parent: PlannedTable, node, parent_number: int, place: str) -> None:
        for table in self.children[parent.path]:
            for position, item in enumerate(self.source.repeats(table, node), start=1):
                self.counts[table.path] += 1
                number = self.counts[table.path]
                lead = [str(number), str(parent_number), str(position)]
                here = f"{place}{'/'.join(table.steps)}[{position}]/"
                self._read_values(table, item, lead, here)
                self._read_children(table, item, number, here)

    def _read_values(self, table: PlannedTable, node, lead: list[str], place: str) -> None:
        # A side table of a repeat is keyed by the row number alone.
        cells = {part: lead[: None if part == table.name else 1] for part in table.parts}
        cells = {part: list(texts) for part, texts in cells.items()}
        for item in table.fields:
            value, misfit = self.source.value(item, node)
            if misfit is not None:
                self.result.misfits.append((f"{place}{'/'.join(item.steps)}", misfit))
            cells[item.table].append(field_cells(item, value))
        for part, texts in cells.items():
            self.result.lines[part].append("\t".join(texts))


class _FeedSource:
    @staticmethod
    def value(item: PlannedField, node):
        for step in item.steps:
            node = node.get(step) if isinstance(node, dict) else None
            if node is None:
                return None, None
        return read_odata(item.kind, node)

    @staticmethod
    def repeats(table: PlannedTable, node):
        for step in table.steps:
            node = node.get(step) if isinstance(node, dict) else None
            if node is None:
                return ()
        return node if isinstance(node, list) else ()


class _XmlSource:
    """Children of an element are looked up by the name that the feed would give them."""

    def __init__(self, restore: Callable[[str], str] = str):
        self._of_element: dict = {}
        self._restore = restore

    def value(self, item: PlannedField, node):
        for step in item.path.rsplit("/", len(item.steps))[1:]:
            found = self._children(node).get(step)
            if not found:
                return None, None
            node = found[-1]
        return read_xml(item.kind, self._restore("".join(node.itertext())))

    def repeats(self, table: PlannedTable, node):
        nodes = [node]
        for step in table.path.rsplit("/", len(table.steps))[1:]:
            nodes = [child for item in nodes for child in self._children(item).get(step, ())]
        return nodes

    def _children(self, node) -> dict[str, list]:
        known = self._of_element.get(node)
        if known is None:
            known = defaultdict(list)
            for child in node.iterchildren(tag=etree.Element):
                known[etree.QName(child).localname].append(child)
            self._of_element[node] = known
        return known
