"""Reading Central without any state: whole forms, some ids, system fields."""

import pytest

from bridge.changes import IncompleteAnswer
from bridge.reading import read_form, read_submissions, read_systems


def test_a_whole_form_holds_live_and_deleted_rows(ward, reader, tmp_path):
    ward.send("uuid:a", name="Ada")
    ward.send("uuid:b")
    ward.delete("uuid:b")
    rows = {row.instance_id: row for row in read_form(reader, ward.id, tmp_path)}
    assert rows.keys() == {"uuid:a", "uuid:b"}
    assert rows["uuid:a"].row["name"] == "Ada"
    assert rows["uuid:b"].system["deletedAt"]


def test_system_fields_come_without_any_answer(ward, reader, tmp_path):
    ward.send("uuid:a")
    (row,) = read_systems(reader, ward.id, tmp_path)
    assert row.keys() == {"__id", "__system"}
    assert row["__system"]["attachmentsExpected"] == 0


def test_rows_are_found_by_id_whatever_the_id(ward, reader, tmp_path):
    ids = ["uuid:a", "it's", "a/b c", 'ü"?#%', "uuid:deleted"]
    for instance_id in [*ids, "uuid:unasked"]:
        ward.send(instance_id)
    ward.delete("uuid:deleted")
    times = {
        r["__id"]: r["__system"]["submissionDate"] for r in read_systems(reader, ward.id, tmp_path)
    }
    wanted = {instance_id: times[instance_id] for instance_id in ids} | {"uuid:none": "2026-01-01"}
    found = [row.instance_id for row in read_submissions(reader, ward.id, wanted, tmp_path)]
    assert sorted(found) == sorted(ids)


def test_more_ids_than_one_address_holds(ward, reader, tmp_path):
    ids = [f"uuid:{number:059d}" for number in range(95)]
    for instance_id in ids[:3]:
        ward.send(instance_id)
    wanted = dict.fromkeys(ids, "2026-01-01")
    found = [row.instance_id for row in read_submissions(reader, ward.id, wanted, tmp_path)]
    assert sorted(found) == ids[:3]


@pytest.mark.parametrize("end", [-1, -60])
def test_an_answer_that_is_cut_is_no_answer(ward, proxied, proxy, tmp_path, end):
    ward.send("uuid:a")
    proxy.on_data(lambda answer: answer.cut(len(answer.body) + end))
    with pytest.raises(IncompleteAnswer):
        list(read_form(proxied, ward.id, tmp_path))
