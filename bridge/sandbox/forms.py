"""Endpoints of forms: list, create, read, versions, fields, XML, media, state, delete."""

from sqlite3 import Row

from flask import Blueprint, Response, request

from bridge.sandbox.accounts import find_actor
from bridge.sandbox.datasetstore import stream_media
from bridge.sandbox.formstore import (
    fields_of,
    find_def,
    find_form,
    find_media,
    for_api,
    form_places,
    get_def,
    list_media,
    media_for_api,
)
from bridge.sandbox.formwrite import create_form, publish_draft, read_upload
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import find_project, log_audit, place, require_project
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.web import (
    answer,
    body_json,
    is_extended,
    is_true,
    require,
    store,
    success,
    verbs,
)
from bridge.sandbox.xforms import for_odata

forms = Blueprint("forms", __name__)
FORMS = "/projects/<int:project_id>/forms"
FORM = f"{FORMS}/<xml_form_id>"
VERSION = f"{FORM}/versions/<version>"
STATES = ("open", "closing", "closed")


def require_readable(form: Row, form_def: Row | None) -> None:
    """A draft is read by its editors, a closed form not by app users."""
    own = verbs(*form_places(form))
    if form_def is None or form_def["published_at"] is None:
        wanted = {"form.update"}
    elif form["state"] == "closed":
        wanted = {"form.read"}
    else:
        wanted = {"form.read", "open_form.read"}
    if not own & wanted:
        raise problem(403.1)


def any_def(form: Row) -> Row:
    """The published definition, or else the draft."""
    return get_def(form["current_def"] or form["draft_def"])


def readable_form(project_id: int, xml_form_id: str) -> tuple[Row, Row]:
    form = find_form(project_id, xml_form_id)
    form_def = any_def(form)
    require_readable(form, form_def)
    return form, form_def


def readable_version(project_id: int, xml_form_id: str, version: str) -> tuple[Row, Row]:
    form = find_form(project_id, xml_form_id)
    # Three underscores stand for the empty version in an address.
    form_def = find_def(form, "" if version == "___" else version)
    if form_def is None:
        raise problem(404.1)
    require_readable(form, form_def)
    return form, form_def


@forms.get(FORMS)
def list_forms(project_id: int):
    project = _require_listing(project_id)
    own = verbs(place(project["id"]))
    gone = "NOT" if is_true(request.args.get("deleted")) else ""
    rows = store().all(
        f"SELECT * FROM form WHERE project_id = ? AND deleted_at IS {gone} NULL", project_id
    )
    listed = []
    for form in rows:
        form_def = any_def(form)
        is_draft = form_def["published_at"] is None
        if (is_draft and "form.update" not in own) or (
            form["state"] == "closed" and "form.read" not in own
        ):
            continue
        listed.append(for_api(form, form_def) | (_extended(form) if is_extended() else {}))
    return answer(sorted(listed, key=lambda form: form["name"] or form["xmlFormId"]))


def _require_listing(project_id: int) -> Row:
    project = find_project(project_id)
    if not verbs(place(project_id)) & {"form.list", "open_form.list"}:
        raise problem(403.1)
    return project


def _extended(form: Row) -> dict:
    row = store().one(
        "SELECT count(*) submissions, max(created_at) last, sum(review_state IS NULL) received, "
        "sum(review_state IS 'hasIssues') issues, sum(review_state IS 'edited') edited "
        "FROM submission WHERE form_id = ? AND draft = 0 AND deleted_at IS NULL",
        form["id"],
    )
    return {
        "submissions": row["submissions"],
        "entityRelated": any_def(form)["datasets"] != "[]",
        "reviewStates": {
            "received": row["received"] or 0,
            "hasIssues": row["issues"] or 0,
            "edited": row["edited"] or 0,
        },
        "lastSubmission": iso(row["last"]),
        "excelContentType": None,
        "publicLinks": 0,
        "createdBy": find_actor(form["created_by"]),
    }


@forms.post(FORMS)
def post_form(project_id: int):
    require_project(project_id, "form.create")
    form = read_upload()
    with store().write():
        form_id = create_form(project_id, form)
        if is_true(request.args.get("publish")):
            publish_draft(store().one("SELECT * FROM form WHERE id = ?", form_id), is_new=True)
    row = store().one("SELECT * FROM form WHERE id = ?", form_id)
    return answer(for_api(row, any_def(row)))


@forms.get(FORM)
def get_form(project_id: int, xml_form_id: str):
    form, form_def = readable_form(project_id, xml_form_id)
    return answer(for_api(form, form_def) | (_extended(form) if is_extended() else {}))


@forms.patch(FORM)
def patch_form(project_id: int, xml_form_id: str):
    form = find_form(project_id, xml_form_id)
    require("form.update", *form_places(form))
    body = body_json()
    state = body.get("state", form["state"])
    if state not in STATES:
        raise problem(400.8, field="state", value=state, reason="it is not a state of a form.")
    enabled = int(body.get("webformsEnabled", form["webforms_enabled"]))
    with store().write() as db:
        db.execute(
            "UPDATE form SET state = ?, webforms_enabled = ?, updated_at = ? WHERE id = ?",
            (state, enabled, now_ms(), form["id"]),
        )
        log_audit(db, "form.update", f"form:{form['id']}", {"data": {"state": state}})
    form = find_form(project_id, xml_form_id)
    return answer(for_api(form, any_def(form)))


@forms.delete(FORM)
def delete_form(project_id: int, xml_form_id: str):
    form = find_form(project_id, xml_form_id)
    require("form.delete", *form_places(form))
    with store().write() as db:
        db.execute("UPDATE form SET deleted_at = ? WHERE id = ?", (now_ms(), form["id"]))
        log_audit(db, "form.delete", f"form:{form['id']}")
    return success()


@forms.post(f"{FORMS}/<int:form_id>/restore")
def restore_form(project_id: int, form_id: int):
    form = store().one(
        "SELECT * FROM form WHERE project_id = ? AND id = ? AND deleted_at IS NOT NULL",
        project_id,
        form_id,
    )
    if form is None:
        raise problem(404.1)
    require("form.restore", *form_places(form))
    if store().one(
        "SELECT 1 FROM form WHERE project_id = ? AND xml_form_id = ? AND deleted_at IS NULL",
        project_id,
        form["xml_form_id"],
    ):
        names = ["projectId", "xmlFormId"]
        raise problem(409.3, fields=names, values=[project_id, form["xml_form_id"]], table="forms")
    with store().write() as db:
        db.execute("UPDATE form SET deleted_at = NULL WHERE id = ?", (form_id,))
        log_audit(db, "form.restore", f"form:{form_id}")
    return success()


@forms.get(f"{FORM}/versions")
def list_versions(project_id: int, xml_form_id: str):
    form, _ = readable_form(project_id, xml_form_id)
    rows = store().all(
        "SELECT * FROM form_def WHERE form_id = ? AND published_at IS NOT NULL "
        "ORDER BY published_at DESC, id DESC",
        form["id"],
    )
    return answer([for_api(form, row) | _extended_version(row) for row in rows])


def _extended_version(row: Row) -> dict:
    if not is_extended():
        return {}
    publisher = find_actor(row["published_by"])
    return {"excelContentType": None, "publishedBy": publisher, "publishNotes": None}


@forms.get(VERSION)
def get_version(project_id: int, xml_form_id: str, version: str):
    return answer(for_api(*readable_version(project_id, xml_form_id, version)))


def xform(form_def: Row) -> Response:
    return Response(form_def["xml"], content_type="application/xml; charset=utf-8")


def fields_answer(form_def: Row) -> Response:
    fields = fields_of(form_def)
    if is_true(request.args.get("odata")):
        fields = for_odata(fields)
    keys = ("path", "name", "type", "binary", "selectMultiple")
    return answer([{key: item[key] for key in keys} for item in fields])


@forms.get(f"{FORM}.xml")
def get_form_xml(project_id: int, xml_form_id: str):
    return xform(readable_form(project_id, xml_form_id)[1])


@forms.get(f"{VERSION}.xml")
def get_version_xml(project_id: int, xml_form_id: str, version: str):
    return xform(readable_version(project_id, xml_form_id, version)[1])


@forms.get(f"{FORM}/fields")
def get_fields(project_id: int, xml_form_id: str):
    return fields_answer(readable_form(project_id, xml_form_id)[1])


@forms.get(f"{VERSION}/fields")
def get_version_fields(project_id: int, xml_form_id: str, version: str):
    return fields_answer(readable_version(project_id, xml_form_id, version)[1])


@forms.get(f"{FORM}/attachments")
def get_media_list(project_id: int, xml_form_id: str):
    _, form_def = readable_form(project_id, xml_form_id)
    return answer([media_for_api(row) for row in list_media(form_def["id"])])


@forms.get(f"{FORM}/attachments/<name>")
def get_media(project_id: int, xml_form_id: str, name: str):
    form, form_def = readable_form(project_id, xml_form_id)
    return stream_media(form["project_id"], find_media(form_def["id"], name))


@forms.get(f"{VERSION}/attachments")
def get_version_media_list(project_id: int, xml_form_id: str, version: str):
    _, form_def = readable_version(project_id, xml_form_id, version)
    return answer([media_for_api(row) for row in list_media(form_def["id"])])


@forms.get(f"{VERSION}/attachments/<name>")
def get_version_media(project_id: int, xml_form_id: str, version: str, name: str):
    form, form_def = readable_version(project_id, xml_form_id, version)
    return stream_media(form["project_id"], find_media(form_def["id"], name))
