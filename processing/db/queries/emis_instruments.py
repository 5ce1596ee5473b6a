"""What the further instruments say, as rows of the warehouse: one SELECT a table of facts.

In: `return_now`, `touched_now` (see `processing.db.queries.emis`) and the sources of
`processing.db.queries.instruments`. Out: facts of the schools and years touched, replaced; those of
a month or a round are replaced with the whole year, which holds them. Zeros have rows where a box
stands for itself (an outcome, a subject), and none in lists of reasons.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from processing.db.queries import instruments as given
from processing.db.queries.emis_facts import count_sql, yes_no_sql
from processing.db.queries.instruments import ABSENCES, MOVES, OUTCOMES
from processing.db.queries.returns import SEX_WORDS, Source, SurveyColumns, source_sql

TOUCHED = "t.school_code = f.school_code AND t.school_year = f.school_year"


@dataclass(frozen=True)
class Facts:
    """One table. rows: its columns and the SELECT. also: which of its rows are this form's."""

    form_id: str
    table: str
    sources: tuple[Source, ...]
    rows: str
    also: str = "true"


def replace_instrument_facts(connection: sa.Connection, columns: SurveyColumns) -> int:
    """The facts of the forms that were touched; rows written."""
    forms = list_touched_forms(connection)
    return sum(_replace(connection, facts, columns) for facts in FACTS if facts.form_id in forms)


def list_touched_forms(connection: sa.Connection) -> set[str]:
    """The forms of `touched_now`."""
    return set(connection.execute(sa.text("SELECT DISTINCT form_id FROM touched_now")).scalars())


def _replace(connection: sa.Connection, facts: Facts, columns: SurveyColumns) -> int:
    connection.execute(
        sa.text(
            f"DELETE FROM emis.{facts.table} f USING touched_now t"
            f" WHERE t.form_id = '{facts.form_id}' AND {TOUCHED} AND {facts.also}"
        )
    )
    sources = ",\n".join(source_sql(source, columns) for source in facts.sources)
    statement = f"WITH {sources}\nINSERT INTO emis.{facts.table} {facts.rows}"
    return connection.execute(sa.text(statement)).rowcount


def word_sql(value: str) -> str:
    """SQL: a word, NULL where nothing was chosen."""
    return f"nullif({value}, '')"


def _values(rows: Iterable[tuple]) -> str:
    return "VALUES " + ",\n    ".join(f"({', '.join(row)})" for row in rows)


def _by_sex(make: Callable[[str], list[str]], codes: Iterable[str | None] = (None,)) -> str:
    """VALUES of (sex, code, what make('girls') gives); without codes of (sex, what it gives)."""
    return _values(
        (f"'{sex}'", *([f"'{code}'"] if code else []), *make(word, *([code] if code else [])))
        for sex, word in SEX_WORDS.items()
        for code in codes
    )


def _named(names: Iterable[str]) -> str:
    """Columns of VALUES: SQL keeps words such as left and end to itself."""
    return ", ".join(f"n_{name}" for name in names)


def _from(form_id: str, source: Source, values: str, names: str, root: Source | None = None) -> str:
    """root: the form's own answers, as m, beside those of a repeat."""
    beside = f" JOIN {root.name} m USING (form_key, instance_id)" if root else ""
    return f"""
FROM return_now r JOIN {source.name} g USING (form_key, instance_id){beside},
LATERAL ({values}) AS v({names})
WHERE r.form_id = '{form_id}'"""


def _leavers(form_id: str, source: Source) -> Facts:
    values = _by_sex(
        lambda word, code: [count_sql(f"g.leavers_{word}_{code}")], given.LEAVER_REASONS
    )
    rows = f"""
(school_code, school_year, form_id, sex_code, reason_code, pupil_count, form_key, instance_id)
SELECT r.school_code, r.school_year, r.form_id, v.sex, v.reason, v.pupils, r.form_key, r.instance_id
{_from(form_id, source, values, "sex, reason, pupils")} AND v.pupils > 0
"""
    return Facts(form_id, "leaver", (source,), rows, f"f.form_id = '{form_id}'")


DIFFICULTIES = _by_sex(
    lambda word, code: [count_sql(f"g.difficulties_{word}_{code}")], given.DOMAINS
)
DIFFICULTY_ROWS = f"""
(school_code, school_year, level_code, sex_code, domain_code, pupil_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.stage, v.sex, v.domain, sum(v.pupils), r.form_key,
  r.instance_id
{_from("school_census", given.CENSUS_LEVEL, DIFFICULTIES, "sex, domain, pupils")}
  AND v.pupils > 0 AND g.stage <> ''
GROUP BY r.school_code, r.school_year, g.stage, v.sex, v.domain, r.form_key, r.instance_id
"""

DISPLACED = _by_sex(lambda word: [count_sql(f"g.displacement_{word}_displaced")])
DISPLACEMENT_ROWS = f"""
(school_code, school_year, level_code, sex_code, pupil_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.stage, v.sex, sum(v.pupils), r.form_key, r.instance_id
{_from("school_census", given.CENSUS_LEVEL, DISPLACED, "sex, pupils")}
  AND v.pupils > 0 AND g.stage <> ''
GROUP BY r.school_code, r.school_year, g.stage, v.sex, r.form_key, r.instance_id
"""

RESULT_NAMES = ("enrolled", *OUTCOMES)
RESULT_VALUES = _by_sex(lambda word: [count_sql(f"g.{word}_{name}") for name in RESULT_NAMES])
RESULT_ROWS = f"""
(school_code, school_year, grade, sex_code, {", ".join(f"{name}_count" for name in RESULT_NAMES)},
  form_key, instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint, v.sex,
  {", ".join(f"sum(v.n_{name})" for name in RESULT_NAMES)}, r.form_key, r.instance_id
{_from("year_end_results", given.RESULT_ROW, RESULT_VALUES, f"sex, {_named(RESULT_NAMES)}")}
  AND g.grade BETWEEN -2 AND 14
  AND coalesce({", ".join(f"v.n_{name}" for name in RESULT_NAMES)}) IS NOT NULL
GROUP BY r.school_code, r.school_year, g.grade::smallint, v.sex, r.form_key, r.instance_id
"""

EXAM_VALUES = _by_sex(
    lambda word, code: [count_sql(f"g.{word}_exam_{did}_{code}") for did in ("sat", "passed")],
    given.EXAM_ROUNDS,
)
EXAM_ROWS = f"""
(school_code, school_year, grade, sex_code, exam_round_code, sat_count, passed_count, form_key,
  instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint, v.sex, v.exam, sum(v.sat), sum(v.passed),
  r.form_key, r.instance_id
{_from("year_end_results", given.RESULT_ROW, EXAM_VALUES, "sex, exam, sat, passed")}
  AND g.grade BETWEEN -2 AND 14 AND coalesce(v.sat, v.passed) IS NOT NULL
GROUP BY r.school_code, r.school_year, g.grade::smallint, v.sex, v.exam, r.form_key, r.instance_id
"""


def _outage(box: str) -> str:
    """SQL: days of an outage; 0 where the school was open on no day, so that none was asked for."""
    return f"coalesce({count_sql(box)}, CASE WHEN g.days_days_held = 0 THEN 0 END)"


MONTH_ROWS = f"""
(school_code, period, school_year, month_date, held_day_count, female_on_duty_count,
  male_on_duty_count, water_outage_day_count, power_outage_day_count, form_key, instance_id)
SELECT r.school_code, r.period, r.school_year, date_trunc('month', o.reference_date)::date,
  {count_sql("g.days_days_held")}, {count_sql("g.teachers_female_on_duty")},
  {count_sql("g.teachers_male_on_duty")}, {_outage("g.outages_water_days")},
  {_outage("g.outages_power_days")}, r.form_key, r.instance_id
FROM return_now r
JOIN {given.MONTH.name} g USING (form_key, instance_id)
JOIN emis.round o ON o.round_code = r.period AND o.form_id = r.form_id
WHERE r.form_id = 'monthly_return'
"""

LOST_VALUES = _values(
    (f"'{reason}'", count_sql(f"g.lost_days_{reason}")) for reason in given.CLOSURE_REASONS
)
LOST_ROWS = f"""
(school_code, period, school_year, reason_code, day_count, form_key, instance_id)
SELECT r.school_code, r.period, r.school_year, v.reason, v.days, r.form_key, r.instance_id
{_from("monthly_return", given.MONTH, LOST_VALUES, "reason, days")} AND v.days > 0
"""


def _moves(word: str) -> list[str]:
    """SQL: MOVES of a sex in a grade; 0 where nobody can have been, so that no box was opened.

    | box not opened | since                                                  |
    |----------------|--------------------------------------------------------|
    | joined, left   | the head did not name them in this grade               |
    | absent_days    | there were no pupils, or the school was open on no day |
    """
    box = {move: count_sql(f"g.pupils_{word}_{move}") for move in MOVES}
    for move in ("joined", "left"):
        is_named = f"trunc(g.grade)::text || '_{word}_{move}' = ANY(m.moves_moved)"
        box[move] = _or_none(box[move], word, f"NOT {is_named}")
    nobody = f"(m.days_days_held = 0 OR {box['start']} + {box['joined']} = 0)"
    box["absent_days"] = _or_none(box["absent_days"], word, nobody)
    return [box[move] for move in MOVES]


def _or_none(box: str, word: str, is_none: str) -> str:
    """SQL: the box; where it is empty, 0 if the school has that sex and there were none."""
    return f"coalesce({box}, CASE WHEN m.has_{word} = 1 AND {is_none} THEN 0 END)"


# The tablet reckons start and end also of a sex that it did not ask for.
MOVE_VALUES = _by_sex(_moves)
ATTENDANCE_ROWS = f"""
(school_code, period, school_year, grade, sex_code, start_count, joined_count, left_count,
  end_count, absent_pupil_day_count, form_key, instance_id)
SELECT r.school_code, r.period, r.school_year, g.grade::smallint, v.sex,
  {", ".join(f"sum(v.n_{move})" for move in MOVES)}, r.form_key, r.instance_id
{_from("monthly_return", given.MONTH_ROW, MOVE_VALUES, f"sex, {_named(MOVES)}", given.MONTH)}
  AND g.grade BETWEEN -2 AND 14 AND coalesce(v.n_joined, v.n_left, v.n_absent_days) IS NOT NULL
GROUP BY r.school_code, r.period, r.school_year, g.grade::smallint, v.sex, r.form_key,
  r.instance_id
"""

ABSENCE_VALUES = _values(
    (f"'{sex}'", f"'{reason}'", count_sql(f"g.teacher_absences_{sex}_{reason}"))
    for sex, reasons in ABSENCES.items()
    for reason in reasons
)
ABSENCE_ROWS = f"""
(school_code, period, school_year, sex_code, reason_code, absent_day_count, form_key, instance_id)
SELECT r.school_code, r.period, r.school_year, v.sex, v.reason, v.days, r.form_key, r.instance_id
{_from("monthly_return", given.MONTH, ABSENCE_VALUES, "sex, reason, days")} AND v.days > 0
"""

BOOK_VALUES = _values(
    (
        f"'{subject}'",
        *(
            count_sql(f"g.{given.SUBJECT_GROUPS[screen]}_{subject}_{what}")
            for what in ("copies", "needed")
        ),
    )
    for subject, screen in given.SUBJECTS.items()
)
BOOK_ROWS = f"""
(school_code, school_year, grade, subject_code, copy_count, needed_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint, v.subject, sum(v.copies), sum(v.needed),
  r.form_key, r.instance_id
{_from("textbook_return", given.BOOK_ROW, BOOK_VALUES, "subject, copies, needed")}
  AND g.grade BETWEEN -2 AND 14 AND coalesce(v.copies, v.needed) IS NOT NULL
GROUP BY r.school_code, r.school_year, g.grade::smallint, v.subject, r.form_key, r.instance_id
"""

MOST_IQD = 1_000_000_000
# A month; dearer than any connection of a school, and an integer holds it.
CONNECTIVITY_ROWS = f"""
(school_code, school_year, connection_kind_code, provider_name, cost_payer_code, monthly_cost_iqd,
  is_speed_measured, download_mbps, upload_mbps, latency_ms, power_source_codes,
  {", ".join(f"{source}_hours" for source in given.HOURED_SOURCES)}, lesson_power_hours,
  socket_count, safe_storage_code, has_focal_person, focal_job_code, trained_staff_count,
  training_topic_codes, last_training_date, form_key, instance_id)
SELECT r.school_code, r.school_year, {word_sql("g.internet_connection")},
  {word_sql("g.internet_provider")}, {word_sql("g.internet_payer")},
  CASE WHEN g.internet_monthly_cost_iqd BETWEEN 0 AND {MOST_IQD}
    THEN trunc(g.internet_monthly_cost_iqd)::integer END,
  {yes_no_sql("g.speed_speed_measured")}, g.speed_download_mbps, g.speed_upload_mbps,
  {count_sql("g.speed_latency_ms")}, g.power_sources,
  {", ".join(count_sql(f"g.power_{source}_hours") for source in given.HOURED_SOURCES)},
  {count_sql("g.power_lesson_hours")}, {count_sql("g.place_sockets")},
  {word_sql("g.place_storage")}, {yes_no_sql("g.people_has_focal_person")},
  {word_sql("g.people_focal_job")}, {count_sql("g.people_staff_trained")},
  g.people_training_topics, g.people_last_training, r.form_key, r.instance_id
FROM return_now r JOIN {given.CONNECTIVITY.name} g USING (form_key, instance_id)
WHERE r.form_id = 'connectivity_readiness'
"""

WEAKEST_DBM, STRONGEST_DBM = -200, 100
# Wider than any telephone shows; outside, it is not a strength of a signal.
SIGNAL_VALUES = _values(
    (f"'{operator}'", f"g.signal_{operator}_network", f"g.signal_{operator}_dbm")
    for operator in given.OPERATORS
)
SIGNAL_ROWS = f"""
(school_code, school_year, operator_code, network_type_code, signal_dbm, form_key, instance_id)
SELECT r.school_code, r.school_year, v.operator, v.network,
  CASE WHEN v.dbm BETWEEN {WEAKEST_DBM} AND {STRONGEST_DBM} THEN trunc(v.dbm)::integer END,
  r.form_key, r.instance_id
{_from("connectivity_readiness", given.CONNECTIVITY, SIGNAL_VALUES, "operator, network, dbm")}
  AND v.network <> ''
"""

DEVICE_ROWS = f"""
(school_code, school_year, device_number, device_kind_code, serial_number, device_state_code,
  android_version, form_key, instance_id)
SELECT r.school_code, r.school_year, g._row_number, {word_sql("g.device_kind")},
  nullif(trim(g.device_serial), ''), {word_sql("g.device_state")},
  {count_sql("g.device_android_version")}, r.form_key, r.instance_id
FROM return_now r JOIN {given.DEVICE_ROW.name} g USING (form_key, instance_id)
WHERE r.form_id = 'connectivity_readiness'
"""

FACTS = (
    _leavers("school_census", given.CENSUS_SPECIAL),
    Facts("school_census", "pupil_difficulty", (given.CENSUS_LEVEL,), DIFFICULTY_ROWS),
    Facts("school_census", "pupil_displacement", (given.CENSUS_LEVEL,), DISPLACEMENT_ROWS),
    _leavers("year_end_results", given.RESULTS),
    Facts("year_end_results", "year_end_result", (given.RESULT_ROW,), RESULT_ROWS),
    Facts("year_end_results", "ministerial_exam", (given.RESULT_ROW,), EXAM_ROWS),
    Facts("monthly_return", "school_month", (given.MONTH,), MONTH_ROWS),
    Facts("monthly_return", "lost_day", (given.MONTH,), LOST_ROWS),
    Facts("monthly_return", "attendance", (given.MONTH, given.MONTH_ROW), ATTENDANCE_ROWS),
    Facts("monthly_return", "teacher_absence", (given.MONTH,), ABSENCE_ROWS),
    Facts("textbook_return", "textbook", (given.BOOK_ROW,), BOOK_ROWS),
    Facts("connectivity_readiness", "connectivity", (given.CONNECTIVITY,), CONNECTIVITY_ROWS),
    Facts("connectivity_readiness", "mobile_signal", (given.CONNECTIVITY,), SIGNAL_ROWS),
    Facts("connectivity_readiness", "school_device", (given.DEVICE_ROW,), DEVICE_ROWS),
)
