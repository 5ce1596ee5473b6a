"""What simulated schools answer: sound, plausible, and the same for the same seed."""

import math

import pytest

from bridge.simulation.building import describe_buildings
from bridge.simulation.pupils import first_grades
from bridge.simulation.survey import Submission, Survey
from tests.simulation.conftest import default_rounds, make_registry

SEXES = ("girls", "boys")


@pytest.fixture(scope="module")
def censuses(survey) -> list[tuple]:
    """(school, values sent) of every school."""
    return [
        (school, survey.fill(Submission("school_census", school)))
        for school in survey.registry.schools
    ]


def grades_of(censuses):
    return [(school, grade) for school, filled in censuses for grade in filled["grades"]]


def test_no_answer_is_refused_by_the_form(survey):
    """Required questions are answered, constraints are met: by the forms' own formulas."""
    refused = {
        (submission.school.school_code, path)
        for submission in survey.submissions()
        for path in survey.refusals(submission)
    }
    assert refused == set()


def test_a_refused_answer_is_noticed(survey):
    """The check above can fail: 3,000 sections are more than the form takes."""
    submission = next(survey.submissions())
    answers = survey.answers(submission)
    answers["grades"][0]["classes"]["sections"] = 3000
    form = survey._forms[submission.form_id]
    assert form.faults(answers, otherwise="x") == ["/data/grades/classes/sections"]


def test_the_same_seed_gives_the_same_bytes(survey, xforms):
    again = Survey(survey.registry, survey.seed, default_rounds(2026), xforms)
    other = Survey(survey.registry, survey.seed + 1, default_rounds(2026), xforms)
    for submission in list(survey.submissions())[:20]:
        packed = survey.pack(submission, survey.fill(submission))
        assert again.pack(submission, again.fill(submission)) == packed
        assert other.pack(submission, other.fill(submission)) != packed


def test_ids_are_derived_and_never_the_same_twice(survey):
    ids = {survey.instance_id(submission) for submission in survey.submissions()}
    assert len(ids) == 2 * len(survey.registry.schools)
    assert all(len(instance_id) == len("uuid:") + 36 for instance_id in ids)


def test_enrolment_stays_within_what_nobody_asks_about(censuses):
    """A change of 20 % or more against last year is for planted faults alone."""
    for school, filled in censuses:
        change = filled["totals"]["pupils"] - school.pupil_count_last_year
        assert abs(change) <= math.ceil(0.13 * school.pupil_count_last_year), school


def test_pupils_are_of_the_schools_sex_unless_the_head_says_otherwise(censuses):
    for school, filled in censuses:
        if school.sex_code != "mixed" and filled["identification"]["has_other_sex"] == "no":
            other = "boys" if school.sex_code == "girls" else "girls"
            assert filled["totals"][other] == 0
            assert all(other not in grade for grade in filled["grades"])


def test_some_country_boys_schools_have_girls(censuses):
    assert any(
        school.sex_code == "boys" and filled["totals"]["girls"] > 0 for school, filled in censuses
    )


@pytest.mark.parametrize("sex", SEXES)
def test_promoted_pupils_are_never_fewer_than_none_and_none_in_first_grades(censuses, sex):
    for school, grade in grades_of(censuses):
        promoted = grade["flow"].get(f"{sex}_promoted")
        if promoted is not None:
            assert promoted >= 0, school
            assert grade["grade"] not in first_grades() or promoted == 0, school


def test_most_pupils_have_the_intended_age_and_some_are_two_years_older(censuses):
    """Usual shares in the region: some 7 in 10 on time, some 5 to 12 % two or more years over."""
    day = [grade for school, grade in grades_of(censuses) if school.session_code != "evening"]
    counts = {
        band: sum(grade.get(sex, {}).get(f"age_{band}", 0) for grade in day for sex in SEXES)
        for band in ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")
    }
    pupils = sum(counts.values())
    assert 0.6 < counts["0"] / pupils < 0.8
    assert 0.05 < sum(counts[band] for band in "23456") / pupils < 0.12


def test_sections_fit_their_pupils(censuses):
    for school, grade in grades_of(censuses):
        sections = grade["classes"]["sections"]
        assert sections <= grade["grade_pupils"] <= 70 * sections, school


def test_repeaters_are_some_but_few(censuses):
    pupils = sum(filled["totals"]["pupils"] for _, filled in censuses)
    repeaters = sum(filled["totals"]["repeaters"] for _, filled in censuses)
    assert 0.04 < repeaters / pupils < 0.13


def test_leavers_difficulties_and_displaced_are_some_but_few(censuses):
    pupils = sum(filled["totals"]["pupils"] for _, filled in censuses)
    leavers = sum(filled.get(f"leavers_{sex}", {}).get("total", 0)
                  for _, filled in censuses for sex in SEXES)  # fmt: skip
    levels = [level for _, filled in censuses for level in filled["levels"]]
    difficulties = sum(level["with_difficulty"] for level in levels)
    displaced = sum(level["displaced_in_stage"] for level in levels)
    assert 0.005 < leavers / pupils < 0.03
    assert 0.005 < difficulties / pupils < 0.03
    assert 0.001 < displaced / pupils < 0.05


def test_schools_with_none_of_them_say_so_and_are_asked_no_further(censuses):
    chosen = {filled["special"]["special_groups"] for _, filled in censuses}
    assert {"leavers difficulty", "leavers difficulty displaced"} <= chosen
    for school, filled in censuses:
        groups = filled["special"]["special_groups"].split()
        assert ("leavers" in groups) == any(f"leavers_{sex}" in filled for sex in SEXES), school
        assert bool({"difficulty", "displaced"} & set(groups)) == bool(filled["levels"]), school


def test_guests_say_nothing_of_the_building(survey):
    for school in survey.registry.schools:
        filled = survey.fill(Submission("facility_return", school))
        is_guest = school.building_role_code == "guest"
        assert ("water" in filled, "building_confirmed" in filled) == (not is_guest, is_guest)


def test_usable_is_part_of_what_there_is(survey):
    for facts in describe_buildings(survey.seed, survey.registry).values():
        assert 1 <= facts.usable_rooms <= facts.rooms
        assert facts.usable_toilets <= facts.toilets
        assert (facts.toilet_type == "none") == (facts.toilets == 0)


def test_heads_are_marked_as_simulated(censuses):
    assert all(filled["declaration"]["head_name"].endswith("(تجريبي)") for _, filled in censuses)


def test_a_registry_of_another_size_gives_other_ids(survey, xforms):
    other = Survey(make_registry(599, survey.seed), survey.seed, default_rounds(2026), xforms)
    first, second = next(survey.submissions()), next(other.submissions())
    assert survey.instance_id(first) != other.instance_id(second)
