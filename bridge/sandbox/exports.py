"""Submissions as one CSV file: the root table, with raw text where OData would drop it."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from bridge.sandbox.datasetstore import disposition, write_rows
from bridge.sandbox.formstore import fields_of, published_def
from bridge.sandbox.markup import CLOSE, OPEN, local_name, read_events
from bridge.sandbox.selection import Selection, filter_sql
from bridge.sandbox.store import iso
from bridge.sandbox.submissions import LIVE, open_form
from bridge.sandbox.web import conditional, store, stream

exports = Blueprint("exports", __name__)
GEOPOINT = ("Latitude", "Longitude", "Altitude", "Accuracy")
SYSTEM = [
    "KEY",
    "SubmitterID",
    "SubmitterName",
    "AttachmentsPresent",
    "AttachmentsExpected",
    "Status",
    "ReviewState",
    "DeviceID",
    "Edits",
    "FormVersion",
]


@exports.get(f"{LIVE}.csv")
def get_csv(project_id: int, xml_form_id: str):
    form = open_form(project_id, xml_form_id, "submission.read", draft=False)
    where, values = filter_sql(request.args.get("$filter"))
    chosen = Selection(form["id"], False, where, values)
    is_grouped = (request.args.get("groupPaths") or "").lower() != "false"

    def make() -> Response:
        columns = _columns(fields_of(published_def(form)), is_grouped)
        names = [name for _, _, own in columns for name in own]
        pieces = write_rows(["SubmissionDate", *names, *SYSTEM], _rows(chosen, columns))
        response = stream(pieces, "text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = disposition(f"{xml_form_id}.csv")
        return response

    return conditional(chosen.tag(), make)


def _columns(fields: list[dict], is_grouped: bool) -> list[tuple[str, str, list[str]]]:
    """(path, type, column names) of every field outside repeats."""
    repeats = tuple(f"{item['path']}/" for item in fields if item["type"] == "repeat")
    columns = []
    for item in fields:
        if item["type"] in ("structure", "repeat") or item["path"].startswith(repeats):
            continue
        name = item["path"][1:].replace("/", "-") if is_grouped else item["name"]
        own = [f"{name}-{part}" for part in GEOPOINT] if item["type"] == "geopoint" else [name]
        columns.append((item["path"], item["type"], own))
    return columns


def _rows(chosen: Selection, columns: list[tuple]) -> Iterator[list]:
    sql, values = chosen.sql(
        "s.*, d.xml, d.encrypted_file, a.display_name",
        "JOIN submission_def d ON d.id = s.current_def LEFT JOIN actor a ON a.id = s.submitter_id",
    )
    for row in store().reader.execute(sql, values):
        texts = {} if row["encrypted_file"] else _texts(row["xml"], {path for path, *_ in columns})
        cells: list = []
        for path, kind, own in columns:
            text = texts.get(path)
            if kind == "geopoint":
                parts = (text or "").split()
                cells += [parts[i] if i < len(parts) else None for i in range(len(own))]
            else:
                cells.append(text)
        yield [iso(row["created_at"]), *cells, *_system(row)]


def _system(row) -> list:
    return [
        row["instance_id"],
        row["submitter_id"],
        row["display_name"],
        row["present"],
        row["expected"],
        None if row["encrypted_file"] is None else "not decrypted",
        row["review_state"],
        row["device_id"],
        row["edits"],
        row["root_version"],
    ]


def _texts(xml: bytes, wanted: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    path: list[str] = []
    for kind, value, _ in read_events(xml.decode("utf-8", "replace")):
        if kind == OPEN:
            path.append(local_name(value))
        elif kind == CLOSE:
            path.pop()
        else:
            key = "/" + "/".join(path[1:])
            if key in wanted:
                found[key] = found.get(key, "") + value
    return found
