"""Rules for where the pupils of a grade came from: enrolment = new + promoted + repeaters +
transferred in + returners, with promoted calculated and never typed."""

from processing.db.queries.returns import ENTRANT_BANDS, FLOWS
from processing.validate.catalogue import rule
from processing.validate.fragments import GRADE, TOTAL, added, by_sex, words_of

# Grades in which a level begins; nobody is promoted into them from within the level.
FIRST_GRADES = "(-1, 1, 7, 10)"
TOTALS = words_of("{sex}_total")
FLOW_COLUMNS = words_of(*[f"flow_{{sex}}_{flow}" for flow in FLOWS])
ENTRANT_COLUMNS = words_of(
    *[f"entrants_{{sex}}_age_{band}" for band in ENTRANT_BANDS], "flow_{sex}_new"
)

CAME_BACK = added(*[f"g.flow_{{sex}}_{flow}" for flow in FLOWS])
NEW = added(*[f"g.entrants_{{sex}}_age_{band}" for band in ENTRANT_BANDS], "g.flow_{sex}_new")


@rule("school_census", grade_row=f"grade {TOTALS} {words_of('flow_{sex}_repeaters')}")
def repeaters_within_enrolment() -> str:
    """Repeaters are pupils of the grade."""
    return f"""
    SELECT g.form_key, g.instance_id,
      '/grades[' || g._position || ']/flow/' || v.word || '_repeaters' AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'repeaters', v.repeaters,
        'total', v.total) AS arguments
    FROM grade_row g,
    LATERAL {by_sex(TOTAL, "g.flow_{sex}_repeaters")} AS v(sex, word, total, repeaters)
    WHERE v.repeaters > v.total
    """


@rule("school_census", grade_row=f"grade {TOTALS} {FLOW_COLUMNS} {ENTRANT_COLUMNS}")
def flows_within_enrolment() -> str:
    """Else the promoted, which are the rest, would be fewer than none.

    Where the repeaters alone are too many, `repeaters_within_enrolment` says so.
    """
    return f"""
    SELECT g.form_key, g.instance_id,
      '/grades[' || g._position || ']/flow/' || v.word || '_promoted' AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'sum', v.sum,
        'total', v.total) AS arguments
    FROM grade_row g,
    LATERAL {by_sex(TOTAL, "g.flow_{sex}_repeaters", f"{CAME_BACK} + {NEW}")}
      AS v(sex, word, total, repeaters, sum)
    WHERE v.sum > v.total AND coalesce(v.repeaters, 0) <= v.total
    """


@rule("school_census", grade_row=f"grade {TOTALS} {FLOW_COLUMNS} {ENTRANT_COLUMNS}")
def new_repeat_transfer_make_first_grade() -> str:
    """In the first grade of a level everybody is new, repeats, was transferred, or came back.

    Grade 1 asks the new by year of birth, on a screen of their own.
    """
    return f"""
    SELECT g.form_key, g.instance_id, '/grades[' || g._position || ']/'
        || CASE WHEN g.grade = 1 THEN 'entrants' ELSE 'flow' END AS subject,
      jsonb_build_object('grade', {GRADE}, 'sex', v.sex, 'sum', v.sum, 'total', v.total)
        AS arguments, g.reason_flow AS reason
    FROM grade_row g,
    LATERAL {by_sex(TOTAL, f"{CAME_BACK} + {NEW}")} AS v(sex, word, total, sum)
    WHERE g.grade IN {FIRST_GRADES} AND v.sum < v.total
    """
