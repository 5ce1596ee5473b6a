"""The OpenRosa API: what ODK Collect speaks. Form list, manifest, submission, integrity."""

import re
from email.utils import formatdate
from sqlite3 import Row
from urllib.parse import quote
from xml.sax.saxutils import escape

import orjson
from flask import Blueprint, Response, g, request

from bridge.sandbox.datasetstore import (
    find_dataset,
    is_visible,
    limited_actor,
    list_hash,
)
from bridge.sandbox.forms import readable_form, readable_version, require_readable
from bridge.sandbox.formstore import (
    draft_def,
    find_form,
    form_places,
    list_media,
)
from bridge.sandbox.problems import Problem, problem
from bridge.sandbox.projects import find_project
from bridge.sandbox.web import domain, store, verbs

openrosa = Blueprint("openrosa", __name__)

PROJECT = "/projects/<int:project_id>"
DRAFT = f"{PROJECT}/forms/<xml_form_id>/draft"
ACCEPTED_BYTES = "100000000"


def check_headers() -> None:
    """Every OpenRosa request names the protocol's version."""
    g.is_openrosa = True
    version = request.headers.get("X-OpenRosa-Version")
    if version != "1.0":
        raise problem(400.6, field="X-OpenRosa-Version", value=version)


def xml_answer(body: str, status: int = 200) -> Response:
    response = Response(body, status, content_type="text/xml; charset=utf-8")
    response.headers["Content-Language"] = "en"
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = ACCEPTED_BYTES
    response.headers["Date"] = formatdate(usegmt=True)
    return response


def message(nature: str, text: str, status: int) -> Response:
    return xml_answer(
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
        f'  <message nature="{nature}">{escape(text)}</message>\n</OpenRosaResponse>',
        status,
    )


def refusal(error: Problem) -> Response:
    return message("error", str(error), error.status)


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
    base = original().rpartition("/")[0]
    forms.sort(key=lambda row: row["name"] or row["xml_form_id"])
    return xml_answer(
        form_list_xml([form_entry(row, f"{base}/forms/{_quoted(row)}") for row in forms])
    )


def original() -> str:
    return request.environ["sandbox.original_path"]


def _quoted(row: Row) -> str:
    return quote(row["xml_form_id"], safe="-_.!~*'()")


def form_list_xml(entries: list[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(entries)}\n</xforms>'
    )


def form_entry(row: Row, path: str, form_def: Row | None = None) -> str:
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
    return manifest_xml(project_id, form_def)


@openrosa.get(f"{PROJECT}/forms/<xml_form_id>/versions/<version>/manifest")
def version_manifest(project_id: int, xml_form_id: str, version: str):
    _, form_def = readable_version(project_id, xml_form_id, version)
    return manifest_xml(project_id, form_def)


@openrosa.get(f"{DRAFT}/manifest")
def draft_manifest(project_id: int, xml_form_id: str):
    form = find_form(project_id, xml_form_id)
    form_def = draft_def(form)
    require_readable(form, form_def)
    return manifest_xml(project_id, form_def)


def manifest_xml(project_id: int, form_def: Row, limited: bool = True) -> Response:
    actor_id = limited_actor(project_id) if limited else None
    base = original().rpartition("/")[0]
    project = re.match(r"/v1/(?:.*/)?projects/\d+", original())[0]
    entries = [_media_entry(row, actor_id, base, project) for row in list_media(form_def["id"])]
    return xml_answer(
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
    return xml_answer(
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
