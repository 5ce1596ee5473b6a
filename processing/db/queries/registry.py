"""The registry: areas, directorates, buildings, schools with their history, staff and what they
teach, plans of visits, sources of record, rounds, code lists.

In: records (dataclasses or mappings) whose fields are named as the columns. Out: rows of emis.
Promised: twice is the same as once; a school's changed attribute ends its row of
emis.school_history on the day of the change and begins another; what is not among the records
is left alone.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from config.clock import day_of
from config.forms import is_owed, load_catalogue
from config.names import sort_key
from config.rounds import FIRST_MONTH
from processing.db.queries.held import Pair, save_held, save_sources

# Counted anew each year and not a trait of the school: corrected in place, without history.
COUNTED_COLUMNS = ("pupil_count_last_year",)
SCHOOL_TRAITS = (
    "name_ar", "name_ckb", "name_en", "name_sort", "ministry_code", "directorate_code",
    "area_code", "building_code", "building_role_code", "level_code", "lowest_grade",
    "highest_grade", "sex_code", "ownership_code", "session_code", "locality_code",
    "language_code", "curriculum_code", "is_open", "is_simulated",
)  # fmt: skip
CHUNK_ROWS = 5_000
REGISTRY_LOCK = 0x52454749  # "REGI"


@dataclass(frozen=True)
class RegistryReport:
    """How many schools the registry knows now for the first time, and how many changed; of which
    supervisors it says otherwise whether they are certified; of which schools and topics it says
    otherwise where the record is kept, or what is held there.
    """

    schools_added: int
    schools_changed: int
    recertified: tuple[str, ...] = ()
    held_changed: frozenset[Pair] = frozenset()


def replace_registry(
    connection: sa.Connection,
    *,
    areas: Iterable = (),
    directorates: Iterable = (),
    buildings: Iterable = (),
    schools: Iterable = (),
    staff: Iterable = (),
    teaching: Iterable = (),
    supervisors: Iterable = (),
    visits: Iterable = (),
    sources: Iterable = (),
    held: Iterable = (),
    rounds: Iterable = (),
    codes: Iterable = (),
    now: datetime,
) -> RegistryReport:
    """Bring the registry to the records. codes: mappings with code_list, position and a code.
    teaching: all lines of the people whom it names, who are among the staff of a file.

    A directorate, area or level that changed moves figures between units: compute the indicators
    of all schools afterwards. Who is certified decides about lessons that were observed: validate
    the visits of the recertified afterwards; and what is held elsewhere is compared with returns:
    validate those of `held_changed`.
    """
    today = day_of(now)
    posts = [_supervisor_row(each) for each in supervisors]
    recertified = _list_recertified(connection, posts)
    _upsert(connection, "area", ("area_code",), areas)
    _upsert(connection, "directorate", ("directorate_code",), directorates)
    _upsert(connection, "building", ("building_code",), buildings)
    _upsert(connection, "supervisor", ("supervisor_code",), posts)
    _upsert(connection, "visit_plan", ("supervisor_code", "school_code"), map(_visit_row, visits))
    _upsert(connection, "round", ("round_code",), rounds)
    _upsert(connection, "code", ("code_list", "code"), codes)
    _save_staff(connection, [_staff_row(each) for each in staff])
    _replace_teaching(connection, [_as_row(each) for each in teaching])
    held_changed = save_sources(connection, map(_as_row, sources))
    held_changed |= save_held(connection, map(_as_row, held))
    added, changed = _save_schools(connection, [_school_row(s, today) for s in schools], today)
    return RegistryReport(added, changed, recertified, frozenset(held_changed))


def lock_registry(connection: sa.Connection) -> None:
    """Until the transaction ends nobody else changes a school by what it has been: two who read the
    same row would each write the other's change away. What was committed before is seen.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": REGISTRY_LOCK})


def code_rows(lists: Mapping[str, Iterable]) -> list[dict]:
    """Rows for `codes`: list name -> records with code, name_ar, name_ckb and name_en."""
    return [
        {**_as_row(code), "code_list": name, "position": position}
        for name, codes in lists.items()
        for position, code in enumerate(codes)
    ]


def list_codes(connection: sa.Connection, table: str) -> set[str]:
    """The codes of all areas, buildings, directorates, schools (open or closed), supervisors.

    table: `area`, `building` and so on.
    """
    return set(connection.execute(sa.text(f"SELECT {table}_code FROM emis.{table}")).scalars())


def list_filed_periods(
    connection: sa.Connection, people: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int | None]:
    """Of (school_code, staff_number) those whom a file has brought, with their weekly periods."""
    pairs = sorted(set(people))
    values = {"schools": [pair[0] for pair in pairs], "numbers": [pair[1] for pair in pairs]}
    rows = connection.execute(sa.text(FILED_PERIODS_SQL), values)
    return {(row.school_code, row.staff_number): row.weekly_period_count for row in rows}


def count_outdated_teaching(connection: sa.Connection) -> int:
    """People of files whose lines do not come to their weekly periods (any more): none is told.
    Not those who teach no more, of whom no file brings lines.
    """
    return connection.execute(sa.text(OUTDATED_TEACHING_SQL)).scalar_one()


def school_in_year_sql(pairs: str) -> str:
    """SQL: emis.school_history rows of `pairs(school_code, school_year)` as of that year.

    As of 31 December of the year in which the school year begins, the day to which pupils' ages
    refer; a school first registered later is taken as it was then.
    """
    return f"""
    SELECT DISTINCT ON (h.school_code, p.school_year) p.school_year, h.*
    FROM {pairs} p JOIN emis.school_history h USING (school_code),
    LATERAL (SELECT make_date(p.school_year, 12, 31) AS day) d
    ORDER BY h.school_code, p.school_year, h.valid_from > d.day,
      abs(h.valid_from - d.day)"""


def schools_of_year_sql(school_year: str) -> str:
    """SQL: the schools that are registered for a school year, as of it (school_in_year_sql).

    Registered for a year is a school that was open on a day of it, also if it has closed since; one
    that reported for it what is asked of open schools, on whatever day the registry closed it; and
    one that the registry has learned of later, since nothing says when it opened.
    school_year: SQL of the year.
    """
    owed = ", ".join(f"'{form_id}'" for form_id in load_catalogue() if is_owed(form_id))
    return f"""
    WITH pair AS (
      SELECT DISTINCT school_code, CAST({school_year} AS smallint) AS school_year
      FROM emis.school_history
    )
    SELECT y.* FROM ({school_in_year_sql("pair")}) y
    WHERE y.is_open
      OR EXISTS (SELECT FROM emis.school_history o
        WHERE o.school_code = y.school_code AND o.is_open
          AND o.valid_from < make_date(y.school_year + 1, {FIRST_MONTH}, 1)
          AND coalesce(o.valid_to > make_date(y.school_year, {FIRST_MONTH}, 1), true))
      OR EXISTS (SELECT FROM emis.school_return r
        WHERE r.school_code = y.school_code AND r.school_year = y.school_year
          AND r.form_id IN ({owed}) AND NOT r.has_blocking_issue)"""


def _school_row(school, today: date) -> dict:
    row = {"is_open": True, "is_simulated": False} | _as_row(school)
    row["name_sort"] = sort_key(row["name_ar"])
    row["valid_from"] = row.get("valid_from") or today
    return row


def _supervisor_row(supervisor) -> dict:
    given = {"language_code": "ar", "is_active": True, "is_certified": False}
    return given | {"is_simulated": False} | _as_row(supervisor)


def _visit_row(visit) -> dict:
    return {"is_planned": True, "is_simulated": False} | _as_row(visit)


def _staff_row(person) -> dict:
    return {"is_listed": True, "is_simulated": False} | _as_row(person)


def _save_staff(connection: sa.Connection, rows: list[dict]) -> None:
    """A person at a school keeps the code under which the tablet knows it."""
    for chunk in _chunks(rows):
        connection.execute(sa.text(STAFF_SQL), {"rows": chunk})


def _replace_teaching(connection: sa.Connection, rows: list[dict]) -> None:
    """All lines of the people go before the first comes: a person's may lie in two chunks."""
    for statement in FORGET_TEACHING_SQL, TEACHING_SQL:
        for chunk in _chunks(rows):
            connection.execute(sa.text(statement), {"rows": chunk})


def _list_recertified(connection: sa.Connection, rows: list[dict]) -> tuple[str, ...]:
    if not rows:
        return ()
    return tuple(connection.execute(sa.text(RECERTIFIED_SQL), {"rows": _json(rows)}).scalars())


def _save_schools(connection: sa.Connection, rows: list[dict], today: date) -> tuple[int, int]:
    """How many were added, how many changed."""
    connection.execute(sa.text(SCHOOL_GIVEN_SQL))
    connection.execute(sa.text("TRUNCATE school_given"))
    for chunk in _chunks(rows):
        connection.execute(
            sa.text(
                "INSERT INTO school_given"
                " SELECT * FROM jsonb_populate_recordset(NULL::emis.school_history, :rows)"
            ),
            {"rows": chunk},
        )
    connection.execute(sa.text("ANALYZE school_given"))

    def run(sql: str) -> int:
        return connection.execute(sa.text(sql), {"today": today}).rowcount

    changed = run(CORRECT_TODAY_SQL) + run(END_CHANGED_SQL)
    run(BEGIN_CHANGED_SQL)
    run(COUNTED_SQL)
    return run(ADD_SCHOOLS_SQL), changed


def _upsert(connection: sa.Connection, table: str, key: tuple[str, ...], records: Iterable) -> None:
    """Insert or bring up to date, in one statement a table: a child may stand before its parent."""
    rows = [_as_row(record) for record in records]
    if not rows:
        return
    columns = _columns(connection, table)
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name not in key)
    statement = (
        f"INSERT INTO emis.{table} ({', '.join(columns)})"
        f" SELECT {', '.join(columns)} FROM jsonb_populate_recordset(NULL::emis.{table}, :rows)"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )
    connection.execute(sa.text(statement), {"rows": _json(rows)})


def _columns(connection: sa.Connection, table: str) -> list[str]:
    return list(connection.execute(sa.text(COLUMNS_SQL), {"table": table}).scalars())


def _as_row(record) -> dict:
    if not dataclasses.is_dataclass(record):
        return dict(record)
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _json(rows: list[dict]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def _plain(value) -> str | dict:
    return dict(value) if isinstance(value, Mapping) else value.isoformat()


def _chunks(rows: list[dict]) -> Iterable[str]:
    for start in range(0, len(rows), CHUNK_ROWS):
        yield _json(rows[start : start + CHUNK_ROWS])


_STAFF = (
    "name", "sex_code", "birth_year", "post_code", "work_code", "attachment_code",
    "contract_code", "qualification_code", "institution_code", "has_pedagogical_training",
    "weekly_period_count", "is_listed", "is_simulated",
)  # fmt: skip
STAFF_SQL = f"""
INSERT INTO emis.staff_member (school_code, staff_number, {", ".join(_STAFF)})
SELECT school_code, staff_number, {", ".join(_STAFF)}
FROM jsonb_populate_recordset(NULL::emis.staff_member, :rows)
ON CONFLICT (school_code, staff_number) WHERE instance_id IS NULL
DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _STAFF)}
"""

RECERTIFIED_SQL = """
SELECT supervisor_code
FROM jsonb_populate_recordset(NULL::emis.supervisor, CAST(:rows AS jsonb)) g
LEFT JOIN emis.supervisor v USING (supervisor_code)
WHERE g.is_certified <> coalesce(v.is_certified, false)
ORDER BY 1
"""

FILED_PERIODS_SQL = """
SELECT school_code, staff_number, weekly_period_count FROM emis.staff_member
JOIN unnest(CAST(:schools AS text[]), CAST(:numbers AS text[])) AS asked (school_code, staff_number)
  USING (school_code, staff_number)
WHERE instance_id IS NULL
"""

OUTDATED_TEACHING_SQL = """
SELECT count(*) FROM emis.staff_member m
WHERE m.is_listed AND m.instance_id IS NULL AND m.weekly_period_count > 0
  AND NOT EXISTS (SELECT FROM emis.staff f WHERE f.assignment_code = m.assignment_code)
  AND m.weekly_period_count <> (SELECT sum(t.weekly_period_count)
  FROM emis.staff_member_teaching t WHERE t.assignment_code = m.assignment_code)
"""

_GIVEN_TEACHING = """
jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (school_code text, staff_number text, level_code text,
  subject_code text, weekly_period_count integer)
LEFT JOIN emis.staff_member m ON (m.school_code, m.staff_number) = (g.school_code, g.staff_number)
  AND m.instance_id IS NULL"""
FORGET_TEACHING_SQL = f"""
DELETE FROM emis.staff_member_teaching t
WHERE t.assignment_code IN (SELECT m.assignment_code FROM {_GIVEN_TEACHING})
"""
# Of a person whom no file has brought the code is missing, and the database refuses the line.
TEACHING_SQL = f"""
INSERT INTO emis.staff_member_teaching
  (assignment_code, level_code, subject_code, weekly_period_count)
SELECT m.assignment_code, g.level_code, g.subject_code, g.weekly_period_count
FROM {_GIVEN_TEACHING}
"""

COLUMNS_SQL = """
SELECT attname FROM pg_attribute
WHERE attrelid = ('emis.' || :table)::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""

SCHOOL_GIVEN_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS school_given (
  LIKE emis.school_history, PRIMARY KEY (school_code)
) ON COMMIT DROP
"""

_TRAITS = ", ".join(SCHOOL_TRAITS)
_DIFFERS = (
    f"({', '.join(f'h.{name}' for name in SCHOOL_TRAITS)}) IS DISTINCT FROM"
    f" ({', '.join(f'g.{name}' for name in SCHOOL_TRAITS)})"
)
_ALL = f"school_code, valid_from, valid_to, {_TRAITS}, {', '.join(COUNTED_COLUMNS)}"

# A row that began today is still being written: it is corrected, not ended.
CORRECT_TODAY_SQL = f"""
UPDATE emis.school_history h SET {", ".join(f"{name} = g.{name}" for name in SCHOOL_TRAITS)}
FROM school_given g
WHERE h.school_code = g.school_code AND h.valid_to IS NULL AND h.valid_from >= :today
  AND {_DIFFERS}
"""

END_CHANGED_SQL = f"""
UPDATE emis.school_history h SET valid_to = :today
FROM school_given g
WHERE h.school_code = g.school_code AND h.valid_to IS NULL AND h.valid_from < :today
  AND {_DIFFERS}
"""

BEGIN_CHANGED_SQL = f"""
INSERT INTO emis.school_history ({_ALL})
SELECT g.school_code, CAST(:today AS date), NULL, {_TRAITS}, {", ".join(COUNTED_COLUMNS)}
FROM school_given g
WHERE EXISTS (SELECT FROM emis.school_history h
    WHERE h.school_code = g.school_code AND h.valid_to = :today)
  AND NOT EXISTS (SELECT FROM emis.school_history h
    WHERE h.school_code = g.school_code AND h.valid_to IS NULL)
"""

COUNTED_SQL = f"""
UPDATE emis.school_history h
SET {", ".join(f"{name} = g.{name}" for name in COUNTED_COLUMNS)}
FROM school_given g
WHERE h.school_code = g.school_code AND h.valid_to IS NULL
  AND ({", ".join(f"h.{name}" for name in COUNTED_COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"g.{name}" for name in COUNTED_COLUMNS)})
"""

ADD_SCHOOLS_SQL = f"""
INSERT INTO emis.school_history ({_ALL})
SELECT {_ALL} FROM school_given g
WHERE NOT EXISTS (SELECT FROM emis.school_history h WHERE h.school_code = g.school_code)
"""
