"""Cases 1 to 5, 9 to 12, 18, 19 and 24: what the feed, the filter and the tags answer."""

from hashlib import sha1

import pytest

from tests.conformance.cases.table import needs
from tests.conformance.central_api import cursor_of, new_id, refused
from tests.conformance.xforms import fill

DELETED_TOO = "__system/deletedAt eq null or __system/deletedAt ne null"
KIDS = [("kids", [("kname", "string"), ("toys", [("toy", "string")])])]


@pytest.fixture
def five(form):
    """(form, the ids of five submissions, newest first)."""
    ids = [form.add(fill(form.form_id, "1", new_id(), f"<age>{i}</age>")) for i in range(5)]
    return form, ids[::-1]


def _page(form, **query) -> dict:
    return form.api.json(form.feed, params={f"${name}": value for name, value in query.items()})


def _ids(body: dict) -> list[str]:
    return [row["__id"] for row in body["value"]]


@needs("api")
def test_01_without_a_limit_every_row_comes_newest_first_and_the_context_last(five):
    form, ids = five
    body = _page(form)
    assert _ids(body) == ids
    assert list(body) == ["value", "@odata.context"]
    dates = [row["__system"]["submissionDate"] for row in body["value"]]
    assert dates == sorted(dates, reverse=True)


@needs("database")
def test_01_of_one_millisecond_the_row_that_was_made_last_comes_first(five, hands):
    form, ids = five
    newest = form.row(ids[0])["__system"]["submissionDate"]
    hands.set_created_at(form.project_id, form.form_id, ids[4], newest)
    assert _ids(_page(form)) == [ids[0], ids[4], *ids[1:4]]


@needs("api")
def test_02_a_link_to_the_next_page_is_there_exactly_while_rows_remain(five, central):
    form, ids = five
    query = {"count": "true", "expand": "*", "filter": "__system/deletedAt eq null"}
    body = _page(form, top="2", **query)
    link = body["@odata.nextLink"]
    assert not link.startswith(central.url)  # the configured name, not the one that was asked
    assert cursor_of(link) == {"instanceId": ids[1]}
    for kept in ("%24filter=", "%24expand=", "%24count=true", "%24top=2"):
        assert kept in link
    second = form.api.follow(link).json()
    assert "@odata.nextLink" in second
    last = form.api.follow(second["@odata.nextLink"]).json()
    assert _ids(body) + _ids(second) + _ids(last) == ids
    assert "@odata.nextLink" not in last
    assert "%24select=" in _page(form, top="2", select="__id")["@odata.nextLink"]


@needs("api")
def test_03_skip_without_top_links_to_nothing_and_an_order_cannot_be_followed(five):
    form, ids = five
    body = _page(form, skip="3")
    assert _ids(body) == ids[3:]
    empty = form.api.follow(body["@odata.nextLink"]).json()
    assert empty["value"] == []
    ordered = _page(form, orderby="__system/submissionDate asc", top="2")
    assert refused(form.api.follow(ordered["@odata.nextLink"]), 501.1)


@needs("database")
def test_04_pages_go_on_after_a_deleted_cursor_and_end_silently_at_a_purged_one(five, hands):
    form, ids = five
    link = _page(form, top="2", count="true")["@odata.nextLink"]
    form.api.delete(form.at(ids[1]))
    assert _ids(form.api.follow(link).json()) == ids[2:4]
    assert hands.purge(form.project_id, form.form_id, [ids[1]]) == 1
    body = form.api.follow(link).json()
    assert (body["value"], body["@odata.count"]) == ([], 4)
    assert "@odata.nextLink" not in body


@needs("api")
def test_05_what_is_inserted_while_paging_is_counted_but_not_seen(five):
    form, ids = five
    body = _page(form, top="2", count="true")
    form.add(fill(form.form_id, "1", new_id(), ""))
    rest = form.api.follow(body["@odata.nextLink"]).json()
    assert (_ids(rest), rest["@odata.count"]) == (ids[2:4], 6)


@needs("api")
def test_09_times_compare_exactly_to_the_millisecond(form):
    instance_id = form.add(fill(form.form_id, "1", new_id(), ""))
    at = form.row(instance_id)["__system"]["submissionDate"]
    finer = at.replace("Z", "400Z")
    hours = f"{(int(at[11:13]) + 3) % 24:02d}"
    for comparison, is_there in (
        (f"eq {at}", True),
        (f"ge {at}", True),
        (f"gt {at}", False),
        (f"lt {finer}", True),
        (f"ge {finer}", False),
    ):
        rows = form.rows(filter=f"__system/submissionDate {comparison}")
        assert bool(rows) == is_there, comparison
    if int(at[11:13]) < 21:  # on the same day there, three hours further east
        east = f"{at[:11]}{hours}{at[13:-1]}+03:00"
        assert form.rows(filter=f"__system/submissionDate eq {east}")
    without = {"$filter": f"__system/submissionDate gt {at[:-1]}"}
    assert refused(form.api.get(form.feed, params=without), 400.18)


@needs("api")
def test_10_what_cannot_be_asked_is_refused_each_in_its_own_way(form):
    for query, code in (
        ({"$filter": "__system/formVersion eq '1'"}, 501.5),
        ({"$filter": "__system/submissionDate gt"}, 400.18),
        ({"$filter": "__system/submissionDate gt gt"}, 501.5),
        ({"$apply": "x"}, 501.1),
    ):
        assert refused(form.api.get(form.feed, params=query), code)
    for query in (
        {"$filter": "__system/submissionDate lt now()"},
        {"$filter": "__system/submissionDate lt 'x'"},
        {"$top": "-1"},
    ):
        assert form.api.get(form.feed, params=query).status_code == 500, query


@needs("api")
def test_11_deleted_rows_show_only_where_the_filter_names_their_deletion(five):
    form, ids = five
    form.api.delete(form.at(ids[0]))
    assert _ids(_page(form)) == ids[1:]
    assert _ids(_page(form, filter=DELETED_TOO)) == ids
    deleted = form.api.json(f"{form.path}/submissions?deleted=true")
    assert [entry["instanceId"] for entry in deleted] == [ids[0]]
    assert refused(form.api.get(f"{form.feed}('{ids[0]}')"), 404.1)


@needs("api")
def test_12_deletion_and_restoration_change_one_time_and_the_tag(five):
    form, ids = five
    before, tags = form.row(ids[0])["__system"], [form.tag(**{"$filter": DELETED_TOO})]
    form.api.delete(form.at(ids[0]))
    gone = form.row(ids[0], filter=DELETED_TOO)["__system"]
    tags.append(form.tag(**{"$filter": DELETED_TOO}))
    assert gone == before | {"deletedAt": gone["deletedAt"]}
    form.api.post(f"{form.at(ids[0])}/restore")
    tags.append(form.tag(**{"$filter": DELETED_TOO}))
    assert form.row(ids[0])["__system"] == before
    assert len(set(tags)) == 3


@needs("api")
def test_18_rows_of_repeats_are_named_by_their_place_and_replaced_by_an_edit(make_form):
    form = make_form(KIDS)
    root = new_id()
    two = "<kids><kname>a</kname><toys><toy>t</toy></toys></kids><kids><kname>b</kname></kids>"
    form.add(fill(form.form_id, "1", root, two))
    (row,) = form.rows(expand="*")
    ids = [sha1(f"Submissions#{root}%%kids#{n}".encode()).hexdigest() for n in (0, 1)]
    assert [kid["__id"] for kid in row["kids"]] == ids
    assert row["kids"][0]["toys"][0]["toy"] == "t"
    assert "toys" not in row["kids"][1]
    one = "<kids><kname>b</kname></kids>"
    form.send_openrosa(fill(form.form_id, "1", new_id(), one, deprecated=root))
    (row,) = form.rows(expand="*")
    assert [(kid["kname"], kid["__id"]) for kid in row["kids"]] == [("b", ids[0])]
    empty = form.add(fill(form.form_id, "1", new_id(), ""))
    assert not {"kids", "kids@odata.navigationLink"} & form.row(empty, expand="*").keys()


@needs("api")
def test_19_one_selection_has_one_tag_and_only_that_tag_answers_304(five):
    form, _ = five
    tag, index = form.tag(), f"{form.path}/submissions"
    assert form.tag(**{"$expand": "*"}) == form.tag(index) == form.tag(f"{index}.csv") == tag
    assert form.tag(**{"$top": "2"}) != tag
    none = form.api.get(f"{index}?limit=0")
    assert (none.json(), none.headers["ETag"]) == ([], tag)
    for condition, status in (
        (tag, 304),
        (tag.removeprefix("W/"), 304),
        (f'{tag}, "x"', 200),
        ("*", 200),
    ):
        answer = form.api.get(form.feed, headers={"If-None-Match": condition})
        assert answer.status_code == status, condition
        assert bool(answer.content) == (status == 200)


VALUES = [("whole", "int"), ("part", "decimal"), ("place", "geopoint"), ("day", "date")]


@needs("api")
def test_24_answers_that_do_not_fit_become_null_or_are_rounded_and_pass(make_form):
    form = make_form([*VALUES, ("text", "string")])
    inside = (
        "<whole>notint</whole><part>1e400</part><place>here</place><day>last spring</day>"
        "<text>a\x07b</text>"
    )
    form.add(fill(form.form_id, "1", "bad", inside))
    form.add(fill(form.form_id, "1", "large", "<whole>9007199254740993</whole>"))
    bad, large = form.row("bad"), form.row("large")
    assert (bad["whole"], bad["part"], bad["place"]) == (None, None, None)
    assert (bad["day"], bad["text"]) == ("last spring", "a\x07b")
    assert large["whole"] == 2**53


@needs("api")
def test_24_any_id_up_to_64_characters_is_taken_and_an_odd_one_has_no_address(form):
    for odd in ("it's", "a/b", "x" * 64):
        form.add(fill(form.form_id, "1", odd, ""))
        assert form.row(odd)["__id"] == odd
    assert form.api.get(f"{form.feed}('it's')").status_code == 404
    assert form.api.get(f"{form.feed}('a/b')").status_code == 404
    assert refused(form.send(fill(form.form_id, "1", "x" * 65, "")), 400.13)
    nameless = form.add(fill(form.form_id, "1", None, ""))
    assert len(nameless) == 36
    assert form.row(nameless)
