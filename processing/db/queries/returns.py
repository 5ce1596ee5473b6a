"""What schools sent, typed and named as the instruments fix it.

In: `slice_now` (see `processing.db.slices`) and whatever survey tables exist today. Out: the
temporary table `submission_now`, and common table expressions over it, one a part of an
instrument. Promised: a rule or a fact reads the same columns of the same types whatever version
of the form came first; a column that no version has is NULL, and `missing_columns` names it.

| expression | one row is | from |
|---|---|---|
| census, facility | a return | survey.school_census, survey.facility_return |
| grade_row | a grade of a census return | survey.school_census_grades |
| correction | an answer to a correction task | survey.corrections |
| school_update | a change that a school reports of itself | survey.school_update |
| answer | a return of the form that a rule for several forms is run for | its root table |

Counts are `numeric`: a garbage answer of nineteen digits must not overflow in a sum.

An adjustment (`quality.adjustment`) counts instead of the reported value, as long as that is the
one it replaces: an edit of the submission ends it. A total that the tablet calculated moves with
its parts. `SurveyColumns.as_reported` shows everything as it was sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from config.corrections import FORM_ID as CORRECTIONS
from config.corrections import NUMBERS_MAX
from config.forms import load_catalogue
from config.sqlnames import sql_name

AGE_BANDS = ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")
ENTRANT_BANDS = ("m1", "0", "1", "2", "unknown")
SEX_WORDS = {"female": "girls", "male": "boys"}

SQL_TYPES = {
    "count": "numeric",
    "real": "double precision",
    "word": "text",
    "words": "text[]",
    "day": "date",
}
# What a number looks like where a form's column had to become text.
NUMBER = r"^\s*[+-]?[0-9]{1,30}(\.[0-9]{1,30})?\s*$"
# And a day: none that a month has not; 29 February is left out, as the years differ.
DAY = (
    "^[12][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$"
)

# For the transaction: sets of some thousand schools are sorted and joined in memory, not on disk.
STAGE_WORK_MEM = "64MB"


@dataclass(frozen=True)
class SurveyColumns:
    """types: table -> column -> PostgreSQL type. adjusted: (table, column) of `adjustment_now`."""

    types: Mapping[str, Mapping[str, str]]
    adjusted: frozenset[tuple[str, str]] = frozenset()

    @property
    def as_reported(self) -> "SurveyColumns":
        return replace(self, adjusted=frozenset())


@dataclass(frozen=True)
class Source:
    """A common table expression over one survey table. columns: name -> a kind of SQL_TYPES.

    path: of the repeat in the form, nothing for the root. sums: a column that the tablet calculates
    -> the columns of the same row that it adds up.
    """

    name: str
    table: str
    columns: Mapping[str, str]
    path: str = ""
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_repeat(self) -> bool:
        return bool(self.path)

    def column_of(self, path: str) -> str:
        """The column of a question, by its path in the form without positions."""
        return sql_name(path.removeprefix(self.path))


def kinds(**names: str) -> dict[str, str]:
    """Column names as words, by kind: `kinds(count="a b", word="c")`."""
    return {column: kind for kind, text in names.items() for column in text.split()}


def _grade_counts() -> str:
    names = ["classes_sections"]
    for word in SEX_WORDS.values():
        names += [f"{word}_age_{band}" for band in AGE_BANDS] + [f"{word}_total"]
        names += [f"flow_{word}_{flow}" for flow in FLOWS]
        names += [f"entrants_{word}_age_{band}" for band in ENTRANT_BANDS]
        names += [f"entrants_{word}_kindergarten", f"flow_{word}_new"]
    return " ".join(names)


FLOWS = ("repeaters", "transferred_in", "returners")

IDENTIFICATION = (
    "identification_governorate identification_district identification_school identification_round"
    " identification_reason_round"
)

CENSUS = Source(
    "census",
    "school_census",
    kinds(
        word=f"{IDENTIFICATION} identification_has_other_sex totals_reason_change"
        " elsewhere_reason_held",
        count="totals_girls totals_boys totals_pupils totals_sections totals_repeaters",
    ),
)
GRADE_ROW = Source(
    "grade_row",
    "school_census_grades",
    kinds(
        count=f"grade {_grade_counts()}",
        word="classes_combined_with_other_grade reason_sections reason_ages reason_flow",
    ),
    path="/grades",
    sums={
        f"{word}_total": tuple(f"{word}_age_{band}" for band in AGE_BANDS)
        for word in SEX_WORDS.values()
    },
)
FACILITY = Source(
    "facility",
    "facility_return",
    kinds(
        word=f"{IDENTIFICATION} identification_building_code identification_building_role"
        " structure_built_as_school structure_material structure_condition"
        " water_source water_available sanitation_toilet_type hygiene_handwashing"
        " hygiene_soap_water power_in_lessons ict_internet access_ramp access_accessible_toilet"
        " access_adapted_materials building_confirmed",
        words="power_sources",
        count="rooms_classrooms rooms_classrooms_usable rooms_classrooms_used_in_session"
        " rooms_toilets_used_in_session"
        " sanitation_toilets sanitation_girls_usable sanitation_boys_usable"
        " sanitation_common_usable ict_computers_pupils",
        real="location_gps_latitude location_gps_longitude location_gps_accuracy",
    ),
)
SCHOOL_UPDATE = Source(
    "school_update",
    "school_update",
    kinds(
        word=f"{IDENTIFICATION} identification_school_code identification_effective_date"
        " naming_new_name naming_new_name_ckb naming_new_name_en new_school_ministry"
        " new_school_level new_school_sex new_school_ownership new_school_language"
        " new_school_lowest_grade new_school_highest_grade"
        " building_now_session_now building_now_building_code building_now_building_role"
        " place_new_governorate place_new_district place_place_name location_reason_distance"
        " location_reason_gps closing_closing_reason closing_pupils_went_to"
        " closing_registers_are_at new_head_new_head_name new_head_is_acting order_order_number"
        " order_order_photo order_reason_order declaration_head_name declaration_remarks",
        words="identification_changes",
        real="location_gps_latitude location_gps_longitude",
    ),
)
# Of the other forms rules read what every return has.
OTHERS = tuple(
    Source(form_id, form_id, kinds(word=IDENTIFICATION))
    for form_id in load_catalogue()
    if form_id not in (CENSUS.table, FACILITY.table, SCHOOL_UPDATE.table)
)
CORRECTION = Source(
    "correction",
    CORRECTIONS,
    kinds(
        word="identification_school identification_round identification_task question_answer"
        " question_reason declaration_head_name",
        count=" ".join(f"numbers_value_{number}" for number in range(1, NUMBERS_MAX + 1)),
    ),
)
ROOTS = {source.table: source for source in (CENSUS, FACILITY, SCHOOL_UPDATE, *OTHERS)}
SOURCES = {
    source.name: source for source in (CENSUS, GRADE_ROW, FACILITY, CORRECTION, SCHOOL_UPDATE)
}
REPEATS = {"school_census": (GRADE_ROW,)}


def find_source(form_id: str, path: str) -> Source:
    """The source whose row holds the questions of a group. Raises KeyError for other forms."""
    for source in REPEATS.get(form_id, ()):
        if path == source.path or path.startswith(f"{source.path}/"):
            return source
    return ROOTS[form_id]


def load_submissions(connection: sa.Connection) -> int:
    """Fill `submission_now`, the submissions of `slice_now`; how many there are.

    is_live: neither deleted nor purged at Central, nor rejected by a reviewer. Only live ones
    are shown by the sources.
    """
    connection.execute(sa.text(f"SET LOCAL work_mem = '{STAGE_WORK_MEM}'"))
    connection.execute(sa.text(SUBMISSION_TABLE_SQL))
    connection.execute(sa.text("TRUNCATE submission_now"))
    count = connection.execute(sa.text(LOAD_SUBMISSIONS_SQL)).rowcount
    connection.execute(sa.text("ANALYZE submission_now"))
    return count


def list_form_ids(connection: sa.Connection) -> list[str]:
    """The forms that `submission_now` has submissions of."""
    rows = connection.execute(sa.text("SELECT DISTINCT form_id FROM submission_now ORDER BY 1"))
    return list(rows.scalars())


def find_columns(connection: sa.Connection, tables: Iterable[str] = ()) -> SurveyColumns:
    """Which columns the survey tables have today, and which are adjusted in `submission_now`.

    Fills the temporary table `adjustment_now`.
    """
    wanted = list(tables) or sorted({*ROOTS, *(each.table for each in SOURCES.values())})
    rows = connection.execute(sa.text(COLUMNS_SQL), {"tables": wanted})
    found: dict[str, dict[str, str]] = {}
    for table, column, type_name in rows:
        found.setdefault(table, {})[column] = type_name
    return SurveyColumns(found, _load_adjustments(connection))


def _load_adjustments(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    for statement in ADJUSTMENT_TABLE_SQL, "TRUNCATE adjustment_now", LOAD_ADJUSTMENTS_SQL:
        connection.execute(sa.text(statement))
    connection.execute(sa.text("ANALYZE adjustment_now"))
    rows = connection.execute(
        sa.text("SELECT DISTINCT table_name, column_name FROM adjustment_now")
    )
    return frozenset((table, column) for table, column in rows)


def missing_columns(source: Source, wanted: Iterable[str], columns: SurveyColumns) -> list[str]:
    """The wanted columns that no version of the form has had; the table's name where it is not."""
    types = columns.types.get(source.table)
    if types is None:
        return [source.table]
    return [f"{source.table}.{name}" for name in wanted if name not in types]


def source_sql(source: Source, columns: SurveyColumns, wanted: Iterable[str] | None = None) -> str:
    """The common table expression, `name AS (SELECT ...)`, over the live submissions now.

    A row of a repeat in which nothing is answered is none: tablets keep the rows that are too many
    when the number of a repeat is lowered, and our forms empty them.
    """
    names = list(source.columns if wanted is None else wanted)
    shown = [f"{_value(source, columns, name)} AS {name}" for name in names]
    if source.is_repeat:
        shown = ["t._row_number", "t._parent_row_number", "t._position", *shown]
    listed = ",\n    ".join(["s.school_code", "s.period", *shown])
    # Without the table nothing was sent: an expression of the same shape without rows.
    table = f"survey.{source.table} t USING (form_key, instance_id)"
    if source.table not in columns.types:
        table = "(SELECT 0 AS _row_number, 0 AS _parent_row_number, 0 AS _position) t ON false"
    return (
        f"{source.name} AS NOT MATERIALIZED (\n  SELECT s.form_key, s.instance_id,\n"
        f"    {listed}\n  FROM submission_now s JOIN {table}\n"
        f"  WHERE s.is_live{_is_answered(source, columns)}\n)"
    )


def _is_answered(source: Source, columns: SurveyColumns) -> str:
    there = columns.types.get(source.table, {})
    held = [f't."{name}" IS NOT NULL' for name in source.columns if name in there]
    return f" AND ({' OR '.join(held)})" if source.is_repeat and held else ""


def _value(source: Source, columns: SurveyColumns, name: str) -> str:
    """SQL: what counts: as reported, as adjusted, or moved with the adjusted parts of a sum."""
    value = _typed(source, columns, name)
    if (source.table, name) in columns.adjusted:
        return f"coalesce({_adjusted(source, name, value)}, {value})"
    for part in source.sums.get(name, ()):
        if (source.table, part) in columns.adjusted:
            reported = _typed(source, columns, part)
            moved = f"{_adjusted(source, part, reported)} - coalesce({reported}, 0)"
            value += f" + coalesce({moved}, 0)"
    return value


def _adjusted(source: Source, name: str, reported: str) -> str:
    """SQL: the value of the adjustment, or NULL where there is none of this reported value."""
    position = "t._position" if source.is_repeat else "0"
    return (
        f"(SELECT a.value FROM adjustment_now a WHERE a.form_key = s.form_key"
        f" AND a.instance_id = s.instance_id AND a.table_name = '{source.table}'"
        f" AND a.column_name = '{name}' AND a.row_position = {position}"
        f" AND a.reported_value IS NOT DISTINCT FROM {reported})"
    )


def _typed(source: Source, columns: SurveyColumns, name: str) -> str:
    """SQL: the column as the kind that the instruments fix, whatever it has widened to."""
    actual, kind = columns.types.get(source.table, {}).get(name), source.columns[name]
    target = SQL_TYPES[kind]
    value = f't."{name}"'
    if actual is None:
        return f"NULL::{target}"
    if actual == "text" and kind in ("count", "real"):
        return f"CASE WHEN {value} ~ '{NUMBER}' THEN {value}::{target} END"
    if actual == "text" and kind == "day":
        return f"CASE WHEN {value} ~ '{DAY}' THEN {value}::date END"
    if actual == "double precision" and kind == "count":
        return f"CASE WHEN {value} = trunc({value}) THEN {value}::numeric END"
    if actual == "text" and kind == "words":
        return f"string_to_array({value}, ' ')"
    return value if actual == target else f"{value}::{target}"


SUBMISSION_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS submission_now (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  form_id text NOT NULL,
  school_code text,
  period text NOT NULL,
  submission_date timestamptz NOT NULL,
  review_state text,
  is_live boolean NOT NULL,
  PRIMARY KEY (form_key, instance_id)
) ON COMMIT DROP
"""

# Two branches, so that each can use the index on (form_key, school_code, period).
LOAD_SUBMISSIONS_SQL = """
INSERT INTO submission_now
SELECT s.form_key, s.instance_id, f.form_id, s.school_code, s.period, s.submission_date,
  s.review_state,
  s.deleted_at IS NULL AND s.purged_at IS NULL AND s.review_state IS DISTINCT FROM 'rejected'
FROM slice_now n
JOIN raw.form f ON f.form_id = n.form_id
JOIN raw.submission s
  ON s.form_key = f.form_key AND s.school_code = n.school_code AND s.period = n.period
WHERE n.school_code <> ''
UNION ALL
SELECT s.form_key, s.instance_id, f.form_id, NULL, s.period, s.submission_date, s.review_state,
  s.deleted_at IS NULL AND s.purged_at IS NULL AND s.review_state IS DISTINCT FROM 'rejected'
FROM slice_now n
JOIN raw.form f ON f.form_id = n.form_id
JOIN raw.submission s
  ON s.form_key = f.form_key AND s.school_code IS NULL AND s.period = n.period
WHERE n.school_code = ''
"""

COLUMNS_SQL = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'survey'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'p') AND c.relname = ANY(CAST(:tables AS text[]))
"""

ADJUSTMENT_TABLE_SQL = """
CREATE TEMPORARY TABLE IF NOT EXISTS adjustment_now (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  table_name text NOT NULL,
  column_name text NOT NULL,
  row_position integer NOT NULL,
  reported_value numeric,
  value numeric NOT NULL,
  PRIMARY KEY (form_key, instance_id, table_name, column_name, row_position)
) ON COMMIT DROP
"""

LOAD_ADJUSTMENTS_SQL = """
INSERT INTO adjustment_now
SELECT DISTINCT ON (a.form_key, a.instance_id, a.table_name, a.column_name, a.row_position)
  a.form_key, a.instance_id, a.table_name, a.column_name, a.row_position, a.reported_value, a.value
FROM quality.adjustment a JOIN submission_now USING (form_key, instance_id)
ORDER BY a.form_key, a.instance_id, a.table_name, a.column_name, a.row_position,
  a.adjustment_id DESC
"""
