"""Forms: creating, reading, state, deletion; what a definition is refused for."""

import hashlib

import pytest

from tests.conformance.central_api import XML, refused
from tests.conformance.xforms import SIMPLE, fill, write_form

EXTENDED = {"X-Extended-Metadata": "true"}


def _create(admin, project_id, xml: str, **params):
    path = f"/projects/{project_id}/forms"
    return admin.post(path, data=xml.encode(), headers=XML, params=params)


def test_created_form_is_a_draft_until_published(admin, project_id):
    xml = write_form("born_as_draft", "7", SIMPLE, title="Born as draft")
    made = _create(admin, project_id, xml).json()
    assert made["xmlFormId"] == "born_as_draft"
    assert made["name"] == "Born as draft"
    assert made["version"] == "7"
    assert made["state"] == "open"
    assert made["publishedAt"] is None
    assert len(made["draftToken"]) == 64
    assert made["hash"] == hashlib.md5(xml.encode()).hexdigest()
    assert made["sha256"] == hashlib.sha256(xml.encode()).hexdigest()
    path = f"/projects/{project_id}/forms/born_as_draft"
    assert refused(admin.get(f"{path}.svc/Submissions"), 404.1)
    assert admin.post(f"{path}/draft/publish").json() == {"success": True}
    shown = admin.json(path)
    assert shown["draftToken"] is None
    assert shown["publishedAt"] > shown["createdAt"]
    assert admin.json(f"{path}.svc/Submissions")["value"] == []


def test_published_at_creation_has_one_time_and_no_update(form, admin):
    shown = admin.json(form.path)
    assert shown["publishedAt"] == shown["createdAt"]
    assert shown["updatedAt"] is None


def test_form_id_in_use_is_refused(form, admin, project_id):
    assert refused(_create(admin, project_id, write_form(form.form_id, "2", SIMPLE)), 409.3)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("", 400.2),
        ("not xml at all", 400.2),
        ("<h:html><h:head><model><instance><data/></instance></model></h:head></h:html>", 400.2),
        (write_form("form.xlsx", "1", SIMPLE), 400.8),
        (write_form("no_meta", "1", SIMPLE).replace("meta", "beta"), 400.27),
    ],
)
def test_bad_form_is_refused(admin, project_id, xml, code):
    assert refused(_create(admin, project_id, xml), code)


def test_xlsx_needs_a_service_that_is_not_here(admin, project_id):
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    path = f"/projects/{project_id}/forms"
    answer = admin.post(path, data=b"PK", headers={"Content-Type": kind})
    assert answer.status_code in (501, 502)


def test_fields_of_a_form(make_form, admin):
    form = make_form(
        [
            ("name", "string"),
            ("group.a", (("photo", "binary"), ("tags", "select"))),
            ("kids", [("age", "int"), ("toys", [("toy", "string")])]),
        ]
    )
    fields = admin.json(f"{form.path}/fields")
    shown = [(f["path"], f["name"], f["type"], f["binary"], f["selectMultiple"]) for f in fields]
    assert shown == [
        ("/name", "name", "string", None, None),
        ("/group.a", "group.a", "structure", None, None),
        ("/group.a/photo", "photo", "binary", True, None),
        ("/group.a/tags", "tags", "string", None, True),
        ("/kids", "kids", "repeat", None, None),
        ("/kids/age", "age", "int", None, None),
        ("/kids/toys", "toys", "repeat", None, None),
        ("/kids/toys/toy", "toy", "string", None, None),
        ("/meta", "meta", "structure", None, None),
        ("/meta/instanceID", "instanceID", "string", None, None),
    ]
    safe = admin.json(f"{form.path}/fields?odata=true")
    assert [f["path"] for f in safe][1:4] == ["/group_a", "/group_a/photo", "/group_a/tags"]


def test_xml_comes_back_as_it_was_sent(make_form, admin):
    xml = write_form("kept_as_sent", "1", SIMPLE, title="بيانات &amp; <b>")
    form = make_form(xml=xml, form_id="kept_as_sent")
    answer = admin.get(f"{form.path}.xml")
    assert answer.content == xml.encode()
    assert answer.headers["Content-Type"].startswith("application/xml")


def test_versions(form, admin):
    form.publish(write_form(form.form_id, "2", [*SIMPLE, ("town", "string")]))
    versions = admin.json(f"{form.path}/versions")
    assert [version["version"] for version in versions] == ["2", "1"]
    assert admin.json(f"{form.path}/versions/1")["version"] == "1"
    first = admin.json(f"{form.path}/versions/1/fields?odata=true")
    assert "/town" not in {f["path"] for f in first}
    assert 'version="1"' in admin.get(f"{form.path}/versions/1.xml").text
    assert refused(admin.get(f"{form.path}/versions/3"), 404.1)


def test_the_empty_version_is_written_as_three_underscores(make_form, admin):
    form = make_form(version="")
    assert admin.json(f"{form.path}/versions/___")["version"] == ""


def test_state_decides_who_may_send(form, admin, make_app_user):
    tablet, _ = make_app_user(form)
    for state, code in (("open", 201), ("closing", 201), ("closed", 409)):
        assert admin.patch(form.path, json={"state": state}).json()["state"] == state
        answer = form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet)
        assert answer.status_code == code
    assert refused(form.send(fill(form.form_id, "1", None, "")), 409.2)
    assert len(form.rows()) == 2
    assert refused(tablet.get(f"{form.path}.xml"), 403.1)
    assert refused(admin.patch(form.path, json={"state": "ajar"}), 400.8)


def test_deleted_form_is_404_until_it_is_restored(form, admin, project_id):
    form.add(fill(form.form_id, "1", None, "<name>Ada</name>"))
    assert admin.delete(form.path).json() == {"success": True}
    for address in (form.path, form.feed, f"{form.path}/submissions?limit=0"):
        assert refused(admin.get(address), 404.1)
    assert form.form_id not in {f["xmlFormId"] for f in admin.json(f"/projects/{project_id}/forms")}
    gone = admin.json(f"/projects/{project_id}/forms?deleted=true")
    number = next(f["id"] for f in gone if f["xmlFormId"] == form.form_id)
    restored = admin.post(f"/projects/{project_id}/forms/{number}/restore")
    assert restored.json() == {"success": True}
    assert len(form.rows()) == 1


def test_a_new_form_may_take_a_deleted_ones_id(form, admin, project_id):
    form.add(fill(form.form_id, "1", None, "<name>Ada</name>"))
    before = admin.json(form.path)["createdAt"]
    admin.delete(form.path)
    xml = write_form(form.form_id, "1", SIMPLE)
    warned = _create(admin, project_id, xml, publish="true")
    assert refused(warned, 400.16)
    assert warned.json()["details"]["warnings"]["workflowWarnings"] == [
        {"type": "deletedFormExists", "details": {"xmlFormId": form.form_id}}
    ]
    accepted = {"publish": "true", "ignoreWarnings": "true"}
    assert refused(_create(admin, project_id, xml, **accepted), 409.6)  # the version is taken
    newer = write_form(form.form_id, "2", SIMPLE)
    assert _create(admin, project_id, newer, **accepted).json()["createdAt"] > before
    assert form.rows() == []
    gone = admin.json(f"/projects/{project_id}/forms?deleted=true")
    number = next(f["id"] for f in gone if f["xmlFormId"] == form.form_id)
    assert refused(admin.post(f"/projects/{project_id}/forms/{number}/restore"), 409.3)


def test_extended_form_counts_its_submissions(form, admin):
    first = form.add(fill(form.form_id, "1", None, "<name>Ada</name>"))
    form.add(fill(form.form_id, "1", None, "<name>Eve</name>"))
    admin.patch(form.at(first), json={"reviewState": "hasIssues"})
    shown = admin.json(form.path, headers=EXTENDED)
    assert shown["submissions"] == 2
    assert shown["reviewStates"] == {"received": 1, "hasIssues": 1, "edited": 0}
    assert shown["lastSubmission"] == max(r["__system"]["submissionDate"] for r in form.rows())
    assert shown["entityRelated"] is False


def test_list_of_forms_answers_304_when_nothing_changed(form, admin, project_id):
    path = f"/projects/{project_id}/forms"
    tag = admin.get(path, headers=EXTENDED).headers["ETag"]
    again = admin.get(path, headers=EXTENDED | {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    form.add(fill(form.form_id, "1", None, "<name>Ada</name>"))
    assert admin.get(path, headers=EXTENDED | {"If-None-Match": tag}).status_code == 200


def test_form_id_may_hold_any_character(make_form, admin):
    form = make_form(form_id="نموذج 1/أ")
    instance_id = form.add(fill(form.form_id, "1", None, "<name>Ada</name>"))
    assert admin.json(form.path)["xmlFormId"] == form.form_id
    assert form.rows()[0]["__id"] == instance_id
