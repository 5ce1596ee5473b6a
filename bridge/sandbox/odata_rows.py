"""Rows of the OData feed as pieces of text.

In: a selection of submissions and the query. Out: an iterator of text that ends with the
document's context, count and link; a form's rows from the stored renderings where they serve.
"""

from collections.abc import Iterator
from sqlite3 import Row

import orjson

from bridge.sandbox.formstore import fields_of
from bridge.sandbox.markup import read_events
from bridge.sandbox.odata_links import footer, next_url
from bridge.sandbox.problems import problem
from bridge.sandbox.render import ROOT_TABLE, Renderer, SchemaNode, compile_schema
from bridge.sandbox.selecting import select_fields, wanted_metadata
from bridge.sandbox.selection import Selection, read_token
from bridge.sandbox.store import iso
from bridge.sandbox.web import is_true, js_int, store

BLOCK_BYTES = 64 * 1024
COLUMNS = (
    "s.instance_id, s.created_at, s.updated_at, s.deleted_at, s.submitter_id, s.device_id, "
    "s.review_state, s.edits, s.root_version, s.present, s.expected, d.encrypted_file, "
    "a.display_name"
)
JOINS = "JOIN submission_def d ON d.id = s.current_def LEFT JOIN actor a ON a.id = s.submitter_id"


def root_rows(form_def, chosen: Selection, table: str, query: dict, draft: bool) -> Iterator[str]:
    """The Submissions table as pieces of text; the stored renderings where they serve."""
    schema, only = select_fields(form_def, query.get("$select"), table)
    is_asked = any(query.get(name) is not None for name in ("$top", "$skip", "$skiptoken"))
    is_paged = is_asked or chosen.limit is not None
    counts = chosen.counts() if is_paged else None
    is_stored = only is None and not is_true(query.get("$wkt")) and not draft
    expand = query.get("$expand") == "*"
    pieces = "d.head, d.tail" if expand else "d.flat_head AS head, d.flat_tail AS tail"
    sql, values = chosen.sql(f"{COLUMNS}, {pieces if is_stored else 'd.xml'}", JOINS)

    def text_of(row: Row) -> str:
        if is_stored:
            return f"{{{row['head']}{system_json(row)}{row['tail']}}}"
        return rendered(row, schema, only, expand, is_true(query.get("$wkt")))

    def pieces_of() -> Iterator[str]:
        count, last, block, size = 0, None, ['{"value":['], 0
        for row in store().reader.execute(sql, values):
            text = text_of(row)
            block.append(text if count == 0 else f",{text}")
            size += len(text)
            count, last = count + 1, row["instance_id"]
            if size > BLOCK_BYTES:
                yield "".join(block)
                block, size = [], 0
        yield "".join(block)
        yield "]," + _root_footer(table, query, counts, count, last)

    return pieces_of()


def _root_footer(table, query, counts, count, last) -> str:
    total = counts[0] if counts else count
    link = next_url({"instanceId": last}) if counts and counts[1] > count else None
    return footer(table, link, total if is_true(query.get("$count")) else None)


def system_json(row: Row) -> str:
    """`__id` and `__system` of a row, as text."""
    encrypted = row["encrypted_file"] is not None
    status = None
    if encrypted:
        status = "notDecrypted" if _has_data(row) else "missingEncryptedFormData"
    submitter = row["submitter_id"]
    return orjson.dumps(
        {
            "__id": row["instance_id"],
            "__system": {
                "submissionDate": iso(row["created_at"]),
                "updatedAt": iso(row["updated_at"]),
                "submitterId": None if submitter is None else str(submitter),
                "submitterName": row["display_name"] or None,
                "attachmentsPresent": row["present"],
                "attachmentsExpected": row["expected"],
                "status": status,
                "reviewState": row["review_state"],
                "deviceId": row["device_id"],
                "edits": row["edits"],
                "formVersion": row["root_version"],
                "deletedAt": iso(row["deleted_at"]),
            },
        }
    ).decode()[1:-1]


def _has_data(row: Row) -> bool:
    found = store().one(
        "SELECT 1 FROM submission_attachment a JOIN submission s ON s.current_def = a.def_id "
        "WHERE s.instance_id = ? AND a.name = ? AND a.blob_id IS NOT NULL",
        row["instance_id"],
        row["encrypted_file"],
    )
    return found is not None


def rendered(row: Row, schema: SchemaNode, only: set | None, expand: bool, wkt: bool) -> str:
    """A row that is rendered now: other fields, other geometry, or a draft's."""
    if row["encrypted_file"] is not None:
        return f"{{{system_json(row)}}}"
    found: dict = {}
    if schema.children:  # else metadata alone was selected
        events = read_events(row["xml"].decode("utf-8", "replace"))
        found = Renderer(schema, row["instance_id"], expand=expand, wkt=wkt).run(events)[0]
    system = orjson.loads(f"{{{system_json(row)}}}")
    if only is not None:
        system = wanted_metadata(system, only)
    shown = {key: found[key] for key in schema.frame} | system
    return orjson.dumps(shown | {k: v for k, v in found.items() if k not in shown}).decode()


def sub_rows(form_def, chosen: Selection, table: str, query: dict, draft: bool) -> Iterator[str]:
    """The table of a repeat. Every submission is read on each page, as in Central."""
    schema, only = select_fields(form_def, query.get("$select"), table)
    check_table(compile_schema(fields_of(form_def)), table)
    limit = js_int(query.get("$top"))
    limit = None if limit is None else max(0, limit)
    token = read_token(query["$skiptoken"]) if query.get("$skiptoken") else None
    offset = 0 if token else max(0, js_int(query.get("$skip")) or 0)

    def pieces_of() -> Iterator[str]:
        counted = added = remaining = 0
        last, started = None, token is None
        for bag in rows_of_repeat(schema, table, chosen, query):
            key = bag["__id"]
            if added == limit:
                remaining += 1
            elif counted >= offset and started:
                shown = bag if only is None else _only_ids(bag, only)
                start = '{"value":[' if added == 0 else ","
                yield start + orjson.dumps(shown).decode()
                last, added = key, added + 1
            started = started or token.get("repeatId") == key
            counted += 1
        if not started:
            refusal = problem(400.34)
            refusal.ends_connection = True
            raise refusal
        link = next_url({"repeatId": last}) if remaining > 0 else None
        count = counted if is_true(query.get("$count")) else None
        yield ('{"value":[],' if added == 0 else "],") + footer(table, link, count)

    return pieces_of()


def rows_of_repeat(schema, table: str, chosen: Selection, query: dict) -> Iterator[tuple]:
    sql, values = chosen.sql(f"{COLUMNS}, d.xml", JOINS)
    expand, wkt = query.get("$expand") == "*", is_true(query.get("$wkt"))
    for row in store().reader.execute(sql, values):
        if row["encrypted_file"] is None:
            events = read_events(row["xml"].decode("utf-8", "replace"))
            yield from Renderer(schema, row["instance_id"], table, expand, wkt).run(events)


def _only_ids(bag: dict, only: set) -> dict:
    return {k: v for k, v in bag.items() if not k.startswith("__") or k in only}


def page_of(rows: list[dict], table: str, query: dict) -> str:
    offset = max(0, js_int(query.get("$skip")) or 0)
    if query.get("$skiptoken"):
        wanted = read_token(query["$skiptoken"]).get("repeatId")
        places = [place for place, row in enumerate(rows) if row["__id"] == wanted]
        if not places:
            raise problem(400.34)
        offset = places[0] + 1
    limit = js_int(query.get("$top"))
    end = len(rows) if limit is None else offset + max(0, limit)
    shown = rows[offset:end]
    link = next_url({"repeatId": shown[-1]["__id"]}) if shown and end < len(rows) else None
    count = len(rows) if is_true(query.get("$count")) else None
    return f'{{"value":{orjson.dumps(shown).decode()},{footer(table, link, count)}'


def check_table(schema: SchemaNode, table: str) -> None:
    if table != ROOT_TABLE and not _has_repeat(schema, table):
        raise problem(404.1)


def _has_repeat(node: SchemaNode, table: str) -> bool:
    return any(
        (child.table == table and child.kind == "repeat") or _has_repeat(child, table)
        for child in node.children.values()
    )
