"""Puts schools and returns into a database as landing would, with only what a test names.

A census line is a grade; lines of one school, round and `sent` make one return. Columns are named
as in survey, with short names for the most usual (see SHORT). What is not named is not answered.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import sqlalchemy as sa

from config.forms import load_catalogue
from processing.db.queries.instruments import INSTRUMENTS
from processing.db.queries.quality import save_rules
from processing.db.queries.registry import replace_registry
from processing.db.queries.returns import (
    CENSUS,
    CORRECTION,
    FACILITY,
    GRADE_ROW,
    OTHERS,
    SCHOOL_UPDATE,
    SQL_TYPES,
    Source,
)
from processing.db.slices import Slice
from tests.warehouse.tables import parse_table

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
YEAR = 2026
ROUNDS = {"school_census": "census-2026", "facility_return": "facility-2026"}
LANDED_TYPES = SQL_TYPES | {"count": "bigint"}
SHORT = {
    "girls": "girls_total", "boys": "boys_total", "sections": "classes_sections",
    "combined": "classes_combined_with_other_grade",
    "girls_repeaters": "flow_girls_repeaters", "boys_repeaters": "flow_boys_repeaters",
    "girls_new": "flow_girls_new", "boys_new": "flow_boys_new",
    "latitude": "location_gps_latitude", "longitude": "location_gps_longitude",
}  # fmt: skip
BY_NAME = {source.name: source for source in (GRADE_ROW, *INSTRUMENTS)}
SYSTEM_COLUMNS = ("school", "round", "sent", "state")
PLACES = {
    "areas": [
        ("IQ", "nation", None), ("G1", "governorate", "IQ"), ("G2", "governorate", "IQ"),
        ("Q11", "district", "G1"), ("Q12", "district", "G1"), ("Q21", "district", "G2"),
    ],
    "directorates": [
        ("D1", "general", None), ("D1a", "department", "D1"), ("D1b", "department", "D1"),
        ("D2", "general", None), ("D2a", "department", "D2"),
    ],
}  # fmt: skip


class Warehouse:
    """One transaction of a worker on a migrated database."""

    def __init__(self, connection: sa.Connection):
        self.connection = connection
        self._sent = 0
        self._forms: dict[str, int] = {}
        save_rules(connection)
        self._add_places()

    def add_schools(self, text: str) -> None:
        """Columns: school, and any of emis.school_history, grades (1-6), latitude, longitude."""
        rows = parse_table(text)
        buildings = {str(row.get("building_code") or f"B-{row['school']}"): row for row in rows}
        replace_registry(
            self.connection,
            buildings=[_building(code, row) for code, row in buildings.items()],
            schools=[_school(row) for row in rows],
            now=NOW,
        )

    def send_census(self, text: str, **root) -> list[Slice]:
        """One line a grade; `root`: answers of the return itself, the same for all."""
        lines = parse_table(text)
        slices = []
        for key, group in groupby(lines, key=lambda line: [line.get(c) for c in SYSTEM_COLUMNS]):
            slices.append(self._send(CENSUS, key, root, list(group)))
        return slices

    def send_facility(self, text: str) -> list[Slice]:
        """One line a return."""
        return [
            self._send(FACILITY, [line.get(c) for c in SYSTEM_COLUMNS], _answers(line), [])
            for line in parse_table(text)
        ]

    def send_return(
        self, form_id: str, school: str, period: str, root: dict | None = None, **rows: list[dict]
    ) -> Slice:
        """A return of any form. root: its own answers, by column, and sent, state; rows: by source.

        A row of a repeat in a repeat names the row above it: `of=2`.
        """
        answers = dict(root or {})
        system = [answers.pop(name, None) for name in ("sent", "state")]
        sources = tables_of(form_id)
        form_key = self._form_key(form_id)
        instance_id = self._add_submission(form_key, school, period, *system)
        named = {"identification_school": school, "identification_round": period} | answers
        self._insert(sources[form_id], form_key, instance_id, named)
        for name, lines in rows.items():
            for number, line in enumerate(lines, 1):
                above = line.get("of", 0)
                position = sum(each.get("of", 0) == above for each in lines[:number])
                place = {"_row_number": number, "_position": position, "_parent_row_number": above}
                given = place | {key: value for key, value in line.items() if key != "of"}
                self._insert(BY_NAME[name], form_key, instance_id, given)
        return Slice(form_id, school if self._knows(school) else "", period)

    def add_round(self, form_id: str, code: str, year: int = YEAR, day: date | None = None) -> None:
        """day: the reference date. It is taken until the tests' own rounds are."""
        day = day or date(year, 11, 1)
        days = {"reference_date": day, "opens_on": day, "due_on": day}
        days["closes_on"] = max(day, date(YEAR, 12, 31))
        asked = _round(form_id, code) | days | {"school_year": year}
        replace_registry(self.connection, rounds=[asked], now=NOW)

    def send_answer(
        self, school: str, task: str, answer: str, reason: str = "in the register", **numbers: int
    ) -> Slice:
        """An answer to a correction task; numbers: value_1=12."""
        given = {
            "identification_task": task,
            "question_answer": answer,
            "question_reason": reason,
            "declaration_head_name": "Ahmed Ali",
        } | {f"numbers_{name}": number for name, number in numbers.items()}
        return self._send(CORRECTION, [school, "census-2026", None, None], given, [])

    def send_update(self, school: str, kinds: str, sent: str | None = None, **answers) -> Slice:
        """A school update; kinds: with a space between. answers: columns of the survey table."""
        given = {
            "identification_school_code": school,
            "identification_changes": kinds.split(),
            "identification_effective_date": "2026-11-01",
            "declaration_head_name": "Ahmed Ali",
        } | answers
        return self._send(SCHOOL_UPDATE, [school, "updates-2026", sent, None], given, [])

    def all_slices(self) -> list[Slice]:
        rows = self.run(
            "SELECT f.form_id, coalesce(s.school_code, '') AS school_code, s.period"
            " FROM raw.submission s JOIN raw.form f USING (form_key)"
        )
        return sorted({Slice(*row) for row in rows})

    def run(self, sql: str, **values) -> list[sa.Row]:
        return self.connection.execute(sa.text(sql), values).all()

    def run_only(self, sql: str, **values) -> None:
        """A statement that answers nothing."""
        self.connection.execute(sa.text(sql), values)

    def change_submission(self, instance_id: str, **changes) -> None:
        """What Central may change: review_state, deleted_at, purged_at."""
        settings = ", ".join(f"{name} = :{name}" for name in changes)
        self.connection.execute(
            sa.text(f"UPDATE raw.submission SET {settings} WHERE instance_id = :id"),
            {"id": instance_id, **changes},
        )

    def _send(self, source: Source, key: list, root: dict, grades: list[dict]) -> Slice:
        school, round_code, sent, state = key
        period = round_code or ROUNDS[source.table]
        form_key = self._form_key(source.table)
        instance_id = self._add_submission(form_key, school, period, sent, state)
        root = {"identification_school": school, "identification_round": period} | root
        self._insert(source, form_key, instance_id, root)
        for position, line in enumerate(grades, 1):
            place = {"_row_number": position, "_position": position, "_parent_row_number": 0}
            self._insert(GRADE_ROW, form_key, instance_id, place | _answers(line))
        return Slice(source.table, school if self._knows(school) else "", period)

    def _add_submission(self, form_key, school, period, sent, state) -> str:
        self._sent += 1
        instance_id = str(sent or f"uuid:{self._sent}")
        self.connection.execute(
            sa.text(SUBMISSION_SQL),
            {
                "form_key": form_key,
                "instance_id": instance_id,
                "sent_at": NOW - timedelta(days=1) + timedelta(minutes=self._sent),
                "state": state,
                "school": school if self._knows(school) else None,
                "period": period,
                "now": NOW,
            },
        )
        return instance_id

    def _knows(self, school) -> bool:
        found = self.run("SELECT FROM emis.school WHERE school_code = :school", school=str(school))
        return bool(found)

    def _form_key(self, form_id: str) -> int:
        if form_id not in self._forms:
            for source in tables_of(form_id).values():
                self.connection.execute(sa.text(table_sql(source)))
            row = self.run(FORM_SQL, form_id=form_id, now=NOW)
            self._forms[form_id] = row[0].form_key
        return self._forms[form_id]

    def _insert(self, source: Source, form_key: int, instance_id: str, answers: dict) -> None:
        row = {"form_key": form_key, "instance_id": instance_id} | answers
        unknown = [name for name in answers if name[0] != "_" and name not in source.columns]
        assert not unknown, f"{source.table} has no {unknown}"
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        self.connection.execute(
            sa.text(f"INSERT INTO survey.{source.table} ({names}) VALUES ({values})"), row
        )

    def _add_places(self) -> None:
        replace_registry(
            self.connection,
            areas=[_place("area", *each) for each in PLACES["areas"]],
            directorates=[
                _place("directorate", *each) | {"ministry_code": "federal"}
                for each in PLACES["directorates"]
            ],
            rounds=[_round(form_id, code) for form_id, code in ROUNDS.items()],
            now=NOW,
        )


def tables_of(form_id: str) -> dict[str, Source]:
    """Table -> one source with all columns that anything reads of it."""
    found: dict[str, Source] = {}
    roots = (CENSUS, FACILITY, CORRECTION, SCHOOL_UPDATE, *OTHERS)
    for source in (*roots, GRADE_ROW, *INSTRUMENTS):
        owner = max((f for f in load_catalogue() if source.table.startswith(f)), key=len)
        if owner != form_id:
            continue
        held = found.get(source.table, source)
        found[source.table] = replace(held, columns={**held.columns, **source.columns})
    return found


def table_sql(source: Source) -> str:
    """The table as landing makes it: counts are bigint, everything may be empty."""
    own = [f"{name} {LANDED_TYPES[kind]}" for name, kind in source.columns.items()]
    place = ["_row_number int", "_parent_row_number int", "_position int"]
    columns = ["form_key int", "instance_id text", *(place if source.is_repeat else []), *own]
    key = "form_key, instance_id" + (", _row_number" if source.is_repeat else "")
    return f"CREATE TABLE survey.{source.table} ({', '.join(columns)}, PRIMARY KEY ({key}))"


def _answers(line: dict) -> dict:
    named = {SHORT.get(name, name): value for name, value in line.items()}
    answers = {name: value for name, value in named.items() if name not in SYSTEM_COLUMNS}
    if isinstance(answers.get("power_sources"), str):
        answers["power_sources"] = answers["power_sources"].split()
    return answers


def _place(kind: str, code: str, level: str, parent: str | None) -> dict:
    return {
        f"{kind}_code": code, f"{kind}_level": level, "parent_code": parent,
        "name_ar": code, "name_ckb": code, "name_en": code,
        "valid_from": date(2000, 1, 1), "source": "made for a test",
    }  # fmt: skip


def _round(form_id: str, code: str) -> dict:
    return {
        "round_code": code, "form_id": form_id, "school_year": YEAR,
        "name_ar": code, "name_ckb": code, "name_en": code,
        "reference_date": date(YEAR, 11, 1), "opens_on": date(YEAR, 11, 1),
        "due_on": date(YEAR, 11, 30), "closes_on": date(YEAR, 12, 31),
    }  # fmt: skip


def _building(code: str, row: dict) -> dict:
    return {
        "building_code": code,
        "area_code": row.get("area_code") or "Q11",
        "latitude": row.get("latitude"),
        "longitude": row.get("longitude"),
        "valid_from": date(2020, 9, 1),
    }


def _school(row: dict) -> dict:
    lowest, _, highest = str(row.get("grades") or "1..6").partition("..")
    given = {name: value for name, value in row.items() if value is not None}
    school = {
        "school_code": row["school"], "valid_from": date(2020, 9, 1), "name_ar": row["school"],
        "ministry_code": "federal", "directorate_code": "D1a", "area_code": "Q11",
        "building_code": f"B-{row['school']}", "building_role_code": "host",
        "level_code": "primary", "lowest_grade": int(lowest), "highest_grade": int(highest),
        "sex_code": "mixed", "ownership_code": "government", "session_code": "morning",
        "locality_code": "urban", "language_code": "ar", "is_simulated": True,
    }  # fmt: skip
    return school | given


FORM_SQL = """
INSERT INTO raw.form (central, project, form_id, form_created_at, first_seen_at)
VALUES ('test', 1, :form_id, :now, :now) RETURNING form_key
"""

SUBMISSION_SQL = """
INSERT INTO raw.submission (form_key, instance_id, odata, odata_sha256, submission_date,
  review_state, current_version_id, school_code, period, landed_at)
VALUES (:form_key, :instance_id, '{}', '', :sent_at, :state, :instance_id, :school, :period, :now)
"""
