"""The OData feed of an entity list. It has no tag, and its cursor can skip rows, as in Central."""

from collections.abc import Iterator
from sqlite3 import Row

import orjson
from flask import Blueprint, Response, request

from bridge.sandbox.datasets import DATASET, require_dataset
from bridge.sandbox.datasetstore import properties_of
from bridge.sandbox.edmx import entity_metadata
from bridge.sandbox.odata_filter import compile_filter, names_deleted_at
from bridge.sandbox.odata_links import footer, next_url, service_root
from bridge.sandbox.problems import InternalFault, problem
from bridge.sandbox.selection import read_token
from bridge.sandbox.store import iso
from bridge.sandbox.web import answer, domain, is_true, js_int, store, stream
from bridge.sandbox.xforms import odata_name

entity_feed = Blueprint("entity_feed", __name__)
COLUMNS = {
    "__id": ("e.uuid", "text"),
    "__system/createdAt": ("e.created_at", "time"),
    "__system/updatedAt": ("e.updated_at", "time"),
    "__system/deletedAt": ("e.deleted_at", "time"),
    "__system/creatorId": ("e.creator_id", "integer"),
    "__system/conflict": ("e.conflict", "text"),
}
BLOCK_BYTES = 64 * 1024


@entity_feed.get(f"{DATASET}.svc")
def service_document(project_id: int, name: str):
    require_dataset(project_id, name, "entity.list")
    response = answer(
        {
            "@odata.context": f"{domain()}{service_root()}/$metadata",
            "value": [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}],
        }
    )
    response.headers["OData-Version"] = "4.0"
    return response


@entity_feed.get(f"{DATASET}.svc/$metadata")
def metadata(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.list")
    body = entity_metadata(name, [item["name"] for item in properties_of(dataset["id"])])
    response = Response(body, content_type="application/xml; charset=utf-8")
    response.headers["OData-Version"] = "4.0"
    return response


@entity_feed.get(f"{DATASET}.svc/Entities")
def list_rows(project_id: int, name: str):
    dataset = require_dataset(project_id, name, "entity.list")
    names = [item["name"] for item in properties_of(dataset["id"])]
    only = _selected(names)
    where, values = _filter()
    limit, offset = _number("$top"), _number("$skip")
    token = request.args.get("$skiptoken")
    cursor = read_token(token) if token else None
    if cursor is not None and request.args.get("$orderby"):
        raise problem(501.1, feature="using $orderby and $skiptoken together")
    base = f"FROM entity e WHERE e.dataset_id = ? AND {where}"
    values = (dataset["id"], *values)
    total = store().one(f"SELECT count(*) {base}", *values)[0]
    remaining = None
    if cursor is not None:
        base = base.replace("entity e", f"entity e {_CURSOR}", 1)
        values = (str(cursor.get("uuid")), *values)
        left = store().one(f"SELECT count(*) {base}", *values)[0]
        remaining = left - limit if limit is not None else 0
        offset = None
    elif limit is not None:
        remaining = total - (limit + (offset or 0))
    tail = f"{_order()} LIMIT {-1 if limit is None else limit} OFFSET {offset or 0}"
    sql = f"SELECT e.*, (SELECT display_name FROM actor WHERE id = e.creator_id) who {base} {tail}"
    response = stream(_pieces(sql, values, names, only, total, remaining))
    response.headers["OData-Version"] = "4.0"
    return response


_CURSOR = (
    "JOIN (SELECT id, created_at FROM entity WHERE uuid = ?) c "
    "ON e.created_at <= c.created_at AND e.id < c.id"
)


def _selected(names: list[str]) -> set[str] | None:
    wanted = request.args.get("$select")
    if not wanted or wanted == "*":
        return None
    chosen = {name.strip() for name in wanted.split(",")}
    for name in chosen - {"__id", "__system", *COLUMNS, *names}:
        raise problem(400.23, property=name)
    return chosen


def _filter() -> tuple[str, tuple]:
    expression = request.args.get("$filter")
    if expression is None:
        return "e.deleted_at IS NULL", ()
    parsed, (sql, values) = compile_filter(expression, COLUMNS)
    live = "1" if names_deleted_at(parsed) else "e.deleted_at IS NULL"
    return f"({sql}) AND {live}", values


def _order() -> str:
    expression = request.args.get("$orderby")
    if not expression:
        return "ORDER BY e.created_at DESC, e.id DESC"
    clauses = []
    for part in expression.split(","):
        name, _, way = part.strip().partition(" ")
        if name not in COLUMNS or way.strip().lower() not in ("", "asc", "desc"):
            raise problem(501.5, text=name)
        down = way.strip().lower() == "desc"
        clauses.append(f"{COLUMNS[name][0]} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}")
    return f"ORDER BY {', '.join(clauses)}, e.id {'DESC' if 'DESC' in clauses[0] else 'ASC'}"


def _number(name: str) -> int | None:
    if request.args.get(name) is None:
        return None
    number = js_int(request.args[name])
    if number is None:
        raise problem(400.11, value=request.args[name], expected="bigint")
    if number < 0:
        raise InternalFault("a negative LIMIT or OFFSET")
    return number


def _pieces(sql, values, names, only, total, remaining) -> Iterator[str]:
    started, last, block, size = False, None, [], 0
    for row in store().reader.execute(sql, values):
        text = orjson.dumps(_row(row, names, only)).decode()
        block.append(("," if started else '{"value":[') + text)
        started, last, size = True, row["uuid"], size + len(text)
        if size > BLOCK_BYTES:
            yield "".join(block)
            block, size = [], 0
    link = next_url({"uuid": last}) if (remaining or 0) > 0 and last else None
    count = total if is_true(request.args.get("$count")) else None
    yield "".join(block) + ("]," if started else '{"value":[],') + footer("Entities", link, count)


def _row(row: Row, names: list[str], only: set[str] | None) -> dict:
    system = {
        "createdAt": iso(row["created_at"]),
        "creatorId": str(row["creator_id"]),
        "creatorName": row["who"],
        "updates": row["version"] - 1,
        "updatedAt": iso(row["updated_at"]),
        "deletedAt": iso(row["deleted_at"]),
        "version": row["version"],
        "conflict": row["conflict"],
    }
    data = orjson.loads(row["data"])
    shown: dict = {}
    if only is None or "__id" in only:
        shown["__id"] = row["uuid"]
    if only is None or "label" in only:
        shown["label"] = row["label"]
    if only is None or "__system" in only:
        shown["__system"] = system
    elif parts := {k: v for k, v in system.items() if f"__system/{k}" in only}:
        shown["__system"] = parts
    for name in names:
        if only is None or name in only:
            # Two names may become one here (a.b and a-b): the last one stands.
            shown[odata_name(name)] = data.get(name, "")
    return shown
