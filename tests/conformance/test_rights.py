"""Who may do what: viewer, manager, app user, nobody."""

import pytest

from tests.conformance.central_api import XML, Api, refused
from tests.conformance.xforms import SIMPLE, fill, write_form


@pytest.fixture
def submission(form) -> tuple:
    instance_id = form.add(fill(form.form_id, "1", None, "<name>Ada</name><age>7</age>"))
    return form, instance_id


READS = (
    "{form}",
    "{form}/versions",
    "{form}/fields?odata=true",
    "{form}.xml",
    "{form}/versions/1.xml",
    "{form}/attachments",
    "{form}.svc",
    "{form}.svc/$metadata",
    "{form}.svc/Submissions?$expand=*",
    "{form}.svc/Submissions?$filter=__system/deletedAt ne null",
    "{form}/submissions",
    "{form}/submissions?limit=0&deleted=true",
    "{form}/submissions.csv",
    "{form}/submissions/submitters",
    "{submission}",
    "{submission}.xml",
    "{submission}/versions",
    "{submission}/attachments",
    "{submission}/comments",
    "{submission}/audits",
    "{project}",
    "{project}/forms",
    "{project}/datasets",
    "{project}/actor-properties",
)


def _address(template: str, form, instance_id: str) -> str:
    return template.format(
        form=form.path, submission=form.at(instance_id), project=f"/projects/{form.project_id}"
    )


@pytest.mark.parametrize("template", READS)
def test_viewer_reads(viewer, submission, template):
    answer = viewer.get(_address(template, *submission))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("template", READS)
def test_a_stranger_reads_nothing(make_user, submission, template):
    answer = make_user(None).get(_address(template, *submission))
    assert answer.status_code == 403
    assert "403.1" in answer.text  # as JSON, of $metadata as XML


WRITES = (
    ("PATCH", "{submission}", {"reviewState": "approved"}),
    ("DELETE", "{submission}", None),
    ("POST", "{submission}/restore", None),
    ("PATCH", "{form}", {"state": "closed"}),
    ("DELETE", "{form}", None),
    ("POST", "{form}/draft", None),
    ("GET", "{project}/app-users", None),
    ("POST", "{project}/app-users", {"displayName": "x"}),
    ("GET", "{project}/assignments", None),
    ("POST", "{project}/datasets", {"name": "x"}),
    ("POST", "{project}/actor-properties", {"name": "x"}),
    ("PATCH", "{project}", {"archived": True}),
    ("GET", "/audits", None),
)


@pytest.mark.parametrize(("method", "template", "body"), WRITES)
def test_viewer_changes_nothing(viewer, submission, method, template, body):
    answer = viewer(method, _address(template, *submission), json=body)
    assert refused(answer, 403.1)


def test_viewer_can_comment(viewer, submission):
    form, instance_id = submission
    answer = viewer.post(f"{form.at(instance_id)}/comments", json={"body": "seen"})
    assert answer.status_code == 200


def test_viewer_lists_only_granted_projects(viewer, project_id):
    assert [project["id"] for project in viewer.json("/projects")] == [project_id]


def test_manager_writes_but_does_not_read_the_server_log(manager, submission, make_app_user):
    form, instance_id = submission
    approved = manager.patch(form.at(instance_id), json={"reviewState": "approved"})
    assert approved.json()["reviewState"] == "approved"
    made = manager.post(f"/projects/{form.project_id}/app-users", json={"displayName": "t"})
    given = manager.post(f"{form.path}/assignments/app-user/{made.json()['id']}")
    assert given.status_code == 200
    assert refused(manager.get("/audits"), 403.1)
    assert refused(manager.post("/projects", json={"name": "mine"}), 403.1)


def test_manager_gives_no_right_that_they_lack(manager, admin):
    me = admin.json("/users/current")["id"]
    assert refused(manager.post(f"/assignments/admin/{me}"), 403.1)


def test_app_user_sends_and_does_not_read(submission, make_app_user):
    form, instance_id = submission
    tablet, _ = make_app_user(form)
    assert form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet).status_code == 201
    assert refused(tablet.get(form.feed), 403.1)
    assert refused(tablet.get(form.at(instance_id)), 403.1)
    assert tablet.get(f"{form.path}.xml").status_code == 200


def test_app_user_without_an_assignment_sees_no_form(form, make_app_user):
    tablet, _ = make_app_user()
    assert refused(tablet.get(f"{form.path}.xml"), 403.1)
    answer = form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet)
    assert answer.status_code == 401


def test_unknown_key_is_403_and_a_malformed_one_401(central, project_id):
    path = f"/projects/{project_id}/forms"
    assert refused(Api(central.url, key="x" * 64).get(path), 403.1)
    assert refused(Api(central.url, key="x").get(path), 401.2)


def test_a_login_is_not_a_key(central, admin, project_id):
    assert refused(Api(central.url, key=admin.token).get(f"/projects/{project_id}/forms"), 403.1)


def test_revoked_key_is_refused(admin, form, make_app_user):
    tablet, _ = make_app_user(form)
    assert admin.delete(f"/sessions/{tablet.key}").json() == {"success": True}
    assert refused(tablet.get(f"{form.path}.xml"), 403.1)


def test_manager_revokes_a_key(manager, form, make_app_user):
    tablet, _ = make_app_user(form)
    assert manager.delete(f"/sessions/{tablet.key}").status_code == 200
    assert refused(tablet.get(f"{form.path}.xml"), 403.1)


def test_viewer_revokes_no_key(viewer, form, make_app_user):
    tablet, _ = make_app_user(form)
    assert refused(viewer.delete(f"/sessions/{tablet.key}"), 403.1)


def test_viewer_publishes_no_form(viewer, project_id):
    xml = write_form("not_allowed", "1", SIMPLE)
    answer = viewer.post(f"/projects/{project_id}/forms", data=xml, headers=XML)
    assert refused(answer, 403.1)


def test_role_on_one_form_reads_that_form_only(make_user, admin, make_form):
    mine, other = make_form(), make_form()
    api = make_user(None)
    me = api.json("/users/current")["id"]
    assert admin.post(f"{mine.path}/assignments/viewer/{me}").status_code == 200
    assert api.get(mine.feed).status_code == 200
    assert refused(api.get(other.feed), 403.1)
    assert refused(api.get(f"/projects/{mine.project_id}/forms"), 403.1)
