"""The OData feed: its shape, paging, counting, selecting, and what it refuses."""

import base64
import json

import pytest

from tests.conformance.central_api import cursor_of, new_id, refused
from tests.conformance.xforms import fill

KIDS = [
    ("name", "string"),
    ("g", (("town", "string"), ("pets", [("pet", "string")]))),
    ("kids", [("kname", "string"), ("kage", "int"), ("toys", [("toy", "string")])]),
]
SYSTEM = [
    *("submissionDate", "updatedAt", "submitterId", "submitterName", "attachmentsPresent"),
    *("attachmentsExpected", "status", "reviewState", "deviceId", "edits", "formVersion"),
    "deletedAt",
]


@pytest.fixture
def five(form):
    """(form, the ids of five submissions, newest first)."""
    ids = [
        form.add(fill(form.form_id, "1", new_id(), f"<name>n{i}</name><age>{i}</age>"))
        for i in range(5)
    ]
    return form, ids[::-1]


def _body(form, **query) -> dict:
    return form.api.json(form.feed, params={f"${key}": value for key, value in query.items()})


def test_whole_table_ends_with_its_context(five):
    form, ids = five
    answer = form.api.get(form.feed)
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    body = answer.json()
    assert list(body) == ["value", "@odata.context"]
    assert [row["__id"] for row in body["value"]] == ids
    assert body["@odata.context"].endswith(
        f"/v1/projects/{form.project_id}/forms/{form.form_id}.svc/$metadata#Submissions"
    )
    assert answer.text.startswith('{"value":[{"name":"n4","age":4,"meta":{"instanceID":"')


def test_empty_table(form):
    body = _body(form, count="true")
    assert list(body) == ["value", "@odata.context", "@odata.count"]
    assert (body["value"], body["@odata.count"]) == ([], 0)


def test_row(form):
    instance_id = form.add(fill(form.form_id, "1", new_id(), "<name>Ada</name><age>7</age>"))
    (row,) = form.rows()
    assert list(row) == ["name", "age", "meta", "__id", "__system"]
    assert list(row["__system"]) == SYSTEM
    assert row["meta"] == {"instanceID": instance_id}
    me = form.api.json("/users/current")
    assert row["__system"] == {
        "submissionDate": row["__system"]["submissionDate"],
        "updatedAt": None,
        "submitterId": str(me["id"]),
        "submitterName": me["displayName"],
        "attachmentsPresent": 0,
        "attachmentsExpected": 0,
        "status": None,
        "reviewState": None,
        "deviceId": None,
        "edits": 0,
        "formVersion": "1",
        "deletedAt": None,
    }
    index = form.api.json(f"{form.path}/submissions")
    assert index[0]["createdAt"] == row["__system"]["submissionDate"]


def test_count_is_that_of_the_filter(five):
    form, _ = five
    assert _body(form, count="true")["@odata.count"] == 5
    assert _body(form, count="true", top="2")["@odata.count"] == 5
    narrow = _body(form, count="true", filter="__system/reviewState ne null")
    assert narrow["@odata.count"] == 0
    assert "@odata.count" not in _body(form, count="false")


def test_pages_follow_the_link(five):
    form, ids = five
    seen, query = [], {"$top": "2", "$count": "true", "$filter": "__system/deletedAt eq null"}
    answer = form.api.get(form.feed, params=query)
    while True:
        body = answer.json()
        assert body["@odata.count"] == 5
        seen += [row["__id"] for row in body["value"]]
        if "@odata.nextLink" not in body:
            break
        link = body["@odata.nextLink"]
        assert cursor_of(link) == {"instanceId": body["value"][-1]["__id"]}
        for kept in ("%24top=2", "%24count=true", "%24filter="):
            assert kept in link
        answer = form.api.follow(link)
    assert seen == ids


def test_link_is_there_exactly_while_rows_remain(five):
    form, _ = five
    assert "@odata.nextLink" in _body(form, top="4")
    assert "@odata.nextLink" not in _body(form, top="5")
    assert "@odata.nextLink" not in _body(form, top="99999999999")


def test_top_zero(five):
    form, _ = five
    answer = form.api.get(form.feed, params={"$top": "0"})
    assert answer.json()["value"] == []
    assert "eventhash" not in answer.headers.get("ETag", "")
    body = _body(form, top="0", count="true")
    assert (body["value"], body["@odata.count"]) == ([], 5)
    assert "@odata.nextLink" not in body


def test_skip(five):
    form, ids = five
    assert [row["__id"] for row in _body(form, skip="1", top="2")["value"]] == ids[1:3]
    without_top = _body(form, skip="3")
    assert [row["__id"] for row in without_top["value"]] == ids[3:]
    # A link although nothing remains; it leads to an empty page.
    empty = form.api.follow(without_top["@odata.nextLink"]).json()
    assert empty["value"] == []
    assert "@odata.nextLink" not in empty


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"$top": "abc"}, 400.11),
        ({"$skip": "abc", "$top": "1"}, 400.11),
        ({"$skiptoken": "abc"}, 400.35),
        ({"$skiptoken": "01abc"}, 400.35),
        ({"$expand": "kids"}, 501.6),
        ({"$expand": "*", "$select": "name"}, 501.11),
        ({"$select": "nothing"}, 400.23),
        ({"$apply": "x"}, 501.1),
        ({"foo": "x"}, 501.1),
        ({"wkt": "true"}, 501.1),
        ({"$format": "atom"}, 406.1),
        ({"$orderby": "name"}, 501.5),
        ({"$orderby": "__id sideways"}, 501.5),
    ],
)
def test_refusals(five, query, code):
    form, _ = five
    assert refused(form.api.get(form.feed, params=query), code)


def test_negative_top_fails(five):
    form, _ = five
    assert form.api.get(form.feed, params={"$top": "-1"}).status_code == 500


def test_search_is_accepted_and_ignored(five):
    form, ids = five
    assert [row["__id"] for row in _body(form, search="n1")["value"]] == ids


def test_orderby(five):
    form, ids = five
    up = _body(form, orderby="__system/submissionDate asc")["value"]
    assert [row["__id"] for row in up] == ids[::-1]
    by_id = _body(form, orderby="__id desc")["value"]
    assert [row["__id"] for row in by_id] == sorted(ids, reverse=True)


def test_orderby_gives_a_link_that_is_not_answered(five):
    form, _ = five
    link = _body(form, orderby="__id", top="2")["@odata.nextLink"]
    assert refused(form.api.follow(link), 501.1)


def test_cursor_that_is_not_there_ends_the_pages(five):
    """As after a purge: no error, no rows, and a count that does not agree."""
    form, _ = five
    token = "01" + base64.b64encode(json.dumps({"instanceId": "uuid:gone"}).encode()).decode()
    body = _body(form, top="2", count="true", skiptoken=token)
    assert (body["value"], body["@odata.count"]) == ([], 5)
    assert "@odata.nextLink" not in body


def test_cursor_on_a_deleted_row_goes_on(five):
    form, ids = five
    page = _body(form, top="2")
    form.api.delete(form.at(ids[1]))
    rest = form.api.follow(page["@odata.nextLink"]).json()
    assert [row["__id"] for row in rest["value"]] == ids[2:4]


def test_what_is_inserted_while_paging_is_not_seen(five):
    form, ids = five
    page = _body(form, top="2", count="true")
    form.add(fill(form.form_id, "1", new_id(), ""))
    rest = form.api.follow(page["@odata.nextLink"]).json()
    assert [row["__id"] for row in rest["value"]] == ids[2:4]
    assert rest["@odata.count"] == 6


def test_select(make_form):
    form = make_form(KIDS)
    inside = "<name>Ada</name><g><town>Erbil</town><pets><pet>cat</pet></pets></g>"
    instance_id = form.add(fill(form.form_id, "1", new_id(), inside))
    (row,) = _body(form, select="__id,name")["value"]
    assert row == {"name": "Ada", "__id": instance_id}
    (row,) = _body(form, select="g/town")["value"]
    assert row == {"g": {"town": "Erbil"}}
    (row,) = _body(form, select="g")["value"]
    assert row["g"]["town"] == "Erbil"
    (row,) = _body(form, select="__system/edits,__system/formVersion")["value"]
    assert row == {"__system": {"edits": 0, "formVersion": "1"}}
    (row,) = _body(form, select="__system")["value"]
    assert list(row["__system"]) == SYSTEM
    (row,) = _body(form, select="*")["value"]
    assert row["name"] == "Ada"
    answer = form.api.get(form.feed, params={"$select": "kids/kname"})
    assert refused(answer, 400.24)


def test_single_row(five):
    form, ids = five
    body = form.api.json(f"{form.feed}('{ids[2]}')")
    assert [row["__id"] for row in body["value"]] == [ids[2]]
    assert body["@odata.context"].endswith("$metadata#Submissions")
    assert refused(form.api.get(f"{form.feed}('uuid:none')"), 404.1)
    form.api.delete(form.at(ids[2]))
    assert refused(form.api.get(f"{form.feed}('{ids[2]}')"), 404.1)


@pytest.mark.parametrize("odd", ["it's", "a b", "a/b", "a_b", "ü"])
def test_single_row_has_no_address_for_an_odd_id(form, odd):
    form.add(fill(form.form_id, "1", odd, "<name>Ada</name>"))
    assert form.api.get(f"{form.feed}('{odd}')").status_code == 404
    assert [row["__id"] for row in form.rows()] == [odd]


def test_service_document(make_form):
    form = make_form(KIDS)
    body = form.api.json(f"{form.path}.svc")
    assert [item["name"] for item in body["value"]] == [
        "Submissions",
        "Submissions.g.pets",
        "Submissions.kids",
        "Submissions.kids.toys",
    ]
    assert body["@odata.context"].endswith(".svc/$metadata")


def test_metadata_is_xml(make_form):
    form = make_form(KIDS)
    answer = form.api.get(f"{form.path}.svc/$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    for part in (
        '<EntityType Name="Submissions">',
        '<EntityType Name="Submissions.kids.toys">',
        '<Property Name="kage" Type="Edm.Int64"/>',
        f'Type="Collection(org.opendatakit.user.{form.form_id}.Submissions.kids)"',
        '<Property Name="__Submissions-kids-id" Type="Edm.String"/>',
        '<ComplexType Name="g"><Property Name="town" Type="Edm.String"/>',
    ):
        assert part.replace(" ", "") in "".join(answer.text.split())


def test_unknown_table_is_404(five):
    form, _ = five
    assert refused(form.api.get(f"{form.path}.svc/Nothing"), 404.1)
    assert refused(form.api.get(f"{form.path}.svc/Submissions.name"), 404.1)
    assert refused(form.api.get(f"{form.path}.svc/Submissions.nothing"), 404.1)
