"""True schools that look false, from the tablet to the rules: none of them is stopped.

Filled by the tablet's engine, sent to the sandbox Central, pulled, landed, held against every rule.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from bridge.entities import ensure_list
from bridge.publish import publish_form
from config.entity_lists import LIST_PROPERTIES
from config.forms import load_catalogue
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.db.slices import Slice
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some
from processing.validate import validate_slices
from tests.forms.media import ROUNDS, Round, School
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS
from tests.forms.source import LANGUAGES

NOW = dt.datetime(2026, 11, 5, 8, tzinfo=dt.UTC)
ODD = (*ODD_SCHOOLS, *ODD_RETURNS)
DIRECTORATES = {"federal": "FED-KARKH-1-08Q03", "krg": "KRG-DUHOK"}
FOUND_SQL = """
SELECT school_code, rule, state FROM quality.issue
WHERE severity IN ('blocking', 'error') ORDER BY school_code, rule
"""
LANDED_SQL = "SELECT DISTINCT school_code FROM raw.submission"


@pytest.fixture(scope="module")
def landed(forms, compiled, sandbox, database):
    """A connection to the warehouse in which every return has been held against the rules."""
    sent = [
        (odd.form_id, forms[odd.form_id].new(LANGUAGES["ar"]).fill(odd.answers).finalize())
        for odd in ODD
    ]
    settings = sandbox.fill(database)
    send(settings, compiled, sent)
    form_ids = {odd.form_id for odd in ODD}
    with landing(settings, [odd.school for odd in ODD], form_ids) as (connection, _):
        yield connection


def send(settings, compiled, sent: list[tuple[str, bytes]]) -> None:
    """Publish the forms of what is sent, and send it. sent: form and submission of each."""
    with open_client(settings, "manager") as client:
        for name, properties in LIST_PROPERTIES.items():
            ensure_list(client, name, properties)
        for form_id in sorted({form_id for form_id, _ in sent}):
            publish_form(client, compiled[form_id], load_catalogue()[form_id].xlsx.parent)
        for form_id, xml in sent:
            client.request(
                "POST", client.path("forms", form_id, "submissions"), data=xml,
                headers={"Content-Type": "application/xml"},
            )  # fmt: skip


@contextmanager
def landing(settings, schools: Collection[School], form_ids: Iterable[str], **registry):
    """(connection, slices): what was sent of these schools, landed and held against the rules.

    registry: rows of it beside schools, buildings and rounds.
    """
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        replace_registry(
            connection,
            buildings=[building(one) for one in schools],
            schools=[school(one) for one in schools],
            rounds=[one_round(one) for one in ROUNDS],
            now=NOW,
            **registry,
        )
        slices: set[Slice] = set()
        for form_id in sorted(form_ids):
            slices |= pull_one(connection, settings, form_id, NOW).slices
            verify_some(connection, settings, form_id, NOW)
        validate_slices(connection, slices, NOW)
        yield connection, slices
    engine.dispose()


def building(one: School) -> dict:
    return {
        "building_code": one.school_code, "area_code": one.district,
        "latitude": float(one.latitude or 33), "longitude": float(one.longitude or 44),
        "valid_from": dt.date(2000, 1, 1),
    }  # fmt: skip


def school(one: School) -> dict:
    return {
        "school_code": one.school_code, "name_ar": one.label, "ministry_code": one.ministry,
        "directorate_code": DIRECTORATES[one.ministry], "area_code": one.district,
        "building_code": one.school_code, "building_role_code": one.building_role,
        "level_code": one.level, "lowest_grade": one.lowest_grade,
        "highest_grade": one.highest_grade, "sex_code": one.sex, "ownership_code": "government",
        "session_code": "morning", "locality_code": "urban", "language_code": "ar",
        "pupil_count_last_year": int(one.pupils_last_year or 0) or None,
        "valid_from": dt.date(2020, 9, 1),
    }  # fmt: skip


def one_round(one: Round) -> dict:
    days = ("reference_date", "opens_on", "due_on", "closes_on")
    return {
        "round_code": one.round_code, "form_id": one.form_id, "school_year": one.school_year,
        "ministry_code": one.ministry, "name_ar": one.label, "name_ckb": one.label,
        "name_en": one.label, **{day: dt.date.fromisoformat(getattr(one, day)) for day in days},
    }  # fmt: skip


def test_each_lands_under_its_school(landed):
    codes = set(landed.execute(sa.text(LANDED_SQL)).scalars())
    assert codes == {odd.school.school_code for odd in ODD}


def test_none_is_stopped_and_the_one_that_says_less_than_it_could_is_not_asked_again(landed):
    """Of pupils of whom nobody knows where they are from, the tablet has asked for the reason."""
    found = landed.execute(sa.text(FOUND_SQL)).all()
    assert [(row.school_code, row.rule, row.state) for row in found] == [
        ("ODD23", "new_repeat_transfer_make_first_grade", "waived")
    ]
