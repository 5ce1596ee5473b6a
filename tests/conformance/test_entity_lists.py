"""Entity lists: names, properties, the forms that use them, their CSV and its tag."""

import csv
import io
from secrets import token_hex

import pytest

from tests.conformance.central_api import OPENROSA, XML, Form, refused
from tests.conformance.xforms import SIMPLE, fill, write_form

EXTENDED = {"X-Extended-Metadata": "true"}


@pytest.fixture
def schools(admin, project_id) -> str:
    """The path of a list with the properties district and code."""
    name = f"schools_{token_hex(3)}"
    admin.post(f"/projects/{project_id}/datasets", json={"name": name})
    path = f"/projects/{project_id}/datasets/{name}"
    for item in ("district", "code"):
        assert admin.post(f"{path}/properties", json={"name": item}).status_code == 200
    return path


def add(admin, path: str, *rows: tuple, **more) -> None:
    """rows: (label, {property: value})."""
    entities = [{"label": label, "data": data} for label, data in rows]
    body = {"entities": entities, "source": {"name": "test.csv", "size": len(rows)}} | more
    answer = admin.post(f"{path}/entities", json=body)
    assert answer.json() == {"success": True}, answer.text


def read_csv(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def test_new_list(admin, project_id):
    path = f"/projects/{project_id}/datasets"
    made = admin.post(path, json={"name": "towns"}).json()
    assert made["name"] == "towns"
    assert (made["approvalRequired"], made["ownerOnly"], made["properties"]) == (False, False, [])
    assert "accessFilter" not in made
    assert "towns" in {item["name"] for item in admin.json(path)}
    assert refused(admin.post(path, json={"name": "towns"}), 409.3)
    assert refused(admin.post(path, json={"name": "Towns"}), 409.16)
    extended = admin.json(f"{path}/towns", headers=EXTENDED)
    assert (extended["entities"], extended["lastEntity"], extended["conflicts"]) == (0, None, 0)


@pytest.mark.parametrize("name", [None, "", "a.b", "__x", "1a", "a b", 7])
def test_names_that_a_list_may_not_have(admin, project_id, name):
    answer = admin.post(f"/projects/{project_id}/datasets", json={"name": name})
    assert refused(answer, 400.8)


def test_properties(admin, schools):
    shown = admin.json(schools)["properties"]
    assert [item["name"] for item in shown] == ["district", "code"]
    for name in ("district", "DISTRICT"):
        assert refused(admin.post(f"{schools}/properties", json={"name": name}), 409.3)
    for name in ("name", "Label", "__x", "1a", "a b", ":a", None):
        assert refused(admin.post(f"{schools}/properties", json={"name": name}), 400.8)
    assert admin.post(f"{schools}/properties", json={"name": "a.b"}).status_code == 200
    assert admin.json(schools)["properties"][-1]["odataName"] == "a_b"


def test_unknown_list_is_404(admin, project_id):
    path = f"/projects/{project_id}/datasets/nothing"
    for suffix in ("", "/entities", "/entities.csv", ".svc/Entities"):
        assert refused(admin.get(f"{path}{suffix}"), 404.1)


def test_csv(admin, schools):
    add(admin, schools, ("أولى", {"district": "D1", "code": "1"}), ("Two", {"code": 'a,"b'}))
    answer = admin.get(f"{schools}/entities.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    header = answer.content.decode().split("\n")[0]
    assert header == (
        "__id,label,district,code,__createdAt,__creatorId,__creatorName,__updates,__updatedAt,"
        "__version"
    )
    rows = {row["label"]: row for row in read_csv(answer.content.decode())}
    assert (rows["أولى"]["district"], rows["أولى"]["__version"]) == ("D1", "1")
    assert (rows["Two"]["district"], rows["Two"]["code"]) == ("", 'a,"b')


def test_tag_of_the_csv_sees_every_change(admin, schools):
    path = f"{schools}/entities.csv"

    def tag() -> str:
        return admin.get(path).headers["ETag"]

    seen = [tag()]
    add(admin, schools, ("a", {}))
    seen.append(tag())
    uuid = admin.json(f"{schools}/entities")[0]["uuid"]
    at = f"{schools}/entities/{uuid}"
    for change in (
        lambda: admin.patch(f"{at}?baseVersion=1", json={"data": {"code": "2"}}),
        lambda: admin.delete(at),
        lambda: admin.post(f"{schools}/entities/bulk-restore", json={"ids": [uuid]}),
        lambda: admin.post(f"{schools}/properties", json={"name": "more"}),
    ):
        assert change().status_code == 200
        seen.append(tag())
    assert len(set(seen)) == len(seen)
    assert not seen[-1].startswith("W/")
    again = admin.get(path, headers={"If-None-Match": seen[-1]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.fixture
def linked(admin, project_id, schools, make_app_user):
    """(form that reads the list, a tablet, the list's path, its name)."""
    name = schools.rpartition("/")[2]
    model = f'<instance id="{name}" src="jr://file-csv/{name}.csv"/>'
    form = Form(admin, project_id, f"reads_{name}")
    xml = write_form(form.form_id, "1", SIMPLE, extra_model=model)
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    (slot,) = admin.json(f"{form.path}/draft/attachments")
    assert (slot["datasetExists"], slot["blobExists"]) == (True, False)
    admin.post(f"{form.path}/draft/publish")
    tablet, _ = make_app_user(form)
    return form, tablet, schools, name


def test_form_that_reads_a_list(admin, linked):
    form, _, path, name = linked
    shown = admin.json(path)
    assert [item["xmlFormId"] for item in shown["linkedForms"]] == [form.form_id]
    answer = admin.delete(path)
    assert refused(answer, 409.21)
    unlinked = admin.post(f"{form.path}/draft")
    assert unlinked.status_code == 200
    at = f"{form.path}/draft/attachments/{name}.csv"
    assert admin.patch(at, json={"dataset": False}).json()["datasetExists"] is False
    assert admin.patch(at, json={"dataset": True}).json()["datasetExists"] is True


def test_tablets_get_the_list_as_a_file(admin, linked):
    form, tablet, path, name = linked
    add(admin, path, ("A", {"district": "D1", "code": "1"}), ("B", {"district": "D2"}))
    address = f"{form.path}/attachments/{name}.csv"
    answer = tablet.get(address)
    assert answer.text.split("\n")[0] == "name,label,__version,district,code"
    assert {row["label"] for row in read_csv(answer.text)} == {"A", "B"}
    manifest = tablet.get(f"{form.path}/manifest", headers=OPENROSA).text
    assert 'type="entityList"' in manifest
    assert f"/datasets/{name}/integrity</integrityUrl>" in manifest
    tag = answer.headers["ETag"]
    assert f"<hash>md5:{tag.strip(chr(34))}</hash>" in manifest
    assert tablet.get(address, headers={"If-None-Match": tag}).status_code == 304
    add(admin, path, ("C", {}))
    again = tablet.get(address, headers={"If-None-Match": tag})
    assert {row["label"] for row in read_csv(again.text)} == {"A", "B", "C"}


def test_integrity_says_what_is_gone(admin, linked):
    _, tablet, path, _ = linked
    add(admin, path, ("A", {}), ("B", {}))
    ids = [item["uuid"] for item in admin.json(f"{path}/entities")]
    admin.delete(f"{path}/entities/{ids[0]}")
    answer = tablet.get(f"{path}/integrity", headers=OPENROSA, params={"id": ",".join(ids)})
    text = "".join(answer.text.split())
    assert f'<entityid="{ids[0]}"><deleted>true</deleted></entity>' in text
    assert f'<entityid="{ids[1]}"><deleted>false</deleted></entity>' in text
    assert tablet.get(f"{path}/integrity").status_code == 400


def test_list_without_forms_can_be_deleted(admin, project_id, schools):
    assert admin.delete(schools).json() == {"success": True}
    assert refused(admin.get(schools), 404.1)
    name = schools.rpartition("/")[2]
    assert admin.post(f"/projects/{project_id}/datasets", json={"name": name}).status_code == 200


def test_form_that_writes_a_list_makes_it(admin, project_id):
    name = f"made_{token_hex(3)}"
    form = Form(admin, project_id, f"writes_{name}")
    meta = f'<entity dataset="{name}" create="1" id=""><label/></entity>'
    xml = write_form(form.form_id, "1", [("town", "string:town"), ("age", "int")], meta=meta)
    path = f"/projects/{project_id}/datasets/{name}"
    assert admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML).status_code == 200
    assert refused(admin.get(path), 404.1)  # until the form is published
    (diff,) = admin.json(f"{form.path}/draft/dataset-diff")
    assert (diff["name"], diff["isNew"]) == (name, True)
    assert diff["properties"] == [{"name": "town", "isNew": True, "inForm": True}]
    assert admin.post(f"{form.path}/draft/publish").status_code == 200
    shown = admin.json(path)
    assert [item["name"] for item in shown["properties"]] == ["town"]
    assert [item["xmlFormId"] for item in shown["sourceForms"]] == [form.form_id]
    assert admin.json(form.path, headers=EXTENDED)["entityRelated"] is True
    assert form.send(fill(form.form_id, "1", None, "<age>1</age>")).status_code == 200


@pytest.mark.parametrize(
    "meta",
    [
        '<entity create="1" id=""/>',
        '<entity dataset="a.b" create="1" id=""/>',
        '<entity dataset="fine" id=""/>',
    ],
)
def test_unusable_entity_definition_is_refused(admin, project_id, meta):
    xml = write_form(f"bad_{token_hex(3)}", "1", SIMPLE, meta=meta)
    assert refused(admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML), 400.25)


def test_property_of_a_forbidden_name_is_refused(admin, project_id):
    meta = '<entity dataset="fine" create="1" id=""/>'
    xml = write_form(f"bad_{token_hex(3)}", "1", [("town", "string:label")], meta=meta)
    assert refused(admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML), 400.25)
