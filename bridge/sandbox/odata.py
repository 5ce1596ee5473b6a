"""The OData feed of a form: service document, $metadata, tables, single rows."""

import re
from collections.abc import Iterator
from sqlite3 import Row
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from flask import Blueprint, Response, g, request

from bridge.sandbox.edmx import form_metadata
from bridge.sandbox.formstore import (
    draft_def,
    fields_of,
    find_form,
    form_places,
    published_def,
    schema_of,
)
from bridge.sandbox.markup import read_events
from bridge.sandbox.problems import problem
from bridge.sandbox.render import ROOT_TABLE, Renderer, SchemaNode, compile_schema
from bridge.sandbox.selecting import select_fields, wanted_metadata
from bridge.sandbox.selection import Selection, is_single_id, make_token, read_token, select
from bridge.sandbox.store import iso
from bridge.sandbox.web import (
    JSON_TYPE,
    answer,
    conditional,
    domain,
    is_true,
    js_int,
    require,
    store,
    stream,
)
from bridge.sandbox.xforms import for_odata

odata = Blueprint("odata", __name__)
FORM = "/projects/<int:project_id>/forms/<xml_form_id>"
KNOWN = [
    "$format",
    "$count",
    "$skip",
    "$top",
    "$filter",
    "$wkt",
    "$expand",
    "$select",
    "$skiptoken",
    "$orderby",
    "$search",
]
JSON_TYPES = re.compile(r"(^|,)(application/json|json)($|;|,)", re.I)
XML_TYPES = re.compile(r"(^|,)(application/(atom(svc)?\+)?xml|atom|xml)($|;|,)", re.I)
BLOCK_BYTES = 64 * 1024
COLUMNS = (
    "s.instance_id, s.created_at, s.updated_at, s.deleted_at, s.submitter_id, s.device_id, "
    "s.review_state, s.edits, s.root_version, s.present, s.expected, d.encrypted_file, "
    "a.display_name"
)
JOINS = "JOIN submission_def d ON d.id = s.current_def LEFT JOIN actor a ON a.id = s.submitter_id"


def check_query() -> None:
    """What the protocol does not have is refused before the caller is looked at."""
    g.is_odata_xml = request.path.endswith("/$metadata")
    wanted = request.args.get("$format") or request.headers.get("Accept", "")
    is_json, is_xml = bool(JSON_TYPES.search(wanted)), bool(XML_TYPES.search(wanted))
    if g.is_odata_xml and is_json:
        raise problem(406.1, allowed=["application/xml", "atom"], got=wanted)
    if not g.is_odata_xml and is_xml:
        raise problem(406.1, allowed=["application/json", "json"], got=wanted)
    for name in request.args:
        if name not in KNOWN:
            raise problem(501.1, feature=name)
    expand = request.args.get("$expand")
    if expand and expand != "*":
        raise problem(501.6, text=expand)
    if expand and request.args.get("$select"):
        raise problem(501.11)


def _open_form(project_id: int, xml_form_id: str, draft: bool) -> tuple[Row, Row]:
    form = find_form(project_id, xml_form_id)
    form_def = draft_def(form) if draft else published_def(form)
    require("submission.read", *form_places(form))
    return form, form_def


def _json(body) -> Response:
    is_text = isinstance(body, str)
    response = Response(body, content_type=JSON_TYPE) if is_text else stream(body)
    response.headers["OData-Version"] = "4.0"
    return response


def service_root() -> str:
    original = request.environ["sandbox.original_path"]
    return original[: original.index(".svc") + 4]


def footer(table: str, next_url: str | None, count: int | None) -> str:
    context = f"{domain()}{service_root()}/$metadata#{table}"
    text = f'"@odata.context":"{context}"'
    if next_url:
        text += f',"@odata.nextLink":"{domain()}{next_url}"'
    if count is not None:
        text += f',"@odata.count":{count}'
    return text + "}"


def next_url(token: dict) -> str:
    """The same address with the cursor set; the host is left to `footer`."""
    path, _, query = request.environ["sandbox.original"].partition("?")
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "$skip"]
    made = make_token(token)
    if any(key == "$skiptoken" for key, _ in pairs):
        pairs = [(key, made if key == "$skiptoken" else value) for key, value in pairs]
    else:
        pairs.append(("$skiptoken", made))
    return f"{path}?{urlencode(pairs, quote_via=_quote)}"


def _quote(text, safe, encoding, errors):
    return quote(text, safe="*-._").replace("%20", "+")


@odata.get(f"{FORM}.svc")
def service_document(project_id: int, xml_form_id: str):
    return _service(*_open_form(project_id, xml_form_id, draft=False))


@odata.get(f"{FORM}/draft.svc")
def draft_service_document(project_id: int, xml_form_id: str):
    return _service(*_open_form(project_id, xml_form_id, draft=True))


def _service(form: Row, form_def: Row) -> Response:
    tables = [ROOT_TABLE]
    for item in for_odata(fields_of(form_def)):
        if item["type"] == "repeat":
            tables.append(f"{ROOT_TABLE}.{item['path'][1:].replace('/', '.')}")
    response = answer(
        {
            "@odata.context": f"{domain()}{service_root()}/$metadata",
            "value": [{"name": name, "kind": "EntitySet", "url": name} for name in tables],
        }
    )
    response.headers["OData-Version"] = "4.0"
    return response


@odata.get(f"{FORM}.svc/$metadata")
def metadata(project_id: int, xml_form_id: str):
    return _metadata(*_open_form(project_id, xml_form_id, draft=False))


@odata.get(f"{FORM}/draft.svc/$metadata")
def draft_metadata(project_id: int, xml_form_id: str):
    return _metadata(*_open_form(project_id, xml_form_id, draft=True))


def _metadata(form: Row, form_def: Row) -> Response:
    body = form_metadata(form["xml_form_id"], fields_of(form_def))
    response = Response(body, content_type="application/xml; charset=utf-8")
    response.headers["OData-Version"] = "4.0"
    return response


@odata.get(f"{FORM}.svc/<table>")
def table(project_id: int, xml_form_id: str, table: str):
    return _table(project_id, xml_form_id, table, draft=False)


@odata.get(f"{FORM}/draft.svc/<table>")
def draft_table(project_id: int, xml_form_id: str, table: str):
    return _table(project_id, xml_form_id, table, draft=True)


@odata.get(f"{FORM}.svc/<table>/<path:rest>")
def nested(project_id: int, xml_form_id: str, table: str, rest: str):
    single = _single_key(table)
    return _single(project_id, xml_form_id, single, rest, draft=False)


def _single_key(table: str) -> str:
    match = re.fullmatch(r"Submissions\((.*)\)", table)
    if not match:
        raise problem(404.1)
    key = is_single_id(match[1])
    if key is None:
        raise problem(404.1)
    return key


def _table(project_id: int, xml_form_id: str, table: str, draft: bool) -> Response:
    if table.startswith("Submissions("):
        return _single(project_id, xml_form_id, _single_key(table), None, draft)
    form, form_def = _open_form(project_id, xml_form_id, draft)
    query = request.args.to_dict()
    chosen = select(form, draft, query, table)
    is_counted = is_true(query.get("$count"))
    is_root = table == ROOT_TABLE
    if is_root and chosen.limit == 0 and not is_counted:
        return _json(f'{{"value":[],{footer(table, None, None)}')
    if is_root and chosen.limit == 0:
        return _json(f'{{"value":[],{footer(table, None, chosen.counts()[0])}')
    tag = chosen.tag()
    make = root_rows if is_root else sub_rows
    return conditional(tag, lambda: _json(make(form_def, chosen, table, query, draft)))


def check_table(schema: SchemaNode, table: str) -> None:
    if table != ROOT_TABLE and not _has_repeat(schema, table):
        raise problem(404.1)


def _has_repeat(node: SchemaNode, table: str) -> bool:
    return any(
        (child.table == table and child.kind == "repeat") or _has_repeat(child, table)
        for child in node.children.values()
    )


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


def root_rows(form_def, chosen: Selection, table: str, query: dict, draft: bool) -> Iterator[str]:
    """The Submissions table as pieces of text; the stored renderings where they serve."""
    schema, only = select_fields(form_def, query.get("$select"), table)
    is_paged = any(query.get(name) is not None for name in ("$top", "$skip", "$skiptoken"))
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


def _rows_of_repeat(schema, table: str, chosen: Selection, query: dict) -> Iterator[tuple]:
    sql, values = chosen.sql(f"{COLUMNS}, d.xml", JOINS)
    expand, wkt = query.get("$expand") == "*", is_true(query.get("$wkt"))
    for row in store().reader.execute(sql, values):
        if row["encrypted_file"] is None:
            events = read_events(row["xml"].decode("utf-8", "replace"))
            yield from Renderer(schema, row["instance_id"], table, expand, wkt).run(events)


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
        for bag in _rows_of_repeat(schema, table, chosen, query):
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
            raise problem(400.34)
        link = next_url({"repeatId": last}) if remaining > 0 else None
        count = counted if is_true(query.get("$count")) else None
        yield ('{"value":[],' if added == 0 else "],") + footer(table, link, count)

    return pieces_of()


def _only_ids(bag: dict, only: set) -> dict:
    return {k: v for k, v in bag.items() if not k.startswith("__") or k in only}


def _single(project_id, xml_form_id, key: str, rest: str | None, draft: bool) -> Response:
    form, form_def = _open_form(project_id, xml_form_id, draft)
    chosen = Selection(form["id"], draft, "s.deleted_at IS NULL AND s.instance_id = ?", (key,))
    if rest is not None:
        return _nested(form_def, chosen, rest)
    if store().one(chosen.sql("1")[0], *chosen.sql("1")[1]) is None:
        raise problem(404.1)
    query = {k: v for k, v in request.args.to_dict().items() if k in ("$select", "$expand", "$wkt")}
    return _json("".join(root_rows(form_def, chosen, ROOT_TABLE, query, draft)))


def _nested(form_def: Row, chosen: Selection, rest: str) -> Response:
    """`Submissions('id')/kids('hash')/toys`: the rows below one row."""
    steps = [re.fullmatch(r"([^(]+)(?:\('([^']*)'\))?", part) for part in rest.split("/")]
    if not all(steps):
        raise problem(404.1)
    table = ".".join([ROOT_TABLE, *(step[1] for step in steps)])
    schema = schema_of(form_def)
    check_table(schema, table)
    if store().one(chosen.sql("1")[0], *chosen.sql("1")[1]) is None:
        raise problem(404.1)
    query = request.args.to_dict()
    rows = list(_rows_of_repeat(schema, table, chosen, query))
    named = [(place, step[2]) for place, step in enumerate(steps, start=1) if step[2]]
    if named:
        place, wanted = named[-1]
        parent = f"__{'-'.join([ROOT_TABLE, *(step[1] for step in steps[:place])])}-id"
        rows = [row for row in rows if row.get(parent) == wanted]
    return _json(_page_of(rows, table, query))


def _page_of(rows: list[dict], table: str, query: dict) -> str:
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
