"""Rows: a submission from the feed or from its XML, as lines of PostgreSQL's COPY format.

Both readers follow the same plan and give the same lines for the same answers; so a row landed
from the feed is compared with its XML by comparing lines.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from processing.land.plan import FormPlan, PlannedField, PlannedTable
from processing.land.values import Misfit, read_odata, read_xml

NULL = "\\N"


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


def rows_of_xml(plan: FormPlan, xml: bytes) -> TypedRows:
    """Typed rows of a submission's XML. Raises etree.XMLSyntaxError where it is not XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return _Reader(plan, _XmlSource()).read(etree.fromstring(xml, parser))


def copy_text(value) -> str:
    """A typed value in COPY's text format."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, tuple):
        return _escaped("{" + ",".join(_array_item(item) for item in value) + "}")
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return repr(value)


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
            cells[item.table].extend(_cells(item, value))
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
        return node


class _XmlSource:
    """Children of an element are looked up by the name that the feed would give them."""

    def __init__(self):
        self._of_element: dict = {}

    def value(self, item: PlannedField, node):
        for step in item.path.rsplit("/", len(item.steps))[1:]:
            found = self._children(node).get(step)
            if not found:
                return None, None
            node = found[-1]
        return read_xml(item.kind, "".join(node.itertext()))

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


def _cells(item: PlannedField, value) -> list[str]:
    columns = item.columns
    if len(columns) == 1:
        return [copy_text(_as(columns[0].sql_type, value))]
    if value is None:
        return [NULL] * len(columns)
    return [copy_text(_as(c.sql_type, part)) for c, part in zip(columns, value, strict=True)]


def _as(sql_type: str, value):
    """A column that was widened to text takes any value as its text."""
    if sql_type != "text" or value is None or isinstance(value, str):
        return value
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text:
        text = text.replace("\n", "\\n")
    if "\r" in text:
        text = text.replace("\r", "\\r")
    if "\t" in text:
        text = text.replace("\t", "\\t")
    return text


def _array_item(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
