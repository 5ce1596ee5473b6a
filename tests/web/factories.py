"""A small country in rows: enough of each table for every page to have something to show.

    general directorate | department  | schools                      | area
    GD-A                | DEP-A1      | S1 (girls), S2 (boys)        | IQG08Q01, Baghdad
    GD-A                | DEP-A2      | S3 (mixed)                   | IQG08Q02, Baghdad
    GD-B                | DEP-B1      | S4 (mixed, no return)        | IQG11Q01, Erbil

S1, S2 and S3 returned the census; S2's has a blocking issue. One submission names no school.
"""

import json
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from config.indicators import load_indicators
from config.names import sort_key
from config.rules import load_rules
from processing.db.queries.users import ROLES, Account, add_user

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
YEAR = 2026
ROUND = "2026-census"
PASSWORD = "correct horse battery"
SCOPE_OF_ROLE = {
    "general_directorate": "GD-A",
    "department": "DEP-A1",
    "supervisor": "DEP-A2",
    "school_head": "S1",
}
SCHOOLS = (
    ("S1", "مدرسة الأمل للبنات", "Al-Amal School for Girls", "DEP-A1", "IQG08Q01", "girls"),
    ("S2", "مدرسة النور للبنين", "Al-Noor School for Boys", "DEP-A1", "IQG08Q01", "boys"),
    ("S3", "=مدرسة دجلة المختلطة", "Dijla School", "DEP-A2", "IQG08Q02", "mixed"),
    ("S4", "مدرسة آزادي", "Azadi School", "DEP-B1", "IQG11Q01", "mixed"),
)


def fill_country(connection: sa.Connection) -> None:
    """All rows of the table above, on a connection of the worker."""
    add_places(connection)
    add_schools(connection)
    add_returns(connection)
    add_figures(connection)
    add_issues(connection)
    add_operations(connection)
    for role in ROLES:
        add_account(connection, role)


def add_account(connection: sa.Connection, role: str, login: str | None = None) -> Account:
    """An account of the role, named after it, in the role's part of the country."""
    return add_user(
        connection, login or role, f"Post of {role}", role, SCOPE_OF_ROLE.get(role), PASSWORD,
        "en", NOW,
    )  # fmt: skip


def insert(connection: sa.Connection, table: str, **values) -> None:
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)


def names(arabic: str, english: str, kurdish: str | None = None) -> dict[str, str]:
    return {"name_ar": arabic, "name_ckb": kurdish or f"{arabic} (ک)", "name_en": english}


def add_places(connection: sa.Connection) -> None:
    since = {"valid_from": date(2020, 1, 1), "source": "a test"}
    for code, level, parent, arabic, english in (
        ("IQ", "nation", None, "العراق", "Iraq"),
        ("IQG08", "governorate", "IQ", "بغداد", "Baghdad"),
        ("IQG11", "governorate", "IQ", "أربيل", "Erbil"),
        ("IQG08Q01", "district", "IQG08", "الكرخ", "Karkh"),
        ("IQG08Q02", "district", "IQG08", "الرصافة", "Rusafa"),
        ("IQG11Q01", "district", "IQG11", "مركز أربيل", "Erbil Centre"),
    ):
        insert(connection, "emis.area", area_code=code, area_level=level, parent_code=parent,
               **names(arabic, english), **since)  # fmt: skip
    for code, level, parent, ministry, arabic, english in (
        ("GD-A", "general", None, "federal", "تربية الكرخ الأولى", "Karkh 1"),
        ("GD-B", "general", None, "krg", "تربية أربيل", "Erbil Directorate"),
        ("DEP-A1", "department", "GD-A", "federal", "قسم تربية المنصور", "Mansour Department"),
        ("DEP-A2", "department", "GD-A", "federal", "قسم تربية الكاظمية", "Kadhimiya Department"),
        ("DEP-B1", "department", "GD-B", "krg", "قسم تربية شقلاوة", "Shaqlawa Department"),
    ):
        insert(connection, "emis.directorate", directorate_code=code, directorate_level=level,
               parent_code=parent, ministry_code=ministry, **names(arabic, english),
               **since)  # fmt: skip
    insert(connection, "emis.round", round_code=ROUND, form_id="school_census",
           ministry_code=None, school_year=YEAR, reference_date=date(2026, 11, 1),
           opens_on=date(2026, 10, 25), due_on=date(2026, 11, 30), closes_on=date(2026, 12, 31),
           **names("تعداد 2026", "Census 2026"))  # fmt: skip


def add_schools(connection: sa.Connection) -> None:
    for code, arabic, english, directorate, area, sex in SCHOOLS:
        insert(connection, "emis.building", building_code=f"B-{code}", area_code=area,
               latitude=33.3, longitude=44.4, valid_from=date(2020, 1, 1))  # fmt: skip
        insert(
            connection, "emis.school_history", school_code=code, valid_from=date(2020, 1, 1),
            **names(arabic, english), name_sort=sort_key(arabic),
            ministry_code="krg" if code == "S4" else "federal", directorate_code=directorate,
            area_code=area, building_code=f"B-{code}", building_role_code="host",
            level_code="primary", lowest_grade=1, highest_grade=2, sex_code=sex,
            ownership_code="government", session_code="morning", locality_code="urban",
            language_code="ar", pupil_count_last_year=100, is_simulated=code == "S3",
        )  # fmt: skip


def add_form(connection: sa.Connection) -> int:
    return connection.execute(
        sa.text("""
            INSERT INTO raw.form (central, project, form_id, form_created_at, name,
                                  current_version, first_seen_at)
            VALUES ('central', 1, 'school_census', :now, 'census', '2026-1', :now)
            RETURNING form_key"""),
        {"now": NOW},
    ).scalar_one()


def add_returns(connection: sa.Connection) -> None:
    """Census returns of S1, S2 and S3, and a submission that names no school."""
    form_key = add_form(connection)
    for at, school in enumerate(("S1", "S2", "S3", None)):
        sent = NOW - timedelta(days=at, hours=1)
        insert(
            connection, "raw.submission", form_key=form_key, instance_id=f"uuid:{at}",
            odata="{}", odata_sha256=b"", submission_date=sent, current_version_id=f"v{at}",
            school_code=school, period=ROUND, landed_at=sent,
            review_state="hasIssues" if school == "S2" else None,
        )  # fmt: skip
        if school is None:
            continue
        insert(connection, "emis.school_return", form_id="school_census", school_code=school,
               period=ROUND, school_year=YEAR, form_key=form_key, instance_id=f"uuid:{at}",
               received_at=sent, has_blocking_issue=school == "S2")  # fmt: skip
    for school, grade, girls, boys in (
        ("S1", 1, 33, 0), ("S1", 2, 30, 3), ("S3", 1, 12, 2), ("S3", 2, 11, 13),
    ):  # fmt: skip
        add_grade(connection, form_key, school, grade, girls, boys)
    insert(
        connection, "emis.facility", building_code="B-S1", school_year=YEAR,
        answered_by_school_code="S1", is_built_as_school=False, material_code="prefab",
        condition_code="minor_repair", classroom_count=12, classroom_usable_count=10,
        water_source_code="piped", is_water_available=True, toilet_type_code="flush",
        toilet_count=6, has_handwashing=True, soap_water_code="both",
        power_source_codes=["grid"], internet_code="none", form_key=form_key,
        instance_id="uuid:0",
    )  # fmt: skip


def add_grade(connection, form_key: int, school: str, grade: int, girls: int, boys: int) -> None:
    place = {"school_code": school, "school_year": YEAR, "grade": grade, "form_key": form_key,
             "instance_id": "uuid:0" if school == "S1" else "uuid:2"}  # fmt: skip
    for sex, pupils in (("female", girls), ("male", boys)):
        insert(connection, "emis.enrolment", **place, sex_code=sex, pupil_count=pupils,
               repeater_count=1 if pupils else 0, transferred_in_count=0,
               returner_count=0)  # fmt: skip
    insert(connection, "emis.grade_section", **place, section_count=1)


def indicator_of(unit: str) -> str:
    """The first indicator of the catalogue with that unit."""
    return next(code for code, entry in load_indicators().items() if entry.unit == unit)


UNIT_VALUES = (
    ("nation", "IQ", 60, 160, 3),
    ("governorate", "IQG08", 60, 160, 3),
    ("governorate", "IQG11", 0, 0, 0),
    ("district", "IQG08Q01", 36, 96, 2),
    ("district", "IQG08Q02", 24, 64, 1),
    ("directorate", "GD-A", 60, 160, 3),
    ("directorate", "DEP-A1", 36, 96, 2),
    ("directorate", "DEP-A2", 24, 64, 1),
    ("school", "S1", 33, 66, 1),
)


def add_figures(connection: sa.Connection) -> None:
    for unit in ("percent", "count"):
        for level, code, numerator, denominator, schools in UNIT_VALUES:
            for breakdown in ("", "sex=female"):
                add_value(connection, indicator_of(unit), level, code, numerator, denominator,
                          schools, breakdown)  # fmt: skip


def add_value(connection, indicator: str, level: str, code: str, numerator, denominator,
              schools: int = 1, breakdown: str = "") -> None:  # fmt: skip
    insert(connection, "stats.indicator_value", indicator=indicator, school_year=YEAR,
           unit_level=level, unit_code=code, breakdown=breakdown, numerator=numerator,
           denominator=denominator, school_count=schools, computed_at=NOW)  # fmt: skip


def add_issues(connection: sa.Connection) -> None:
    """Rules as the catalogue has them, and an issue each at S1, S2 and nobody's submission."""
    for rule in load_rules().values():
        insert(connection, "quality.rule", rule=rule.rule, form_id=rule.form_id,
               severity=rule.severity, asks=rule.asks, message_ar=rule.message.ar,
               message_ckb=rule.message.ckb,
               message_en=rule.message.en)  # fmt: skip
    form_key = connection.execute(sa.text("SELECT form_key FROM raw.form")).scalar_one()
    for at, rule, severity, school in (
        (0, "text_is_trimmed", "review", "S1"),
        (1, "value_fits_its_type", "blocking", "S2"),
        (3, "choices_are_known", "error", None),
    ):
        insert(connection, "quality.issue", rule=rule, severity=severity, form_key=form_key,
               form_id="school_census", instance_id=f"uuid:{at}", subject="/totals/girls",
               arguments=json.dumps({"field": "/totals/girls", "value": "<b>٣٣</b>"}),
               school_code=school, period=ROUND, first_seen_at=NOW, last_seen_at=NOW)  # fmt: skip


def add_operations(connection: sa.Connection) -> None:
    insert(connection, "ops.due", stage="normalize", form_id="school_census", school_code="S2",
           period=ROUND, since=NOW, not_before=NOW, attempts=2, reason="deadlock")  # fmt: skip
    for state, finished in (("done", NOW), ("running", None), ("lost", NOW)):
        insert(connection, "ops.run", stage="pull", subject="school_census", state=state,
               slice_count=3, row_count=4, worker="host-1", started_at=NOW - timedelta(seconds=7),
               finished_at=finished)  # fmt: skip
    insert(connection, "ops.schedule", task="pull_forms", last_started_at=NOW,
           last_finished_at=NOW, next_due_at=NOW + timedelta(seconds=10))  # fmt: skip
    insert(connection, "ops.sync_state", form_key=connection.execute(
        sa.text("SELECT form_key FROM raw.form")).scalar_one(), probed_at=NOW, changed_at=NOW,
        row_count=4)  # fmt: skip
