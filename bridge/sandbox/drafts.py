"""Endpoints of a form's draft: replace, media, links to entity lists, publish, discard."""

import re
from sqlite3 import Row

from flask import Blueprint, request

from bridge.sandbox.datasetstore import dataset_diff, find_dataset, stream_media
from bridge.sandbox.forms import FORM, fields_answer, require_readable, xform
from bridge.sandbox.formstore import (
    draft_def,
    find_form,
    find_media,
    for_api,
    form_places,
    list_media,
    media_for_api,
    published_def,
    save_blob,
)
from bridge.sandbox.formwrite import drop_draft_submissions, publish_draft, read_upload, save_draft
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import log_audit, place
from bridge.sandbox.store import now_ms
from bridge.sandbox.web import answer, body_json, require, store, success
from bridge.sandbox.xforms import read_form

drafts = Blueprint("drafts", __name__)
DRAFT = f"{FORM}/draft"
VERSION_ATTRIBUTE = re.compile(
    r"""(<(?:[\w.-]+:)?instance\b[^>]*>\s*<[^>]*?\sversion\s*=\s*)(["'])(.*?)\2""", re.DOTALL
)


def _editable(project_id: int, xml_form_id: str) -> Row:
    form = find_form(project_id, xml_form_id)
    require("form.update", *form_places(form))
    return form


def _readable(project_id: int, xml_form_id: str) -> tuple[Row, Row]:
    form = find_form(project_id, xml_form_id)
    form_def = draft_def(form)
    require_readable(form, form_def)
    return form, form_def


@drafts.post(DRAFT)
def post_draft(project_id: int, xml_form_id: str):
    form = _editable(project_id, xml_form_id)
    if request.content_length:
        save_draft(form, read_upload())
    else:
        save_draft(form, read_form(published_def(form)["xml"]))
    return success()


@drafts.get(DRAFT)
def get_draft(project_id: int, xml_form_id: str):
    return answer(for_api(*_readable(project_id, xml_form_id)))


@drafts.delete(DRAFT)
def delete_draft(project_id: int, xml_form_id: str):
    form = _editable(project_id, xml_form_id)
    if form["current_def"] is None:
        raise problem(409.7)
    draft_def(form)
    with store().write() as db:
        db.execute("UPDATE form SET draft_def = NULL WHERE id = ?", (form["id"],))
        drop_draft_submissions(db, form["id"], now_ms())
        log_audit(db, "form.update.draft.delete", f"form:{form['id']}")
    return success()


@drafts.post(f"{DRAFT}/publish")
def post_publish(project_id: int, xml_form_id: str):
    form = _editable(project_id, xml_form_id)
    draft = draft_def(form)
    version = request.args.get("version")
    with store().write():
        if version:
            save_draft(form, read_form(set_version(draft["xml"], version)), is_duplicate=True)
        publish_draft(find_form(project_id, xml_form_id))
    return success()


def set_version(xml: str, version: str) -> str:
    """The form's XML with another version on its first instance."""
    escaped = version.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    if VERSION_ATTRIBUTE.search(xml):
        return VERSION_ATTRIBUTE.sub(lambda match: f'{match[1]}"{escaped}"', xml, count=1)
    return re.sub(
        r"(<(?:[\w.-]+:)?instance\b[^>]*>\s*<[^\s/>]+)",
        lambda match: f'{match[1]} version="{escaped}"',
        xml,
        count=1,
    )


@drafts.get(f"{DRAFT}.xml")
def get_draft_xml(project_id: int, xml_form_id: str):
    return xform(_readable(project_id, xml_form_id)[1])


@drafts.get(f"{DRAFT}/fields")
def get_draft_fields(project_id: int, xml_form_id: str):
    return fields_answer(_readable(project_id, xml_form_id)[1])


@drafts.get(f"{DRAFT}/dataset-diff")
def get_dataset_diff(project_id: int, xml_form_id: str):
    form, form_def = _readable(project_id, xml_form_id)
    require("dataset.list", place(project_id))
    return answer(dataset_diff(form["project_id"], form_def))


@drafts.get(f"{DRAFT}/attachments")
def get_draft_media_list(project_id: int, xml_form_id: str):
    _, form_def = _readable(project_id, xml_form_id)
    return answer([media_for_api(row) for row in list_media(form_def["id"])])


@drafts.get(f"{DRAFT}/attachments/<name>")
def get_draft_media(project_id: int, xml_form_id: str, name: str):
    form, form_def = _readable(project_id, xml_form_id)
    return stream_media(form["project_id"], find_media(form_def["id"], name))


@drafts.post(f"{DRAFT}/attachments/<name>")
def post_draft_media(project_id: int, xml_form_id: str, name: str):
    form = _editable(project_id, xml_form_id)
    media = find_media(draft_def(form)["id"], name)
    with store().write() as db:
        blob_id = save_blob(db, request.get_data(), request.content_type or _type_of(name))
        _set_media(db, media, blob_id, None)
    return answer(media_for_api(find_media(media["def_id"], name)))


@drafts.patch(f"{DRAFT}/attachments/<name>")
def patch_draft_media(project_id: int, xml_form_id: str, name: str):
    form = _editable(project_id, xml_form_id)
    form_def = draft_def(form)
    dataset = find_dataset(project_id, name.removesuffix(".csv"))
    require("entity.list", place(project_id))
    media = find_media(form_def["id"], name)
    is_link = bool(body_json().get("dataset"))
    if is_link and media["type"] != "file":
        raise problem(400.26)
    with store().write() as db:
        _set_media(db, media, None, dataset["id"] if is_link else None)
    shown = media_for_api(find_media(form_def["id"], name))
    shown.pop("hash")
    return answer(shown)


@drafts.delete(f"{DRAFT}/attachments/<name>")
def delete_draft_media(project_id: int, xml_form_id: str, name: str):
    form = _editable(project_id, xml_form_id)
    media = find_media(draft_def(form)["id"], name)
    if media["blob_id"] is None and media["dataset_id"] is None:
        raise problem(404.1)
    with store().write() as db:
        _set_media(db, media, None, None)
    return success()


def _set_media(db, media: Row, blob_id: int | None, dataset_id: int | None) -> None:
    db.execute(
        "UPDATE form_attachment SET blob_id = ?, dataset_id = ?, updated_at = ? "
        "WHERE def_id = ? AND name = ?",
        (blob_id, dataset_id, now_ms(), media["def_id"], media["name"]),
    )


def _type_of(name: str) -> str | None:
    ending = name.lower().rpartition(".")[2]
    return {"csv": "text/csv", "geojson": "application/geo+json"}.get(ending)
