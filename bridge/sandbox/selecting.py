"""`$select`: the fields that remain, and the parts of `__system` that are shown."""

from sqlite3 import Row

from bridge.sandbox.formstore import fields_of, schema_of
from bridge.sandbox.problems import problem
from bridge.sandbox.render import ROOT_TABLE, SchemaNode, compile_schema
from bridge.sandbox.xforms import for_odata

SYSTEM = [
    "submissionDate",
    "updatedAt",
    "submitterId",
    "submitterName",
    "attachmentsPresent",
    "attachmentsExpected",
    "status",
    "reviewState",
    "deviceId",
    "edits",
    "formVersion",
    "deletedAt",
]
METADATA = {"__id", "__system", *(f"__system/{name}" for name in SYSTEM)}


def select_fields(form_def: Row, wanted: str | None, table: str) -> tuple[SchemaNode, set | None]:
    """(schema to render with, names of metadata to show); (…, None) where all is shown."""
    if not wanted or wanted == "*":
        return schema_of(form_def), None
    names = [name.strip() for name in wanted.split(",")]
    fields = fields_of(form_def)
    safe = for_odata(fields)
    by_path = {item["path"]: item for item in safe}
    base = "" if table == ROOT_TABLE else "/" + table.removeprefix("Submissions.").replace(".", "/")
    kept = _parents(base)
    if any(path not in by_path for path in kept):
        raise problem(404.1)
    for name in names:
        if (
            name in METADATA
            if table == ROOT_TABLE
            else name in ("__id", _parent_key(base, by_path))
        ):
            continue
        kept |= _with_relatives(f"{base}/{name}", name, by_path, base)
    remaining = [raw for raw, item in zip(fields, safe, strict=True) if item["path"] in kept]
    return compile_schema(remaining), {name for name in names if name.startswith("__")}


def _parents(path: str) -> set[str]:
    parts = path.split("/")[1:]
    return {"/" + "/".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _parent_key(base: str, by_path: dict) -> str:
    above = [path for path in _parents(base) if path != base and by_path[path]["type"] == "repeat"]
    nearest = max(above, key=len, default="")
    return f"__Submissions{nearest.replace('/', '-')}-id"


def _with_relatives(path: str, name: str, by_path: dict, base: str) -> set[str]:
    """The field, the groups around it, and all that is in it if it is a group."""
    if path not in by_path:
        raise problem(400.23, property=name)
    kept = {path}
    for above in _parents(path) - _parents(base) - {path}:
        if by_path[above]["type"] == "repeat":
            raise problem(400.24, property=name)
        kept.add(above)
    if by_path[path]["type"] == "structure":
        kept |= _children(path, by_path)
    return kept


def _children(path: str, by_path: dict) -> set[str]:
    found = set()
    for other, item in by_path.items():
        if other.rpartition("/")[0] == path:
            found.add(other)
            if item["type"] == "structure":
                found |= _children(other, by_path)
    return found


def wanted_metadata(system: dict, only: set[str]) -> dict:
    """`__id` and `__system`, or those parts of it that were named."""
    shown = {"__id": system["__id"]} if "__id" in only else {}
    if "__system" in only:
        return shown | {"__system": system["__system"]}
    parts = {k: v for k, v in system["__system"].items() if f"__system/{k}" in only}
    return shown | ({"__system": parts} if parts else {})
