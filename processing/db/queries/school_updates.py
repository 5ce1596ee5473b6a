"""School updates: what schools report of themselves, and what officers answered.

In: `submission_now` and `survey.school_update`; decisions. Out: rows of `quality.school_update` and
`quality.update_decision`. Promised: an update is taken once a version, a decision is applied once;
of an update that was edited, deleted or purged at Central only the version that stands is shown.

| state | |
|---|---|
| open | nobody has decided, or what was decided could not be applied |
| waiting | decided, and not applied: a worker has not come yet, or the day has not |
| applied, refused | done |
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from processing.db.queries.returns import SCHOOL_UPDATE, SurveyColumns, source_sql
from processing.db.queries.web_scope import Scope

FORM_ID = SCHOOL_UPDATE.table
STAGE = "school_updates"


@dataclass(frozen=True)
class Decision:
    """approved or refused: by whom, where, why. given: by column of emis.school, see `judge`."""

    decision: str
    source: str
    name: str
    reason: str
    given: Mapping[str, str]


def take_updates(connection: sa.Connection, columns: SurveyColumns) -> int:
    """Updates of `submission_now` whose version is new, as they came; how many."""
    if SCHOOL_UPDATE.table not in columns.types:
        return 0
    update = source_sql(SCHOOL_UPDATE, columns.as_reported)
    return connection.execute(sa.text(TAKE_SQL.format(update=update, day=DAY))).rowcount


def list_reviewed(connection: sa.Connection) -> list[sa.RowMapping]:
    """Open updates of `submission_now` that somebody has approved or rejected at Central."""
    statement = f"""
        {UPDATES_SQL} AND s.review_state IN ('approved', 'rejected')
          AND EXISTS (SELECT FROM submission_now n WHERE n.form_key = u.form_key
                        AND n.instance_id = u.instance_id)
          AND {STATE} = 'open'
        ORDER BY u.update_id"""
    return list(connection.execute(sa.text(statement)).mappings())


def add_decision(
    connection: sa.Connection, update_id: int, decision: Decision, now: datetime
) -> bool:
    """False where another decision stands already."""
    return bool(
        connection.execute(
            sa.text(DECIDE_SQL),
            vars(decision)
            | {"given": json.dumps(dict(decision.given)), "update_id": update_id, "now": now},
        ).rowcount
    )


def has_pending(connection: sa.Connection, today: date) -> bool:
    """Is there a decision whose day has come?"""
    return connection.execute(
        sa.text(f"SELECT EXISTS (SELECT {PENDING_SQL})"), {"today": today}
    ).scalar_one()


def take_pending(connection: sa.Connection, today: date) -> list[sa.RowMapping]:
    """Decisions whose day has come, held until the end of the transaction; the oldest first."""
    rows = connection.execute(sa.text(TAKE_PENDING_SQL), {"today": today})
    return list(rows.mappings())


def save_outcome(
    connection: sa.Connection,
    decision_id: int,
    outcome: str,
    now: datetime,
    *,
    fault: str | None = None,
    was: Mapping | None = None,
    became: Mapping | None = None,
) -> None:
    connection.execute(
        sa.text(
            "UPDATE quality.update_decision SET outcome = :outcome, fault = :fault,"
            " was = CAST(:was AS jsonb), became = CAST(:became AS jsonb), ended_at = :now"
            " WHERE decision_id = :decision_id"
        ),
        {
            "decision_id": decision_id, "outcome": outcome, "fault": fault, "now": now,
            "was": _json(was), "became": _json(became),
        },
    )  # fmt: skip


def list_updates(
    connection: sa.Connection, scope: Scope, states: Iterable[str]
) -> list[sa.RowMapping]:
    """Updates of the scope in these states, the oldest first."""
    statement = f"""
        {UPDATES_SQL} AND {in_scope_sql(scope)} AND {STATE} = ANY(:states)
        ORDER BY u.received_at, u.update_id"""
    parameters = {"states": list(states)} | scope.parameters
    return list(connection.execute(sa.text(statement), parameters).mappings())


def find_update(connection: sa.Connection, scope: Scope, update_id: int) -> sa.RowMapping | None:
    """One update of the scope whose version stands."""
    statement = f"{UPDATES_SQL} AND {in_scope_sql(scope)} AND u.update_id = :update_id"
    parameters = {"update_id": update_id} | scope.parameters
    return connection.execute(sa.text(statement), parameters).mappings().one_or_none()


def find_photo(connection: sa.Connection, update_id: int) -> sa.RowMapping | None:
    """sha256 and media_type of the photo of the order, once it has been fetched."""
    return (
        connection.execute(
            sa.text(
                "SELECT sha256, media_type FROM quality.school_update_photo"
                " WHERE update_id = :update_id LIMIT 1"
            ),
            {"update_id": update_id},
        )
        .mappings()
        .one_or_none()
    )


def find_known(
    connection: sa.Connection, school_code: str, area_code: str | None, building_code: str | None
) -> dict:
    """What the registry holds about an update: the school as it is, its building, the place.

    Keys: school (or None), building (or None), target (the building that is named, or None),
    is_district (is `area_code` a district?).
    """
    school = _find(connection, "emis.school", "school_code", school_code)
    area = _find(connection, "emis.area", "area_code", area_code)
    own = school["building_code"] if school else None
    return {
        "school": school,
        "building": _find(connection, "emis.building", "building_code", own),
        "target": _find(connection, "emis.building", "building_code", building_code),
        "is_district": bool(area) and area["area_level"] == "district",
    }


def find_directorate(connection: sa.Connection, directorate_code: str) -> dict | None:
    return _find(connection, "emis.directorate", "directorate_code", directorate_code)


def list_unregistered(connection: sa.Connection) -> set[str]:
    """Codes of openings that nobody has refused and the registry does not hold yet."""
    statement = f"""
        SELECT x.school_code FROM ({UPDATES_SQL}) x
        WHERE 'opened' = ANY(x.kinds) AND x.state <> 'refused'
          AND NOT EXISTS (SELECT FROM emis.school_history h WHERE h.school_code = x.school_code)"""
    return set(connection.execute(sa.text(statement)).scalars())


def list_just_opened(connection: sa.Connection, since: datetime) -> set[str]:
    """Codes of openings applied since then: Central makes their entities by itself."""
    statement = f"""
        SELECT x.school_code FROM ({UPDATES_SQL}) x
        WHERE 'opened' = ANY(x.kinds) AND x.state = 'applied' AND x.ended_at >= :since"""
    return set(connection.execute(sa.text(statement), {"since": since}).scalars())


def list_seen(
    connection: sa.Connection, central: str, project: int, instance_ids: Iterable[str]
) -> set[str]:
    """Of these submissions those that have been seen here: landed and, where they are school
    updates, taken as such or gone. Central may name an edited one by its version.
    """
    values = {"central": central, "project": project, "ids": list(instance_ids), "form": FORM_ID}
    return set(connection.execute(sa.text(SEEN_SQL), values).scalars())


def in_scope_sql(scope: Scope) -> str:
    """The condition that an update lies within the scope.

    A new school has no directorate yet: it is shown to those who have schools of its ministry in
    its district.
    """
    if scope.level == "nation":
        return "true"
    return f"""(({scope.holds("school")})
      OR school.school_code IS NULL AND EXISTS (SELECT FROM emis.school AS near
        WHERE near.area_code = u.answers ->> 'identification_district'
          AND near.ministry_code = u.answers ->> 'new_school_ministry'
          AND ({scope.holds("near")})))"""


def _find(connection: sa.Connection, table: str, key: str, code: str | None) -> dict | None:
    if not code:
        return None
    row = connection.execute(sa.text(f"SELECT * FROM {table} WHERE {key} = :code"), {"code": code})
    found = row.mappings().one_or_none()
    return dict(found) if found else None


def _json(values: Mapping | None) -> str | None:
    return None if values is None else json.dumps(dict(values), ensure_ascii=False, default=str)


# A day as a form writes it, whatever type the column has become.
DAY = r"^[12][0-9][0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

TAKE_SQL = """
WITH {update}
INSERT INTO quality.school_update (form_key, instance_id, version_id, school_code, kinds,
  effective_date, answers, sent_by, photo_name, received_at)
SELECT c.form_key, c.instance_id, s.current_version_id,
  left(btrim(coalesce(c.identification_school_code, c.identification_school, '')), 100),
  coalesce(c.identification_changes, '{{}}'),
  CASE WHEN c.identification_effective_date ~ '{day}' THEN
    make_date(CAST(substr(c.identification_effective_date, 1, 4) AS integer),
      CAST(substr(c.identification_effective_date, 6, 2) AS integer), 1)
    + CAST(substr(c.identification_effective_date, 9, 2) AS integer) - 1 END,
  jsonb_strip_nulls(to_jsonb(c) - 'form_key' - 'instance_id' - 'period' - 'school_code'),
  coalesce(nullif(btrim(c.declaration_head_name), ''), '–'), c.order_order_photo,
  n.submission_date
FROM school_update c JOIN submission_now n USING (form_key, instance_id)
JOIN raw.submission s USING (form_key, instance_id)
ON CONFLICT (form_key, instance_id, version_id) DO NOTHING
"""

STATE = """CASE WHEN d.decision_id IS NULL OR d.outcome IN ('overtaken', 'impossible') THEN 'open'
  ELSE coalesce(d.outcome, 'waiting') END"""
UPDATES_SQL = f"""
SELECT u.*, s.review_state, d.decision_id, d.decision, d.source, d.name, d.reason, d.given,
  d.decided_at, d.outcome, d.fault, d.was, d.became, d.ended_at, {STATE} AS state,
  school.name_ar, school.name_ckb, school.name_en
FROM quality.school_update u
JOIN raw.submission s ON s.form_key = u.form_key AND s.instance_id = u.instance_id
  AND s.current_version_id = u.version_id AND s.deleted_at IS NULL AND s.purged_at IS NULL
LEFT JOIN emis.school ON school.school_code = u.school_code
LEFT JOIN LATERAL (SELECT * FROM quality.update_decision x WHERE x.update_id = u.update_id
  ORDER BY x.decision_id DESC LIMIT 1) d ON true
WHERE true"""

NOTHING_TO_TAKE = "(f.form_id <> :form OR coalesce(s.deleted_at, s.purged_at) IS NOT NULL)"
# A branch for each name: an OR over both would read every submission for each id.
SEEN_SQL = f"""
WITH place AS (
  SELECT form_key, form_id FROM raw.form WHERE central = :central AND project = :project
)
SELECT u.instance_id FROM place JOIN quality.school_update u USING (form_key)
WHERE u.instance_id = ANY(CAST(:ids AS text[]))
UNION
SELECT u.version_id FROM place JOIN quality.school_update u USING (form_key)
WHERE u.version_id = ANY(CAST(:ids AS text[]))
UNION
SELECT s.instance_id FROM place f JOIN raw.submission s USING (form_key)
WHERE s.instance_id = ANY(CAST(:ids AS text[])) AND {NOTHING_TO_TAKE}
UNION
SELECT s.current_version_id FROM place f JOIN raw.submission s USING (form_key)
WHERE s.current_version_id = ANY(CAST(:ids AS text[]))
  AND s.current_version_id <> s.instance_id AND {NOTHING_TO_TAKE}
"""

DECIDE_SQL = """
INSERT INTO quality.update_decision
  (update_id, decision, source, name, reason, given, decided_at)
VALUES (:update_id, :decision, :source, :name, :reason, CAST(:given AS jsonb), :now)
ON CONFLICT DO NOTHING
"""

PENDING_SQL = """
FROM quality.update_decision d JOIN quality.school_update u USING (update_id)
WHERE d.outcome IS NULL
  AND (d.decision = 'refused' OR coalesce(u.effective_date, :today) <= :today)
"""

TAKE_PENDING_SQL = f"""
SELECT d.*, u.form_key, u.instance_id, u.version_id, u.school_code, u.kinds, u.effective_date,
  u.answers, (SELECT s.current_version_id = u.version_id AND s.deleted_at IS NULL
    AND s.purged_at IS NULL FROM raw.submission s
    WHERE s.form_key = u.form_key AND s.instance_id = u.instance_id) AS stands
{PENDING_SQL}
ORDER BY d.decision_id FOR UPDATE OF d SKIP LOCKED
"""
