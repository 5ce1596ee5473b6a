"""Creating, drafting and publishing forms: the changes, with Central's refusals and warnings."""

from sqlite3 import Connection, IntegrityError, Row
from uuid import uuid4

import orjson
from flask import request

from bridge.sandbox.accounts import make_token
from bridge.sandbox.datasetstore import link_new_dataset, publish_datasets, save_form_datasets
from bridge.sandbox.formstore import fields_of, get_def
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import log_audit
from bridge.sandbox.rerender import rerender_form
from bridge.sandbox.store import now_ms
from bridge.sandbox.web import actor, body_text, store
from bridge.sandbox.xforms import STRUCTURAL, read_form

EXCEL = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
)
UNWARNED_ENDS = ("/meta", "/meta/entity", "/meta/entity/label")


def read_upload() -> dict:
    """The form in the request's body. XLSX is refused as where no conversion service answers."""
    if request.mimetype in EXCEL:
        raise problem(502.2)
    return read_form(body_text())


def _accepts_warnings() -> bool:
    return bool(request.args.get("ignoreWarnings"))


def _refuse_warnings(warnings: list[dict]) -> None:
    if warnings and not _accepts_warnings():
        raise problem(400.16, warnings={"workflowWarnings": warnings})


def create_form(project_id: int, form: dict) -> int:
    """Saves a new form with a draft; the form's id."""
    if not any(f["name"] == "meta" and f["type"] == "structure" for f in form["fields"]):
        raise problem(400.27)
    _refuse_warnings(_old_entity_warnings(form) + _deleted_namesake(project_id, form))
    now = now_ms()
    try:
        with store().write() as db:
            form_id = db.execute(
                "INSERT INTO form (project_id, xml_form_id, actee, created_by, created_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (project_id, form["xml_form_id"], str(uuid4()), actor().id, now),
            ).lastrowid
            def_id = _save_def(db, form_id, form, now, make_token())
            _save_media(db, project_id, def_id, form)
            save_form_datasets(db, project_id, def_id, form["datasets"])
            db.execute("UPDATE form SET draft_def = ? WHERE id = ?", (def_id, form_id))
            log_audit(db, "form.create", f"form:{form_id}")
    except IntegrityError:
        raise problem(
            409.3,
            fields=["projectId", "xmlFormId"],
            values=[str(project_id), form["xml_form_id"]],
            table="forms",
        ) from None
    return form_id


def _deleted_namesake(project_id: int, form: dict) -> list[dict]:
    known = store().one(
        "SELECT 1 FROM form WHERE project_id = ? AND xml_form_id = ? AND deleted_at IS NOT NULL",
        project_id,
        form["xml_form_id"],
    )
    details = {"xmlFormId": form["xml_form_id"]}
    return [{"type": "deletedFormExists", "details": details}] if known else []


def _old_entity_warnings(form: dict) -> list[dict]:
    version = form["old_entity_version"]
    if version is None:
        return []
    return [
        {
            "type": "oldEntityVersion",
            "details": {"version": version},
            "reason": "This version of the entities specification knows no offline entities.",
        }
    ]


def _save_def(db: Connection, form_id: int, form: dict, now: int, token: str | None) -> int:
    return db.execute(
        "INSERT INTO form_def (form_id, version, name, xml, hash, sha, sha256, draft_token, "
        "fields, datasets, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            form_id,
            form["version"],
            form["name"],
            form["xml"],
            form["hash"],
            form["sha"],
            form["sha256"],
            token,
            orjson.dumps(form["fields"]).decode(),
            orjson.dumps(form["datasets"]).decode(),
            now,
        ),
    ).lastrowid


def _save_media(db: Connection, project_id: int, def_id: int, form: dict) -> None:
    """The media that a new form expects; a data file named like an entity list is linked."""
    for item in form["attachments"]:
        dataset_id = None
        if item["type"] == "file" and item["name"].endswith(".csv"):
            dataset_id = _published_dataset(db, project_id, item["name"].removesuffix(".csv"))
        db.execute(
            "INSERT INTO form_attachment VALUES (?, ?, ?, NULL, ?, NULL)",
            (def_id, item["name"], item["type"], dataset_id),
        )


def _published_dataset(db: Connection, project_id: int, name: str) -> int | None:
    row = db.execute(
        "SELECT id FROM dataset WHERE project_id = ? AND name = ? AND published_at IS NOT NULL "
        "AND deleted_at IS NULL",
        (project_id, name),
    ).fetchone()
    return row[0] if row else None


def save_draft(row: Row, form: dict, is_duplicate: bool = False) -> int:
    """Replaces the form's draft; draft submissions of before are gone. The definition's id."""
    if form["xml_form_id"] != row["xml_form_id"]:
        raise problem(
            400.8, field="xmlFormId", value=form["xml_form_id"], reason="the form has another id."
        )
    if row["current_def"] is not None:
        _check_changes(row, form, is_duplicate)
    now = now_ms()
    earlier = row["draft_def"] or row["current_def"]
    with store().write() as db:
        token = get_def(row["draft_def"])["draft_token"] if row["draft_def"] else make_token()
        before = db.execute("SELECT * FROM form_attachment WHERE def_id = ?", (earlier,)).fetchall()
        def_id = _save_def(db, row["id"], form, now, token)
        _copy_media(db, def_id, form, before)
        save_form_datasets(db, row["project_id"], def_id, form["datasets"])
        db.execute(
            "UPDATE form SET draft_def = ?, updated_at = ? WHERE id = ?", (def_id, now, row["id"])
        )
        drop_draft_submissions(db, row["id"], now)
        log_audit(db, "form.update.draft.set", f"form:{row['id']}")
    return def_id


def _copy_media(db: Connection, def_id: int, form: dict, before: list) -> None:
    """The media of a new draft; files of the same name and type are carried over."""
    carried = {(row["name"], row["type"]): row for row in before}
    for item in form["attachments"]:
        old = carried.get((item["name"], item["type"]))
        kept = (old["blob_id"], old["dataset_id"], old["updated_at"]) if old else (None,) * 3
        db.execute(
            "INSERT INTO form_attachment VALUES (?, ?, ?, ?, ?, ?)",
            (def_id, item["name"], item["type"], *kept),
        )


def drop_draft_submissions(db: Connection, form_id: int, now: int) -> None:
    db.execute(
        "UPDATE submission SET deleted_at = ? WHERE form_id = ? AND draft = 1 "
        "AND deleted_at IS NULL",
        (now, form_id),
    )


def _check_changes(row: Row, form: dict, is_duplicate: bool) -> None:
    """400.17 for a changed type (only a plain field may become text), 400.16 for lost fields."""
    previous = fields_of(get_def(row["current_def"]))
    if _shape(previous) == _shape(form["fields"]):
        return
    known = _all_published_fields(row["id"])
    for item in form["fields"]:
        before = known.get(item["path"])
        if before is None or before == item["type"]:
            continue
        if item["type"] != "string" or before in STRUCTURAL:
            raise problem(400.17, path=item["path"], type=before)
    present = {item["path"] for item in form["fields"]}
    lost = [
        item["name"]
        for item in previous
        if item["path"] not in present and not item["path"].endswith(UNWARNED_ENDS)
    ]
    if lost and not is_duplicate:
        _refuse_warnings([{"type": "structureChanged", "details": lost}])


def _shape(fields: list[dict]) -> list[tuple]:
    return [(f["path"], f["type"], f["selectMultiple"] is True) for f in fields]


def _all_published_fields(form_id: int) -> dict[str, str]:
    """The type that each path had last, over every published definition."""
    rows = store().all(
        "SELECT fields FROM form_def WHERE form_id = ? AND published_at IS NOT NULL ORDER BY id",
        form_id,
    )
    return {item["path"]: item["type"] for row in rows for item in orjson.loads(row["fields"])}


def publish_draft(row: Row, is_new: bool = False) -> None:
    """Makes the draft the form's current definition; other fields render every row anew."""
    draft = get_def(row["draft_def"])
    now = row["created_at"] if is_new else now_ms()
    with store().write() as db:
        # Versions of a deleted form of this id count too.
        taken = db.execute(
            "SELECT 1 FROM form_def d JOIN form f ON f.id = d.form_id WHERE f.project_id = ? "
            "AND f.xml_form_id = ? AND d.version = ? AND d.published_at IS NOT NULL",
            (row["project_id"], row["xml_form_id"], draft["version"]),
        ).fetchone()
        if taken:
            raise problem(409.6, xmlFormId=row["xml_form_id"], version=draft["version"])
        db.execute(
            "UPDATE form_def SET draft_token = NULL, published_at = ?, published_by = ? "
            "WHERE id = ?",
            (now, actor().id, draft["id"]),
        )
        db.execute(
            "UPDATE form SET current_def = draft_def, draft_def = NULL, updated_at = ? "
            "WHERE id = ?",
            (None if is_new else now, row["id"]),
        )
        for dataset_id, name in publish_datasets(db, row["project_id"], draft["id"], now):
            link_new_dataset(db, draft["id"], dataset_id, name)
        drop_draft_submissions(db, row["id"], now)
        log_audit(db, "form.update.publish", f"form:{row['id']}", {"newDefId": draft["id"]})
        if not row["current_def"] or get_def(row["current_def"])["fields"] != draft["fields"]:
            rerender_form(db, row["id"], draft)
