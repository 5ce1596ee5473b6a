"""Rules for the pupils of a census: sums, ages, sexes, grades, sections, and last year."""

from processing.db.queries.returns import AGE_BANDS, ENTRANT_BANDS, FLOWS, SEX_WORDS
from processing.validate.catalogue import rule
from processing.validate.fragments import BOTH, GRADE, TOTAL, added, by_sex, words_of

AGES = words_of(*[f"{{sex}}_age_{band}" for band in AGE_BANDS])
TOTALS = words_of("{sex}_total")


def count_paths() -> dict[str, str]:
    """Every count of a grade: its column, and its path within the repeat."""
    paths = {"classes_sections": "classes/sections"}
    for word in SEX_WORDS.values():
        paths |= {f"{word}_age_{band}": f"{word}/age_{band}" for band in AGE_BANDS}
        paths |= {f"{word}_total": f"{word}/total"}
        paths |= {f"flow_{word}_{flow}": f"flow/{word}_{flow}" for flow in (*FLOWS, "new")}
        entrants = [*[f"age_{band}" for band in ENTRANT_BANDS], "kindergarten"]
        paths |= {f"entrants_{word}_{name}": f"entrants/{word}_{name}" for name in entrants}
    return paths


@rule("school_census", grade_row=f"grade classes_sections {AGES} {TOTALS}")
def counts_are_possible() -> str:
    """No count is negative, broken, or larger than any school."""
    paths = count_paths()
    columns = [f"g.{column}" for column in paths]
    listed = ", ".join(f"('{path}', g.{column})" for column, path in paths.items())
    # The first condition looks at the row as a whole, so that few rows are taken apart.
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/' || v.field AS subject,
      jsonb_build_object('grade', {GRADE}, 'field', v.field, 'value', v.value,
        'limit', CAST(:count_max AS integer)) AS arguments
    FROM grade_row g, LATERAL (VALUES {listed}) AS v(field, value)
    WHERE (least({", ".join(columns)}) < 0 OR greatest({", ".join(columns)}) > :count_max
        OR scale({added(*columns)}) > 0)
      AND (v.value < 0 OR v.value > :count_max OR v.value <> trunc(v.value))
    """


@rule("school_census", grade_row="grade")
def each_grade_once() -> str:
    """A grade that stands twice would be counted twice; one without number, nowhere."""
    return f"""
    SELECT form_key, instance_id, '/grades[' || _position || ']/grade' AS subject,
      jsonb_build_object('grade', grade, 'rows', rows) AS arguments
    FROM (
      SELECT g.form_key, g.instance_id, g._position, g.grade AS number, {GRADE} AS grade,
        count(*) OVER same_grade AS rows,
        row_number() OVER (same_grade ORDER BY g._row_number) AS place
      FROM grade_row g
      WINDOW same_grade AS (PARTITION BY g.form_key, g.instance_id, g.grade)
    ) each_row
    WHERE place > 1 OR number IS NULL OR number NOT BETWEEN -1 AND 14 OR number <> trunc(number)
    """


@rule("school_census", is_of_what_was_sent=True, grade_row=f"grade {AGES} {TOTALS}")
def ages_make_the_total() -> str:
    """The total that the tablet calculated is the sum of the years of birth, unknown included."""
    ages = added(*[f"g.{{sex}}_age_{band}" for band in AGE_BANDS])
    return f"""
    SELECT g.form_key, g.instance_id,
      '/grades[' || g._position || ']/' || v.word || '/total' AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'sum', v.sum, 'total', v.total)
        AS arguments
    FROM grade_row g, LATERAL {by_sex("g.{sex}_total", ages)} AS v(sex, word, total, sum)
    WHERE v.total IS NOT NULL AND v.total <> v.sum
    """


@rule(
    "school_census",
    is_of_what_was_sent=True,
    census="totals_girls totals_boys totals_pupils totals_sections totals_repeaters",
    grade_row=f"{TOTALS} classes_sections {words_of('flow_{sex}_repeaters')}",
)
def girls_and_boys_make_the_total() -> str:
    """The school's totals are the sums of its grades; pupils are girls and boys.

    Sections are asked in every grade: where one is not there, it could not be read, and nothing
    is compared before it is.
    """
    return f"""
    WITH sums AS (
      SELECT form_key, instance_id,
        sum({TOTAL.format(sex="girls")}) AS girls, sum({TOTAL.format(sex="boys")}) AS boys,
        CASE WHEN count(*) = count(classes_sections) THEN sum(classes_sections) END AS sections,
        sum(coalesce(flow_girls_repeaters, 0) + coalesce(flow_boys_repeaters, 0)) AS repeaters
      FROM grade_row g GROUP BY form_key, instance_id
    )
    SELECT c.form_key, c.instance_id, '/totals/' || v.field AS subject,
      jsonb_build_object('field', v.field, 'total', v.total, 'sum', v.sum) AS arguments
    FROM census c JOIN sums s USING (form_key, instance_id),
    LATERAL (VALUES
      ('girls', c.totals_girls, s.girls),
      ('boys', c.totals_boys, s.boys),
      ('pupils', c.totals_pupils, s.girls + s.boys),
      ('sections', c.totals_sections, s.sections),
      ('repeaters', c.totals_repeaters, s.repeaters)
    ) AS v(field, total, sum)
    WHERE v.total IS NOT NULL AND v.total <> v.sum
    """


@rule("school_census", grade_row=f"grade {TOTALS} {words_of('{sex}_age_m2', '{sex}_age_6')}")
def age_within_bounds() -> str:
    """Few pupils are far off their grade's age. Evening schools teach adults and are not asked.

    The form asks for a reason where more than a tenth of the grade are two years younger; of those
    who are six years older it says nothing.
    """
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/' || v.word AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'outside', v.outside, 'total', v.total)
        AS arguments,
      CASE WHEN {BOTH} >= 10 AND {added("g.girls_age_m2", "g.boys_age_m2")} * 10 > {BOTH}
        AND NOT (v.old >= :age_outside_count_min AND v.old * 100 > v.total * :age_outside_pct_max)
        THEN g.reason_ages END AS reason
    FROM grade_row g
    JOIN emis.school s ON s.school_code = g.school_code AND s.session_code <> 'evening',
    LATERAL {
        by_sex(
            TOTAL,
            "coalesce(g.{sex}_age_m2, 0) + coalesce(g.{sex}_age_6, 0)",
            "coalesce(g.{sex}_age_6, 0)",
        )
    }
      AS v(sex, word, total, outside, old)
    WHERE v.outside >= :age_outside_count_min
      AND v.outside * 100 > v.total * :age_outside_pct_max
    """


@rule("school_census", census="identification_has_other_sex", grade_row=f"grade {TOTALS}")
def pupils_fit_the_sex_of_school() -> str:
    """Girls in a boys' school are true where the head said so; then nobody asks again."""
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/' || v.word AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'pupils', v.total) AS arguments
    FROM grade_row g
    JOIN census c USING (form_key, instance_id)
    JOIN emis.school s ON s.school_code = g.school_code,
    LATERAL {by_sex(TOTAL)} AS v(sex, word, total)
    WHERE v.total > 0 AND s.sex_code <> 'mixed' AND s.sex_code <> v.word
      AND c.identification_has_other_sex IS DISTINCT FROM 'yes'
    """


@rule("school_census", grade_row=f"grade {TOTALS}")
def grades_fit_the_school() -> str:
    """By the registry's lowest and highest grade, not by the level: some primaries go on to 9."""
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/grade' AS subject,
      jsonb_build_object('grade', {GRADE}, 'lowest', s.lowest_grade, 'highest', s.highest_grade,
        'pupils', {BOTH}) AS arguments
    FROM grade_row g JOIN emis.school s ON s.school_code = g.school_code
    WHERE g.grade NOT BETWEEN s.lowest_grade AND s.highest_grade
      AND {BOTH} > 0
    """


@rule(
    "school_census",
    grade_row=f"grade {TOTALS} classes_sections classes_combined_with_other_grade",
)
def sections_plausible() -> str:
    """Neither too many pupils in a section nor more sections than pupils; none where combined."""
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/classes/sections' AS subject,
      jsonb_build_object('grade', {GRADE}, 'pupils', v.pupils, 'sections', v.sections) AS arguments,
      g.reason_sections AS reason
    FROM grade_row g, LATERAL (SELECT
      {BOTH} AS pupils,
      g.classes_sections AS sections) AS v
    WHERE v.pupils > v.sections * :pupils_per_section_max AND v.sections > 0
      OR v.sections * :sections_per_pupil_max > v.pupils
      OR v.pupils > 0 AND v.sections = 0
        AND g.classes_combined_with_other_grade IS DISTINCT FROM 'yes'
    """


@rule("school_census", census="", grade_row=TOTALS)
def enrolment_change_plausible() -> str:
    """Against last year's census, where it is in the figures, else the registry's count, as the
    tablet is given it; this finds digits that changed places.
    """
    return f"""
    SELECT c.form_key, c.instance_id, '/totals/pupils' AS subject,
      jsonb_build_object('pupils', c.pupils, 'last_year', l.pupils) AS arguments,
      sent.totals_reason_change AS reason
    FROM (
      SELECT form_key, instance_id, school_code, period,
        sum({BOTH}) AS pupils
      FROM grade_row g GROUP BY form_key, instance_id, school_code, period
    ) c JOIN census sent USING (form_key, instance_id)
    JOIN emis.school s ON s.school_code = c.school_code
    LEFT JOIN emis.round r ON r.round_code = c.period AND r.form_id = 'school_census',
    LATERAL (SELECT coalesce((SELECT sum(e.pupil_count) FROM emis.enrolment e
        WHERE e.school_code = s.school_code AND e.school_year = r.school_year - 1),
      s.pupil_count_last_year) AS pupils) l
    WHERE l.pupils > 0 AND CASE WHEN l.pupils < :enrolment_change_small_below
      THEN abs(c.pupils - l.pupils) >= :enrolment_change_small_max
      ELSE abs(c.pupils - l.pupils) * 100
        >= l.pupils * :enrolment_change_pct_max END
    """
