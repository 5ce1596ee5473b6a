"""Schools for the pages: the list with its search, and everything about one.

In: a scope and a language; a search text already made a sort key (`config.names.sort_key`). Out:
rows as mappings, codes as they are stored.
"""

import sqlalchemy as sa

from config.names import FOLDED_LETTERS
from processing.db.queries.web_names import list_rows, name_order_sql, name_sql, round_name_sql
from processing.db.queries.web_returns import ENTRY_AND_ROUND
from processing.db.queries.web_scope import Scope


def count_schools(connection: sa.Connection, scope: Scope, search: str) -> int:
    return connection.execute(
        sa.text(f"""
            SELECT count(*) FROM emis.school
            WHERE ({scope.holds("school")}) AND {_matches(search)}"""),
        _search_parameters(search) | scope.parameters,
    ).scalar_one()


def list_schools(
    connection: sa.Connection, scope: Scope, language: str, search: str, limit: int, offset: int
) -> list:
    """Schools whose code begins with the text or of which a folded name contains it, by the name
    that is shown.
    """
    return list_rows(
        connection,
        f"""
        SELECT school.school_code, {name_sql("school", language)} AS name,
               {name_sql("area", language)} AS area_name,
               {name_sql("directorate", language)} AS directorate_name,
               school.pupil_count_last_year,
               (SELECT count(*) FROM quality.issue
                WHERE issue.school_code = school.school_code
                  AND issue.state IN ('open', 'sent_back')) AS issue_count
        FROM emis.school
        JOIN emis.area USING (area_code)
        JOIN emis.directorate USING (directorate_code)
        WHERE ({scope.holds("school")}) AND {_matches(search)}
        ORDER BY {name_order_sql("school", language)}, school.school_code
        LIMIT :limit OFFSET :offset""",
        {"limit": limit, "offset": offset} | _search_parameters(search) | scope.parameters,
    )


def find_school(connection: sa.Connection, scope: Scope, language: str, school_code: str):
    """The registry's facts on one school of the scope, or None."""
    rows = list_rows(
        connection,
        f"""
        SELECT school.*, {name_sql("school", language)} AS name,
               district.area_level, {name_sql("district", language)} AS district_name,
               governorate.area_code AS governorate_code,
               {name_sql("governorate", language)} AS governorate_name,
               {name_sql("directorate", language)} AS directorate_name,
               {name_sql("general", language)} AS general_name,
               (SELECT count(*) FROM emis.school AS other
                WHERE other.building_code = school.building_code AND other.is_open)
                 AS building_school_count
        FROM emis.school
        JOIN emis.area AS district ON district.area_code = school.area_code
        LEFT JOIN emis.area AS governorate ON governorate.area_code = district.parent_code
        JOIN emis.directorate USING (directorate_code)
        LEFT JOIN emis.directorate AS general
          ON general.directorate_code = directorate.parent_code
        WHERE school.school_code = :school_code AND ({scope.holds("school")})""",
        {"school_code": school_code} | scope.parameters,
    )
    return rows[0] if rows else None


def list_returns(connection: sa.Connection, language: str, school_code: str) -> list:
    """Returns taken into the warehouse, the newest first, with the census's number of pupils."""
    return list_rows(
        connection,
        f"""
        SELECT received.form_id, received.instance_id, received.period, received.school_year,
               received.received_at, received.review_state, received.has_blocking_issue,
               entry.source_code, entry.entered_by,
               {round_name_sql("received", language)} AS round_name,
               (SELECT sum(pupil_count) FROM emis.enrolment
                WHERE enrolment.school_code = received.school_code
                  AND enrolment.form_key = received.form_key
                  AND enrolment.instance_id = received.instance_id) AS pupil_count
        FROM emis.school_return AS received
        {ENTRY_AND_ROUND}
        WHERE received.school_code = :school_code
        ORDER BY received.received_at DESC, received.form_id""",
        {"school_code": school_code},
    )


def list_enrolment(connection: sa.Connection, school_code: str) -> list:
    """Pupils of the newest year that the school reported: one row a grade."""
    return list_rows(
        connection,
        """
        WITH newest AS (SELECT max(school_year) AS school_year FROM emis.enrolment
                        WHERE school_code = :school_code)
        SELECT newest.school_year, enrolment.grade,
               sum(pupil_count) FILTER (WHERE sex_code = 'female') AS female_count,
               sum(pupil_count) FILTER (WHERE sex_code = 'male') AS male_count,
               sum(pupil_count) AS pupil_count,
               sum(repeater_count) AS repeater_count,
               (SELECT section_count FROM emis.grade_section AS section
                WHERE section.school_code = :school_code
                  AND section.school_year = newest.school_year
                  AND section.grade = enrolment.grade) AS section_count
        FROM newest JOIN emis.enrolment USING (school_year)
        WHERE school_code = :school_code
        GROUP BY newest.school_year, enrolment.grade
        ORDER BY enrolment.grade""",
        {"school_code": school_code},
    )


def find_facility(connection: sa.Connection, building_code: str):
    """The newest answer on the building's services, or None."""
    rows = list_rows(
        connection,
        """
        SELECT * FROM emis.facility WHERE building_code = :building_code
        ORDER BY school_year DESC LIMIT 1""",
        {"building_code": building_code},
    )
    return rows[0] if rows else None


def list_school_issues(connection: sa.Connection, school_code: str) -> list:
    """Open issues of one school, the gravest and oldest first."""
    return list_rows(
        connection,
        """
        SELECT issue.rule, issue.severity, issue.form_id, issue.period, issue.subject,
               issue.arguments, issue.first_seen_at, issue.state
        FROM quality.issue
        WHERE issue.school_code = :school_code AND issue.state IN ('open', 'sent_back')
        ORDER BY array_position(ARRAY['blocking', 'error', 'warning', 'review'], issue.severity),
                 issue.first_seen_at, issue.issue_id""",
        {"school_code": school_code},
    )


def list_explained_issues(connection: sa.Connection, school_code: str) -> list:
    """Waived issues of one school with the newest reason, the newest first."""
    return list_rows(
        connection,
        """
        SELECT issue.rule, issue.severity, issue.form_id, issue.period, issue.arguments,
               waived.at AS explained_at, waived.reason
        FROM quality.issue
        JOIN LATERAL (SELECT event.at, event.reason FROM quality.issue_event AS event
                      WHERE event.issue_id = issue.issue_id AND event.to_state = 'waived'
                      ORDER BY event.at DESC LIMIT 1) AS waived ON true
        WHERE issue.school_code = :school_code AND issue.state = 'waived'
        ORDER BY waived.at DESC, issue.issue_id""",
        {"school_code": school_code},
    )


def _matches(search: str) -> str:
    if not search:
        return "true"
    # To fold a name takes thirty times as long as to see that it cannot be the one.
    others = " OR ".join(
        f"lower(school.{name}) LIKE :loosely"
        f" AND translate(lower(school.{name}), :letters, :folded) LIKE :apart"
        for name in ("name_ckb", "name_en")
    )
    return f"""(school.name_sort LIKE :contains OR lower(school.school_code) LIKE :begins
                OR {others})"""


def _search_parameters(search: str) -> dict[str, str]:
    """A sort key holds letters, digits and spaces alone, so no sign of LIKE can be in it."""
    if not search:
        return {}
    letters, folded = FOLDED_LETTERS
    return {
        "contains": f"%{search}%", "begins": f"{search.replace(' ', '_')}%",
        "loosely": f"%{''.join(_loosely(letter, folded) for letter in search)}%",
        "apart": f"%{search.replace(' ', '%')}%", "letters": letters, "folded": folded,
    }  # fmt: skip


def _loosely(letter: str, folded: str) -> str:
    """In a pattern of LIKE: any sign for a letter of a family, anything between words."""
    if letter == " ":
        return "%"
    return "_" if letter in folded else letter
