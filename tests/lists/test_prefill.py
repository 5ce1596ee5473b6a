"""What has landed opens the next form: from the facts over the list to the engine of Collect."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from processing.db.queries.entity_rows import (
    list_directorate_school_rows,
    list_staff_rows,
    list_visit_rows,
)
from processing.db.queries.registry import replace_registry
from processing.db.queries.round_rows import list_round_rows
from processing.feedback.school_rows import list_school_rows
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.normalize import normalize_slices
from tests.forms.answers import (
    NO_TOILET_USED,
    census,
    facility,
    facility_again,
    grade,
    identification,
)
from tests.forms.engine import OdkForm
from tests.forms.media import School
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values
from tests.forms.visits import visit
from tests.lists.test_rows import PERSON, POST
from tests.lists.test_teaching import TAUGHT
from tests.warehouse.builder import NOW, ROUNDS, YEAR

SCHOOLS = """
    school | grades | sex_code | area_code | directorate_code | pupil_count_last_year
    S1     | 1..2   | girls    | IQG01Q01  | FED-KARKH-1      | 60
"""


@pytest.fixture
def country(warehouse):
    load_catalogue_into(warehouse.connection)
    warehouse.add_schools(SCHOOLS)
    return warehouse


def school_of(country, code: str = "S1") -> School:
    (row,) = list_school_rows(country.connection, [code])
    names = {name: row[name] for name in School.__dataclass_fields__ if name in row}
    numbers = {name: int(row[name]) for name in ("lowest_grade", "highest_grade")}
    return School(**names | numbers)


def opened(country, form_id: str, folder: Path, language: str = "en"):
    """The form on a tablet that has just been given its lists."""
    lists = {
        "schools": list_school_rows(country.connection),
        "rounds": list_round_rows(country.connection),
        "staff": list_staff_rows(country.connection),
        "visit_plan": list_visit_rows(country.connection),
        "agreed_actions": [],
        "directorate_schools": list_directorate_school_rows(country.connection),
    }
    for name, rows in lists.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            columns = list(rows[0]) if rows else ["label"]
            writer = csv.DictWriter(file, ["name", "__version", *columns])
            writer.writeheader()
            writer.writerows(
                {"name": f"{name}-{n}", "__version": 1, **row} for n, row in enumerate(rows)
            )
    form = OdkForm(compile_form(load_catalogue()[form_id].xlsx).xform, folder)
    return form.new(LANGUAGES[language])


def land(country, form_id: str, period: str, **rows) -> None:
    country.send_return(form_id, "S1", period, **rows)
    normalize_slices(country.connection, country.all_slices(), NOW)


def test_the_census_of_last_year_is_what_this_year_s_form_holds_the_figures_against(
    country, tmp_path
):
    # 50 + 40 girls last year, as landed; the registry's file says 60. Now 2 × 20.
    country.add_round("school_census", "census-before", YEAR - 1)
    land(country, "school_census", "census-before", grade_row=[
        {"grade": 1, "girls_age_0": 50}, {"grade": 2, "girls_age_0": 40}])  # fmt: skip
    school = school_of(country)
    # In grade 2 all are promoted, so that nothing but the change has to be explained.
    grades = [grade(1, girls={"age_0": 20}), grade(2, girls={"age_0": 20})]
    answers = census(school, *grades, round="census-2026", reason_change="نقل")
    filling = opened(country, "school_census", tmp_path).fill(answers)
    assert str(50 + 40) in filling.label("totals/reason_change")
    values = read_values(filling.finalize())
    assert (values["totals/pupils"], values["totals/pupils_last_year"]) == ("40", "90")


TOGETHER = """
    school | area_code | directorate_code | building_code | building_role_code
    H1     | IQG01Q01  | FED-KARKH-1      | B9            | host
    G1     | IQG01Q01  | FED-KARKH-1      | B9            | guest
"""
HOST_ANSWERS = {
    "rooms_classrooms": 8, "rooms_classrooms_usable": 7, "water_source": "piped",
    "water_available": "yes", "sanitation_toilet_type": "none", "hygiene_handwashing": "yes",
    "hygiene_soap_water": "both", "power_sources": ["grid", "solar"], "power_in_lessons": "no",
    "ict_internet": "office_only", "access_ramp": "yes",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("مياه الشرب: شبكة أنابيب (إسالة)، متوفرة من هذا المصدر: نعم.", "الصالح منها")),
        ("ckb", ("ئاوی خواردنەوە: تۆڕی بۆری ئاو، لەم سەرچاوەیەوە بەردەستە: بەڵێ.", "گونجاو 7")),
        ("en", ("Electricity: National grid, Solar power, during lessons: No.",
                "Toilets: No toilets.", "Classrooms: 8, usable for teaching 7.")),
    ],
)  # fmt: skip
def test_a_guest_reads_what_landed_of_its_host_where_it_is_asked_whether_it_agrees(
    country, tmp_path, language, words
):
    country.add_schools(TOGETHER)
    period = "facility-2026"
    country.send_return("facility_return", "H1", period, HOST_ANSWERS)
    normalize_slices(country.connection, country.all_slices(), NOW)
    answers = facility(school_of(country, "G1"))
    answers["identification"]["round"] = period
    filling = opened(country, "facility_return", tmp_path, language).fill(answers)
    said = filling.hint("building_confirmed")
    assert [word for word in words if word not in said] == []
    assert f"{YEAR}/{YEAR + 1}" in said
    filling.finalize()


LASTING = HOST_ANSWERS | {
    "structure_built_as_school": "yes", "structure_material": "prefab",
    "structure_condition": "good", "ict_computers_pupils": 3, "access_adapted_materials": "no",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("2025/2026", "مياه الشرب: شبكة أنابيب (إسالة).")),
        ("ckb", ("2025/2026", "کارەبا: کارەبای نیشتمانی، وزەی خۆر.")),
        ("en", ("2025/2026", "Classrooms: 8.", "Toilets: No toilets.")),
    ],
)
def test_a_host_s_return_opens_with_what_landed_of_its_last_one(country, tmp_path, language, words):
    """And what is sent then is what the next one will open with."""
    country.add_schools(TOGETHER)
    country.add_round("facility_return", "facility-before", YEAR - 1)
    country.send_return("facility_return", "H1", "facility-before", LASTING)
    normalize_slices(country.connection, country.all_slices(), NOW)
    seen = facility_again(school_of(country, "H1"), "ict", ict={"computers_pupils": 5},
                          rooms={"toilets_used_in_session": 0})  # fmt: skip
    seen["identification"]["round"] = "facility-2026"
    del seen["sanitation"]
    seen["rooms"] = seen["rooms"] | NO_TOILET_USED
    filling = opened(country, "facility_return", tmp_path, language).fill(seen)
    said = filling.hint("last_return/changed")
    assert [word for word in words if word not in said] == []
    values = read_values(filling.finalize())
    sent = {path.replace("/", "_"): value for path, value in values.items()}
    kept = {name: sent.get(name) for name in LASTING}
    now = {"rooms_classrooms_usable": "7", "power_in_lessons": "yes", "ict_computers_pupils": "5"}
    assert kept == {name: _as_sent(value) for name, value in LASTING.items()} | now


def _as_sent(value) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


MOVED = {"moves_moved": ["1_girls_joined"], "has_girls": 1, "has_boys": 0}
"""The form of now, in which girls joined grade 1 alone."""


@pytest.mark.parametrize(
    ("root", "second"), [({}, {"pupils_girls_joined": 0}), (MOVED, {})], ids=["earlier", "now"]
)
def test_the_month_opens_with_the_end_of_the_month_before(country, tmp_path, root, second):
    for month in (10, 11):
        country.add_round("monthly_return", f"m{month}", day=date(YEAR, month, 28))
    land(country, "monthly_return", "m10", root=root, month_row=[
        {"grade": 1, "pupils_girls_joined": 1, "pupils_girls_end": 51},
        {"grade": 2, "pupils_girls_end": 39} | second])  # fmt: skip
    school = school_of(country)
    first = identification(school, "m11") | {"has_other_sex": "no"}
    filling = opened(country, "monthly_return", tmp_path).fill({"identification": first})
    assert filling.value("start_of_month/last_girls") == "51 39"
    assert list(filling.choices("start_of_month/start_differs")) == ["1_girls", "2_girls", "none"]
    assert not [path for path in filling.asked() if "start_typed" in path]


def test_a_staff_without_changes_costs_one_tap(country, tmp_path):
    country.add_round("staff_return", "staff-1")
    replace_registry(
        country.connection,
        staff=[PERSON, PERSON | {"staff_number": "12", "name": "علي", "work_code": "clerk"}],
        now=NOW,
    )
    answers = {
        "identification": identification(school_of(country), "staff-1"),
        "roster": {"has_changes": "no"},
        "declaration": {"head_name": "هدى", "confirmed": "OK"},
    }
    values = read_values(opened(country, "staff_return", tmp_path).fill(answers).finalize())
    assert values["roster/listed_people"] == "هدى – مدير المدرسة – 4 · علي – كاتب أو موظف إداري – 4"
    assert (values["totals/people_here"], values["totals/heads"]) == ("2", "1")
    assert values["people[2]/work_now"] == "clerk"


def test_what_a_file_says_is_taught_is_on_record_and_asked_of_those_alone_who_changed(
    country, tmp_path
):
    country.add_round("staff_return", "staff-1")
    more = {"staff_number": "12", "name": "علي", "work_code": "class_teacher"}
    replace_registry(
        country.connection,
        staff=[PERSON, PERSON | more | {"weekly_period_count": None}],
        teaching=[TAUGHT, TAUGHT | {"staff_number": "12", "weekly_period_count": 20}],
        now=NOW,
    )
    answers = {
        "identification": identification(school_of(country), "staff-1"),
        "roster": {"has_changes": "no"},
        "declaration": {"head_name": "هدى", "confirmed": "OK"},
    }
    filling = opened(country, "staff_return", tmp_path).fill(answers)
    of_people = ("roster", "in_service", "people", "newcomers", "totals")
    asked = [path for path in filling.asked() if path.startswith(of_people)]
    assert asked == ["roster/has_changes"]
    assert read_values(filling.finalize())["totals/weekly_periods"] == str(4 + 20)
    (_, ali) = list_staff_rows(country.connection)
    changed = [ali["assignment_code"]]
    news = {"has_changes": "yes", "changed_people": changed, "new_count": 0}
    answers |= {"roster": news, "in_service": {"any_trained": "no"}}
    answers["people"] = [{}, {"change": {"changes": ["contract"], "new_contract": "contract"}}]
    filling = opened(country, "staff_return", tmp_path).fill(answers)
    assert "Science – Primary (1–6) – 20" in filling.hint("people[2]/change/changes")
    asked = [path.split("/")[-1] for path in filling.asked() if path.startswith("people")]
    assert asked == ["changes", "new_contract"]
    assert read_values(filling.finalize())["people[2]/periods_now"] == "20"


def test_a_visit_begins_with_the_census_and_the_staff(country, tmp_path):
    country.add_round("inspection_visit", "visits-1")
    replace_registry(
        country.connection,
        staff=[PERSON],
        supervisors=[POST | {"supervisor_code": "SUP-1"}],
        visits=[{"supervisor_code": "SUP-1", "school_code": "S1"}],
        now=NOW,
    )
    land(country, "school_census", "census-2026", grade_row=[{"grade": 1, "girls_age_0": 52}])
    school, (planned,) = school_of(country), list_visit_rows(country.connection)
    first = {
        "governorate": school.governorate, "district": school.district,
        "visit": planned["visit_code"], "round": "visits-1", "visit_date": "2026-11-09",
    }  # fmt: skip
    more = {
        "counting": {"class_count": 1, "all_counted": "yes"},
        "classes": [{"class": {"class_grade": 1, "girls_register": 52, "girls_present": 50}}],
        "staff": {"female_due": 1, "female_here": 1, "male_due": 0, "male_here": 0},
        "identification": first | {"is_announced": "no", "has_other_sex": "no"},
    }
    answers = visit(replace(school, school_code="NOWHERE"), **more)
    filling = opened(country, "inspection_visit", tmp_path).fill(answers)
    values = read_values(filling.finalize())
    assert (values["girls_census"], values["staff_listed"]) == ("52", "1")
    assert (values["head_count/census"], values["head_count/present"]) == ("52", "50")
    assert values["identification/school"] == "S1"


def test_a_tablet_s_list_holds_the_rounds_of_two_school_years_and_those_to_come(country):
    for year in (YEAR - 2, YEAR - 1, YEAR, YEAR + 40):
        country.add_round("monthly_return", f"m-{year}", year)
    held = {row["round_code"] for row in list_round_rows(country.connection)}
    assert held - {*ROUNDS.values()} == {f"m-{year}" for year in (YEAR - 1, YEAR, YEAR + 40)}
