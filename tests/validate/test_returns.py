"""What every return has: its school, its round, and no other beside it."""

import pytest

from config.rules import message
from processing.command.registry import load_folder
from processing.validate import validate_slices
from tests.warehouse.builder import NOW

SCHOOLS = """
    school | grades | area_code
    S1     | 1..6   | Q11
    S2     | 1..6   | Q12
"""


def test_a_school_that_the_registry_does_not_know(rule_spec):
    (arguments,) = rule_spec(
        "school_is_in_the_registry",
        schools=SCHOOLS,
        facility="""
            school  | water_source
            SIM99   | piped
            S1      | piped
        """,
        expect={"": ["/identification/school"]},
    )
    assert arguments == {"school": "SIM99"}


def test_a_round_of_another_form_is_not_a_round(rule_spec):
    rule_spec(
        "round_is_known",
        schools=SCHOOLS,
        facility="""
            school | round         | water_source
            S1     | census-2026   | piped
            S2     | facility-2026 | piped
        """,
        expect={"S1": ["/identification/round"]},
    )


WHOSE = {
    "ministry": {"ministry_code": "krg"},
    "directorate": {"directorate_codes": ["D2"]},
    "level": {"level_codes": ["secondary"]},
}


@pytest.mark.parametrize("whose", WHOSE)
@pytest.mark.parametrize(
    ("form_id", "reason", "is_doubted"),
    [
        ("facility_return", None, True),
        ("monthly_return", None, True),
        ("monthly_return", "the ministry asked us", False),
    ],
)
def test_a_round_that_the_school_never_owed_is_doubted_unless_the_form_has_the_reason(
    warehouse, whose, form_id, reason, is_doubted
):
    warehouse.add_schools(SCHOOLS)
    warehouse.add_round(form_id, "own")
    warehouse.add_round(form_id, "other")
    ((column, value),) = WHOSE[whose].items()
    warehouse.run_only(
        f"UPDATE emis.round SET {column} = :value WHERE round_code = 'other'", value=value
    )
    for school, period in (("S1", "own"), ("S2", "other")):
        warehouse.send_return(form_id, school, period, {"identification_reason_round": reason})
    validate_slices(warehouse.connection, warehouse.all_slices(), NOW)
    issues = warehouse.run("SELECT * FROM quality.issue WHERE rule = 'round_is_owed'")
    assert [(issue.school_code, issue.arguments) for issue in issues] == [
        ("S2", {"round": named("other")})
    ]
    assert (issues[0].state == "open") is is_doubted


def test_a_round_that_the_school_owed_before_it_moved_is_not_doubted(warehouse):
    warehouse.add_schools(SCHOOLS)
    warehouse.add_round("monthly_return", "october")
    warehouse.run_only("UPDATE emis.round SET directorate_codes = ARRAY['D1']")
    warehouse.send_return("monthly_return", "S1", "october")
    warehouse.run_only(
        "UPDATE emis.school_history SET valid_to = '2026-11-20' WHERE school_code = 'S1'"
    )
    warehouse.add_schools("school | directorate_code | valid_from\nS1 | D2a | 2026-11-20")
    validate_slices(warehouse.connection, warehouse.all_slices(), NOW)
    assert warehouse.run("SELECT FROM quality.issue WHERE rule = 'round_is_owed'") == []


TWICE = """
    school | sent   | grade | girls
    S1     | first  | 1     |    10
    S1     | second | 1     |    11
    S2     | third  | 1     |    10
"""


def test_of_two_returns_the_older_is_named(rule_spec, warehouse):
    rule_spec(
        "one_return_per_school_and_round",
        schools=SCHOOLS,
        census=TWICE,
        expect={"S1": ["/"]},
    )
    (issue,) = warehouse.run("SELECT * FROM quality.issue WHERE rule LIKE 'one_return%'")
    assert issue.instance_id == "first"
    assert issue.arguments == {"returns": 2, "round": named("census-2026")}


def named(code: str) -> dict[str, str]:
    """The names of a round of these tests are its code."""
    return dict.fromkeys(("ar", "ckb", "en"), code)


def test_a_round_is_told_by_its_name_in_the_language_of_the_reader(rule_spec, warehouse):
    warehouse.run_only(
        "UPDATE emis.round SET name_ar = 'التعداد', name_ckb = 'ئاماری', name_en = 'Census'"
    )
    (arguments,) = rule_spec(
        "one_return_per_school_and_round",
        schools=SCHOOLS,
        census=TWICE,
        expect={"S1": ["/"]},
    )
    said = {
        code: message("one_return_per_school_and_round", code, arguments)
        for code in arguments["round"]
    }
    assert "«التعداد»" in said["ar"]
    assert "«ئاماری»" in said["ckb"]
    assert "“Census”" in said["en"]


def test_a_round_that_nobody_opened_keeps_its_code(rule_spec):
    (arguments,) = rule_spec(
        "one_return_per_school_and_round",
        schools=SCHOOLS,
        facility="""
            school | round | sent   | water_source
            S1     | slip  | first  | piped
            S1     | slip  | second | piped
        """,
        expect={"S1": ["/"]},
    )
    assert arguments["round"] == "slip"


def test_an_approved_return_stands_before_a_newer_one(rule_spec, warehouse):
    rule_spec(
        "one_return_per_school_and_round",
        schools=SCHOOLS,
        census="""
            school | sent   | state    | grade | girls
            S1     | first  | approved | 1     |    10
            S1     | second |          | 1     |    11
        """,
        expect={"S1": ["/"]},
    )
    (issue,) = warehouse.run("SELECT * FROM quality.issue WHERE rule LIKE 'one_return%'")
    assert issue.instance_id == "second"


def test_a_rejected_return_is_no_second_one(rule_spec):
    rule_spec(
        "one_return_per_school_and_round",
        schools=SCHOOLS,
        census="""
            school | sent   | state    | grade | girls
            S1     | first  | rejected | 1     |    10
            S1     | second |          | 1     |    11
        """,
        expect={},
    )


def test_the_wrong_school_betrays_itself_by_its_district(rule_spec):
    rule_spec(
        "school_lies_in_the_area_answered",
        schools=SCHOOLS,
        facility="""
            school | identification_district
            S1     | Q11
            S2     | Q11
        """,
        expect={"S2": ["/identification/school"]},
    )


def test_a_return_that_comes_after_the_last_day_is_late(rule_spec, warehouse):
    """Sent on 22 November; the last day ends at midnight in Baghdad."""
    warehouse.run_only("UPDATE emis.round SET due_on = '2026-11-21', closes_on = '2026-11-21'"
                       " WHERE form_id = 'facility_return'")  # fmt: skip
    (arguments,) = rule_spec(
        "return_came_before_its_round_closed",
        schools=SCHOOLS,
        facility="""
            school | water_source
            S1     | piped
        """,
        census="""
            school | grade | girls
            S2     | 1     |    10
        """,
        expect={"S1": ["/identification/round"]},
    )
    assert arguments == {
        "round": named("facility-2026"),
        "came": "2026-11-22",
        "closed": "2026-11-21",
    }


def test_a_return_of_the_last_day_is_in_time(rule_spec, warehouse):
    warehouse.run_only("UPDATE emis.round SET due_on = '2026-11-22', closes_on = '2026-11-22'")
    rule_spec(
        "return_came_before_its_round_closed",
        schools=SCHOOLS,
        facility="""
            school | water_source
            S1     | piped
        """,
        expect={},
    )


def test_a_return_after_an_early_closing_is_late_and_one_before_is_not(rule_spec, warehouse):
    """The first is sent one minute after 09:00 UTC of the day before, the second two minutes."""
    warehouse.run_only(
        "INSERT INTO emis.round_closing VALUES"
        " ('facility-2026', '2026-11-22 09:01:30+00', 'A. Hasan', 'figures are released')"
    )
    (arguments,) = rule_spec(
        "return_came_before_its_round_closed",
        schools=SCHOOLS,
        facility="""
            school | water_source
            S1     | piped
            S2     | piped
        """,
        expect={"S2": ["/identification/round"]},
    )
    assert arguments["closed"] == "2026-11-22"


def test_a_round_that_a_file_brings_or_changes_has_its_returns_looked_at_again(
    rule_spec, warehouse, tmp_path
):
    rule_spec(
        "round_is_known",
        schools=SCHOOLS,
        facility="""
            school | round    | water_source
            S1     | early-27 | piped
        """,
        expect={"S1": ["/identification/round"]},
    )
    assert _load_round(warehouse, tmp_path, "2027-03-31") == ["early-27"]
    assert _load_round(warehouse, tmp_path, "2027-03-31") == []
    assert _load_round(warehouse, tmp_path, "2027-03-31", name="Buildings") == []
    assert _load_round(warehouse, tmp_path, "2027-04-30") == ["early-27"]


def _load_round(warehouse, folder, closes_on: str, name: str = "Facilities") -> list[str]:
    """The periods of the slices that are due to be validated after the file was loaded."""
    head = "round_code,form_id,school_year,name_ar,name_ckb,name_en"
    row = f"early-27,facility_return,2026,مرافق,بینا,{name}"
    (folder / "rounds.csv").write_text(
        f"{head},reference_date,opens_on,due_on,closes_on\n"
        f"{row},2027-02-01,2027-02-01,2027-02-28,{closes_on}\n",
        encoding="utf-8",
    )
    warehouse.run_only("DELETE FROM ops.due")
    load_folder(warehouse.connection, folder, NOW)
    due = warehouse.run("SELECT period FROM ops.due WHERE stage = 'validate'")
    return [row.period for row in due]
