"""Cases 23, 25, 26, 29 and 32: sending twice, forms that go, encryption, entities, rights."""

from secrets import token_hex
from uuid import uuid4

import pytest

from tests.conformance.cases.table import needs
from tests.conformance.central_api import XML, Form, new_id, part, refused, when
from tests.conformance.xforms import SIMPLE, fill, write_form

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"


@needs("api")
def test_23_an_encrypted_row_has_no_answers_and_its_file_comes_under_the_same_tag(make_form):
    name = f"sealed_{token_hex(3)}"
    model = f'<submission base64RsaPublicKey="{KEY}"/>'
    form = make_form(form_id=name, xml=write_form(name, "1", SIMPLE, extra_model=model))
    envelope = (
        f'<data id="{name}" version="1" encrypted="yes"'
        ' xmlns="http://opendatakit.org/submissions">'
        "<base64EncryptedKey>a2V5</base64EncryptedKey>"
        f"<meta><instanceID>{new_id()}</instanceID></meta>"
        "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        "<base64EncryptedElementSignature>c2ln</base64EncryptedElementSignature></data>"
    )
    assert form.send_openrosa(envelope).status_code == 201
    (row,) = form.rows(expand="*")
    assert (list(row), row["__system"]["status"]) == (
        ["__id", "__system"],
        "missingEncryptedFormData",
    )
    tag = form.tag()
    files = [("submission.xml.enc", b"x", "application/octet-stream")]
    assert form.send_openrosa(envelope, files).status_code == 201
    assert form.rows()[0]["__system"]["status"] == "notDecrypted"
    assert form.api.get(form.feed, headers={"If-None-Match": tag}).status_code == 304


@needs("api")
def test_25_openrosa_may_be_repeated(form):
    root = new_id()
    first = fill(form.form_id, "1", root, "<age>1</age>")
    edit = fill(form.form_id, "1", new_id(), "<age>2</age>", deprecated=root)
    assert [form.send_openrosa(first).status_code for _ in range(2)] == [201, 201]
    assert [form.send_openrosa(edit).status_code for _ in range(2)] == [201, 201]
    assert len(form.api.json(f"{form.at(root)}/versions")) == 2
    assert form.row(root)["__system"]["edits"] == 1


@needs("api")
def test_25_what_cannot_be_sent_is_refused_each_with_its_own_code(form, admin):
    root, second = new_id(), new_id()
    first = fill(form.form_id, "1", root, "<age>1</age>")
    form.add(first)
    assert refused(form.send(first), 409.3)
    other = fill(form.form_id, "1", root, "<age>9</age>")
    assert _openrosa_code(form.send_openrosa(other)) == 409
    edit = fill(form.form_id, "1", second, "<age>2</age>", deprecated=root)
    assert admin.put(form.at(root), data=edit, headers=XML).status_code == 200
    assert refused(admin.put(form.at(root), data=edit, headers=XML), 409.9)
    stale = fill(form.form_id, "1", new_id(), "<age>3</age>", deprecated=root)
    assert _openrosa_code(form.send_openrosa(stale)) == 409
    unknown = fill(form.form_id, "1", new_id(), "", deprecated=new_id())
    assert _openrosa_code(form.send_openrosa(unknown)) == 404
    assert refused(form.send(fill(form.form_id, "9", None, "")), 404.6)
    deleted = form.add(fill(form.form_id, "1", new_id(), "<age>4</age>"))
    admin.delete(form.at(deleted))
    again = fill(form.form_id, "1", deleted, "<age>4</age>")
    assert _openrosa_code(form.send_openrosa(again)) == 409
    admin.patch(form.path, json={"state": "closed"})
    assert refused(form.send(fill(form.form_id, "1", None, "")), 409.2)


def _openrosa_code(answer) -> int:
    """OpenRosa's refusals are XML; their status tells the kind."""
    assert answer.headers["Content-Type"].startswith("text/xml")
    return answer.status_code


@needs("api")
def test_26_a_deleted_form_is_404_and_comes_back_whole(form, admin):
    number = admin.json(form.path, headers={"X-Extended-Metadata": "true"})["projectId"]
    instance_id = form.add(fill(form.form_id, "1", new_id(), ""))
    created = admin.json(form.path)["createdAt"]
    admin.delete(form.path)
    assert refused(admin.get(form.feed), 404.1)
    trash = admin.json(f"/projects/{number}/forms?deleted=true")
    own = next(item["id"] for item in trash if item["xmlFormId"] == form.form_id)
    assert admin.post(f"/projects/{number}/forms/{own}/restore").status_code == 200
    assert [row["__id"] for row in form.rows()] == [instance_id]
    assert admin.json(form.path)["createdAt"] == created


@needs("api")
def test_26_a_new_form_under_an_old_id_is_another_one(form, admin, make_form):
    form.add(fill(form.form_id, "1", new_id(), ""))
    created = admin.json(form.path)["createdAt"]
    admin.delete(form.path)
    again = make_form(form_id=form.form_id, version="2")
    assert again.rows() == []
    assert admin.json(again.path)["createdAt"] > created


# -- entities --------------------------------------------------------------------------------------


@pytest.fixture
def schools(admin, project_id) -> str:
    """The path of an entity list with two properties."""
    name = f"list_{token_hex(3)}"
    admin.post(f"/projects/{project_id}/datasets", json={"name": name})
    path = f"/projects/{project_id}/datasets/{name}"
    for key in ("code", "size"):
        assert admin.post(f"{path}/properties", json={"name": key}).status_code == 200
    return path


@pytest.fixture
def writer(admin, project_id):
    """(a form that writes an entity list, the list's path)."""
    name = f"made_{token_hex(3)}"
    form = Form(admin, project_id, f"writes_{name}")
    meta = (
        f'<entity dataset="{name}" create="" update="" baseVersion="" id="" branchId=""'
        ' trunkVersion=""><label/></entity>'
    )
    xml = write_form(form.form_id, "1", [("size", "int:size"), ("town", "string:town")], meta=meta)
    params = {"publish": "true", "ignoreWarnings": "true"}
    path = f"/projects/{project_id}/forms"
    assert admin.post(path, data=xml, headers=XML, params=params).status_code == 200
    return form, f"/projects/{project_id}/datasets/{name}"


def _send_entity(form: Form, attributes: str, label: str, inside: str) -> str:
    text = f"<label>{label}</label>" if label else ""
    name = form.form_id.removeprefix("writes_")
    xml = fill(form.form_id, "1", new_id(), inside)
    return form.add(
        xml.replace("<meta>", f'<meta><entity dataset="{name}" {attributes}>{text}</entity>')
    )


def _make(admin, path: str, label: str, **data) -> str:
    body = {"label": label, "data": data}
    return admin.post(f"{path}/entities", json=body).json()["uuid"]


@needs("api")
def test_29_deletion_and_restoration_in_bulk_leave_updated_at_and_move_the_csvs_tag(admin, schools):
    uuid = _make(admin, schools, "A", code="1")
    at, csv = f"{schools}/entities/{uuid}", f"{schools}/entities.csv"
    tags = [admin.get(csv).headers["ETag"]]
    for path in ("bulk-delete", "bulk-restore"):
        answer = admin.post(f"{schools}/entities/{path}", json={"ids": [uuid]})
        assert answer.status_code == 200, answer.text
        tags.append(admin.get(csv).headers["ETag"])
    assert admin.json(at)["updatedAt"] is None
    admin.delete(at)
    deleted = admin.json(f"{schools}/entities?deleted=true")
    assert deleted[0]["updatedAt"] is None
    tags.append(admin.get(csv).headers["ETag"])
    assert len(set(tags)) == 4


@needs("database")
def test_29_the_feeds_cursor_skips_an_entity_whose_number_and_time_disagree(admin, schools, hands):
    uuids = [_make(admin, schools, label) for label in "abc"]
    hands.swap_entity_times(uuids[0], uuids[2])
    feed = f"{schools}.svc/Entities"
    body = admin.json(feed, params={"$top": "1"})
    seen = [row["__id"] for row in body["value"]]
    while "@odata.nextLink" in body:
        body = Form(admin, 0, "").api.follow(body["@odata.nextLink"]).json()
        seen += [row["__id"] for row in body["value"]]
    assert len(seen) < 3
    whole = admin.json(feed)["value"]
    assert {row["__id"] for row in whole} == set(uuids)


@needs("api")
def test_29_names_that_odata_cannot_tell_apart_fall_together(admin, schools):
    for name in ("a.b", "a-b"):
        assert admin.post(f"{schools}/properties", json={"name": name}).status_code == 200
    body = {"label": "A", "data": {"a.b": "one", "a-b": "two"}}
    admin.post(f"{schools}/entities", json=body)
    (row,) = admin.json(f"{schools}.svc/Entities")["value"]
    assert row["a_b"] in ("one", "two")
    header = admin.get(f"{schools}/entities.csv").text.splitlines()[0]
    assert {"a.b", "a-b"} <= set(header.replace('"', "").split(","))


@needs("api")
@pytest.mark.parametrize(("field", "conflict"), [("town", "soft"), ("size", "hard")])
def test_29_an_update_of_an_old_version_is_refused_or_a_conflict(admin, writer, field, conflict):
    form, path = writer
    uuid = str(uuid4())
    body = {"uuid": uuid, "label": "E", "data": {"size": "3", "town": "E"}}
    admin.post(f"{path}/entities", json=body)
    at = f"{path}/entities/{uuid}"
    assert admin.patch(f"{at}?baseVersion=1", json={"data": {"size": "4"}}).status_code == 200
    assert refused(admin.patch(f"{at}?baseVersion=1", json={"data": {"size": "5"}}), 409.15)
    inside = f"<{field}>9</{field}>"
    _send_entity(form, f'update="1" baseVersion="1" id="{uuid}"', "", inside)
    done = when(lambda: admin.json(at), lambda e: e["currentVersion"]["version"] == 3)
    assert (done["conflict"], done["currentVersion"]["data"][field]) == (conflict, "9")


@needs("api")
def test_29_an_entity_comes_some_time_after_its_submission(admin, writer):
    form, path = writer
    uuid = str(uuid4())
    instance_id = _send_entity(form, f'create="1" id="{uuid}"', "Erbil", "<size>3</size>")
    sent_at = admin.json(form.at(instance_id))["createdAt"]
    (made,) = when(lambda: admin.json(f"{path}/entities"), len)
    assert made["uuid"] == uuid
    assert made["createdAt"] > sent_at


@needs("api")
def test_29_updates_made_offline_are_applied_in_their_order_however_they_come(admin, writer):
    form, path = writer
    uuid, branch = str(uuid4()), str(uuid4())
    admin.post(f"{path}/entities", json={"uuid": uuid, "label": "E", "data": {"size": "1"}})
    for base in (3, 2, 1):
        attributes = f'update="1" baseVersion="{base}" trunkVersion="1" branchId="{branch}"'
        inside = f"<size>{base * 10}</size>"
        _send_entity(form, f'{attributes} id="{uuid}"', "", inside)
    at = f"{path}/entities/{uuid}"
    done = when(lambda: admin.json(at), lambda e: e["currentVersion"]["version"] == 4)
    assert done["currentVersion"]["data"]["size"] == "30"
    versions = admin.json(f"{at}/versions")
    assert [version["data"]["size"] for version in versions] == ["1", "10", "20", "30"]
    assert done["conflict"] is None


@needs("api")
def test_32_a_viewer_reads_all_that_a_mirror_needs_and_nothing_of_the_server(
    make_form, schools, viewer, admin, project_id
):
    form = make_form([("photo", "binary")])
    instance_id = form.add(fill(form.form_id, "1", new_id(), "<photo>a.jpg</photo>"))
    at, entity = form.at(instance_id), f"{schools}/entities/{_make(admin, schools, 'A')}"
    assert admin.post(f"{at}/attachments/a.jpg", data=b"x").status_code == 200
    for path in (
        *(form.path, f"{form.path}/versions", f"{form.path}/fields?odata=true", form.feed),
        *(f"{form.path}/submissions", f"{form.path}/submissions?deleted=true", at, f"{at}.xml"),
        *(f"{at}/versions", f"{at}/attachments", f"{at}/comments", f"{at}/audits"),
        *(f"{at}/attachments/a.jpg", f"{at}/versions/{part(instance_id)}.xml"),
        *(f"{form.path}.xml", f"{form.path}/submissions.csv", f"{form.path}/submissions/keys"),
        *(f"{form.path}/submissions/submitters", f"/projects/{project_id}/datasets"),
        *(schools, entity, f"{entity}/versions", f"{schools}/entities"),
        *(f"{schools}/entities.csv", f"{schools}.svc/Entities"),
        *(f"/projects/{project_id}/forms", f"/projects/{project_id}"),
    ):
        assert viewer.get(path).status_code == 200, path
    deleted_too = {"$filter": "__system/deletedAt eq null or __system/deletedAt ne null"}
    assert viewer.get(form.feed, params=deleted_too).status_code == 200
    assert refused(viewer.get("/audits"), 403.1)
    assert [project["id"] for project in viewer.json("/projects")] == [project_id]
