"""Many accounts of tablets: made once, kept as they should be, revoked."""

import uuid
from contextlib import contextmanager

import pytest
import requests

from bridge.devices import (
    Tablets,
    ensure_properties,
    find_collect_version,
    keep_filters,
    keep_properties,
)
from bridge.entities import keep_list_equal
from bridge.parallel import work_on
from config.errors import OperatorError

SCHOOL = {"school_code": "S1"}
BY_SCHOOL = (("school_code", "school_code"),)
ROWS = [
    {"school_code": "S1", "label": "One"},
    {"school_code": "S2", "label": "Two"},
]


@pytest.fixture
def ready(manager):
    ensure_properties(manager, ["school_code", "supervisor_code"])
    return manager


def name() -> str:
    return f"school {uuid.uuid4().hex[:8]} #1"


def fetched(central, tablet, path: str) -> requests.Response:
    settings = central.settings
    url = f"{settings.central_url}/v1/key/{tablet.token}/projects/{settings.central_project}"
    headers = {"X-OpenRosa-Version": "1.0"}
    return requests.get(f"{url}/{path}", headers=headers, timeout=60)


def reading_only(client, monkeypatch) -> None:
    """From now on the client refuses to write."""
    asked = client.request

    def reading(method, path, **kwargs):
        assert method == "GET", f"{method} {path}"
        return asked(method, path, **kwargs)

    monkeypatch.setattr(client, "request", reading)


def test_made_once_with_its_properties_and_forms(central, ready, ward):
    wanted = name()
    tablet = Tablets(ready, [ward.id]).ensure(wanted, SCHOOL, [ward.id])
    assert f"<formID>{ward.id}</formID>" in fetched(central, tablet, "formList").text
    again = Tablets(ready, [ward.id])
    assert again.by_name[wanted].properties == SCHOOL
    assert again.ensure(wanted, SCHOOL, [ward.id]).token == tablet.token
    assert len([each for each in again.valid_ids if each == tablet.actor_id]) == 1


def test_run_again_nothing_is_written(ready, ward, monkeypatch):
    wanted = name()
    Tablets(ready, [ward.id]).ensure(wanted, SCHOOL, [ward.id])
    tablets = Tablets(ready, [ward.id])
    reading_only(ready, monkeypatch)
    tablets.ensure(wanted, SCHOOL, [ward.id])


def test_whole_is_what_would_not_be_written_to(ready, ward):
    wanted = name()
    tablets = Tablets(ready, [ward.id])
    assert tablets.find_whole(wanted, SCHOOL, [ward.id]) is None
    tablet = tablets.ensure(wanted, SCHOOL, [ward.id])
    for known in (tablets, Tablets(ready, [ward.id])):
        assert known.find_whole(wanted, SCHOOL, [ward.id]) == tablet
        assert known.find_whole(wanted, {"school_code": "S2"}, [ward.id]) is None
        assert known.find_whole(wanted, SCHOOL, []) is None


def test_threads_make_accounts_side_by_side(central, ready, ward):
    wanted = [name() for _ in range(12)]
    tablets = Tablets(ready, [ward.id])

    @contextmanager
    def maker():
        with central.manager() as client:
            yield lambda each: tablets.ensure(each, SCHOOL, [ward.id], client)

    made = dict(work_on(wanted, maker, 4))
    again = Tablets(ready, [ward.id])
    assert {each: again.find_whole(each, SCHOOL, [ward.id]) for each in wanted} == made
    ids = {tablet.actor_id for tablet in made.values()}
    assert len(ids) == 12
    listed = ready.get_json(ready.path("app-users"))
    assert sorted(each["displayName"] for each in listed if each["id"] in ids) == sorted(wanted)


def test_what_somebody_has_changed_is_set_right(central, ready, ward):
    wanted = name()
    tablet = Tablets(ready, [ward.id]).ensure(wanted, SCHOOL, [ward.id])
    path = ready.path("app-users", tablet.actor_id)
    ready.request("PATCH", path, json={"properties": {"school_code": None}})
    renewed = Tablets(ready, [ward.id]).ensure(wanted, SCHOOL, [])
    assert renewed.properties == SCHOOL
    assert ward.id not in fetched(central, renewed, "formList").text


def test_a_form_that_is_not_published_is_told_and_the_rest_goes_on(ready, ward):
    tablets = Tablets(ready, [ward.id, "nowhere"])
    assert tablets.missing_forms == ["nowhere"]
    tablet = tablets.ensure(name(), SCHOOL, [ward.id, "nowhere"])
    assert tablet.actor_id in tablets.access[ward.id]


def test_a_revoked_account_can_do_nothing_and_revoking_twice_is_once(central, ready, ward):
    tablets = Tablets(ready, [ward.id])
    tablet = tablets.ensure(name(), SCHOOL, [ward.id])
    tablets.revoke(tablet.actor_id)
    tablets.revoke(tablet.actor_id)
    assert fetched(central, tablet, "formList").status_code == 403
    assert tablet.actor_id not in Tablets(ready, [ward.id]).valid_ids


def test_the_token_is_in_no_error_and_no_repr(central, ready, reader, ward):
    tablets = Tablets(ready, [ward.id])
    tablet = tablets.ensure(name(), SCHOOL, [])
    assert tablet.token not in repr(tablet)
    tablets.client = reader
    with pytest.raises(OperatorError) as error:
        tablets.revoke(tablet.actor_id)
    assert error.value.code == "device-not-revoked"
    assert tablet.token not in f"{error.value!r} {error.value}"
    assert error.value.__suppress_context__, "Central's own words name the address"


def test_a_name_that_central_cannot_hold_is_refused_before_it_is_sent(ready, ward):
    with pytest.raises(OperatorError) as error:
        Tablets(ready, []).ensure("school " + "9" * 60, SCHOOL, [])
    assert error.value.code == "device-name-too-long"


def test_properties_of_many_are_set_where_they_differ(central, ready, monkeypatch):
    """What is empty is not there; who is revoked, or was never there, is passed over."""
    names = [name() for _ in range(3)]
    tablets = Tablets(ready, [])
    same, other, gone = (tablets.ensure(each, SCHOOL, []).actor_id for each in names)
    tablets.revoke(gone)
    wanted = {
        same: SCHOOL | {"supervisor_code": ""}, other: {"supervisor_code": "V1"},
        gone: {"supervisor_code": "V2"}, 999_999: SCHOOL,
    }  # fmt: skip
    told = []
    assert keep_properties(ready, wanted, lambda *counts: told.append(counts)) == 1
    assert told == [(1, 1)]
    renewed = Tablets(ready, []).by_name[names[1]]
    assert renewed.properties == SCHOOL | {"supervisor_code": "V1"}
    reading_only(ready, monkeypatch)
    assert keep_properties(ready, wanted) == 0


def test_who_is_deleted_while_others_are_set_holds_nothing_up(ready, monkeypatch):
    names = [name(), name()]
    first, second = (Tablets(ready, []).ensure(each, SCHOOL, []).actor_id for each in names)
    asked = ready.get_json

    def listed_before(path, **kwargs):
        found = asked(path, **kwargs)
        ready.request("DELETE", ready.path("app-users", first))
        return found

    wanted = dict.fromkeys((first, second), {"school_code": "S2"})
    with monkeypatch.context() as patch:
        patch.setattr(ready, "get_json", listed_before)
        keep_properties(ready, wanted)
    assert Tablets(ready, []).by_name[names[1]].properties == {"school_code": "S2"}


# -- lists -----------------------------------------------------------------------------------------


def listed() -> str:
    return f"schools_{uuid.uuid4().hex[:6]}"


def test_a_list_is_limited_to_its_tablet(ready):
    wanted = listed()
    keep_list_equal(ready, wanted, ["school_code"], ROWS)
    assert keep_filters(ready, {wanted: BY_SCHOOL, "nowhere": BY_SCHOOL}) == [wanted]
    rule = {"datasetProperty": "school_code", "actorProperty": "school_code"}
    shown = ready.get_json(ready.path("datasets", wanted))["accessFilter"]
    assert shown == {"type": "property", "rules": [rule]}
    assert keep_filters(ready, {wanted: BY_SCHOOL}) == [wanted]


def test_a_list_is_limited_by_several_pairs_in_whatever_order_central_gives_them_back(ready):
    wanted = listed()
    keep_list_equal(ready, wanted, ["school_code", "asked_of"], ROWS)
    pairs = (("asked_of", "ministry"), ("asked_of", "general_code"), ("school_code", "school_code"))
    for order in (pairs, pairs[::-1]):
        assert keep_filters(ready, {wanted: order}) == [wanted]
    rules = ready.get_json(ready.path("datasets", wanted))["accessFilter"]["rules"]
    assert {(rule["datasetProperty"], rule["actorProperty"]) for rule in rules} == set(pairs)


def test_a_filter_that_is_there_is_not_written_again(ready, monkeypatch):
    wanted = listed()
    keep_list_equal(ready, wanted, ["school_code", "a", "b"], ROWS)
    pairs = (("b", "supervisor_code"), ("a", "school_code"))
    keep_filters(ready, {wanted: pairs})
    reading_only(ready, monkeypatch)
    assert keep_filters(ready, {wanted: pairs}) == [wanted]


def test_a_filter_that_central_would_drop_is_an_error_and_the_one_before_stays(ready):
    wanted = listed()
    keep_list_equal(ready, wanted, ["school_code"], ROWS)
    keep_filters(ready, {wanted: BY_SCHOOL})
    before = ready.get_json(ready.path("datasets", wanted))["accessFilter"]
    for rules in ((("supervisor_code", "supervisor_code"),), (*BY_SCHOOL, ("asked", "ministry"))):
        with pytest.raises(OperatorError) as error:
            keep_filters(ready, {wanted: rules})
        assert error.value.code == "filter-not-taken"
        assert ready.get_json(ready.path("datasets", wanted))["accessFilter"] == before


def test_a_rule_that_central_drops_without_a_word_is_an_error(ready, monkeypatch):
    """The list says that it has the property, Central does not find it."""
    wanted = listed()
    keep_list_equal(ready, wanted, ["school_code"], ROWS)
    asked = ready.find_json

    def found(path, **kwargs):
        held = asked(path, **kwargs)
        return held | {"properties": [{"name": "gone"}]} if path.endswith(wanted) else held

    monkeypatch.setattr(ready, "find_json", found)
    with pytest.raises(OperatorError) as error:
        keep_filters(ready, {wanted: (("gone", "school_code"),)})
    assert error.value.code == "filter-not-taken"


def test_a_list_limited_by_a_new_property_goes_to_nobody_rather_than_to_everyone(ready):
    wanted = listed()
    new = f"property_{wanted}"
    rows = [row | {new: "x"} for row in ROWS]
    keep_list_equal(ready, wanted, ["school_code", new], rows)
    assert keep_filters(ready, {"nowhere": BY_SCHOOL, wanted: ((new, new),)}) == [wanted]
    rule = {"datasetProperty": new, "actorProperty": new}
    shown = ready.get_json(ready.path("datasets", wanted))["accessFilter"]
    assert shown == {"type": "property", "rules": [rule]}


def test_before_there_are_accounts_no_list_is_limited(manager):
    wanted = listed()
    keep_list_equal(manager, wanted, ["school_code"], ROWS)
    new = f"property_{wanted}"
    assert keep_filters(manager, {wanted: ((new, new),)}) == []
    assert "accessFilter" not in manager.get_json(manager.path("datasets", wanted))


def test_on_a_central_before_2026_2_nothing_is_pretended(manager, ward, monkeypatch):
    asked = manager.find_json

    def older(path, **kwargs):
        return None if path.endswith("/actor-properties") else asked(path, **kwargs)

    monkeypatch.setattr(manager, "find_json", older)
    tablets = Tablets(manager, [ward.id])
    assert not tablets.has_properties
    assert tablets.ensure(name(), SCHOOL, [ward.id]).properties == {}
    assert keep_filters(manager, {"schools": BY_SCHOOL}) == []
    assert keep_properties(manager, {1: SCHOOL}) == 0


# -- what sent it ----------------------------------------------------------------------------------


def test_the_version_of_collect_is_read_from_what_it_sent(central, ready, ward):
    tablet = Tablets(ready, [ward.id]).ensure(name(), SCHOOL, [ward.id])
    settings = central.settings
    url = f"{settings.central_url}/v1/key/{tablet.token}/projects/{settings.central_project}"
    files = {"xml_submission_file": ("s.xml", ward.xml("uuid:c"), "text/xml")}
    headers = {
        "X-OpenRosa-Version": "1.0",
        "User-Agent": "org.odk.collect.android/v2026.1.2 Dalvik/2.1.0 (Linux; U; Android 14)",
    }
    requests.post(f"{url}/submission", files=files, headers=headers, timeout=60)
    assert find_collect_version(ready, ward.id, "uuid:c") == "v2026.1.2"
    ward.send("uuid:d")
    assert find_collect_version(ready, ward.id, "uuid:d") is None
