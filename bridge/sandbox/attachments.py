"""Endpoints of a submission's files: list, get by md5 tag, put, clear. No tag sees them change."""

from sqlite3 import Row

from flask import Blueprint, request

from bridge.sandbox import instances
from bridge.sandbox.datasetstore import attached
from bridge.sandbox.formstore import find_form, form_places, save_blob
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import log_audit
from bridge.sandbox.submissions import LIVE, find_named_version, open_form, read_or_redirect
from bridge.sandbox.web import actor, answer, conditional, store, success, verbs

attachments = Blueprint("attachments", __name__)
FILES = f"{LIVE}/<instance_id>/attachments"
VERSION_FILES = f"{LIVE}/<root_id>/versions/<instance_id>/attachments"


def _list(def_id: int):
    rows = store().all(
        "SELECT name, blob_id FROM submission_attachment WHERE def_id = ? ORDER BY name", def_id
    )
    return answer([{"name": row["name"], "exists": row["blob_id"] is not None} for row in rows])


def _file(def_id: int, name: str):
    blob = store().one(
        "SELECT blob.* FROM submission_attachment a JOIN blob ON blob.id = a.blob_id "
        "WHERE def_id = ? AND name = ?",
        def_id,
        name,
    )
    if blob is None:
        raise problem(404.1)
    return conditional(blob["md5"], lambda: attached(name, blob, inline_images=True), weak=False)


@attachments.get(FILES)
def list_files(project_id: int, xml_form_id: str, instance_id: str):
    _, row = read_or_redirect(project_id, xml_form_id, instance_id, draft=False)
    return _list(row["current_def"])


@attachments.get(f"{FILES}/<name>")
def get_file(project_id: int, xml_form_id: str, instance_id: str, name: str):
    _, row = read_or_redirect(project_id, xml_form_id, instance_id, draft=False)
    return _file(row["current_def"], name)


@attachments.get(VERSION_FILES)
def list_version_files(project_id: int, xml_form_id: str, root_id: str, instance_id: str):
    _, version = find_named_version(project_id, xml_form_id, root_id, instance_id, draft=False)
    return _list(version["id"])


@attachments.get(f"{VERSION_FILES}/<name>")
def get_version_file(project_id: int, xml_form_id: str, root_id: str, instance_id: str, name: str):
    _, version = find_named_version(project_id, xml_form_id, root_id, instance_id, draft=False)
    return _file(version["id"], name)


def _slot(def_id: int, name: str) -> Row:
    row = store().one(
        "SELECT * FROM submission_attachment WHERE def_id = ? AND name = ?", def_id, name
    )
    if row is None:
        raise problem(404.1)
    return row


@attachments.post(f"{FILES}/<name>")
def post_file(project_id: int, xml_form_id: str, instance_id: str, name: str):
    form = find_form(project_id, xml_form_id)
    own = verbs(*form_places(form))
    if not own & {"submission.update", "submission.create"}:
        raise problem(403.1)
    row = instances.get_submission(form, instance_id, False)
    slot = _slot(row["current_def"], name)
    is_own_gap = row["submitter_id"] == actor().id and slot["blob_id"] is None and row["edits"] == 0
    if "submission.update" not in own and not is_own_gap:
        raise problem(403.1)
    with store().write() as db:
        blob_id = save_blob(db, request.get_data(), request.content_type)
        _set(db, form, row, name, blob_id)
    return success()


@attachments.delete(f"{FILES}/<name>")
def delete_file(project_id: int, xml_form_id: str, instance_id: str, name: str):
    form = open_form(project_id, xml_form_id, "submission.update", draft=False)
    row = instances.get_submission(form, instance_id, False)
    _slot(row["current_def"], name)
    with store().write() as db:
        _set(db, form, row, name, None)
    return success()


def _set(db, form: Row, row: Row, name: str, blob_id: int | None) -> None:
    instances.attach(db, row["current_def"], name, blob_id)
    instances.count_present(db, row["id"])
    details = {"submissionId": row["id"], "instanceId": row["instance_id"]}
    log_audit(db, "submission.attachment.update", f"form:{form['id']}", details)
