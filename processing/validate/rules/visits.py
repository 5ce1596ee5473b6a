"""Rules for the inspection visit."""

from processing.db.queries.emis_visits import post_sql
from processing.validate.catalogue import rule


@rule("inspection_visit", visit="identification_supervisor_code", lesson_row="lesson_lesson_grade")
def lessons_are_observed_by_certified_supervisors() -> str:
    """The registry as it is now decides, not what the tablet knew; a post that nobody knows is not
    certified.
    """
    return f"""
    SELECT v.form_key, v.instance_id, '/lessons' AS subject,
      jsonb_build_object('supervisor', coalesce(left(post.code, 100), '–'),
        'lessons', seen.lessons) AS arguments
    FROM visit v
    JOIN (
      SELECT l.form_key, l.instance_id, count(*) AS lessons FROM lesson_row l GROUP BY 1, 2
    ) seen USING (form_key, instance_id)
    CROSS JOIN LATERAL (SELECT {post_sql("v")} AS code) post
    WHERE NOT EXISTS (SELECT FROM emis.supervisor p
      WHERE p.supervisor_code = post.code AND p.is_certified)
    """
