"""Rounds: what is asked, when, of which schools; and those that were closed before their day.

In: records of a round, dates, the clock. Out: rows of emis.round and emis.round_closing. A round is
taken until the end of its last day in Baghdad, or until it was closed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa

from config.forms import is_owed, load_catalogue
from processing.db.slices import Slice

# Iraq keeps one time all year (UTC+3, no daylight saving since 2007: IANA tz, Asia/Baghdad).
LAST_MOMENT = "((r.closes_on + 1)::timestamp AT TIME ZONE 'Asia/Baghdad')"

# Rounds that are to come are nobody's yet. Days are those of Baghdad.
HAS_OPENED = "r.opens_on <= (now() AT TIME ZONE 'Asia/Baghdad')::date"

# The day shown to people: of an early closing (c), else the round's (r).
LAST_DAY = "least(r.closes_on, (c.closed_at AT TIME ZONE 'Asia/Baghdad')::date)"


@dataclass(frozen=True)
class Round:
    """Fields equal to the columns of emis.round. None: of every ministry, level, directorate."""

    round_code: str
    form_id: str
    ministry_code: str | None
    level_codes: tuple[str, ...] | None
    directorate_codes: tuple[str, ...] | None
    school_year: int
    name_ar: str
    name_ckb: str
    name_en: str
    reference_date: date
    opens_on: date
    due_on: date
    closes_on: date


def owes_sql(asked: str, school: str) -> str:
    """SQL: does the school (rows of emis.school or its history) owe the round? Open or not."""
    return f"""(
      ({asked}.ministry_code IS NULL OR {asked}.ministry_code = {school}.ministry_code)
      AND ({asked}.level_codes IS NULL OR {school}.level_code = ANY({asked}.level_codes))
      AND ({asked}.directorate_codes IS NULL
        OR {school}.directorate_code = ANY({asked}.directorate_codes)
        OR EXISTS (SELECT FROM emis.directorate above
                   WHERE above.directorate_code = {school}.directorate_code
                     AND above.parent_code = ANY({asked}.directorate_codes))))"""


def find_round(connection: sa.Connection, round_code: str) -> Round | None:
    """The round as it was opened, closed or not."""
    names = ", ".join(Round.__dataclass_fields__)
    found = connection.execute(
        sa.text(f"SELECT {names} FROM emis.round WHERE round_code = :code"), {"code": round_code}
    ).one_or_none()
    return None if found is None else Round(*map(_as_tuple, found))


def _as_tuple(value):
    return tuple(value) if isinstance(value, list) else value


def find_results_after(connection: sa.Connection, census: Round) -> sa.Row | None:
    """The round that asks the year before for its results to the last, if it is still due when the
    census opens.

    round_code, due_on. Results of another ministry's schools do not matter.
    """
    return connection.execute(sa.text(RESULTS_AFTER_SQL), asdict(census)).one_or_none()


RESULTS_AFTER_SQL = """
SELECT r.round_code, r.due_on
FROM emis.round r LEFT JOIN emis.round_closing c USING (round_code)
WHERE r.form_id = 'year_end_results' AND r.school_year = :school_year - 1
  AND (r.ministry_code IS NULL OR CAST(:ministry_code AS text) IS NULL
    OR r.ministry_code = :ministry_code)
  AND r.due_on >= :opens_on AND c.round_code IS NULL
ORDER BY r.due_on DESC LIMIT 1
"""


def save_round(connection: sa.Connection, asked: Round) -> None:
    """A new round; one of that code must not be there."""
    names = list(asdict(asked))
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(asked).items()
    }
    connection.execute(
        sa.text(
            f"INSERT INTO emis.round ({', '.join(names)})"
            f" VALUES ({', '.join(f':{name}' for name in names)})"
        ),
        values,
    )


def lock_rounds(connection: sa.Connection) -> None:
    """Until the transaction ends nobody else opens or closes a round."""
    connection.execute(sa.text("LOCK TABLE emis.round IN SHARE ROW EXCLUSIVE MODE"))


def find_overlapping(connection: sa.Connection, asked: Round) -> sa.Row | None:
    """A round of the same form that some school could owe beside this one in the same days.

    A school is of its directorate's ministry (processing.feedback.updates refuses another), so a
    round of one directorate shares no school with one of another ministry. Where the registry has
    a school that owes both all the same, they block each other.

    The same days: from opening to the day on which it is due, or one reference date. The time for
    late answers may overlap: three late monthly returns may arrive together.
    """
    return connection.execute(sa.text(OVERLAPPING_SQL), asdict(asked) | _lists(asked)).first()


def _lists(asked: Round) -> dict:
    return {
        "level_codes": asked.level_codes and list(asked.level_codes),
        "directorate_codes": asked.directorate_codes and list(asked.directorate_codes),
    }


def takes_sql(asked: str) -> str:
    """SQL: may schools of the directorate d owe the round?"""
    return f"""(({asked}.ministry_code IS NULL OR {asked}.ministry_code = d.ministry_code)
      AND ({asked}.directorate_codes IS NULL OR d.directorate_code = ANY({asked}.directorate_codes)
        OR d.parent_code = ANY({asked}.directorate_codes)))"""


OVERLAPPING_SQL = f"""
WITH asked AS (SELECT CAST(:ministry_code AS text) AS ministry_code,
  CAST(:level_codes AS text[]) AS level_codes,
  CAST(:directorate_codes AS text[]) AS directorate_codes)
SELECT r.round_code, r.opens_on, r.due_on, r.reference_date
FROM asked CROSS JOIN emis.round r LEFT JOIN emis.round_closing c USING (round_code)
WHERE r.form_id = :form_id AND r.round_code <> :round_code
  AND (r.level_codes IS NULL OR asked.level_codes IS NULL OR r.level_codes && asked.level_codes)
  AND (EXISTS (SELECT FROM emis.directorate d WHERE {takes_sql("r")} AND {takes_sql("asked")})
    OR EXISTS (SELECT FROM emis.school s WHERE {owes_sql("r", "s")} AND {owes_sql("asked", "s")}))
  AND (r.reference_date = :reference_date
    OR daterange(r.opens_on, r.due_on, '[]') && daterange(:opens_on, :due_on, '[]'))
  AND c.round_code IS NULL
ORDER BY r.opens_on LIMIT 1
"""


def list_rounds(
    connection: sa.Connection, form_id: str | None, now: datetime, today: date
) -> list[sa.Row]:
    """Every round, the newest first, with its state, who owes it and how many have answered.

    state: planned, open, late (past its due day), closed (past its last day, or before it).
    owed_by: None of a form that is sent on occasion; named_count: the open schools that it names,
    received: those of them that have answered, as the start page counts them.
    """
    occasional = [form for form in load_catalogue() if not is_owed(form)]
    values = {"form_id": form_id, "now": now, "today": today, "occasional": occasional}
    return connection.execute(sa.text(ROUNDS_SQL), values).all()


ROUNDS_SQL = f"""
SELECT r.*, c.closed_at, c.closed_by, c.reason,
  CASE WHEN c.round_code IS NOT NULL OR {LAST_MOMENT} <= :now THEN 'closed'
    WHEN :today < r.opens_on THEN 'planned'
    WHEN :today > r.due_on THEN 'late' ELSE 'open' END AS state,
  CASE WHEN r.form_id <> ALL(:occasional) THEN named.count END AS owed_by,
  named.count AS named_count,
  named.received
FROM emis.round r LEFT JOIN emis.round_closing c USING (round_code)
CROSS JOIN LATERAL (
  SELECT count(*), count(a.school_code) AS received
  FROM emis.school s LEFT JOIN emis.school_return a
    ON a.school_code = s.school_code AND a.form_id = r.form_id AND a.period = r.round_code
  WHERE s.is_open AND {owes_sql("r", "s")}
) named
WHERE CAST(:form_id AS text) IS NULL OR r.form_id = :form_id
ORDER BY r.reference_date DESC, r.form_id, r.round_code
"""


def find_closing(connection: sa.Connection, round_code: str) -> sa.Row | None:
    """When, by whom and why the round was closed early."""
    return connection.execute(
        sa.text(
            "SELECT closed_at, closed_by, reason FROM emis.round_closing WHERE round_code = :code"
        ),
        {"code": round_code},
    ).one_or_none()


def save_closing(
    connection: sa.Connection, round_code: str, closed_by: str, reason: str, now: datetime
) -> None:
    """The entry that closes a round before its day."""
    connection.execute(
        sa.text(
            "INSERT INTO emis.round_closing (round_code, closed_at, closed_by, reason)"
            " VALUES (:code, :now, :closed_by, :reason)"
        ),
        {"code": round_code, "now": now, "closed_by": closed_by, "reason": reason},
    )


def is_over(connection: sa.Connection, round_code: str, now: datetime) -> bool:
    """Has the round's last day passed?"""
    return connection.execute(
        sa.text(f"SELECT {LAST_MOMENT} <= :now FROM emis.round r WHERE r.round_code = :code"),
        {"now": now, "code": round_code},
    ).scalar_one()


def has_opened(connection: sa.Connection, form_ids: Iterable[str], first: date, last: date) -> bool:
    """Did a round of one of the forms open on one of these days?"""
    return connection.execute(
        sa.text(
            "SELECT EXISTS (SELECT FROM emis.round"
            " WHERE form_id = ANY(:forms) AND opens_on BETWEEN :first AND :last)"
        ),
        {"forms": list(form_ids), "first": first, "last": last},
    ).scalar_one()


def list_missing_directorates(connection: sa.Connection, asked: Round) -> list[str]:
    """Directorates of the round that are not there, or belong to another ministry."""
    rows = connection.execute(
        sa.text(
            "SELECT code FROM unnest(CAST(:codes AS text[])) AS given (code) WHERE NOT EXISTS ("
            " SELECT FROM emis.directorate d WHERE d.directorate_code = given.code"
            "  AND (CAST(:ministry AS text) IS NULL OR d.ministry_code = :ministry))"
        ),
        {"codes": list(asked.directorate_codes or ()), "ministry": asked.ministry_code},
    )
    return list(rows.scalars())


def list_slices(connection: sa.Connection, form_id: str, round_code: str) -> list[Slice]:
    """Slices of a round of which something has come: also before the round was known."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT f.form_id, coalesce(s.school_code, ''), s.period"
            " FROM raw.submission s JOIN raw.form f USING (form_key)"
            " WHERE f.form_id = :form_id AND s.period = :code"
        ),
        {"form_id": form_id, "code": round_code},
    )
    return [Slice(*row) for row in rows]
