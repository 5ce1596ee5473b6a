"""Submissions over OpenRosa: new ones, edits, files that come later; sending twice is as once.

Also a draft's own addresses, which its token opens without signing in.
"""

from sqlite3 import Row

from flask import Blueprint, Response, request

from bridge.sandbox import instances
from bridge.sandbox.datasetstore import stream_media
from bridge.sandbox.forms import xform
from bridge.sandbox.formstore import FORM, draft_def, find_def, find_form, find_media, form_places
from bridge.sandbox.openrosa import (
    DRAFT,
    PROJECT,
    form_entry,
    form_list_xml,
    manifest_xml,
    message,
    openrosa,
    original,
    xml_answer,
)
from bridge.sandbox.problems import Problem, problem
from bridge.sandbox.projects import find_project
from bridge.sandbox.web import require, store

testing = Blueprint("testing", __name__)
test_files = Blueprint("test_files", __name__)
TEST_DRAFT = f"/test/<key>{DRAFT}"
XML_FILE = "xml_submission_file"


def _read_files() -> tuple[bytes, dict[str, tuple[bytes, str | None]]]:
    """(the submission's XML, {name: (content, type)} of the other files) of a multipart body."""
    if request.mimetype != "multipart/form-data":
        raise problem(400.7, field=XML_FILE)
    xml, files = None, {}
    for name, part in request.files.items(multi=True):
        if name == XML_FILE:
            xml = part.read() if xml is None else xml
        else:
            files.setdefault(name, (part.read(), part.mimetype or None))
    if xml is None:
        raise problem(400.7, field=XML_FILE)
    return xml, files


def _accept(form: Row, form_def: Row, instance, files: dict, draft: bool) -> Response:
    """Saves a new submission, an edit, or later files; sending twice is as sending once."""
    known = instances.find_version(form, instance.deprecated_id or instance.instance_id, draft)
    if instance.deprecated_id is None:
        if known is None:
            _create(form, form_def, instance, files, draft)
        else:
            _add_files(known, instance, files)
    elif known is None:
        raise problem(404.5, deprecatedId=instance.deprecated_id)
    elif known["current_def"] == known["id"]:
        instances.edit(form, form_def, instance, known, draft, files)
    else:
        _repeat_edit(form, instance, files, draft)
    return message("", "full submission upload was successful!", 201)


def _create(form: Row, form_def: Row, instance, files: dict, draft: bool) -> None:
    try:
        instances.create(form, form_def, instance, draft, files)
    except Problem as error:
        raise problem(409.18) if error.code == 409.3 else error from None


def _repeat_edit(form: Row, instance, files: dict, draft: bool) -> None:
    newer = instances.find_version(form, instance.instance_id, draft)
    if newer is None or newer["current_def"] != newer["id"]:
        raise problem(409.9, deprecatedId=instance.deprecated_id)
    _add_files(newer, instance, files)


def _add_files(known: Row, instance, files: dict) -> None:
    if known["current_def"] != known["id"]:
        raise problem(409.9, deprecatedId=instance.instance_id)
    if known["xml"] != instance.xml:
        raise problem(409.1)
    if files:
        instances.add_files(known, files)


@openrosa.get(f"{PROJECT}/submission")
def head_submission(project_id: int):
    find_project(project_id)
    return xml_answer("", 204)


@openrosa.post(f"{PROJECT}/submission")
def post_submission(project_id: int):
    xml, files = _read_files()
    instance = instances.read_instance(xml)
    form = store().one(FORM, project_id, instance.form_id)
    if form is None:
        raise problem(404.1)
    form_def = find_def(form, instance.version)
    if form_def is None:
        raise problem(404.6, formVersion=instance.version)
    if form["state"] == "closed":
        raise problem(409.2)
    try:
        require("submission.create", *form_places(form))
    except Problem:
        # Central asks a tablet without the right to sign in.
        raise problem(401.2) from None
    return _accept(form, form_def, instance, files, draft=False)


@openrosa.get(f"{DRAFT}/submission")
def head_draft_submission(project_id: int, xml_form_id: str):
    find_project(project_id)
    return xml_answer("", 204)


@openrosa.post(f"{DRAFT}/submission")
def post_draft_submission(project_id: int, xml_form_id: str):
    xml, files = _read_files()
    instance = instances.read_instance(xml)
    form = find_form(project_id, xml_form_id)
    require("submission.create", *form_places(form))
    _check_form_id(instance, xml_form_id)
    return _accept(form, draft_def(form), instance, files, draft=True)


def _check_form_id(instance, xml_form_id: str) -> None:
    if instance.form_id != xml_form_id:
        reason = "the address names another form."
        raise problem(400.8, field="form id", value=instance.form_id, reason=reason)


def _test_draft(key: str, project_id: int, xml_form_id: str) -> tuple[Row, Row]:
    form = find_form(project_id, xml_form_id)
    form_def = draft_def(form)
    if form_def["draft_token"] != key:
        raise problem(404.1)
    return form, form_def


@testing.get(f"{TEST_DRAFT}/formList")
def test_form_list(key: str, project_id: int, xml_form_id: str):
    try:
        form, form_def = _test_draft(key, project_id, xml_form_id)
    except Problem:
        raise problem(404.4) from None
    path = original().rpartition("/")[0]
    return xml_answer(form_list_xml([form_entry(form, path, form_def)]))


@testing.get(f"{TEST_DRAFT}/manifest")
def test_manifest(key: str, project_id: int, xml_form_id: str):
    _, form_def = _test_draft(key, project_id, xml_form_id)
    return manifest_xml(project_id, form_def, limited=False)


@testing.get(f"{TEST_DRAFT}/submission")
def test_head_submission(key: str, project_id: int, xml_form_id: str):
    return xml_answer("", 204)


@testing.post(f"{TEST_DRAFT}/submission")
def test_post_submission(key: str, project_id: int, xml_form_id: str):
    xml, files = _read_files()
    instance = instances.read_instance(xml)
    _check_form_id(instance, xml_form_id)
    form, form_def = _test_draft(key, project_id, xml_form_id)
    return _accept(form, form_def, instance, files, draft=True)


@test_files.get(f"{TEST_DRAFT}.xml")
def test_xml(key: str, project_id: int, xml_form_id: str):
    return xform(_test_draft(key, project_id, xml_form_id)[1])


@test_files.get(f"{TEST_DRAFT}/attachments/<name>")
def test_media(key: str, project_id: int, xml_form_id: str, name: str):
    _, form_def = _test_draft(key, project_id, xml_form_id)
    return stream_media(project_id, find_media(form_def["id"], name), limited=False)
