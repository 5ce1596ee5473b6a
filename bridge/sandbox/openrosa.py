"""The OpenRosa API: what ODK Collect speaks. Form list, manifest, submission, integrity."""

import re
from email.utils import formatdate
from sqlite3 import Row
from urllib.parse import quote
from xml.sax.saxutils import escape

import orjson
from flask import Blueprint, Response, g, request

from bridge.sandbox import instances
from bridge.sandbox.datasetstore import (
    find_dataset,
    is_visible,
    limited_actor,
    list_hash,
    stream_media,
)
from bridge.sandbox.forms import readable_form, readable_version, require_readable, xform
from bridge.sandbox.formstore import (
    FORM,
    draft_def,
    find_def,
    find_form,
    find_media,
    form_places,
    list_media,
)
from bridge.sandbox.problems import Problem, problem
from bridge.sandbox.projects import find_project
from bridge.sandbox.web import domain, require, store, verbs

openrosa = Blueprint("openrosa", __name__)
testing = Blueprint("testing", __name__)
test_files = Blueprint("test_files", __name__)

PROJECT = "/projects/<int:project_id>"
DRAFT = f"{PROJECT}/forms/<xml_form_id>/draft"
TEST_DRAFT = f"/test/<key>{DRAFT}"
XML_FILE = "xml_submission_file"
ACCEPTED_BYTES = "100000000"


def check_headers() -> None:
    """Every OpenRosa request names the protocol's version."""
    g.is_openrosa = True
    version = request.headers.get("X-OpenRosa-Version")
    if version != "1.0":
        raise problem(400.6, field="X-OpenRosa-Version", value=version)


def _answer(body: str, status: int = 200) -> Response:
    response = Response(body, status, content_type="text/xml; charset=utf-8")
    response.headers["Content-Language"] = "en"
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = ACCEPTED_BYTES
    response.headers["Date"] = formatdate(usegmt=True)
    return response


def _message(nature: str, text: str, status: int) -> Response:
    return _answer(
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
        f'  <message nature="{nature}">{escape(text)}</message>\n</OpenRosaResponse>',
        status,
    )


def refusal(error: Problem) -> Response:
    return _message("error", str(error), error.status)


@openrosa.get(f"{PROJECT}/formList")
def form_list(project_id: int):
    find_project(project_id)
    wanted = request.args.get("formID")
    rows = store().all(
        "SELECT form.*, d.name, d.version, d.hash FROM form JOIN form_def d ON d.id = current_def "
        "WHERE project_id = ? AND deleted_at IS NULL AND state = 'open'",
        project_id,
    )
    forms = [
        row
        for row in rows
        if (wanted is None or row["xml_form_id"] == wanted)
        and verbs(*form_places(row)) & {"form.read", "open_form.read"}
    ]
    base = _original().rpartition("/")[0]
    forms.sort(key=lambda row: row["name"] or row["xml_form_id"])
    return _answer(_form_list([_form_entry(row, f"{base}/forms/{_quoted(row)}") for row in forms]))


def _original() -> str:
    return request.environ["sandbox.original_path"]


def _quoted(row: Row) -> str:
    return quote(row["xml_form_id"], safe="-_.!~*'()")


def _form_list(entries: list[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(entries)}\n</xforms>'
    )


def _form_entry(row: Row, path: str, form_def: Row | None = None) -> str:
    definition = form_def or row
    def_id = definition["id"] if form_def else row["current_def"]
    manifest = (
        f"\n    <manifestUrl>{domain()}{path}/manifest</manifestUrl>" if list_media(def_id) else ""
    )
    return (
        f"\n  <xform>\n    <formID>{escape(row['xml_form_id'])}</formID>"
        f"\n    <name>{escape(definition['name'] or row['xml_form_id'])}</name>"
        f"\n    <version>{escape(definition['version'])}</version>"
        f"\n    <hash>md5:{definition['hash']}</hash>"
        f"\n    <downloadUrl>{domain()}{path}.xml</downloadUrl>{manifest}\n  </xform>"
    )


@openrosa.get(f"{PROJECT}/forms/<xml_form_id>/manifest")
def manifest(project_id: int, xml_form_id: str):
    _, form_def = readable_form(project_id, xml_form_id)
    return _manifest(project_id, form_def)


@openrosa.get(f"{PROJECT}/forms/<xml_form_id>/versions/<version>/manifest")
def version_manifest(project_id: int, xml_form_id: str, version: str):
    _, form_def = readable_version(project_id, xml_form_id, version)
    return _manifest(project_id, form_def)


@openrosa.get(f"{DRAFT}/manifest")
def draft_manifest(project_id: int, xml_form_id: str):
    form = find_form(project_id, xml_form_id)
    form_def = draft_def(form)
    require_readable(form, form_def)
    return _manifest(project_id, form_def)


def _manifest(project_id: int, form_def: Row, limited: bool = True) -> Response:
    actor_id = limited_actor(project_id) if limited else None
    base = _original().rpartition("/")[0]
    project = re.match(r"/v1/(?:.*/)?projects/\d+", _original())[0]
    entries = [_media_entry(row, actor_id, base, project) for row in list_media(form_def["id"])]
    return _answer(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{"".join(entries)}\n'
        "</manifest>"
    )


def _media_entry(row: Row, actor_id: int | None, base: str, project: str) -> str:
    """Nothing for a file that nobody has given yet."""
    name = quote(row["name"], safe="-_.!~*'()")
    kind, integrity, digest = "", "", row["md5"]
    if row["dataset_id"] is not None:
        dataset = store().one("SELECT * FROM dataset WHERE id = ?", row["dataset_id"])
        kind = f' type="{"approvalEntityList" if dataset["approval_required"] else "entityList"}"'
        digest = list_hash(dataset, actor_id)
        list_name = quote(row["name"].removesuffix(".csv"), safe="-_.!~*'()")
        address = f"{domain()}{project}/datasets/{list_name}/integrity"
        integrity = f"\n    <integrityUrl>{address}</integrityUrl>"
    elif row["blob_id"] is None:
        return ""
    return (
        f"\n  <mediaFile{kind}>\n    <filename>{escape(row['name'])}</filename>"
        f"\n    <hash>md5:{digest}</hash>"
        f"\n    <downloadUrl>{domain()}{base}/attachments/{name}</downloadUrl>{integrity}"
        "\n  </mediaFile>"
    )


@openrosa.get(f"{PROJECT}/datasets/<name>/integrity")
def integrity(project_id: int, name: str):
    """Which of the asked entities this tablet must forget."""
    dataset = find_dataset(project_id, name)
    actor_id = limited_actor(project_id)
    if actor_id is not None and not _reads_a_form_with(dataset):
        raise problem(403.1)
    test = is_visible(dataset, actor_id)
    asked = [part.strip() for part in request.args.get("id", "").split(",") if part.strip()]
    rows = store().all("SELECT * FROM entity WHERE dataset_id = ?", dataset["id"])
    entries = "".join(
        f'\n    <entity id="{row["uuid"]}"><deleted>'
        f"{'true' if row['deleted_at'] or not test(row, orjson.loads(row['data'])) else 'false'}"
        "</deleted></entity>"
        for row in rows
        if not asked or row["uuid"] in asked
    )
    return _answer(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<data>\n  <entities>{entries}\n  </entities>\n'
        "</data>"
    )


def _reads_a_form_with(dataset: Row) -> bool:
    rows = store().all(
        "SELECT DISTINCT f.* FROM form_attachment a JOIN form f "
        "ON a.def_id IN (f.current_def, f.draft_def) WHERE a.dataset_id = ? "
        "AND f.deleted_at IS NULL AND f.state <> 'closed'",
        dataset["id"],
    )
    return any(verbs(*form_places(row)) & {"form.read", "open_form.read"} for row in rows)


# -- submissions --------------------------------------------------------------------------------


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
    if xml is None and XML_FILE in request.form:
        xml = request.form[XML_FILE].encode()
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
    return _message("", "full submission upload was successful!", 201)


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
    return _answer("", 204)


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
    return _answer("", 204)


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


# -- drafts, by the token that a draft carries --------------------------------------------------


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
    path = _original().rpartition("/")[0]
    return _answer(_form_list([_form_entry(form, path, form_def)]))


@testing.get(f"{TEST_DRAFT}/manifest")
def test_manifest(key: str, project_id: int, xml_form_id: str):
    _, form_def = _test_draft(key, project_id, xml_form_id)
    return _manifest(project_id, form_def, limited=False)


@testing.get(f"{TEST_DRAFT}/submission")
def test_head_submission(key: str, project_id: int, xml_form_id: str):
    return _answer("", 204)


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
