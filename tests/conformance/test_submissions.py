"""Submissions over REST: create, read, index, review, comments, delete, restore, odd ids."""

import pytest

from tests.conformance.central_api import new_id, refused
from tests.conformance.xforms import fill

EXTENDED = {"X-Extended-Metadata": "true"}


@pytest.fixture
def ada(form) -> tuple:
    """(form, instance id) of one submission."""
    return form, form.add(fill(form.form_id, "1", new_id(), "<name>Ada</name><age>7</age>"))


def test_created_submission(form, admin):
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "<name>Ada</name>", name="Ada, 7")
    form.api.http.headers["User-Agent"] = "test/1"
    made = form.send(xml, params={"deviceID": "dev 1"})
    shown = made.json()
    me = admin.json("/users/current")["id"]
    assert shown["instanceId"] == instance_id
    assert shown["submitterId"] == me
    assert shown["deviceId"] == "dev 1"
    assert shown["updatedAt"] is None
    assert "reviewState" not in shown
    assert shown["currentVersion"]["instanceName"] == "Ada, 7"
    assert shown["currentVersion"]["current"] is True
    read = admin.json(form.at(instance_id))
    assert read["createdAt"] == shown["createdAt"]
    assert (read["reviewState"], read["deletedAt"]) == (None, None)
    assert read["userAgent"] == "test/1"
    extended = admin.json(form.at(instance_id), headers=EXTENDED)
    assert extended["submitter"]["id"] == me
    assert extended["currentVersion"]["submitter"]["id"] == me


def test_xml_comes_back_byte_for_byte(form, admin):
    instance_id = new_id()
    xml = '<?xml version="1.0"?>\n' + fill(
        form.form_id, "1", instance_id, "<name>  أحمد &amp; \x07 &#x1F600; </name><!-- c -->\n"
    )
    form.add(xml)
    answer = admin.get(f"{form.at(instance_id)}.xml")
    assert answer.content == xml.encode()
    assert answer.headers["Content-Type"].startswith("application/xml")


def test_sending_again_is_refused_over_rest(ada):
    form, instance_id = ada
    same = fill(form.form_id, "1", instance_id, "<name>Ada</name><age>7</age>")
    assert refused(form.send(same), 409.3)
    assert refused(form.send(fill(form.form_id, "1", instance_id, "<name>Eve</name>")), 409.3)


def test_deleted_id_stays_taken(ada):
    form, instance_id = ada
    form.api.delete(form.at(instance_id))
    assert refused(form.send(fill(form.form_id, "1", instance_id, "")), 409.3)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("", 400.2),
        ("<data/>", 400.2),
        ('<data id=""/>', 400.2),
        ("plain text", 400.2),
        (fill("another_form", "1", None, ""), 400.8),
    ],
)
def test_unusable_submission_is_refused(form, xml, code):
    assert refused(form.send(xml), code)


def test_unknown_version_is_refused(form):
    answer = form.send(fill(form.form_id, "9", None, ""))
    assert refused(answer, 404.6)
    assert answer.json()["details"] == {"formVersion": "9"}


def test_broken_xml_is_taken_as_it_is(form, admin):
    """What is left open is closed at the end: nothing is lost, nothing is refused."""
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "").replace("</data>", "<name>Ada<age>7</age>")
    assert form.send(xml).status_code == 200
    assert admin.get(f"{form.at(instance_id)}.xml").content == xml.encode()
    assert form.row(instance_id)["name"] == "Ada"


def test_unknown_submission_is_404(form, admin):
    for suffix in ("", ".xml", "/versions", "/attachments", "/comments", "/audits"):
        assert refused(admin.get(f"{form.at('uuid:none')}{suffix}"), 404.1)
    assert refused(admin.patch(form.at("uuid:none"), json={"reviewState": None}), 404.1)
    assert refused(admin.delete(form.at("uuid:none")), 404.1)


def test_index_lists_newest_first(form, admin):
    ids = [form.add(fill(form.form_id, "1", new_id(), f"<age>{i}</age>")) for i in range(4)]
    path = f"{form.path}/submissions"
    assert [s["instanceId"] for s in admin.json(path)] == ids[::-1]
    assert [s["instanceId"] for s in admin.json(f"{path}?limit=2")] == ids[:1:-1]
    assert [s["instanceId"] for s in admin.json(f"{path}?limit=2&offset=1")] == ids[2:0:-1]
    assert [s["instanceId"] for s in admin.json(f"{path}?offset=3")] == ids[:1]
    assert admin.json(f"{path}?limit=0") == []
    assert refused(admin.get(f"{path}?limit=x"), 400.11)
    assert refused(admin.get(f"{path}?offset=x"), 400.11)


def test_review_states(ada, admin):
    form, instance_id = ada
    at = form.at(instance_id)
    seen = [form.row(instance_id)["__system"]["updatedAt"]]
    for state in ("approved", "approved", "hasIssues", "rejected", "edited", None):
        answer = admin.patch(at, json={"reviewState": state}, headers={"X-Action-Notes": "why"})
        assert answer.json()["reviewState"] == state
        system = form.row(instance_id)["__system"]
        assert system["reviewState"] == state
        assert system["updatedAt"] not in seen  # also when the state is the same as before
        seen.append(system["updatedAt"])
    assert refused(admin.patch(at, json={"reviewState": "fine"}), 400.8)
    assert form.row(instance_id)["__system"]["updatedAt"] == seen[-1]


def test_comments(ada, admin):
    form, instance_id = ada
    path = f"{form.at(instance_id)}/comments"
    assert admin.json(path) == []
    first = admin.post(path, json={"body": "انتبه"}).json()
    assert first["body"] == "انتبه"
    admin.post(path, json={"body": "second"})
    assert [comment["body"] for comment in admin.json(path)] == ["second", "انتبه"]
    assert admin.json(path, headers=EXTENDED)[0]["actor"]["type"] == "user"
    assert refused(admin.post(path, json={}), 400.2)


def test_comment_changes_nothing_else(ada, admin):
    form, instance_id = ada
    before, tag = form.row(instance_id), form.tag()
    admin.post(f"{form.at(instance_id)}/comments", json={"body": "x"})
    assert form.row(instance_id) == before
    assert form.tag() == tag


def test_deletion_and_restoration_touch_deleted_at_alone(ada, admin):
    form, instance_id = ada
    before, at = form.row(instance_id)["__system"], form.at(instance_id)
    assert admin.delete(at).json() == {"success": True}
    assert refused(admin.get(at), 404.1)
    assert refused(admin.delete(at), 404.1)
    assert form.rows() == []
    (gone,) = form.rows(filter="__system/deletedAt ne null")
    assert gone["__system"] == before | {"deletedAt": gone["__system"]["deletedAt"]}
    assert gone["__system"]["deletedAt"] > before["submissionDate"]
    path = f"{form.path}/submissions"
    assert admin.json(path) == []
    assert [s["instanceId"] for s in admin.json(f"{path}?deleted=true")] == [instance_id]
    assert admin.post(f"{at}/restore").json() == {"success": True}
    assert form.row(instance_id)["__system"] == before
    assert admin.json(f"{path}?deleted=true") == []
    assert refused(admin.post(f"{at}/restore"), 404.1)


def test_submitters(ada, admin, make_app_user):
    form, _ = ada
    tablet, actor_id = make_app_user(form)
    form.send_openrosa(fill(form.form_id, "1", None, ""), api=tablet)
    shown = {actor["id"]: actor for actor in admin.json(f"{form.path}/submissions/submitters")}
    assert set(shown) == {actor_id, admin.json("/users/current")["id"]}
    assert shown[actor_id]["displayName"] == "tablet"


def test_audits_of_one_submission(ada, admin):
    form, instance_id = ada
    admin.patch(form.at(instance_id), json={"reviewState": "approved"})
    actions = [entry["action"] for entry in admin.json(f"{form.at(instance_id)}/audits")]
    assert actions == ["submission.update", "submission.create"]


@pytest.mark.parametrize("instance_id", ["plain", "a b", "it's", "a/b?c#d", "ü:é", "x" * 64])
def test_any_id_up_to_64_characters(form, admin, instance_id):
    form.add(fill(form.form_id, "1", instance_id, "<name>Ada</name>"))
    assert admin.json(form.at(instance_id))["instanceId"] == instance_id
    assert admin.get(f"{form.at(instance_id)}.xml").status_code == 200
    assert [row["__id"] for row in form.rows()] == [instance_id]


def test_longer_id_is_refused(form):
    assert refused(form.send(fill(form.form_id, "1", "x" * 65, "")), 400.13)


def test_instance_id_may_stand_outside_meta(form):
    xml = f'<data id="{form.form_id}" version="1"><instanceID>out</instanceID></data>'
    assert form.add(xml) == "out"


def test_entities_in_an_id_stay_as_they_were_written(form, admin):
    form.add(fill(form.form_id, "1", "a&amp;b", "<name>Ada</name>"))
    assert admin.json(f"{form.path}/submissions")[0]["instanceId"] == "a&amp;b"
