"""OpenRosa, as ODK Collect speaks it: list, download, submit, send again, send files later."""

import threading
import xml.etree.ElementTree as ElementTree
from hashlib import md5

import pytest

from tests.conformance.central_api import OPENROSA, XML, Api, Form, new_id
from tests.conformance.xforms import SIMPLE, fill, write_form

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
PHOTO = [("name", "string"), ("photo", "binary"), ("voice", "binary")]


def _items(text: str, tag: str, space: str) -> list[dict]:
    root = ElementTree.fromstring(text.strip())
    return [
        {child.tag.removeprefix(space): child.text for child in item} | item.attrib
        for item in root.iter(f"{space}{tag}")
    ]


def _forms(api, project_id: int, **params) -> list[dict]:
    answer = api.get(f"/projects/{project_id}/formList", headers=OPENROSA, params=params)
    assert answer.status_code == 200
    return _items(answer.text, "xform", LIST)


def test_every_answer_carries_the_protocols_headers(form, make_app_user):
    tablet, _ = make_app_user(form)
    answer = tablet.get(f"/projects/{form.project_id}/formList", headers=OPENROSA)
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == "100000000"
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert "Date" in answer.headers


def test_request_without_the_protocols_version_is_refused(form, make_app_user):
    tablet, _ = make_app_user(form)
    answer = tablet.get(f"/projects/{form.project_id}/formList")
    assert answer.status_code == 400
    assert ElementTree.fromstring(answer.text.strip()).tag == f"{RESPONSE}OpenRosaResponse"


def test_list_and_download(make_form, make_app_user):
    form, other = make_form(title="A title & more"), make_form()
    tablet, _ = make_app_user(form)
    (shown,) = _forms(tablet, form.project_id)
    xml = form.api.get(f"{form.path}.xml").content
    assert shown["formID"] == form.form_id
    assert shown["name"] == "A title & more"
    assert shown["version"] == "1"
    assert shown["hash"] == f"md5:{md5(xml).hexdigest()}"
    assert "manifestUrl" not in shown
    path = shown["downloadUrl"].split(f"/v1/key/{tablet.key}")[1]
    assert tablet.get(path).content == xml
    assert other.form_id not in shown["downloadUrl"]


def test_list_can_be_asked_for_one_form(make_form, make_app_user):
    first, second = make_form(), make_form()
    tablet, _ = make_app_user(first, second)
    assert len(_forms(tablet, first.project_id)) == 2
    (only,) = _forms(tablet, first.project_id, formID=second.form_id)
    assert only["formID"] == second.form_id


@pytest.mark.parametrize("state", ["closing", "closed"])
def test_only_open_forms_are_listed(form, admin, make_app_user, state):
    tablet, _ = make_app_user(form)
    admin.patch(form.path, json={"state": state})
    assert _forms(tablet, form.project_id) == []


def test_drafts_are_not_listed(admin, project_id, make_app_user):
    xml = write_form("unlisted_draft", "1", SIMPLE)
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    tablet, _ = make_app_user(Form(admin, project_id, "unlisted_draft"))
    assert _forms(tablet, project_id) == []


def test_manifest_names_the_files_that_are_there(admin, project_id, make_app_user):
    model = (
        '<instance id="a" src="jr://file-csv/given.csv"/>'
        '<instance id="b" src="jr://file-csv/missing.csv"/>'
        '<itext><translation lang="ar"><text id="t"><value form="image">jr://images/صورة 1.png'
        "</value></text></translation></itext>"
    )
    xml = write_form("media_manifest", "1", SIMPLE, extra_model=model)
    admin.post(f"/projects/{project_id}/forms", data=xml.encode(), headers=XML)
    form = Form(admin, project_id, "media_manifest")
    names = {item["name"]: item["type"] for item in admin.json(f"{form.path}/draft/attachments")}
    assert names == {"given.csv": "file", "missing.csv": "file", "صورة 1.png": "image"}
    for name, content in (("given.csv", b"a,b\n"), ("صورة 1.png", b"\x89PNG")):
        assert admin.post(f"{form.path}/draft/attachments/{name}", data=content).status_code == 200
    admin.post(f"{form.path}/draft/publish")
    tablet, _ = make_app_user(form)
    (listed,) = _forms(tablet, project_id)
    manifest = tablet.follow(listed["manifestUrl"].replace(f"/key/{tablet.key}", ""))
    assert manifest.status_code == 400  # without the protocol's header
    path = listed["manifestUrl"].split(f"/v1/key/{tablet.key}")[1]
    files = _items(tablet.get(path, headers=OPENROSA).text, "mediaFile", MANIFEST)
    assert {item["filename"] for item in files} == {"given.csv", "صورة 1.png"}
    for item in files:
        at = item["downloadUrl"].split(f"/v1/key/{tablet.key}")[1]
        assert md5(tablet.get(at).content).hexdigest() == item["hash"].removeprefix("md5:")


def test_head_says_where_to_post(form, make_app_user):
    tablet, _ = make_app_user(form)
    path = f"/projects/{form.project_id}/submission"
    answer = tablet("HEAD", path, headers=OPENROSA)
    assert answer.status_code == 204
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == "100000000"


def test_submission_is_saved_once_however_often_it_is_sent(form, make_app_user):
    tablet, actor_id = make_app_user(form)
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "<name>Ada</name><age>7</age>")
    for _ in range(3):
        answer = form.send_openrosa(xml, api=tablet)
        assert answer.status_code == 201
        message = ElementTree.fromstring(answer.text.strip()).find(f"{RESPONSE}message")
        assert message.text
    (row,) = form.rows()
    assert (row["__id"], row["name"], row["age"]) == (instance_id, "Ada", 7)
    system = row["__system"]
    assert (system["submitterId"], system["submitterName"]) == (str(actor_id), "tablet")
    assert system["deviceId"] == "conformance"
    assert len(form.api.json(f"{form.at(instance_id)}/versions")) == 1


def test_same_id_with_another_content_is_refused(form):
    instance_id = new_id()
    form.send_openrosa(fill(form.form_id, "1", instance_id, "<name>Ada</name>"))
    answer = form.send_openrosa(fill(form.form_id, "1", instance_id, "<name>Eve</name>"))
    assert answer.status_code == 409
    assert [row["name"] for row in form.rows()] == ["Ada"]


def test_same_id_in_another_form_is_accepted(make_form):
    first, second = make_form(), make_form()
    instance_id = new_id()
    for form in (first, second):
        assert form.send_openrosa(fill(form.form_id, "1", instance_id, "")).status_code == 201


def test_deleted_submission_cannot_be_sent_again(form, admin):
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "<name>Ada</name>")
    form.send_openrosa(xml)
    admin.delete(form.at(instance_id))
    assert form.send_openrosa(xml).status_code == 409
    assert form.rows() == []


def test_unknown_form_and_version_are_404(form):
    assert form.send_openrosa(fill("no_such_form", "1", None, "")).status_code == 404
    assert form.send_openrosa(fill(form.form_id, "9", None, "")).status_code == 404


def test_old_version_is_still_accepted(form):
    form.publish(write_form(form.form_id, "2", [*SIMPLE, ("town", "string")]))
    instance_id = new_id()
    assert form.send_openrosa(fill(form.form_id, "1", instance_id, "")).status_code == 201
    assert form.row(instance_id)["__system"]["formVersion"] == "1"


@pytest.mark.parametrize(
    "files",
    [
        {"other": ("x.xml", b"<data/>", "text/xml")},
        {"xml_submission_file": ("x.xml", b"<data/>", "text/xml")},
        {"xml_submission_file": ("x.xml", b"no xml", "text/xml")},
    ],
)
def test_post_without_a_usable_submission_is_400(form, files):
    path = f"/projects/{form.project_id}/submission"
    assert form.api.post(path, files=files, headers=OPENROSA).status_code == 400


def test_post_that_is_not_multipart_is_400(form):
    path = f"/projects/{form.project_id}/submission"
    xml = fill(form.form_id, "1", None, "")
    assert form.api.post(path, data=xml, headers=OPENROSA | XML).status_code == 400


def test_submission_without_an_id_gets_one(form):
    assert form.send_openrosa(fill(form.form_id, "1", None, "<name>Ada</name>")).status_code == 201
    (row,) = form.rows()
    assert len(row["__id"]) == 36  # a bare UUID
    assert row["meta"]["instanceID"] is None


def test_files_arrive_with_the_submission_and_later(make_form):
    form = make_form(PHOTO)
    instance_id = new_id()
    inside = "<photo>a b.jpg</photo><voice>ص.m4a</voice>"
    xml = fill(form.form_id, "1", instance_id, inside)
    photo, voice = ("a b.jpg", b"\xff\xd8\xff", "image/jpeg"), ("ص.m4a", b"sound", "audio/mp4")
    assert form.send_openrosa(xml, [photo]).status_code == 201
    system = form.row(instance_id)["__system"]
    assert (system["attachmentsPresent"], system["attachmentsExpected"]) == (1, 2)
    stray = ("unexpected.jpg", b"x", "image/jpeg")
    assert form.send_openrosa(xml, [voice, stray]).status_code == 201
    listed = form.api.json(f"{form.at(instance_id)}/attachments")
    assert listed == [{"name": "a b.jpg", "exists": True}, {"name": "ص.m4a", "exists": True}]
    got = form.api.get(f"{form.at(instance_id)}/attachments/ص.m4a")
    assert (got.content, got.headers["Content-Type"]) == (b"sound", "audio/mp4")
    assert got.headers["Content-Disposition"].startswith("attachment")
    shown = form.api.get(f"{form.at(instance_id)}/attachments/a b.jpg")
    assert shown.headers["Content-Disposition"].startswith("inline")


def test_form_that_is_closing_still_accepts(form, admin):
    admin.patch(form.path, json={"state": "closing"})
    assert form.send_openrosa(fill(form.form_id, "1", None, "")).status_code == 201


def test_key_can_be_a_parameter(form, central, make_app_user):
    tablet, _ = make_app_user(form)
    answer = Api(central.url).get(
        f"/projects/{form.project_id}/formList", params={"st": tablet.key}, headers=OPENROSA
    )
    assert answer.status_code == 200
    assert f"/v1/key/{tablet.key}/projects/" in answer.text


def test_submission_must_be_a_file_of_the_post(form):
    path = f"/projects/{form.project_id}/submission"
    parts = {"xml_submission_file": (None, fill(form.form_id, "1", None, ""))}
    assert form.api.post(path, files=parts, headers=OPENROSA).status_code == 400


def test_one_submission_sent_by_many_at_once_is_saved_once(form, central):
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "<name>Ada</name>")
    codes = []

    def send() -> None:
        codes.append(form.send_openrosa(xml, api=Api(central.url, form.api.token)).status_code)

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert [row["__id"] for row in form.rows()] == [instance_id]
    assert form.send_openrosa(xml).status_code == 201
