"""Tags: equal just while a selection of submissions is unchanged, and blind where Central is."""

import re

import pytest

from tests.conformance.central_api import new_id
from tests.conformance.xforms import SIMPLE, fill, write_form


@pytest.fixture
def pair(form):
    """(form, the ids of two submissions, the newer one first)."""
    ids = [form.add(fill(form.form_id, "1", new_id(), f"<age>{i}</age>")) for i in range(2)]
    return form, ids[::-1]


def _index(form, **params) -> str:
    return form.tag(f"{form.path}/submissions", **params)


def test_tag_looks_so(pair):
    form, _ = pair
    assert re.fullmatch(r'W/"eventhash:[0-9a-f]{32}"', form.tag())


def test_one_selection_has_one_tag_wherever_it_is_asked(pair):
    form, _ = pair
    wanted = form.tag()
    for params in ({"$expand": "*"}, {"$select": "__id"}, {"$count": "true"}):
        assert form.tag(**params) == wanted
    assert form.tag(f"{form.path}/submissions.csv") == wanted
    assert _index(form) == wanted
    filtered = {"$filter": "__system/deletedAt eq null"}
    assert form.tag(**filtered) == wanted
    assert form.tag(**{"$top": "2"}) == wanted


def test_limit_zero_has_the_tag_of_all_rows(pair):
    form, ids = pair
    assert _index(form, limit="0") == form.tag()
    form.api.delete(form.at(ids[0]))
    deleted = {"$filter": "__system/deletedAt ne null"}
    assert _index(form, limit="0", deleted="true") == form.tag(**deleted)
    assert form.api.json(f"{form.path}/submissions?limit=0&deleted=true") == []


def test_page_has_a_tag_of_its_own(pair):
    form, _ = pair
    first = form.tag(**{"$top": "1"})
    assert first != form.tag()
    assert first != form.tag(**{"$top": "1", "$skip": "1"})
    assert first == _index(form, limit="1")


def test_empty_selections_are_alike(form, make_form):
    assert form.tag() == make_form().tag() == _index(form, limit="0", deleted="true")


def test_304_has_no_body(pair):
    form, _ = pair
    for path in (form.feed, f"{form.path}/submissions?limit=0", f"{form.path}/submissions.csv"):
        tag = form.api.get(path).headers["ETag"]
        for given in (tag, tag.removeprefix("W/")):
            answer = form.api.get(path, headers={"If-None-Match": given})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["ETag"] == tag


def test_lists_of_tags_and_stars_do_not_match(pair):
    form, _ = pair
    tag = form.tag()
    for given in (f'{tag}, "x"', f'"x", {tag}', "*"):
        assert form.api.get(form.feed, headers={"If-None-Match": given}).status_code == 200


CHANGES = {
    "created": lambda form, old: form.add(fill(form.form_id, "1", new_id(), "")),
    "reviewed": lambda form, old: form.api.patch(form.at(old), json={"reviewState": "approved"}),
    "review cleared": lambda form, old: form.api.patch(form.at(old), json={"reviewState": None}),
    "edited": lambda form, old: form.send_openrosa(
        fill(form.form_id, "1", new_id(), "<age>9</age>", deprecated=old)
    ),
    "deleted": lambda form, old: form.api.delete(form.at(old)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_moves_the_tag(pair, name):
    form, ids = pair
    before = form.tag()
    CHANGES[name](form, ids[1])
    assert form.tag() != before


def test_restoration_moves_the_tag_too_and_not_back(pair):
    form, ids = pair
    first = form.tag()
    form.api.delete(form.at(ids[1]))
    second = form.tag()
    form.api.post(f"{form.at(ids[1])}/restore")
    assert len({first, second, form.tag()}) == 3


def test_change_of_another_form_does_not_move_it(pair, make_form):
    form, _ = pair
    before, other = form.tag(), make_form()
    other.add(fill(other.form_id, "1", new_id(), ""))
    assert form.tag() == before


def test_change_outside_the_selection_does_not_move_it(pair):
    form, ids = pair
    only = {"$filter": f"__id eq '{ids[0]}'"}
    before = form.tag(**only)
    form.api.patch(form.at(ids[1]), json={"reviewState": "approved"})
    assert form.tag(**only) == before


def test_openrosa_repetition_does_not_move_it(form):
    xml = fill(form.form_id, "1", new_id(), "")
    form.send_openrosa(xml)
    before = form.tag()
    form.send_openrosa(xml)
    assert form.tag() == before


def test_files_do_not_move_it(make_form):
    form = make_form([("photo", "binary")])
    instance_id = new_id()
    xml = fill(form.form_id, "1", instance_id, "<photo>a.jpg</photo>")
    form.send_openrosa(xml)
    before, row = form.tag(), form.rows()[0]["__system"]
    form.send_openrosa(xml, [("a.jpg", b"x", "image/jpeg")])
    system = form.rows()[0]["__system"]
    assert system == row | {"attachmentsPresent": 1}
    assert form.tag() == before
    path = f"{form.at(instance_id)}/attachments/a.jpg"
    assert form.api.post(path, data=b"y").status_code == 200
    assert form.api.delete(path).status_code == 200
    assert form.rows()[0]["__system"] == row
    assert form.tag() == before
    given = form.api.get(form.feed, headers={"If-None-Match": before})
    assert given.status_code == 304


def test_publishing_does_not_move_it_though_every_row_changes(make_form):
    form = make_form([("name", "string"), ("age", "int"), ("gone", "string")])
    form.add(fill(form.form_id, "1", new_id(), "<name>Ada</name><age>11</age><gone>x</gone>"))
    before, row = form.tag(), form.rows()[0]
    assert row["age"] == 11
    form.publish(
        write_form(form.form_id, "2", [("name", "string"), ("age", "string"), ("new", "int")])
    )
    assert form.tag() == before
    after = form.rows()[0]
    assert (after["age"], after["new"]) == ("11", None)
    assert "gone" not in after
    assert after["__system"] == row["__system"]
    assert form.rows(expand="*")[0]["age"] == "11"


def test_draft_does_not_move_it(form):
    form.add(fill(form.form_id, "1", new_id(), ""))
    before = form.tag()
    form.draft(write_form(form.form_id, "2", [*SIMPLE, ("b", "int")]))
    assert form.tag() == before
