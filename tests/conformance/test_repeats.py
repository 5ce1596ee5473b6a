"""Repeats in OData: nested rows, ids by position, tables of their own."""

from hashlib import sha1

import pytest

from tests.conformance.central_api import cursor_of, new_id, refused
from tests.conformance.xforms import fill

FIELDS = [
    ("name", "string"),
    ("kids", [("kname", "string"), ("kage", "int"), ("toys", [("toy", "string")])]),
    ("g", (("town", "string"), ("pets", [("pet", "string")]))),
]
INSIDE = (
    "<name>Ada</name>"
    "<kids><kname>K0</kname><kage>4</kage><toys><toy>a</toy></toys><toys><toy>b</toy></toys></kids>"
    "<kids><kname>K1</kname></kids>"
    "<g><town>Erbil</town><pets><pet>cat</pet></pets></g>"
)


def _id(instance_id: str, *steps: str) -> str:
    return sha1("%%".join([f"Submissions#{instance_id}", *steps]).encode()).hexdigest()


@pytest.fixture
def family(make_form):
    """(form, instance id) of a submission with repeats in a repeat and in a group."""
    form = make_form(FIELDS)
    instance_id = new_id()
    form.add(fill(form.form_id, "1", instance_id, INSIDE))
    return form, instance_id


def _table(form, name: str, **query) -> dict:
    params = {f"${key}": value for key, value in query.items()}
    return form.api.json(f"{form.path}.svc/{name}", params=params)


def test_expanded_row(family):
    form, instance_id = family
    (row,) = form.rows(expand="*")
    link = f"Submissions('{instance_id.replace(':', '%3A')}')"
    kids = [_id(instance_id, f"kids#{n}") for n in (0, 1)]
    assert list(row) == [
        *("name", "g", "meta", "__id", "__system"),
        *("kids@odata.navigationLink", "kids"),
    ]
    assert row["kids@odata.navigationLink"] == f"{link}/kids"
    assert row["kids"] == [
        {
            "kname": "K0",
            "kage": 4,
            "__id": kids[0],
            "toys@odata.navigationLink": f"{link}/kids('{kids[0]}')/toys",
            "toys": [
                {"toy": "a", "__id": _id(instance_id, "kids#0", "toys#0")},
                {"toy": "b", "__id": _id(instance_id, "kids#0", "toys#1")},
            ],
        },
        {"kname": "K1", "kage": None, "__id": kids[1]},
    ]
    assert row["g"] == {
        "town": "Erbil",
        "pets@odata.navigationLink": f"{link}/g/pets",
        "pets": [{"pet": "cat", "__id": _id(instance_id, "g#", "pets#0")}],
    }


def test_row_that_is_not_expanded_has_links_alone(family):
    form, _ = family
    (row,) = form.rows()
    assert "kids" not in row
    assert row["kids@odata.navigationLink"].endswith("/kids")
    assert list(row["g"]) == ["town", "pets@odata.navigationLink"]


def test_repeat_without_rows_has_no_key_at_all(family):
    form, _ = family
    form.add(fill(form.form_id, "1", new_id(), "<name>Eve</name><g/>"))
    row = next(row for row in form.rows(expand="*") if row["name"] == "Eve")
    assert list(row) == ["name", "g", "meta", "__id", "__system"]
    assert row["g"] == {"town": None}


def test_empty_repeat_is_a_row_of_nulls(family):
    form, _ = family
    form.add(fill(form.form_id, "1", new_id(), "<name>Eve</name><kids/>"))
    row = next(row for row in form.rows(expand="*") if row["name"] == "Eve")
    assert [list(kid) for kid in row["kids"]] == [["kname", "kage", "__id"]]
    assert row["kids"][0]["kname"] is None


def test_ids_are_positions_so_an_edit_moves_them(family):
    form, instance_id = family
    second = new_id()
    xml = fill(form.form_id, "1", second, "<kids><kname>K1</kname></kids>", deprecated=instance_id)
    form.send_openrosa(xml)
    (row,) = form.rows(expand="*")
    assert [(kid["kname"], kid["__id"]) for kid in row["kids"]] == [
        ("K1", _id(instance_id, "kids#0"))
    ]


def test_table_of_a_repeat(family):
    form, instance_id = family
    body = _table(form, "Submissions.kids", count="true")
    assert body["@odata.context"].endswith("$metadata#Submissions.kids")
    assert body["@odata.count"] == 2
    first, second = body["value"]
    assert list(first) == [
        *("kname", "kage", "__id", "__Submissions-id", "toys@odata.navigationLink")
    ]
    assert (first["kname"], first["__Submissions-id"]) == ("K0", instance_id)
    assert second["__id"] == _id(instance_id, "kids#1")
    toys = _table(form, "Submissions.kids.toys")["value"]
    assert [(toy["toy"], toy["__Submissions-kids-id"]) for toy in toys] == [
        ("a", first["__id"]),
        ("b", first["__id"]),
    ]
    (pet,) = _table(form, "Submissions.g.pets")["value"]
    assert (pet["pet"], pet["__Submissions-id"]) == ("cat", instance_id)


def test_table_of_a_repeat_can_be_expanded(family):
    form, _ = family
    first = _table(form, "Submissions.kids", expand="*")["value"][0]
    assert [toy["toy"] for toy in first["toys"]] == ["a", "b"]


def test_pages_of_a_repeat(family):
    form, instance_id = family
    page = _table(form, "Submissions.kids", top="1", count="true")
    assert [kid["kname"] for kid in page["value"]] == ["K0"]
    assert page["@odata.count"] == 2
    link = page["@odata.nextLink"]
    assert cursor_of(link) == {"repeatId": _id(instance_id, "kids#0")}
    rest = form.api.follow(link).json()
    assert [kid["kname"] for kid in rest["value"]] == ["K1"]
    assert "@odata.nextLink" not in rest
    skipped = _table(form, "Submissions.kids", skip="1", top="1")
    assert [kid["kname"] for kid in skipped["value"]] == ["K1"]


def test_table_of_a_repeat_filters_by_its_submission(family):
    form, instance_id = family
    path = "$root/Submissions/__id"
    rows = _table(form, "Submissions.kids", filter=f"{path} eq '{instance_id}'")["value"]
    assert len(rows) == 2
    assert _table(form, "Submissions.kids", filter=f"{path} eq 'x'")["value"] == []
    params = {"$filter": "__id eq 'x'"}
    assert refused(form.api.get(f"{form.path}.svc/Submissions.kids", params=params), 501.5)


def test_select_in_a_repeat(family):
    form, _ = family
    rows = _table(form, "Submissions.kids", select="kname")["value"]
    assert [kid["kname"] for kid in rows] == ["K0", "K1"]
    assert "kage" not in rows[0]
    assert "__id" not in rows[0]
    with_ids = _table(form, "Submissions.kids", select="__id,__Submissions-id,kage")["value"]
    assert set(with_ids[0]) == {"kage", "__id", "__Submissions-id"}


def test_rows_below_one_row(family):
    form, instance_id = family
    (row,) = form.rows()
    kids = form.api.json(f"{form.path}.svc/{row['kids@odata.navigationLink']}")
    assert [kid["kname"] for kid in kids["value"]] == ["K0", "K1"]
    toys = form.api.json(f"{form.path}.svc/{kids['value'][0]['toys@odata.navigationLink']}")
    assert [toy["toy"] for toy in toys["value"]] == ["a", "b"]
    (pet,) = form.api.json(f"{form.path}.svc/{row['g']['pets@odata.navigationLink']}")["value"]
    assert pet["pet"] == "cat"
    assert refused(form.api.get(f"{form.feed}('{instance_id}')/nothing"), 404.1)


def test_table_of_a_repeat_has_the_tag_of_its_submissions(family):
    form, _ = family
    assert form.tag(f"{form.path}.svc/Submissions.kids") == form.tag()
