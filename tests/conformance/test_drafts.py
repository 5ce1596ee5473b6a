"""Drafts: replacing, warnings, types that may not change, publishing, test submissions."""

import hashlib
import re

import requests

from tests.conformance.central_api import OPENROSA, SECONDS, XML, Api, Form, refused
from tests.conformance.xforms import SIMPLE, fill, write_form


def _warnings(answer) -> list[dict]:
    assert refused(answer, 400.16)
    return answer.json()["details"]["warnings"]["workflowWarnings"]


def test_lost_field_is_a_warning(form):
    shorter = write_form(form.form_id, "2", [("name", "string")])
    assert _warnings(form.draft(shorter)) == [{"type": "structureChanged", "details": ["age"]}]
    assert form.draft(shorter, ignore_warnings=True).json() == {"success": True}


def test_new_field_is_no_warning(form):
    assert form.draft(write_form(form.form_id, "2", [*SIMPLE, ("b", "int")])).status_code == 200


def test_only_a_plain_field_may_become_text(make_form):
    form = make_form([("a", "int"), ("b", "string"), ("g", (("c", "int"),)), ("r", [("d", "int")])])
    same = [("g", (("c", "int"),)), ("r", [("d", "int")])]
    allowed = write_form(form.form_id, "2", [("a", "string"), ("b", "string"), *same])
    assert form.draft(allowed).status_code == 200
    for changed in (
        [("a", "decimal"), ("b", "string"), *same],
        [("a", "int"), ("b", "int"), *same],
        [("a", "int"), ("b", "string"), ("g", "string"), ("r", [("d", "int")])],
        [("a", "int"), ("b", "string"), ("g", [("c", "int")]), ("r", [("d", "int")])],
    ):
        answer = form.draft(write_form(form.form_id, "3", changed), ignore_warnings=True)
        assert refused(answer, 400.17)
        assert set(answer.json()["details"]) == {"path", "type"}


def test_field_that_comes_back_keeps_its_type(form):
    form.publish(write_form(form.form_id, "2", [("name", "string")]))
    answer = form.draft(write_form(form.form_id, "3", [("name", "string"), ("age", "decimal")]))
    assert refused(answer, 400.17)
    assert answer.json()["details"] == {"path": "/age", "type": "int"}


def test_draft_of_another_form_is_refused(form):
    assert refused(form.draft(write_form("another_form", "2", SIMPLE)), 400.8)


def test_version_can_be_published_once(form, admin):
    assert form.draft(write_form(form.form_id, "1", [*SIMPLE, ("b", "int")])).status_code == 200
    answer = admin.post(f"{form.path}/draft/publish")
    assert refused(answer, 409.6)
    assert answer.json()["details"] == {"xmlFormId": form.form_id, "version": "1"}


def test_version_can_be_given_at_publishing(form, admin):
    assert form.draft(write_form(form.form_id, "1", [*SIMPLE, ("b", "int")])).status_code == 200
    assert admin.post(f"{form.path}/draft/publish?version=1.1").json() == {"success": True}
    assert admin.json(form.path)["version"] == "1.1"
    assert 'version="1.1"' in admin.get(f"{form.path}.xml").text


def test_draft_without_a_body_is_a_copy(form, admin):
    assert admin.post(f"{form.path}/draft").json() == {"success": True}
    assert admin.json(f"{form.path}/draft")["version"] == "1"
    assert admin.post(f"{form.path}/draft/publish?version=2").status_code == 200
    assert [v["version"] for v in admin.json(f"{form.path}/versions")] == ["2", "1"]


def test_draft_can_be_read_and_discarded(form, admin, viewer):
    assert refused(admin.get(f"{form.path}/draft"), 404.1)
    form.draft(write_form(form.form_id, "2", [*SIMPLE, ("b", "int")]))
    assert admin.json(f"{form.path}/draft")["version"] == "2"
    assert "/b" in {f["path"] for f in admin.json(f"{form.path}/draft/fields?odata=true")}
    assert 'version="2"' in admin.get(f"{form.path}/draft.xml").text
    assert refused(viewer.get(f"{form.path}/draft"), 403.1)
    assert admin.delete(f"{form.path}/draft").json() == {"success": True}
    assert refused(admin.get(f"{form.path}/draft"), 404.1)
    assert refused(admin.delete(f"{form.path}/draft"), 404.1)
    assert admin.json(form.path)["version"] == "1"


def test_draft_of_an_unpublished_form_cannot_be_discarded(admin, project_id):
    xml = write_form("only_a_draft", "1", SIMPLE)
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    assert refused(admin.delete(f"/projects/{project_id}/forms/only_a_draft/draft"), 409.7)


def test_publishing_without_a_draft_is_404(form, admin):
    assert refused(admin.post(f"{form.path}/draft/publish"), 404.1)


def test_warning_of_an_old_entities_version(admin, project_id):
    xml = write_form(
        "old_entities", "1", SIMPLE, meta='<entity dataset="old_people" create="1" id=""/>'
    ).replace('entities-version="2024.1.0"', 'entities-version="2022.1.0"')
    answer = admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    assert [w["type"] for w in _warnings(answer)] == ["oldEntityVersion"]


def test_draft_has_submissions_of_its_own(form, admin):
    form.add(fill(form.form_id, "1", "uuid:same", "<name>live</name>"))
    form.draft(write_form(form.form_id, "2", [*SIMPLE, ("b", "int")]))
    sent = fill(form.form_id, "2", "uuid:same", "<name>test</name><b>5</b>")
    path = f"{form.path}/draft"
    assert admin.post(f"{path}/submissions", data=sent, headers=XML).status_code == 200
    (row,) = admin.json(f"{path}.svc/Submissions")["value"]
    assert (row["name"], row["b"]) == ("test", 5)
    assert [row["name"] for row in form.rows()] == ["live"]
    assert [s["instanceId"] for s in admin.json(f"{path}/submissions")] == ["uuid:same"]


def test_replacing_or_publishing_a_draft_drops_its_submissions(form, admin):
    path = f"{form.path}/draft"
    for change in ("replace", "publish"):
        form.draft(write_form(form.form_id, f"2{change}", [*SIMPLE, ("b", "int")]))
        sent = fill(form.form_id, "x", None, "<name>test</name>")
        assert admin.post(f"{path}/submissions", data=sent, headers=XML).status_code == 200
        if change == "replace":
            form.draft(write_form(form.form_id, "3", [*SIMPLE, ("b", "int")]))
        else:
            admin.post(f"{path}/publish")
            form.draft(write_form(form.form_id, "4", [*SIMPLE, ("b", "int")]))
        assert admin.json(f"{path}.svc/Submissions")["value"] == []
    assert form.rows() == []


def test_draft_can_be_tried_with_its_token(form, admin, central):
    form.draft(write_form(form.form_id, "2", [*SIMPLE, ("b", "int")]))
    token = admin.json(f"{form.path}/draft")["draftToken"]
    base = f"{central.url}/v1/test/{token}{form.path}/draft"
    listed = requests.get(f"{base}/formList", headers=OPENROSA, timeout=SECONDS)
    assert re.findall(r"<formID>(.*)</formID>", listed.text) == [form.form_id]
    assert f"/forms/{form.form_id}/draft.xml</downloadUrl>" in listed.text
    assert 'version="2"' in requests.get(f"{base}.xml", timeout=SECONDS).text
    xml = fill(form.form_id, "2", "uuid:tried", "<b>1</b>")
    files = {"xml_submission_file": ("s.xml", xml, "text/xml")}
    sent = requests.post(f"{base}/submission", files=files, headers=OPENROSA, timeout=SECONDS)
    assert sent.status_code == 201
    wrong = base.replace(token, "x" * 64)
    assert requests.get(f"{wrong}.xml", timeout=SECONDS).status_code == 404


def test_media_of_a_draft(admin, project_id, central):
    model = '<instance id="towns" src="jr://file-csv/towns.csv"/>'
    xml = write_form("with_media", "1", SIMPLE, extra_model=model)
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    form = Form(admin, project_id, "with_media")
    path = f"{form.path}/draft/attachments"
    (slot,) = admin.json(path)
    assert (slot["name"], slot["type"], slot["exists"]) == ("towns.csv", "file", False)
    assert refused(admin.get(f"{path}/towns.csv"), 404.1)
    given = admin.post(
        f"{path}/towns.csv", data=b"name,label\n1,x\n", headers={"Content-Type": "text/csv"}
    ).json()
    assert (given["exists"], given["blobExists"], given["datasetExists"]) == (True, True, False)
    assert given["hash"] == hashlib.md5(b"name,label\n1,x\n").hexdigest()
    answer = admin.get(f"{path}/towns.csv")
    assert answer.content == b"name,label\n1,x\n"
    assert answer.headers["ETag"] == f'"{given["hash"]}"'
    assert refused(admin.post(f"{path}/other.csv", data=b"x"), 404.1)
    assert admin.post(f"{form.path}/draft/publish").status_code == 200
    assert admin.get(f"{form.path}/attachments/towns.csv").content == b"name,label\n1,x\n"
    copied = form.draft(write_form("with_media", "2", SIMPLE, extra_model=model))
    assert copied.status_code == 200
    assert admin.json(path)[0]["blobExists"] is True
    assert admin.delete(f"{path}/towns.csv").json() == {"success": True}
    assert admin.json(path)[0]["exists"] is False
    assert refused(admin.delete(f"{path}/towns.csv"), 404.1)
    assert admin.json(f"{form.path}/attachments")[0]["exists"] is True
    assert Api(central.url).get(f"{form.path}/attachments").status_code == 401
