"""Rules for what every return of a school has: its school, its round, and no other beside it."""

from processing.db.queries.rounds import LAST_DAY, LAST_MOMENT, owes_sql
from processing.validate.catalogue import OWED_FORMS, RETURN_FORMS, ROUND_FORMS, rule

# A round is told by its name, in the language of the reader.
ROUND_NAMES = "jsonb_build_object('ar', r.name_ar, 'ckb', r.name_ckb, 'en', r.name_en)"


@rule(*RETURN_FORMS, answer="identification_school")
def school_is_in_the_registry() -> str:
    """A return of an unknown school stays in the slice "unassigned" and counts nowhere."""
    return """
    SELECT a.form_key, a.instance_id, '/identification/school' AS subject,
      jsonb_build_object('school', left(coalesce(a.identification_school, ''), 100)) AS arguments
    FROM answer a
    WHERE a.school_code IS NULL
      OR NOT EXISTS (SELECT FROM emis.school s WHERE s.school_code = a.school_code)
    """


@rule(*RETURN_FORMS, answer="identification_round")
def round_is_known() -> str:
    """Without a round of its own form a return has no school year."""
    return """
    SELECT a.form_key, a.instance_id, '/identification/round' AS subject,
      jsonb_build_object('round', left(coalesce(a.identification_round, ''), 100)) AS arguments
    FROM answer a JOIN submission_now n USING (form_key, instance_id)
    WHERE NOT EXISTS (
      SELECT FROM emis.round r WHERE r.round_code = a.period AND r.form_id = n.form_id)
    """


@rule(*OWED_FORMS, answer="identification_reason_round")
def round_is_owed() -> str:
    """Tablets offer every round of the form. A school may have owed it before it moved or grew."""
    return f"""
    SELECT a.form_key, a.instance_id, '/identification/round' AS subject,
      jsonb_build_object('round', {ROUND_NAMES}) AS arguments,
      a.identification_reason_round AS reason
    FROM answer a JOIN submission_now n USING (form_key, instance_id)
    JOIN emis.round r ON r.round_code = a.period AND r.form_id = n.form_id
    WHERE EXISTS (SELECT FROM emis.school_history h WHERE h.school_code = a.school_code)
      AND NOT EXISTS (SELECT FROM emis.school_history h
        WHERE h.school_code = a.school_code AND {owes_sql("r", "h")})
    """


@rule(*ROUND_FORMS, answer="")
def return_came_before_its_round_closed() -> str:
    """The day on which Central first received it counts: a later correction is not late."""
    return f"""
    SELECT a.form_key, a.instance_id, '/identification/round' AS subject,
      jsonb_build_object('round', {ROUND_NAMES},
        'came', (n.submission_date AT TIME ZONE 'Asia/Baghdad')::date,
        'closed', {LAST_DAY}) AS arguments
    FROM answer a JOIN submission_now n USING (form_key, instance_id)
    JOIN emis.round r ON r.round_code = a.period AND r.form_id = n.form_id
    LEFT JOIN emis.round_closing c USING (round_code)
    WHERE n.submission_date >= least(c.closed_at, {LAST_MOMENT})
    """


@rule(*RETURN_FORMS, answer="")
def one_return_per_school_and_round() -> str:
    """Of several live returns of a slice all are named but the one that counts if all are right.

    The order is that of `processing.db.queries.emis`: approved first, then the newest.
    """
    return f"""
    SELECT form_key, instance_id, '/' AS subject,
      jsonb_build_object('returns', returns, 'round', round) AS arguments
    FROM (
      SELECT a.form_key, a.instance_id,
        CASE WHEN r.round_code IS NULL THEN to_jsonb(a.period) ELSE {ROUND_NAMES} END AS round,
        count(*) OVER (PARTITION BY a.school_code, a.period) AS returns,
        row_number() OVER (
          PARTITION BY a.school_code, a.period
          ORDER BY (n.review_state = 'approved') IS TRUE DESC, n.submission_date DESC,
            n.instance_id DESC
        ) AS place
      FROM answer a JOIN submission_now n USING (form_key, instance_id)
      LEFT JOIN emis.round r ON r.round_code = a.period AND r.form_id = n.form_id
      WHERE a.school_code IS NOT NULL
    ) each_return
    WHERE place > 1
    """


@rule(*RETURN_FORMS, answer="identification_district")
def school_lies_in_the_area_answered() -> str:
    """The wrong school of a long list betrays itself by its district."""
    return """
    SELECT a.form_key, a.instance_id, '/identification/school' AS subject,
      jsonb_build_object(
        'answered', left(a.identification_district, 100), 'registered', s.area_code) AS arguments
    FROM answer a JOIN emis.school s ON s.school_code = a.school_code
    WHERE a.identification_district <> s.area_code
    """
