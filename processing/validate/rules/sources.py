"""Rules for what is held elsewhere: it and the return say the same. The two are never added."""

from config.forms import load_catalogue
from processing.db.queries.held import HELD_SQL
from processing.validate.catalogue import rule
from processing.validate.fragments import TOTAL, words_of


def _held(form_id: str, returns: str) -> str:
    """SQL: of `returns` the figure `h` of the form's topic and of the school year of its round."""
    return f"""
    JOIN emis.round r ON r.round_code = {returns}.period AND r.form_id = '{form_id}'
    JOIN ({HELD_SQL}) h ON h.topic_code = '{load_catalogue()[form_id].topic}'
      AND h.school_code = {returns}.school_code AND h.school_year = r.school_year"""


ARGUMENTS = """jsonb_build_object('source', h.source_code, 'as_of', h.as_of_date,
        'counted', v.counted, 'held', v.held, 'returned', v.returned) AS arguments"""


@rule("school_census", census="", grade_row=words_of("{sex}_total"))
def pupils_agree_with_the_source_of_record() -> str:
    """Girls and boys are compared where the sum agrees: else the sum alone says it."""
    return f"""
    SELECT c.form_key, c.instance_id, '/totals/' || v.counted AS subject,
      {ARGUMENTS}, sent.elsewhere_reason_held AS reason
    FROM (
      SELECT form_key, instance_id, school_code, period,
        sum({TOTAL.format(sex="girls")}) AS girls, sum({TOTAL.format(sex="boys")}) AS boys
      FROM grade_row g GROUP BY form_key, instance_id, school_code, period
    ) c JOIN census sent USING (form_key, instance_id) {_held("school_census", "c")},
    LATERAL (VALUES
      ('pupils', h.pupil_count, c.girls + c.boys),
      ('girls', h.girl_count, c.girls),
      ('boys', h.boy_count, c.boys)
    ) AS v(counted, held, returned)
    WHERE v.held <> v.returned AND (v.counted = 'pupils' OR h.pupil_count = c.girls + c.boys)
    """


@rule("facility_return", facility="rooms_classrooms")
def classrooms_agree_with_the_source_of_record() -> str:
    """A guest school is not asked how many there are."""
    return f"""
    SELECT f.form_key, f.instance_id, '/rooms/classrooms' AS subject,
      {ARGUMENTS}
    FROM facility f {_held("facility_return", "f")},
    LATERAL (SELECT 'classrooms' AS counted, h.classroom_count AS held,
      f.rooms_classrooms AS returned) AS v
    WHERE v.held <> v.returned
    """
