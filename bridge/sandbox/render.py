"""Renders a submission's XML as OData rows, with the published form's fields.

In: a `Schema` (compiled once a form definition) and the XML's events. Out: rows as dicts whose
keys stand in Central's order, or JSON text. A value that does not fit its type becomes null or
what JavaScript makes of it, as in Central: integers beyond 2^53 lose digits, `12abc` is 12.
"""

from dataclasses import dataclass, field
from hashlib import sha1
from urllib.parse import quote

import orjson

from bridge.sandbox.markup import OPEN, TEXT, local_name
from bridge.sandbox.values import VALUES
from bridge.sandbox.xforms import odata_name

URI_SAFE = "-_.!~*'()"
ROOT_TABLE = "Submissions"


@dataclass
class SchemaNode:
    """One field with its children; `frame` is the row of nulls that a new element starts from."""

    name: str
    out: str
    kind: str
    table: str
    children: dict[str, "SchemaNode"] = field(default_factory=dict)
    frame: dict = field(default_factory=dict)


def compile_schema(fields: list[dict]) -> SchemaNode:
    """The tree of fields below the submission's root element."""
    root = SchemaNode("", "", "structure", ROOT_TABLE)
    by_path = {"": root}
    for item in fields:
        above = by_path.get(item["path"].rpartition("/")[0])
        if above is None:
            continue
        out = odata_name(item["name"])
        node = SchemaNode(item["name"], out, item["type"], f"{above.table}.{out}")
        above.children[item["name"]] = by_path[item["path"]] = node
    for node in reversed(by_path.values()):
        node.frame = {
            child.out: (child.frame if child.kind == "structure" else None)
            for child in node.children.values()
            if child.kind != "repeat"
        }
    return root


def _copy(frame: dict) -> dict:
    return {key: (_copy(value) if type(value) is dict else value) for key, value in frame.items()}


class Renderer:
    """One walk over one submission for one table. Not to be used twice."""

    def __init__(self, schema, instance_id, table=ROOT_TABLE, expand=False, wkt=False):
        self.schema, self.instance_id, self.table = schema, instance_id, table
        self.expand, self.wkt = expand, wkt
        self.rows: list[dict] = []

    def run(self, events: list[tuple]) -> list[dict]:
        root = _copy(self.schema.frame)
        if self.table == ROOT_TABLE:
            self.rows.append(root)
        # An entry a level: (schema node or None, where values go or None, repeat counters,
        # parts of the path for hashes and links).
        stack: list[tuple] = []
        for kind, value, _ in events:
            if kind == TEXT:
                if len(stack) > 1:
                    self._take_text(stack[-1], value)
            elif kind == OPEN:
                entry = self._enter(stack[-1], value) if stack else (self.schema, root, {}, ())
                stack.append(entry)
            else:
                stack.pop()
                if not stack:
                    break
        return self.rows

    def _enter(self, above: tuple, name: str) -> tuple:
        node_above, data, counters, path = above
        node = node_above.children.get(local_name(name)) if node_above else None
        if node is None:
            return None, None, counters, path
        if node.kind == "structure":
            inner = data[node.out] if data is not None else None
            return node, inner, counters, (*path, (node, None))
        if node.kind != "repeat":
            return node, data, counters, path
        count = counters[id(node)] = counters.get(id(node), -1) + 1
        return self._enter_repeat(node, data, (*path, (node, count)))

    def _enter_repeat(self, node: SchemaNode, data: dict | None, path: tuple) -> tuple:
        if data is None:
            return node, None, {}, path
        data[f"{node.out}@odata.navigationLink"] = self._link(path)
        is_target = node.table == self.table
        if not (is_target or not node.table.startswith(self.table) or self.expand):
            return node, None, {}, path
        bag = _copy(node.frame)
        bag["__id"] = self._hash(path)
        if data.get(node.out) is None:
            data[node.out] = []
        data[node.out].append(bag)
        if is_target:
            self.rows.append(bag)
            key, value = self._parent(path)
            bag[key] = value
        return node, bag, {}, path

    def _parent(self, path: tuple) -> tuple[str, str]:
        above = path[:-1]
        while above and above[-1][1] is None:
            above = above[:-1]
        names = [ROOT_TABLE, *(node.out for node, _ in above)]
        return f"__{'-'.join(names)}-id", self._hash(above) if above else self.instance_id

    def _hash(self, path: tuple) -> str:
        parts = [f"{ROOT_TABLE}#{self.instance_id}"]
        parts += [f"{node.name}#{'' if count is None else count}" for node, count in path]
        return sha1("%%".join(parts).encode(), usedforsecurity=False).hexdigest()

    def _link(self, path: tuple) -> str:
        parts = [f"{ROOT_TABLE}('{quote(self.instance_id, safe=URI_SAFE)}')"]
        for length, (node, count) in enumerate(path, start=1):
            is_last = length == len(path)
            parts.append(
                node.out
                if count is None or is_last
                else f"{node.out}('{self._hash(path[:length])}')"
            )
        return "/".join(parts)

    def _take_text(self, entry: tuple, text: str) -> None:
        node, data, _, _ = entry
        if node is None or data is None or node.kind in ("structure", "repeat"):
            return
        if not node.table.startswith(self.table):
            return
        read = VALUES.get(node.kind)
        if read is None:
            # An entity is a piece of text of its own: pieces are put together again.
            data[node.out] = (data[node.out] or "") + text
            return
        value = read(text, self.wkt)
        if value is not VALUES:
            data[node.out] = value


def render_root(schema: SchemaNode, instance_id: str, events: list[tuple]) -> dict[str, str]:
    """The JSON members before (`head`) and after (`tail`) `__id` and `__system`, with their commas.

    Twice: with the rows of repeats inside, and without them (`flat_…`).
    """
    row = Renderer(schema, instance_id, expand=True).run(events)[0]
    pieces = _pieces(row, schema, "")
    _drop_repeats(row, schema)
    return pieces | _pieces(row, schema, "flat_")


def _pieces(row: dict, schema: SchemaNode, prefix: str) -> dict[str, str]:
    head = {key: row[key] for key in schema.frame}
    tail = {key: value for key, value in row.items() if key not in schema.frame}
    return {
        f"{prefix}head": _members(head, before=False),
        f"{prefix}tail": _members(tail, before=True),
    }


def _drop_repeats(row: dict, node: SchemaNode) -> None:
    """Leaves of each repeat its navigation link alone."""
    for child in node.children.values():
        if child.kind == "repeat":
            row.pop(child.out, None)
        elif child.kind == "structure":
            _drop_repeats(row[child.out], child)


def _members(part: dict, before: bool) -> str:
    if not part:
        return ""
    text = orjson.dumps(part).decode()[1:-1]
    return f",{text}" if before else f"{text},"
