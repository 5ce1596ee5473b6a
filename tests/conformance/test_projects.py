"""Projects, app users, their properties, assignments."""

from tests.conformance.central_api import refused
from tests.conformance.xforms import fill

EXTENDED = {"X-Extended-Metadata": "true"}


def test_project_can_be_read_and_changed(admin, project_id):
    path = f"/projects/{project_id}"
    changed = admin.patch(path, json={"description": "made by a test"}).json()
    assert changed["description"] == "made by a test"
    assert changed["archived"] is None
    assert changed["updatedAt"] >= changed["createdAt"]
    assert admin.json(path)["description"] == "made by a test"


def test_extended_project_counts(admin, project_id, form):
    project = admin.json(f"/projects/{project_id}", headers=EXTENDED)
    assert project["forms"] >= 1
    assert {"appUsers", "datasets", "lastSubmission", "lastEntity"} <= set(project)
    assert "project.update" in project["verbs"]


def test_unknown_project_is_404(admin):
    assert refused(admin.get("/projects/99999999"), 404.1)
    assert refused(admin.get("/projects/99999999/forms"), 404.1)


def test_project_without_a_name_is_refused(admin):
    assert refused(admin.post("/projects", json={}), 400.2)


def test_archived_project_still_takes_submissions(admin, form, make_app_user):
    tablet, _ = make_app_user(form)
    path = f"/projects/{form.project_id}"
    assert admin.patch(path, json={"archived": True}).json()["archived"] is True
    answer = form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet)
    assert admin.patch(path, json={"archived": False}).json()["archived"] is False
    assert answer.status_code == 201


def test_app_user_lifecycle(admin, project_id):
    path = f"/projects/{project_id}/app-users"
    made = admin.post(path, json={"displayName": "tablet 1"}).json()
    assert len(made["token"]) == 64
    assert made["type"] == "field_key"
    assert made["expiresAt"].startswith("9999-12-31")
    listed = {user["id"]: user for user in admin.json(path)}
    assert listed[made["id"]]["token"] == made["token"]
    shown = admin.json(f"{path}/{made['id']}", headers=EXTENDED)
    assert shown["lastUsed"] is None
    assert shown["properties"] is None
    assert shown["createdBy"]["type"] == "user"
    assert admin.delete(f"{path}/{made['id']}").json() == {"success": True}
    assert made["id"] not in {user["id"] for user in admin.json(path)}
    assert refused(admin.get(f"{path}/{made['id']}"), 404.1)


def test_app_user_needs_a_name(admin, project_id):
    assert refused(admin.post(f"/projects/{project_id}/app-users", json={}), 400.2)


def test_a_revoked_app_user_stays_listed_without_a_token(admin, project_id, make_app_user):
    tablet, actor_id = make_app_user()
    admin.delete(f"/sessions/{tablet.key}")
    listed = admin.json(f"/projects/{project_id}/app-users")
    assert {user["id"]: user["token"] for user in listed}[actor_id] is None


def test_actor_properties(admin, project_id):
    path = f"/projects/{project_id}/actor-properties"
    users = f"/projects/{project_id}/app-users"
    assert admin.post(path, json={"name": "district"}).json() == {"success": True}
    assert refused(admin.post(path, json={"name": "district"}), 409.3)
    for name in ("name", "label", "__x", "displayName", None):
        assert refused(admin.post(path, json={"name": name}), 400.8)
    made = admin.post(users, json={"displayName": "t", "properties": {"district": "D1"}}).json()
    at = f"{users}/{made['id']}"
    assert admin.json(at, headers=EXTENDED)["properties"] == {"district": "D1"}
    assert "properties" not in made
    assert {"name": "district", "values": ["D1"]} in admin.json(path, headers=EXTENDED)
    assert refused(admin.patch(at, json={"properties": {"nothing": "x"}}), 400.8)
    assert refused(admin.patch(at, json={"properties": {"district": 7}}), 400.8)
    changed = admin.patch(at, json={"properties": {"district": " D2 "}}).json()
    assert changed["properties"] == {"district": "D2"}
    cleared = admin.patch(at, json={"properties": {"district": None}}).json()
    assert cleared["properties"] is None


def test_assignments_of_a_project(admin, project_id, viewer):
    me = viewer.json("/users/current")["id"]
    path = f"/projects/{project_id}/assignments"
    assert {"actorId": me, "roleId": 6} in admin.json(path)
    assert me in [actor["id"] for actor in admin.json(f"{path}/viewer")]
    extended = admin.json(path, headers=EXTENDED)
    assert all(item["actor"]["id"] == item["actorId"] for item in extended)
    assert refused(admin.post(f"{path}/viewer/{me}"), 409.3)
    assert refused(admin.post(f"{path}/nothing/{me}"), 404.1)
    assert refused(admin.post(f"{path}/viewer/99999999"), 404.1)
    assert refused(admin.delete(f"{path}/manager/{me}"), 404.1)


def test_assignment_of_a_form_can_be_taken_back(admin, form, make_app_user):
    tablet, actor_id = make_app_user(form)
    assert tablet.get(f"{form.path}.xml").status_code == 200
    path = f"{form.path}/assignments/app-user/{actor_id}"
    assert admin.delete(path).json() == {"success": True}
    assert refused(tablet.get(f"{form.path}.xml"), 403.1)


def test_roles(admin):
    roles = {role["system"]: role for role in admin.json("/roles")}
    assert roles["viewer"]["id"] == 6
    assert roles["manager"]["id"] == 5
    assert roles["app-user"]["verbs"] == ["open_form.read", "submission.create"]
    assert admin.json("/roles/viewer")["name"] == "Project Viewer"
