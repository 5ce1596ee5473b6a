"""Entities: creation one by one and in bulk, versions, deletion, their OData feed."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier
from uuid import uuid4

import pytest

from tests.conformance.central_api import SECONDS, XML, Api, Form, new_id, refused, when
from tests.conformance.test_entity_lists import add, schools
from tests.conformance.xforms import fill, write_form

__all__ = ["schools"]


@pytest.fixture
def one(admin, schools) -> str:
    """The path of one entity."""
    made = admin.post(f"{schools}/entities", json={"label": "A", "data": {"code": "1"}}).json()
    return f"{schools}/entities/{made['uuid']}"


def test_created_entity(admin, schools):
    uuid = str(uuid4())
    body = {"uuid": f"uuid:{uuid.upper()}", "label": "A", "data": {"code": "1"}}
    made = admin.post(f"{schools}/entities", json=body).json()
    assert made["uuid"] == uuid
    assert (made["updatedAt"], made["deletedAt"], made["conflict"]) == (None, None, None)
    version = made["currentVersion"]
    assert (version["label"], version["version"], version["data"]) == ("A", 1, {"code": "1"})
    assert version["dataReceived"] == {"code": "1", "label": "A"}
    assert admin.json(f"{schools}/entities/{uuid}") == made
    assert [item["uuid"] for item in admin.json(f"{schools}/entities")] == [uuid]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": {}}, 400.2),
        ({"label": " ", "data": {}}, 400.8),
        ({"label": 7, "data": {}}, 400.11),
        ({"label": "A", "data": {"code": 1}}, 400.11),
        ({"label": "A", "data": {"nothing": "1"}}, 400.28),
        ({"label": "A", "uuid": "x", "data": {}}, 400.11),
        ({"label": "A", "uuid": "11111111-1111-1111-8111-111111111111"}, 400.11),
        ({"label": "A", "other": 1}, 400.31),
    ],
)
def test_unusable_entity_is_refused(admin, schools, body, code):
    assert refused(admin.post(f"{schools}/entities", json=body), code)


def test_bulk_is_all_or_nothing(admin, schools):
    known = str(uuid4())
    admin.post(f"{schools}/entities", json={"uuid": known, "label": "A"})
    good = {"label": "B", "data": {"code": "1"}}
    for bad, code in (
        ({"label": "C", "data": {"nothing": "1"}}, 400.28),
        ({"label": "C", "uuid": known, "data": {}}, 409.3),
    ):
        body = {"entities": [good, bad], "source": {"name": "x"}}
        assert refused(admin.post(f"{schools}/entities", json=body), code)
    twice = str(uuid4())
    body = {"entities": [{"label": "D", "uuid": twice, "data": {}}] * 2, "source": {"name": "x"}}
    assert refused(admin.post(f"{schools}/entities", json=body), 409.3)
    assert len(admin.json(f"{schools}/entities")) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"entities": [{"label": "A", "data": {}}]}, 400.2),
        ({"entities": [{"label": "A", "data": {}}], "source": {}}, 400.2),
        ({"entities": [], "source": {"name": "x"}}, 400.31),
        ({"entities": {"a": 1}, "source": {"name": "x"}}, 400.31),
        ({"entities": [{"label": "A", "data": {}}], "source": {"name": 7}}, 400.11),
    ],
)
def test_unusable_bulk_is_refused(admin, schools, body, code):
    assert refused(admin.post(f"{schools}/entities", json=body), code)


def test_thousands_at_once(admin, schools):
    add(admin, schools, *((f"S{n}", {"code": str(n)}) for n in range(5000)))
    rows = admin.json(f"{schools}.svc/Entities")["value"]
    assert {row["code"] for row in rows} == {str(n) for n in range(5000)}


def test_update_needs_the_current_version(admin, one):
    changed = admin.patch(f"{one}?baseVersion=1", json={"data": {"code": "2"}}).json()
    assert changed["currentVersion"]["version"] == 2
    assert changed["currentVersion"]["data"] == {"code": "2"}
    assert changed["updatedAt"] > changed["createdAt"]
    for query in ("?baseVersion=1", "", "?baseVersion=x"):
        answer = admin.patch(f"{one}{query}", json={"data": {"code": "3"}})
        assert refused(answer, 409.15)
        assert answer.json()["details"]["current"] == "2"
    forced = admin.patch(f"{one}?force=true", json={"label": "B"}).json()
    assert forced["currentVersion"]["label"] == "B"
    assert admin.json(one)["currentVersion"]["data"] == {"code": "2"}
    assert refused(admin.patch(f"{one}?force=true", json={}), 400.28)
    assert refused(admin.patch(f"{one}?force=true", json={"data": {"x": "1"}}), 400.28)
    assert refused(admin.patch(f"{one}?resolve=true&baseVersion=3", json={}), 400.32)


def test_of_updates_from_one_version_at_a_time_one_is_taken(admin, one):
    together = Barrier(6)

    def update(number: int) -> int:
        api = Api(admin.url, admin.token)
        together.wait(SECONDS)
        return api.patch(f"{one}?baseVersion=1", json={"data": {"code": str(number)}}).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(update, range(6)))
    assert codes == [200] + [409] * 5
    assert admin.json(one)["currentVersion"]["version"] == 2


def test_versions(admin, one):
    admin.patch(f"{one}?baseVersion=1", json={"data": {"code": "2", "district": "D"}})
    versions = admin.json(f"{one}/versions")
    assert [(v["version"], v["current"]) for v in versions] == [(1, False), (2, True)]
    assert versions[1]["baseVersion"] == 1
    assert versions[0]["data"] == {"code": "1"}
    assert versions[1]["data"] == {"code": "2", "district": "D"}


def test_deleted_entity_comes_back_and_its_id_stays_taken(admin, schools, one):
    uuid = one.rpartition("/")[2]
    assert admin.delete(one).json() == {"success": True}
    assert refused(admin.get(one), 404.1)
    assert admin.json(f"{schools}/entities") == []
    assert [e["uuid"] for e in admin.json(f"{schools}/entities?deleted=true")] == [uuid]
    body = {"uuid": uuid, "label": "A", "data": {}}
    assert refused(admin.post(f"{schools}/entities", json=body), 409.19)
    bulk = {"entities": [body], "source": {"name": "x"}}
    assert refused(admin.post(f"{schools}/entities", json=bulk), 409.19)
    assert admin.post(f"{one}/restore").json() == {"success": True}
    assert admin.json(one)["updatedAt"] is not None
    assert refused(admin.post(f"{one}/restore"), 404.1)


def test_bulk_deletion_leaves_updated_at(admin, schools):
    add(admin, schools, ("A", {}), ("B", {}), ("C", {}))
    ids = [entity["uuid"] for entity in admin.json(f"{schools}/entities")]
    answer = admin.post(f"{schools}/entities/bulk-delete", json={"ids": ids[:2]})
    assert answer.json() == {"count": 2}
    again = admin.post(f"{schools}/entities/bulk-delete", json={"ids": ids[:2]})
    assert again.json() == {"count": 0}
    answer = admin.post(f"{schools}/entities/bulk-restore", json={"ids": ids[:1]})
    assert answer.json() == {"count": 1}
    shown = {entity["uuid"]: entity for entity in admin.json(f"{schools}/entities")}
    assert set(shown) == {ids[0], ids[2]}
    assert shown[ids[0]]["updatedAt"] is None


def test_feed(admin, schools):
    add(admin, schools, ("A", {"code": "1"}), ("B", {"district": "D"}))
    answer = admin.get(f"{schools}.svc/Entities", params={"$count": "true"})
    assert "eventhash" not in answer.headers.get("ETag", "")
    body = answer.json()
    assert list(body) == ["value", "@odata.context", "@odata.count"]
    assert body["@odata.context"].endswith("$metadata#Entities")
    newest, oldest = body["value"]
    assert list(newest) == ["__id", "label", "__system", "district", "code"]
    assert (newest["label"], newest["district"], newest["code"]) == ("B", "D", "")
    assert oldest["__system"]["creatorId"].isdigit()
    assert oldest["__system"] == oldest["__system"] | {
        "updates": 0,
        "updatedAt": None,
        "deletedAt": None,
        "version": 1,
        "conflict": None,
    }


def test_feed_options(admin, schools):
    add(admin, schools, *((str(n), {"code": str(n)}) for n in range(4)))
    path = f"{schools}.svc/Entities"

    def ask(**query):
        return admin.get(path, params={f"${key}": value for key, value in query.items()})

    page = ask(top="2", count="true").json()
    assert (len(page["value"]), page["@odata.count"]) == (2, 4)
    rest = admin.follow(page["@odata.nextLink"]).json()
    assert len({row["__id"] for row in page["value"] + rest["value"]}) == 4
    assert "@odata.nextLink" not in rest
    uuid = page["value"][0]["__id"]
    admin.delete(f"{schools}/entities/{uuid}")
    assert len(ask().json()["value"]) == 3
    deleted = ask(filter="__system/deletedAt ne null").json()["value"]
    assert [row["__id"] for row in deleted] == [uuid]
    assert ask(filter=f"__id eq '{rest['value'][0]['__id']}'").json()["value"] == rest["value"][:1]
    assert refused(ask(filter="code eq '1'"), 501.5)
    assert refused(ask(filter="label eq '1'"), 501.5)
    assert refused(ask(select="label"), 400.23)
    assert refused(ask(select="nothing"), 400.23)
    assert refused(ask(top="x"), 400.11)
    assert set(ask(select="__id,code").json()["value"][0]) == {"__id", "code"}
    assert ask(orderby="__system/createdAt asc").status_code == 200


def test_names_that_become_one_in_the_feed(admin, schools):
    for name in ("a.b", "a-b"):
        admin.post(f"{schools}/properties", json={"name": name})
    add(admin, schools, ("A", {"a.b": "first", "a-b": "second"}))
    (row,) = admin.json(f"{schools}.svc/Entities")["value"]
    assert row["a_b"] == "second"
    assert "first,second" in admin.get(f"{schools}/entities.csv").text


def test_viewer_reads_entities_and_changes_none(viewer, admin, schools, one):
    for suffix in ("", "/entities", "/entities.csv", ".svc/Entities", ".svc", ".svc/$metadata"):
        assert viewer.get(f"{schools}{suffix}").status_code == 200
    assert viewer.get(one).status_code == 200
    body = {"label": "A", "data": {}}
    assert refused(viewer.post(f"{schools}/entities", json=body), 403.1)
    assert refused(viewer.patch(f"{one}?force=true", json=body), 403.1)
    assert refused(viewer.delete(one), 403.1)
    assert refused(viewer.post(f"{schools}/properties", json={"name": "x"}), 403.1)


# -- entities that submissions make -------------------------------------------------------------


@pytest.fixture
def writer(admin, project_id):
    """(form that creates and updates entities, the path of its list)."""
    name = f"made_{token_hex(3)}"
    form = Form(admin, project_id, f"writes_{name}")
    meta = f'<entity dataset="{name}" create="" update="" baseVersion="" id=""><label/></entity>'
    fields = [("town", "string:town"), ("size", "int:size")]
    xml = write_form(form.form_id, "1", fields, meta=meta)
    params = {"publish": "true"}
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML, params=params)
    return form, f"/projects/{project_id}/datasets/{name}"


def _entity(form, attributes: str, label: str, inside: str) -> str:
    text = f"<label>{label}</label>" if label else ""
    name = form.form_id.removeprefix("writes_")
    entity = f'<entity dataset="{name}" {attributes}>{text}</entity>'
    xml = fill(form.form_id, "1", new_id(), inside)
    return xml.replace("<meta>", f"<meta>{entity}")


def test_submission_creates_and_updates_an_entity(admin, writer):
    form, path = writer
    uuid = str(uuid4())
    form.add(_entity(form, f'create="1" id="{uuid}"', "Erbil", "<town>E</town><size>3</size>"))
    (made,) = when(lambda: admin.json(f"{path}/entities"), len)
    assert made["uuid"] == uuid
    shown = admin.json(f"{path}/entities/{uuid}")["currentVersion"]
    assert (shown["label"], shown["data"]) == ("Erbil", {"town": "E", "size": "3"})
    form.add(_entity(form, f'update="1" baseVersion="1" id="{uuid}"', "", "<size>4</size>"))
    at = f"{path}/entities/{uuid}"
    done = when(lambda: admin.json(at), lambda e: e["currentVersion"]["version"] == 2)
    assert done["currentVersion"]["data"]["size"] == "4"
    assert (done["currentVersion"]["label"], done["conflict"]) == ("Erbil", None)


def test_the_first_version_of_an_entity_says_what_made_it(admin, writer):
    form, path = writer
    uuid, other = str(uuid4()), str(uuid4())
    xml = _entity(form, f'create="1" id="{uuid}"', "Erbil", "<size>3</size>")
    instance_id = form.add(xml)
    when(lambda: admin.json(f"{path}/entities"), len)
    (version,) = admin.json(f"{path}/entities/{uuid}/versions")
    assert version["source"]["submission"]["instanceId"] == instance_id
    listed = {"uuid": other, "label": "B", "data": {}}
    admin.post(f"{path}/entities", json={"entities": [listed], "source": {"name": "x"}})
    (version,) = admin.json(f"{path}/entities/{other}/versions")
    assert version["source"]["name"] == "x"
    assert "submission" not in version["source"]


@pytest.mark.parametrize(("field", "conflict"), [("town", "soft"), ("size", "hard")])
def test_update_of_an_old_version_is_a_conflict(admin, writer, field, conflict):
    form, path = writer
    uuid = str(uuid4())
    body = {"uuid": uuid, "label": "E", "data": {"town": "E", "size": "3"}}
    admin.post(f"{path}/entities", json=body)
    at = f"{path}/entities/{uuid}"
    admin.patch(f"{at}?baseVersion=1", json={"data": {"size": "4"}})
    inside = f"<{field}>9</{field}>"
    form.add(_entity(form, f'update="1" baseVersion="1" id="{uuid}"', "", inside))
    done = when(lambda: admin.json(at), lambda e: e["currentVersion"]["version"] == 3)
    assert done["conflict"] == conflict
    told = [version["conflict"] for version in admin.json(f"{at}/versions")]
    assert told == [None] * (len(told) - 1) + [conflict]
    assert done["currentVersion"]["data"][field] == "9"
    resolved = admin.patch(f"{at}?resolve=true&baseVersion=3", json={}).json()
    assert resolved["conflict"] is None


@pytest.fixture
def clashing(admin, writer) -> str:
    """The path of an entity at version 3, in a hard conflict about its size."""
    form, path = writer
    uuid = str(uuid4())
    body = {"uuid": uuid, "label": "E", "data": {"town": "E", "size": "3"}}
    admin.post(f"{path}/entities", json=body)
    at = f"{path}/entities/{uuid}"
    admin.patch(f"{at}?baseVersion=1", json={"data": {"size": "4"}})
    form.add(_entity(form, f'update="1" baseVersion="1" id="{uuid}"', "", "<size>9</size>"))
    when(lambda: admin.json(at), lambda entity: entity["currentVersion"]["version"] == 3)
    return at


def test_resolving_with_values_makes_a_version_without_a_conflict(admin, clashing):
    chosen = {"label": "Erbil", "data": {"size": "4"}}
    answer = admin.patch(f"{clashing}?resolve=true&baseVersion=3", json=chosen)
    assert answer.status_code == 200
    for shown in (answer.json(), admin.json(clashing)):
        assert shown["conflict"] is None
        version = shown["currentVersion"]
        assert (version["version"], version["baseVersion"], version["label"]) == (4, 3, "Erbil")
    assert admin.json(clashing)["currentVersion"]["data"] == {"town": "E", "size": "4"}
    versions = admin.json(f"{clashing}/versions")
    assert [each["conflict"] for each in versions] == [None, None, "hard", None]
    assert versions[3]["dataReceived"] == {"label": "Erbil", "size": "4"}
    (row,) = admin.json(f"{clashing.rpartition('/entities')[0]}.svc/Entities")["value"]
    assert (row["__system"]["conflict"], row["__system"]["version"]) == (None, 4)


def test_resolving_needs_the_current_version_and_a_conflict(admin, clashing):
    chosen = {"data": {"size": "4"}}
    for query in ("resolve=true&baseVersion=2", "resolve=true"):
        answer = admin.patch(f"{clashing}?{query}", json=chosen)
        assert refused(answer, 409.15)
        assert answer.json()["details"]["current"] == "3"
    assert refused(admin.patch(f"{clashing}?resolve=true&baseVersion=3", json={"x": 1}), 400.31)
    assert admin.json(clashing)["conflict"] == "hard"
    assert admin.patch(f"{clashing}?resolve=true&baseVersion=3", json=chosen).status_code == 200
    again = admin.patch(f"{clashing}?resolve=true&baseVersion=4", json=chosen)
    assert refused(again, 400.32)
    assert admin.json(clashing)["currentVersion"]["version"] == 4


def test_an_update_without_resolving_leaves_the_conflict(admin, clashing):
    changed = admin.patch(f"{clashing}?baseVersion=3", json={"data": {"size": "5"}}).json()
    assert (changed["conflict"], changed["currentVersion"]["version"]) == ("hard", 4)
    told = [each["conflict"] for each in admin.json(f"{clashing}/versions")]
    assert told == [None, None, "hard", None]


def test_viewer_resolves_nothing(viewer, clashing):
    answer = viewer.patch(f"{clashing}?resolve=true&baseVersion=3", json={})
    assert refused(answer, 403.1)


def test_submission_without_an_action_makes_no_entity(admin, writer):
    form, path = writer
    quiet = form.add(_entity(form, f'create="0" id="{uuid4()}"', "E", ""))
    uuid = str(uuid4())
    form.add(_entity(form, f'create="true" id="{uuid}"', "E", ""))
    (made,) = when(lambda: admin.json(f"{path}/entities"), len)
    assert made["uuid"] == uuid
    assert form.row(quiet)["__id"] == quiet


def test_list_that_needs_approval(admin, writer):
    form, path = writer
    assert admin.patch(path, json={"approvalRequired": True}).json()["approvalRequired"] is True
    uuid = str(uuid4())
    sent = form.add(_entity(form, f'create="1" id="{uuid}"', "Erbil", "<size>3</size>"))
    admin.patch(form.at(sent), json={"reviewState": "hasIssues"})
    approved = form.add(_entity(form, f'create="1" id="{uuid4()}"', "Duhok", "<size>3</size>"))
    admin.patch(form.at(approved), json={"reviewState": "approved"})
    (made,) = when(lambda: admin.json(f"{path}/entities"), len)
    assert made["currentVersion"]["label"] == "Duhok"


def test_failed_entity_is_an_entry_of_the_submission_s_log(admin, writer):
    form, path = writer
    sent = form.add(_entity(form, f'create="1" id="{uuid4()}"', "", "<size>3</size>"))

    def errors() -> list:
        log = admin.json(f"{form.at(sent)}/audits")
        return [entry for entry in log if entry["action"] == "entity.error"]

    (entry,) = when(errors, len)
    assert entry["details"]["problem"]["problemCode"] == 400.2
    assert admin.json(f"{path}/entities") == []
