"""Indicators of pupils: how many, who, of what age, and where they came from."""

from processing.db.queries.emis_facts import INTENDED_AGE_OF_GRADE_0
from processing.indicators.catalogue import derived, indicator
from processing.indicators.fragments import (
    DUE_AGES,
    DUE_PUPILS,
    by_level,
    by_level_and_sex,
    by_sex,
)

OVER_AGE_YEARS = 2
# SDG 4.1.5: at least two years above the intended age of the grade.

PRIVATE_OWNERSHIPS = "('private', 'foreign')"
# UIS: not run by a public body. Schools of the religious endowments (diwans) are run by one.


@indicator
def enrolment() -> str:
    """A count: the denominator counts the school itself."""
    select = by_level_and_sex("e.pupil_count", "0")
    return f"SELECT school_code, breakdown, numerator, 1 AS denominator FROM ({select}) counted"


@indicator
def female_share() -> str:
    return by_level(
        "CASE WHEN e.sex_code = 'female' THEN e.pupil_count ELSE 0 END", "e.pupil_count"
    )


@indicator
def gpi_enrolment() -> str:
    """Girls over boys. A girls' school has no denominator of its own, but counts in its area."""
    return by_level(
        "CASE WHEN e.sex_code = 'female' THEN e.pupil_count ELSE 0 END",
        "CASE WHEN e.sex_code = 'male' THEN e.pupil_count ELSE 0 END",
    )


@derived("gpi_enrolment")
def gpi_enrolment_adjusted() -> tuple[str, str]:
    """F/M up to parity, beyond it 2 - M/F = (2F - M)/F; none where there are no boys."""
    is_above = "numerator > denominator AND denominator > 0"
    return (
        f"CASE WHEN {is_above} THEN 2 * numerator - denominator ELSE numerator END",
        f"CASE WHEN {is_above} THEN numerator ELSE denominator END",
    )


@indicator
def repeater_share() -> str:
    return by_level_and_sex("e.repeater_count", "e.pupil_count")


@indicator
def transferred_in_share() -> str:
    return by_level_and_sex("e.transferred_in_count", "e.pupil_count")


@indicator
def over_age_share() -> str:
    """Pupils of unknown year of birth are in neither; `age_unknown_share` states them."""
    known = "e.age_band_code <> 'age_unknown'"
    limit = INTENDED_AGE_OF_GRADE_0 + OVER_AGE_YEARS
    return by_level_and_sex(
        f"CASE WHEN e.age_from_years >= e.grade + {limit} THEN e.pupil_count ELSE 0 END",
        f"CASE WHEN {known} THEN e.pupil_count ELSE 0 END",
        DUE_AGES,
    )


@indicator
def age_unknown_share() -> str:
    return by_level_and_sex(
        "CASE WHEN e.age_band_code = 'age_unknown' THEN e.pupil_count ELSE 0 END",
        "e.pupil_count",
        DUE_AGES,
    )


@indicator
def official_age_entry_share() -> str:
    """New entrants of grade 1 who turn six in the year; bands as the form asks them."""
    rows = f"{DUE_AGES} AND e.grade = 1 AND e.new_entrant_count > 0"
    return by_sex(
        "CASE WHEN e.age_band_code = 'age_0' THEN e.new_entrant_count ELSE 0 END",
        "CASE WHEN e.age_band_code <> 'age_unknown' THEN e.new_entrant_count ELSE 0 END",
        rows,
    )


@indicator
def private_share() -> str:
    return by_level(
        f"CASE WHEN s.ownership_code IN {PRIVATE_OWNERSHIPS} THEN e.pupil_count ELSE 0 END",
        "e.pupil_count",
        DUE_PUPILS,
    )
