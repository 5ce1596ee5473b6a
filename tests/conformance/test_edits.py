"""Edits: over REST and OpenRosa; versions; what stays and what changes."""

import pytest

from tests.conformance.central_api import XML, new_id, refused
from tests.conformance.xforms import SIMPLE, fill, write_form


@pytest.fixture
def edited(form):
    """(form, original id, id of the second version)."""
    first, second = new_id(), new_id()
    form.add(fill(form.form_id, "1", first, "<name>Ada</name><age>7</age>"))
    answer = _put(form, first, second, first, "<name>Ada</name><age>8</age>")
    assert answer.status_code == 200, answer.text
    return form, first, second


def _put(form, root: str, instance_id: str, deprecated: str | None, inside="", version="1"):
    xml = fill(form.form_id, version, instance_id, inside, deprecated=deprecated)
    return form.api.put(form.at(root), data=xml.encode(), headers=XML)


def test_edit_keeps_the_rows_id(edited):
    form, first, second = edited
    (row,) = form.rows()
    assert row["__id"] == first
    assert row["meta"]["instanceID"] == second
    assert row["age"] == 8
    system = row["__system"]
    assert (system["edits"], system["reviewState"]) == (1, "edited")
    assert system["updatedAt"] > system["submissionDate"]


def test_edit_shows_the_originals_form_version(form):
    first = form.add(fill(form.form_id, "1", new_id(), "<name>Ada</name>"))
    form.publish(write_form(form.form_id, "2", [*SIMPLE, ("town", "string")]))
    second = new_id()
    assert _put(form, first, second, first, "<town>Erbil</town>", version="2").status_code == 200
    (row,) = form.rows()
    assert (row["town"], row["__system"]["formVersion"]) == ("Erbil", "1")
    versions = form.api.json(f"{form.at(first)}/versions", headers={"X-Extended-Metadata": "true"})
    assert [v["formVersion"] for v in versions] == ["2", "1"]


def test_put_needs_the_current_version(edited):
    form, first, second = edited
    assert refused(_put(form, first, new_id(), first), 409.9)  # out of date
    assert refused(_put(form, first, new_id(), None), 400.19)
    assert refused(_put(form, first, second, first, "<age>8</age>"), 409.9)  # the same again
    assert refused(_put(form, new_id(), new_id(), first), 404.1)
    assert len(form.api.json(f"{form.at(first)}/versions")) == 2


def test_openrosa_edit_can_be_sent_again(form):
    first, second = new_id(), new_id()
    form.send_openrosa(fill(form.form_id, "1", first, "<age>1</age>"))
    edit = fill(form.form_id, "1", second, "<age>2</age>", deprecated=first)
    for _ in range(2):
        assert form.send_openrosa(edit).status_code == 201
    assert [v["instanceId"] for v in form.api.json(f"{form.at(first)}/versions")] == [second, first]
    other = fill(form.form_id, "1", second, "<age>3</age>", deprecated=first)
    assert form.send_openrosa(other).status_code == 409


def test_openrosa_edit_of_an_old_or_unknown_version_is_refused(edited):
    form, first, _ = edited
    stale = fill(form.form_id, "1", new_id(), "<age>3</age>", deprecated=first)
    assert form.send_openrosa(stale).status_code == 409
    unknown = fill(form.form_id, "1", new_id(), "", deprecated="uuid:never-seen")
    assert form.send_openrosa(unknown).status_code == 404


def test_app_user_can_edit_what_it_knows(form, make_app_user):
    first = form.add(fill(form.form_id, "1", new_id(), "<age>1</age>"))
    tablet, actor_id = make_app_user(form)
    edit = fill(form.form_id, "1", new_id(), "<age>2</age>", deprecated=first)
    assert form.send_openrosa(edit, api=tablet).status_code == 201
    (row,) = form.rows()
    assert row["age"] == 2
    assert row["__system"]["submitterId"] != str(actor_id)  # who sent it first


def test_first_version_sent_again_after_an_edit_is_refused(edited):
    form, first, _ = edited
    again = fill(form.form_id, "1", first, "<name>Ada</name><age>7</age>")
    assert form.send_openrosa(again).status_code == 409


def test_versions(edited):
    form, first, second = edited
    at = form.at(first)
    versions = form.api.json(f"{at}/versions")
    assert [(v["instanceId"], v["current"]) for v in versions] == [(second, True), (first, False)]
    assert form.api.json(f"{at}/versions/{first}")["current"] is False
    assert "<age>7</age>" in form.api.get(f"{at}/versions/{first}.xml").text
    assert "<age>8</age>" in form.api.get(f"{at}/versions/{second}.xml").text
    assert "<age>8</age>" in form.api.get(f"{at}.xml").text
    assert refused(form.api.get(f"{at}/versions/uuid:none"), 404.1)
    index = form.api.json(f"{form.path}/submissions")
    assert index[0]["instanceId"] == first
    assert index[0]["currentVersion"]["instanceId"] == second


@pytest.mark.parametrize("suffix", ["", ".xml", "/attachments"])
def test_address_of_a_later_version_moves(edited, suffix):
    form, first, second = edited
    answer = form.api.get(f"{form.at(second)}{suffix}")
    assert answer.status_code == 301
    wanted = f"/submissions/{first}/versions/{second}{suffix}"
    assert answer.headers["Location"].replace("%3A", ":").endswith(wanted)
    assert form.api.follow(answer.headers["Location"]).status_code == 200


def test_later_version_is_no_row_of_its_own(edited):
    form, _, second = edited
    assert refused(form.api.get(f"{form.feed}('{second}')"), 404.1)


def test_edit_keeps_files_of_the_same_name(make_form):
    form = make_form([("photo", "binary"), ("voice", "binary")])
    first = new_id()
    files = [("a.jpg", b"a", "image/jpeg"), ("b.m4a", b"b", "audio/mp4")]
    inside = "<photo>a.jpg</photo><voice>b.m4a</voice>"
    form.send_openrosa(fill(form.form_id, "1", first, inside), files)
    second = new_id()
    edit = "<photo>a.jpg</photo><voice>c.m4a</voice>"
    form.send_openrosa(fill(form.form_id, "1", second, edit, deprecated=first))
    listed = {f["name"]: f["exists"] for f in form.api.json(f"{form.at(first)}/attachments")}
    assert listed == {"a.jpg": True, "c.m4a": False}
    system = form.rows()[0]["__system"]
    assert (system["attachmentsPresent"], system["attachmentsExpected"]) == (1, 2)
    old = f"{form.at(first)}/versions/{first}/attachments"
    assert {f["name"] for f in form.api.json(old)} == {"a.jpg", "b.m4a"}
    assert form.api.get(f"{old}/b.m4a").content == b"b"


def test_edits_come_in_order_or_not_at_all(form):
    first, second, third = new_id(), new_id(), new_id()
    form.send_openrosa(fill(form.form_id, "1", first, "<age>1</age>"))
    late = fill(form.form_id, "1", third, "<age>3</age>", deprecated=second)
    assert form.send_openrosa(late).status_code == 404
    early = fill(form.form_id, "1", second, "<age>2</age>", deprecated=first)
    assert form.send_openrosa(early).status_code == 201
    assert form.send_openrosa(late).status_code == 201
    assert form.rows()[0]["__system"]["edits"] == 2


def test_edit_with_an_id_in_use_is_refused(form):
    first, other = (form.add(fill(form.form_id, "1", new_id(), "")) for _ in range(2))
    assert _put(form, first, other, first).status_code in (200, 409)


def test_closed_form_takes_no_edit(form, admin):
    first = form.add(fill(form.form_id, "1", new_id(), ""))
    admin.patch(form.path, json={"state": "closed"})
    assert refused(_put(form, first, new_id(), first), 409.2)
