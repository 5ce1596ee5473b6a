"""Planted faults: each breaks the rule that it names, and nothing else is touched."""

import tomllib
from dataclasses import replace
from math import cos, hypot, radians

import pytest
from lxml import etree

from bridge.simulation.faults import KINDS, RULES, PlantedFault, build, plan_faults
from bridge.simulation.survey import Submission
from config.paths import CONFIG_DIR

KM_A_DEGREE = 111.3


@pytest.fixture(scope="module")
def plan(survey):
    return plan_faults(survey, 8)


def planted(plan, kind: str) -> list[Submission]:
    found = [submission for submission, one in plan.kinds.items() if one == kind]
    assert found, f"the plan has no {kind}"
    return found


def xml_of(survey, plan, submission: Submission) -> etree._Element:
    return etree.fromstring(build(survey, plan, submission).xml)


def clean(survey, submission: Submission) -> etree._Element:
    return etree.fromstring(survey.pack(submission, survey.fill(submission)).xml)


def whole(root: etree._Element, path: str) -> int:
    return int(root.findtext(path))


def total_of(root: etree._Element, path: str) -> int:
    return sum(int(node.text) for node in root.iterfind(path))


def test_the_stated_share_is_planted_in_equal_parts(survey, plan):
    submissions = 2 * len(survey.registry.schools)
    counts = plan.planted()
    assert sum(counts.values()) == len(plan.faults) == round(submissions * 0.08)
    assert set(counts) == set(KINDS)
    assert max(counts.values()) - min(counts.values()) <= 2


def test_the_same_seed_plants_the_same_faults(survey, plan):
    assert plan_faults(survey, 8) == plan


def test_no_share_no_faults(survey):
    assert plan_faults(survey, 0).faults == ()


@pytest.mark.parametrize("pct", [-1, 51])
def test_a_share_that_leaves_too_few_sound_ones_is_refused(survey, pct):
    with pytest.raises(ValueError, match="between 0 and 50"):
        plan_faults(survey, pct)


def test_what_is_not_in_the_plan_is_sent_as_the_form_made_it(survey, plan):
    sound = [submission for submission in survey.submissions() if submission not in plan.kinds]
    for submission in sound[:40]:
        assert build(survey, plan, submission) == survey.pack(submission, survey.fill(submission))


def test_every_kind_names_rules_of_the_catalogue():
    catalogue = tomllib.loads((CONFIG_DIR / "rules.toml").read_text(encoding="utf-8"))["rule"]
    assert set(RULES.values()) <= set(catalogue)


def test_impossible_totals(survey, plan):
    """Census: girls and boys no longer make the pupils. Facility: usable toilets beyond all."""
    for submission in planted(plan, "impossible_total"):
        root = xml_of(survey, plan, submission)
        if submission.form_id == "school_census":
            parts = total_of(root, "grades/girls/total") + total_of(root, "grades/boys/total")
            assert whole(root, "totals/pupils") > parts
        else:
            assert whole(root, "sanitation/girls_usable") > whole(root, "sanitation/toilets")


def test_swapped_digits_agree_with_themselves_and_not_with_last_year(survey, plan):
    for submission in planted(plan, "swapped_digits"):
        root = xml_of(survey, plan, submission)
        parts = total_of(root, "grades/girls/total") + total_of(root, "grades/boys/total")
        pupils, last_year = whole(root, "totals/pupils"), submission.school.pupil_count_last_year
        assert pupils == parts
        assert (pupils - last_year) * 100 >= 20 * last_year
        assert pupils - last_year >= 30


def test_swapped_digits_change_one_answer_into_its_own_digits(survey, plan):
    for submission in planted(plan, "swapped_digits"):
        differing = [
            (before.text, after.text)
            for before, after in zip(
                clean(survey, submission).iterfind("grades/*/*"),
                xml_of(survey, plan, submission).iterfind("grades/*/*"),
                strict=True,
            )
            if before.text != after.text and before.tag.startswith("age_")
        ]
        ((before, after),) = differing
        assert before != after
        assert sorted(before) == sorted(after)


def test_a_duplicate_is_a_second_return_of_the_same_school_and_round(survey, plan):
    for submission in planted(plan, "duplicate"):
        second = xml_of(survey, plan, submission)
        first = xml_of(survey, plan, replace(submission, copy=0))
        for path in ("identification/school", "identification/round"):
            assert first.findtext(path) == second.findtext(path)
        assert first.findtext("meta/instanceID") != second.findtext("meta/instanceID")


def test_duplicates_are_sent_beside_the_survey(survey, plan):
    assert len(plan.duplicates()) == plan.planted()["duplicate"]
    assert not set(plan.duplicates()) & set(survey.submissions())


def test_a_wrong_school_is_in_no_registry(survey, plan):
    known = {school.school_code for school in survey.registry.schools}
    for submission in planted(plan, "wrong_school"):
        assert xml_of(survey, plan, submission).findtext("identification/school") not in known


def test_a_far_place_is_kilometres_away_and_still_in_the_country(survey, plan):
    buildings = {building.building_code: building for building in survey.registry.buildings}
    for submission in planted(plan, "gps_far"):
        text = xml_of(survey, plan, submission).findtext("location/gps")
        latitude, longitude = map(float, text.split()[:2])
        place = buildings[submission.school.building_code]
        north = (latitude - place.latitude) * KM_A_DEGREE
        east = (longitude - place.longitude) * KM_A_DEGREE * cos(radians(latitude))
        assert 5 < hypot(north, east) < 90
        assert 29 <= latitude <= 37.5
        assert 38.7 <= longitude <= 48.7


def test_a_sound_place_is_within_100_metres(survey, plan):
    buildings = {building.building_code: building for building in survey.registry.buildings}
    for school in survey.registry.schools:
        text = clean(survey, Submission("facility_return", school)).findtext("location/gps")
        if text:
            latitude, longitude = map(float, text.split()[:2])
            place = buildings[school.building_code]
            assert hypot(latitude - place.latitude, longitude - place.longitude) < 0.0009


def test_arabic_digits_are_the_same_number_in_other_digits(survey, plan):
    for submission in planted(plan, "arabic_digits"):
        pairs = zip(
            clean(survey, submission).iter(), xml_of(survey, plan, submission).iter(), strict=True
        )
        ((before, after),) = [(a.text, b.text) for a, b in pairs if a.text != b.text]
        assert not after.isascii()
        assert int(after) == int(before)


def test_stray_spaces_stand_around_a_name(survey, plan):
    for submission in planted(plan, "stray_spaces"):
        name = xml_of(survey, plan, submission).findtext("declaration/head_name")
        sound = clean(survey, submission).findtext("declaration/head_name")
        assert name.startswith(" ")
        assert name.endswith((" ", "\t"))
        assert name.strip() == sound


def test_found_counts_a_fault_once_whichever_of_its_returns_carries_the_issue(plan):
    duplicate = next(fault for fault in plan.faults if fault.kind == "duplicate")
    first, second = duplicate.instance_ids
    for issues in ([(duplicate.rule, first)], [(duplicate.rule, first), (duplicate.rule, second)]):
        assert plan.found(issues) == {kind: int(kind == "duplicate") for kind in KINDS}


def test_an_issue_of_another_rule_finds_nothing(plan):
    fault: PlantedFault = plan.faults[0]
    assert sum(plan.found([("another_rule", fault.instance_ids[0])]).values()) == 0
