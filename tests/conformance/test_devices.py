"""What accounts of tablets stand on: a project manager makes, limits and revokes them."""

from secrets import token_hex

import pytest

from tests.conformance.central_api import OPENROSA, Api, refused
from tests.conformance.test_entity_lists import add, read_csv
from tests.conformance.xforms import fill

EXTENDED = {"X-Extended-Metadata": "true"}


@pytest.fixture
def limited(manager, project_id):
    """(path of a list of two schools, its name): the manager limited it by school_code."""
    name = f"schools_{token_hex(3)}"
    path = f"/projects/{project_id}/datasets/{name}"
    assert manager.post(f"/projects/{project_id}/datasets", json={"name": name}).ok
    assert manager.post(f"{path}/properties", json={"name": "school_code"}).ok
    manager.post(f"/projects/{project_id}/actor-properties", json={"name": "school_code"})
    add(manager, path, ("One", {"school_code": "S1"}), ("Two", {"school_code": "S2"}))
    rule = {"datasetProperty": "school_code", "actorProperty": "school_code"}
    body = {"accessFilter": {"type": "property", "rules": [rule]}}
    assert manager.patch(path, json=body).json()["accessFilter"] == body["accessFilter"]
    return path, name


def test_a_manager_makes_a_tablet_that_gets_its_own_school_alone(
    manager, project_id, limited, make_form, central
):
    _, name = limited
    model = f'<instance id="{name}" src="jr://file-csv/{name}.csv"/>'
    form = make_form(extra_model=model)
    users = f"/projects/{project_id}/app-users"
    body = {"displayName": "school S1 #1", "properties": {"school_code": "S1"}}
    made = manager.post(users, json=body).json()
    given = f"{form.path}/assignments/app-user/{made['id']}"
    assert manager.post(given).json() == {"success": True}
    assert refused(manager.post(given), 409.3)
    tablet = Api(central.url, key=made["token"])
    rows = read_csv(tablet.get(f"{form.path}/attachments/{name}.csv").text)
    assert [row["label"] for row in rows] == ["One"]
    listing = tablet.get(f"/projects/{project_id}/formList", headers=OPENROSA).text
    assert f"<formID>{form.form_id}</formID>" in listing
    assert manager.delete(given).json() == {"success": True}
    assert refused(manager.delete(given), 404.1)
    listing = tablet.get(f"/projects/{project_id}/formList", headers=OPENROSA).text
    assert f"<formID>{form.form_id}</formID>" not in listing


def test_a_property_is_set_beside_others_and_stays_after_revoking(manager, project_id, limited):
    other = f"other_{token_hex(3)}"
    manager.post(f"/projects/{project_id}/actor-properties", json={"name": other})
    users = f"/projects/{project_id}/app-users"
    made = manager.post(users, json={"displayName": "t", "properties": {other: "x"}}).json()
    at = f"{users}/{made['id']}"
    changed = manager.patch(at, json={"properties": {"school_code": "S2"}}).json()
    assert changed["properties"] == {other: "x", "school_code": "S2"}
    assert changed["token"] == made["token"]
    assert manager.delete(f"/sessions/{made['token']}").status_code == 200
    shown = {user["id"]: user for user in manager.json(users, headers=EXTENDED)}[made["id"]]
    assert shown["token"] is None
    assert shown["properties"] == {other: "x", "school_code": "S2"}


def test_revoking_twice_is_refused_without_saying_more(manager, project_id):
    users = f"/projects/{project_id}/app-users"
    made = manager.post(users, json={"displayName": "t"}).json()
    assert manager.delete(f"/sessions/{made['token']}").status_code == 200
    assert refused(manager.delete(f"/sessions/{made['token']}"), 403.1)


def test_a_name_has_at_most_64_characters(manager, project_id):
    users = f"/projects/{project_id}/app-users"
    assert manager.post(users, json={"displayName": "م" * 64}).status_code == 200
    assert refused(manager.post(users, json={"displayName": "م" * 65}), 400.13)


def test_two_app_users_may_have_one_name(manager, project_id):
    users = f"/projects/{project_id}/app-users"
    ids = {manager.post(users, json={"displayName": "twin"}).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_submission_says_which_app_sent_it(form, make_app_user):
    tablet, _ = make_app_user(form)
    tablet.http.headers["User-Agent"] = "org.odk.collect.android/v2026.1.2 Dalvik/2.1.0 (Linux)"
    assert form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet).status_code == 201
    (row,) = form.rows()
    shown = form.api.json(form.at(row["__id"]))
    assert shown["userAgent"].startswith("org.odk.collect.android/v2026.1.2 ")
