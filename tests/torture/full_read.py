"""Central read whole, and the mirror read whole, each in its own way, and held side by side.

Nothing of the bridge or of landing is used: plain requests, the standard library's JSON and XML,
and SQL. What a typed column should hold is worked out here a second time, from the XML alone.
"""

import datetime as dt
import hashlib
import math
import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.conformance.central_api import Api, part
from tests.torture.form import FORM_ID

WITH_DELETED = "__system/deletedAt eq null or __system/deletedAt ne null"
SYSTEM = ("submissionDate", "updatedAt", "deletedAt", "reviewState", "edits", "formVersion")
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f]")
BIGINT = 2**63


@dataclass
class Difference:
    """Ids, each with what was found."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.missing) + len(self.extra) + len(self.stale)


@dataclass
class CentralRead:
    """Every submission that Central has: its row, its entry in the list, its XML while it lives.

    files: of each that lives, where they were read: name to SHA-256, or to None until it arrives.
    """

    rows: dict[str, dict]
    entries: dict[str, dict]
    xml: dict[str, str]
    files: dict[str, dict[str, str | None]]


class CentralReader:
    """Reads everything anew each time, but for the XML of versions that were read before.

    A version is known by its time: an id can be used again after a purge.
    """

    def __init__(self, api: Api, project_id: int):
        self._api, self._form = api, f"/projects/{project_id}/forms/{FORM_ID}"
        self._xml: dict[tuple[str, str], str] = {}

    def use(self, api: Api) -> None:
        """Go on with another session: whichever it had may have been ended."""
        self._api = api

    def read(self, *, with_files: bool = False) -> CentralRead:
        params = {"$expand": "*", "$count": "true", "$filter": WITH_DELETED}
        answer = self._api.json(f"{self._form}.svc/Submissions", params=params)
        assert "@odata.nextLink" not in answer
        assert answer["@odata.count"] == len(answer["value"])
        rows = {row["__id"]: row for row in answer["value"]}
        entries = {}
        for query in ({}, {"deleted": "true"}):
            listed = self._api.json(f"{self._form}/submissions", params=query)
            entries |= {entry["instanceId"]: entry for entry in listed}
        assert entries.keys() == rows.keys(), "Central does not agree with itself"
        files = self._read_files(rows) if with_files else {}
        return CentralRead(rows, entries, self._read_xml(entries), files)

    def _read_xml(self, entries: dict[str, dict]) -> dict[str, str]:
        live = {
            instance_id: (instance_id, entry["currentVersion"]["createdAt"])
            for instance_id, entry in entries.items()
            if entry["deletedAt"] is None
        }
        new = [key for key in live.values() if key not in self._xml]
        with ThreadPoolExecutor(2) as pool:
            self._xml.update(zip(new, pool.map(self._fetch_xml, new), strict=True))
        return {instance_id: self._xml[key] for instance_id, key in live.items()}

    def _read_files(self, rows: dict[str, dict]) -> dict[str, dict[str, str | None]]:
        live = [name for name, row in rows.items() if row["__system"]["deletedAt"] is None]
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(live, pool.map(self._fetch_files, live), strict=True))

    def _fetch_files(self, instance_id: str) -> dict[str, str | None]:
        api = Api(self._api.url, self._api.token)
        path, found = f"{self._form}/submissions/{part(instance_id)}/attachments", {}
        for item in api.json(path):
            answer = api.get(f"{path}/{part(item['name'])}")
            assert answer.status_code == (200 if item["exists"] else 404)
            digest = hashlib.sha256(answer.content).hexdigest()
            found[item["name"]] = digest if item["exists"] else None
        return found

    def _fetch_xml(self, key: tuple[str, str]) -> str:
        answer = Api(self._api.url, self._api.token).get(
            f"{self._form}/submissions/{part(key[0])}.xml"
        )
        assert answer.status_code == 200, answer.text
        return answer.content.decode()


class MirrorReader:
    """Reads `raw` and `survey` of the torture's form.

    is_dropped_compared: also the answers to questions that the published version asks no more.
    """

    def __init__(self, engine: sa.Engine, *, is_dropped_compared: bool = True):
        self._engine, self._is_dropped_compared = engine, is_dropped_compared

    def compare(self, central: CentralRead, *, is_after_whole: bool = False) -> Difference:
        """is_after_whole: also what is promised only after everything was read."""
        with self._engine.connect() as connection:
            raw, survey, columns = _raw(connection), _survey(connection), self._columns(connection)
            files = _files(connection)
        found = Difference(
            missing=sorted(central.rows.keys() - raw.keys()),
            extra=sorted(raw.keys() - central.rows.keys()),
        )
        for instance_id in sorted(central.rows.keys() & raw.keys()):
            wrong = _wrong_system(central, raw[instance_id], instance_id, is_after_whole)
            wrong = wrong or _wrong_values(central, raw, survey, columns, instance_id)
            if is_after_whole and files.get(instance_id, {}) != central.files.get(instance_id, {}):
                wrong = wrong or "files"
            if wrong:
                found.stale.append(f"{instance_id}: {wrong}")
        return found

    def _columns(self, connection: sa.Connection) -> dict[str, tuple[str, str, str]]:
        """Where each question lies: path to (table, column, SQL type)."""
        rows = connection.execute(
            sa.text(COLUMNS_SQL), {"form": FORM_ID, "dropped": self._is_dropped_compared}
        )
        return {path: tuple(place) for path, *place in rows}


COLUMNS_SQL = """
SELECT path, t.table_name, t.column_name, data_type
FROM raw.form_field ff JOIN raw.form f USING (form_key)
JOIN information_schema.columns t ON t.table_schema = 'survey'
  AND t.table_name = ff.table_name AND t.column_name = ff.column_names[1]
WHERE f.form_id = :form AND path NOT LIKE '/meta%' AND (is_current OR :dropped)
"""


def _raw(connection: sa.Connection) -> dict[str, dict]:
    rows = connection.execute(
        sa.text(
            "SELECT s.*, s.odata::jsonb AS shown, s.form_key FROM raw.submission s"
            " JOIN raw.form f USING (form_key) WHERE f.form_id = :form AND purged_at IS NULL"
        ),
        {"form": FORM_ID},
    )
    return {row["instance_id"]: dict(row) for row in rows.mappings()}


def _files(connection: sa.Connection) -> dict[str, dict[str, str | None]]:
    """Of each submission that lives: what its current version names, as CentralRead.files."""
    rows = connection.execute(sa.text(FILES_SQL), {"form": FORM_ID})
    found: dict[str, dict[str, str | None]] = {}
    for instance_id, name, sha256 in rows:
        found.setdefault(instance_id, {})[name] = sha256
    return found


FILES_SQL = """
SELECT instance_id, a.name, CASE WHEN is_present THEN sha256 END
FROM raw.attachment a JOIN raw.submission s USING (form_key, instance_id)
JOIN raw.form f USING (form_key)
WHERE f.form_id = :form AND is_listed AND a.version_id = s.current_version_id
  AND deleted_at IS NULL AND purged_at IS NULL
"""


def _survey(connection: sa.Connection) -> dict[str, dict[str, list[dict]]]:
    """table to instance id to its rows in their order."""
    tables = {}
    for table in (FORM_ID, f"{FORM_ID}_kids", f"{FORM_ID}_kids_toys"):
        order = "" if table == FORM_ID else " ORDER BY instance_id, _row_number"
        rows = connection.execute(sa.text(f"SELECT * FROM survey.{table}{order}")).mappings()
        by_id: dict[str, list[dict]] = {}
        for row in rows:
            by_id.setdefault(row["instance_id"], []).append(dict(row))
        tables[table] = by_id
    return tables


def _wrong_system(central: CentralRead, raw: dict, instance_id: str, is_after_whole: bool) -> str:
    system, entry = central.rows[instance_id]["__system"], central.entries[instance_id]
    expected = {
        "submission_date": _moment(system["submissionDate"]),
        "updated_at": _moment(system["updatedAt"]),
        "deleted_at": _moment(system["deletedAt"]),
        "review_state": system["reviewState"],
        "edits": system["edits"],
        "form_version": system["formVersion"],
        "current_version_id": entry["currentVersion"]["instanceId"],
    }
    if is_after_whole:
        expected |= {
            "attachments_present": system["attachmentsPresent"],
            "attachments_expected": system["attachmentsExpected"],
            "status": system["status"],
            "submitter_name": system["submitterName"],
        }
    wrong = [name for name, value in expected.items() if raw[name] != value]
    shown, row = raw["shown"], dict(central.rows[instance_id])
    shown = {**shown, "__system": {k: shown["__system"][k] for k in SYSTEM}}
    row = {**row, "__system": {k: row["__system"][k] for k in SYSTEM}}
    wrong += ["odata"] if _canonical(shown) != _canonical(row) else []
    return ", ".join(wrong)


def _canonical(value):
    """PostgreSQL's jsonb keeps numbers as they were written; 2^53 and 1e3 must not differ here."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return float(value) if isinstance(value, int | float) and value is not True else value


def _wrong_values(central: CentralRead, raw, survey, columns, instance_id: str) -> str:
    roots = survey[FORM_ID].get(instance_id, [])
    if len(roots) != 1:
        return f"{len(roots)} typed rows"
    system = central.rows[instance_id]["__system"]
    if roots[0]["_deleted_at"] != _moment(system["deletedAt"]):
        return "_deleted_at"
    if system["deletedAt"] is not None:
        # Central serves the XML of deleted submissions no longer.
        return ""
    if not roots[0]["_is_verified"]:
        return "not verified"
    root = ElementTree.fromstring(CONTROL.sub("", central.xml[instance_id]))
    wrong = _wrong_row(root, "", FORM_ID, roots[0], columns)
    return wrong or _wrong_repeats(root, survey, columns, instance_id)


def _wrong_repeats(root, survey, columns, instance_id: str) -> str:
    kids = root.findall("kids")
    toys = [(number, toy) for number, kid in enumerate(kids, 1) for toy in kid.findall("toys")]
    for table, path, expected in (
        (f"{FORM_ID}_kids", "/kids", [(0, kid) for kid in kids]),
        (f"{FORM_ID}_kids_toys", "/kids/toys", toys),
    ):
        rows = survey[table].get(instance_id, [])
        if [row["_parent_row_number"] for row in rows] != [parent for parent, _ in expected]:
            return f"{len(rows)} rows of {path} or their parents"
        for row, (_, node) in zip(rows, expected, strict=True):
            if wrong := _wrong_row(node, path, table, row, columns):
                return wrong
    return ""


def _wrong_row(node, base: str, table: str, row: dict, columns) -> str:
    for path, (own_table, column, kind) in columns.items():
        if own_table != table:
            continue
        found = node.find(path.removeprefix(f"{base}/").removeprefix("/"))
        expected = _typed(None if found is None else found.text, kind)
        shown = CONTROL.sub("", row[column]) if isinstance(row[column], str) else row[column]
        if shown != expected:
            return f"{path}: {shown!r} for {expected!r}"
    return ""


def _typed(text: str | None, kind: str):
    """What the column should hold for the text of an XML node."""
    if text is None or text == "":
        return None
    if kind == "bigint":
        is_whole = re.fullmatch(r"[+-]?[0-9]+", text) and -BIGINT <= int(text) < BIGINT
        return int(text) if is_whole else None
    if kind == "double precision":
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    if kind == "date":
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return None
    return text


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
