"""Files of submissions: by md5 tag, replaced, cleared, by their sender."""

from hashlib import md5

import pytest

from tests.conformance.central_api import new_id, refused
from tests.conformance.xforms import fill

CONTENT = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def photo(make_form):
    """(form, instance id, path of the file) of a submission whose photo is there."""
    form = make_form([("photo", "binary"), ("again", "binary"), ("none", "binary")])
    instance_id = new_id()
    inside = "<photo> p.jpg </photo><again>p.jpg</again><none/>"
    xml = fill(form.form_id, "1", instance_id, inside)
    assert form.send_openrosa(xml, [("p.jpg", CONTENT, "image/jpeg")]).status_code == 201
    return form, instance_id, f"{form.at(instance_id)}/attachments/p.jpg"


def test_file_is_expected_once_however_often_it_is_named(photo):
    form, instance_id, _ = photo
    listed = form.api.json(f"{form.at(instance_id)}/attachments")
    assert listed == [{"name": "p.jpg", "exists": True}]
    system = form.rows()[0]["__system"]
    assert (system["attachmentsPresent"], system["attachmentsExpected"]) == (1, 1)


def test_file_has_its_md5_as_tag(photo):
    form, _, path = photo
    answer = form.api.get(path)
    assert answer.content == CONTENT
    assert answer.headers["Content-Type"] == "image/jpeg"
    tag = answer.headers["ETag"]
    assert tag == f'"{md5(CONTENT).hexdigest()}"'
    for given in (tag, f"W/{tag}"):
        again = form.api.get(path, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
    assert form.api.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_file_can_be_replaced_and_cleared(photo):
    form, instance_id, path = photo
    headers = {"Content-Type": "image/png"}
    assert form.api.post(path, data=b"new", headers=headers).json() == {"success": True}
    answer = form.api.get(path)
    assert (answer.content, answer.headers["Content-Type"]) == (b"new", "image/png")
    assert form.api.delete(path).json() == {"success": True}
    assert refused(form.api.get(path), 404.1)
    listed = form.api.json(f"{form.at(instance_id)}/attachments")
    assert listed == [{"name": "p.jpg", "exists": False}]
    assert form.rows()[0]["__system"]["attachmentsPresent"] == 0


def test_unexpected_file_is_404(photo):
    form, instance_id, _ = photo
    path = f"{form.at(instance_id)}/attachments/other.jpg"
    assert refused(form.api.get(path), 404.1)
    assert refused(form.api.post(path, data=b"x"), 404.1)
    assert refused(form.api.delete(path), 404.1)


def test_viewer_reads_files_and_changes_none(photo, viewer):
    _, _, path = photo
    assert viewer.get(path).content == CONTENT
    assert refused(viewer.post(path, data=b"x"), 403.1)
    assert refused(viewer.delete(path), 403.1)


def test_sender_may_add_its_missing_file_only(photo, make_app_user):
    form, _, path = photo
    tablet, _ = make_app_user(form)
    assert refused(tablet.post(path, data=b"x"), 403.1)
    instance_id = new_id()
    form.send_openrosa(fill(form.form_id, "1", instance_id, "<photo>q.jpg</photo>"), api=tablet)
    own = f"{form.at(instance_id)}/attachments/q.jpg"
    assert tablet.post(own, data=b"x").status_code == 200
    assert refused(tablet.post(own, data=b"y"), 403.1)


def test_later_post_replaces_a_file(photo):
    form, instance_id, path = photo
    inside = "<photo> p.jpg </photo><again>p.jpg</again><none/>"
    xml = fill(form.form_id, "1", instance_id, inside)
    assert form.send_openrosa(xml, [("p.jpg", b"later", "image/jpeg")]).status_code == 201
    assert form.api.get(path).content == b"later"


def test_file_of_some_megabytes(make_form):
    form = make_form([("film", "binary")])
    instance_id, content = new_id(), bytes(range(256)) * 40_000
    xml = fill(form.form_id, "1", instance_id, "<film>f.mp4</film>")
    assert form.send_openrosa(xml, [("f.mp4", content, "video/mp4")]).status_code == 201
    assert form.api.get(f"{form.at(instance_id)}/attachments/f.mp4").content == content


def test_files_in_repeats(make_form):
    form = make_form([("rooms", [("picture", "binary")])])
    inside = "".join(f"<rooms><picture>{n}.jpg</picture></rooms>" for n in range(3))
    instance_id = form.add(fill(form.form_id, "1", new_id(), inside))
    listed = form.api.json(f"{form.at(instance_id)}/attachments")
    assert [item["name"] for item in listed] == ["0.jpg", "1.jpg", "2.jpg"]
