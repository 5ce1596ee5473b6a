"""Publishing: what Central has afterwards, and what a second time does."""

from dataclasses import replace

import pytest

from bridge.compile import compile_form
from bridge.entities import keep_list_equal
from bridge.publish import list_forms, next_version, plan_form, publish_form, publish_forms
from bridge.xform import primary_instance
from config.errors import OperatorError
from tests.bridge.conftest import WARD, compiled_ward
from tests.bridge.workbooks import write_xlsform


def version_at(manager, form_id: str) -> str:
    return manager.get_json(manager.path("forms", form_id))["version"]


def test_a_form_is_created_once_and_then_left_alone(manager, tmp_path):
    form = compiled_ward("once")
    assert publish_form(manager, form, tmp_path).action == "created"
    assert "once" in list_forms(manager)
    again = publish_form(manager, form, tmp_path)
    assert (again.action, again.version) == ("unchanged", "1")
    assert len(manager.get_json(manager.path("forms", "once", "versions"))) == 1


def test_a_change_is_a_new_version_and_going_back_is_another(manager, tmp_path):
    first = compiled_ward("back")
    second = compiled_ward("back", WARD + "    text | more | More\n")
    publish_form(manager, first, tmp_path)
    assert publish_form(manager, second, tmp_path).version == "2"
    result = publish_form(manager, first, tmp_path)
    assert (result.action, result.version) == ("updated", "3")
    xform = manager.request("GET", manager.path("forms", "back.xml")).content
    assert primary_instance(xform).get("version") == "3"


def test_what_a_change_removes_is_told(manager, tmp_path):
    publish_form(manager, compiled_ward("removes", WARD + "    text | more | More\n"), tmp_path)
    result = publish_form(manager, compiled_ward("removes"), tmp_path)
    assert result.action == "updated"
    assert "more" in result.warnings[0]


def test_a_type_that_changes_is_refused_and_the_form_stays(manager, tmp_path):
    publish_form(manager, compiled_ward("types"), tmp_path)
    with pytest.raises(OperatorError) as error:
        publish_form(manager, compiled_ward("types", WARD.replace("integer", "decimal")), tmp_path)
    assert error.value.code == "form-type-changed"
    assert "/age" in error.value.message
    assert version_at(manager, "types") == "1"


def test_a_draft_that_a_broken_run_left_is_taken_up(manager, tmp_path):
    form = compiled_ward("left")
    manager.request(
        "POST", manager.path("forms"), data=form.xform.encode(),
        headers={"Content-Type": "application/xml"},
    )  # fmt: skip
    assert "left" not in list_forms(manager)
    assert publish_form(manager, form, tmp_path).action == "created"
    assert "left" in list_forms(manager)


def test_a_version_that_was_taken_meanwhile_is_passed_over(manager, tmp_path, monkeypatch):
    publish_form(manager, compiled_ward("taken"), tmp_path)
    monkeypatch.setattr("bridge.publish._published_versions", lambda client, form_id: ["0"])
    changed = compiled_ward("taken", WARD + "    text | more | More\n")
    assert publish_form(manager, changed, tmp_path).version == "2"


MORE = WARD + "    text | more | More\n"


@pytest.mark.parametrize("attempt", [publish_form, plan_form])
def test_a_workbook_older_than_what_central_has_is_refused_and_the_form_stays(
    manager, tmp_path, attempt
):
    form_id = f"newer_{attempt.__name__}"
    publish_form(manager, replace(compiled_ward(form_id, MORE), version="20261102"), tmp_path)
    older = replace(compiled_ward(form_id), version="20261101")
    with pytest.raises(OperatorError) as error:
        attempt(manager, older, tmp_path)
    assert error.value.code == "form-newer-at-central"
    assert "20261102" in error.value.message
    assert "above 20261102" in error.value.remedy
    assert version_at(manager, form_id) == "20261102"
    assert attempt(manager, replace(older, version="20261103"), tmp_path).action == "updated"


@pytest.mark.parametrize(
    ("published", "workbook"),
    [
        ("20261102", "20261102"),  # counted on
        ("20261102", ""),
        ("v2", "v1"),  # nobody can tell which is older
        ("20261102", "v1"),
    ],
)
def test_what_is_not_known_to_be_older_is_published(manager, tmp_path, published, workbook):
    form_id = f"alike_{published}_{workbook}"
    publish_form(manager, replace(compiled_ward(form_id, MORE), version=published), tmp_path)
    again = replace(compiled_ward(form_id), version=workbook)
    assert publish_form(manager, again, tmp_path).action == "updated"


def test_an_older_workbook_with_the_same_content_is_left_alone(manager, tmp_path):
    form = compiled_ward("same_older")
    publish_form(manager, replace(form, version="20261102"), tmp_path)
    assert publish_form(manager, replace(form, version="20261101"), tmp_path).action == "unchanged"


@pytest.mark.parametrize(
    ("wanted", "taken", "expected"),
    [
        ("20261101", [], "20261101"),
        ("20261101", ["20261001"], "20261101"),
        ("20261101", ["20261101"], "20261101.2"),
        ("20261101", ["20261101", "20261101.2"], "20261101.3"),
        ("20261101", ["20261101.9", "20261101.10"], "20261101.11"),
        ("", [], "1"),
        ("", ["1", "2"], "3"),
        ("", ["old", "7"], "8"),
        ("v1.0", ["v1.0"], "v1.0.2"),
    ],
)
def test_versions_count_on_from_what_central_has_seen(wanted, taken, expected):
    assert next_version(wanted, taken) == expected


# -- files and lists -------------------------------------------------------------------------------


def with_file(tmp_path, form_id: str, name: str):
    survey = f"type | name | label\nselect_one_from_file {name} | s | S"
    return compile_form(write_xlsform(tmp_path / f"{form_id}.xlsx", survey=survey))


def test_a_form_is_not_published_without_what_it_reads(manager, tmp_path):
    form = with_file(tmp_path, "lacks", "absent.csv")
    with pytest.raises(OperatorError) as error:
        publish_form(manager, form, tmp_path)
    assert error.value.code == "form-media-missing"
    assert "absent.csv" in error.value.message
    assert "lacks" not in list_forms(manager)


def test_a_list_of_entities_is_linked_and_a_later_list_makes_a_version(manager, tmp_path):
    keep_list_equal(manager, "halls", [], [{"school_code": "1", "label": "One"}])
    form = with_file(tmp_path, "linked", "halls.csv")
    assert publish_form(manager, form, tmp_path).action == "created"
    (attachment,) = manager.get_json(manager.path("forms", "linked", "attachments"))
    assert attachment["datasetExists"]
    assert publish_form(manager, form, tmp_path).action == "unchanged"


def test_a_file_beside_the_form_goes_with_it_and_its_change_is_a_version(manager, tmp_path):
    form = with_file(tmp_path, "filed", "rooms.csv")
    (tmp_path / "media").mkdir()
    rooms = tmp_path / "media" / "rooms.csv"
    rooms.write_text("name,label\n1,One\n")
    assert publish_form(manager, form, tmp_path).action == "created"
    assert publish_form(manager, form, tmp_path).action == "unchanged"
    rooms.write_text("name,label\n1,Won\n")
    assert publish_form(manager, form, tmp_path).action == "updated"
    path = manager.path("forms", "filed", "attachments", "rooms.csv")
    assert manager.request("GET", path).text == rooms.read_text()


def test_one_form_that_is_refused_does_not_keep_the_others_back(manager, tmp_path):
    survey = "type | name | label | relevent\ntext | a | A | 1"
    bad = write_xlsform(tmp_path / "bad_one.xlsx", survey=survey)
    good = write_xlsform(tmp_path / "good_one.xlsx", survey="type | name | label\ntext | a | A")
    results = list(publish_forms(manager, [bad, good]))
    assert [(r.form_id, r.action) for r in results] == [
        ("bad_one", "refused"),
        ("good_one", "created"),
    ]
    assert results[0].error.code == "form-invalid"


def test_the_viewer_cannot_publish(reader, tmp_path):
    with pytest.raises(OperatorError) as error:
        publish_form(reader, compiled_ward("viewer"), tmp_path)
    assert error.value.code == "central-forbidden"
