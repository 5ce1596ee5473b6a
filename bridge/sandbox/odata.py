"""The OData feed of a form: service document, $metadata, tables, single rows."""

import re
from sqlite3 import Row

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
from bridge.sandbox.odata_links import footer, service_root
from bridge.sandbox.odata_rows import check_table, page_of, root_rows, rows_of_repeat, sub_rows
from bridge.sandbox.problems import problem
from bridge.sandbox.render import ROOT_TABLE
from bridge.sandbox.selection import Selection, is_single_id, select
from bridge.sandbox.web import (
    JSON_TYPE,
    answer,
    conditional,
    domain,
    is_true,
    require,
    sandbox,
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
    sandbox().control.wait_to_read()
    make = root_rows if is_root else sub_rows
    return conditional(tag, lambda: _json(make(form_def, chosen, table, query, draft)))


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
    rows = list(rows_of_repeat(schema, table, chosen, query))
    named = [(place, step[2]) for place, step in enumerate(steps, start=1) if step[2]]
    if named:
        place, wanted = named[-1]
        parent = f"__{'-'.join([ROOT_TABLE, *(step[1] for step in steps[:place])])}-id"
        rows = [row for row in rows if row.get(parent) == wanted]
    return _json(page_of(rows, table, query))
