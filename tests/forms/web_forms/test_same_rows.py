"""What both clients send lands as the same rows: a real PostgreSQL, fed by the sandbox Central."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from bridge.entities import ensure_list
from bridge.publish import publish_form
from config.entity_lists import (
    AGREED_ACTION_PROPERTIES,
    CORRECTION_PROPERTIES,
    DIRECTORATE_SCHOOL_PROPERTIES,
    ROUND_PROPERTIES,
    SCHOOL_PROPERTIES,
    STAFF_PROPERTIES,
    VISIT_PLAN_PROPERTIES,
)
from config.forms import load_catalogue
from config.settings import Settings
from processing.db.engine import open_engine
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some
from tests.forms.web_forms.cases import RETURNS, Return

NOW = dt.datetime(2026, 11, 5, 8, tzinfo=dt.UTC)
LISTS = {
    "schools": SCHOOL_PROPERTIES,
    "rounds": ROUND_PROPERTIES,
    "staff": STAFF_PROPERTIES,
    "visit_plan": VISIT_PLAN_PROPERTIES,
    "agreed_actions": AGREED_ACTION_PROPERTIES,
    "directorate_schools": DIRECTORATE_SCHOOL_PROPERTIES,
    "corrections": CORRECTION_PROPERTIES,
}
CLIENTS = ("collect", "web_forms")
INSTANCE_ID = re.compile(rb"(?<=<instanceID>)[^<]+")
# Of the client and of the sending; the rest are the school's answers and what follows from them.
NOT_AN_ANSWER = {
    "start", "end", "deviceid", "instance_id", "meta_instanceid", "_submission_date", "_updated_at",
}  # fmt: skip


@dataclass(frozen=True)
class Landed:
    """All returns, sent twice: as each client fills them."""

    connection: sa.Connection

    def tables(self, form_id: str) -> list[str]:
        found = self.connection.execute(
            sa.text("SELECT DISTINCT table_name FROM raw.form_field JOIN raw.form USING (form_key)"
                    " WHERE form_id = :id AND column_names <> '{}'"), {"id": form_id}
        )  # fmt: skip
        return sorted(found.scalars())

    def rows(self, table: str, instance_id: str) -> list[dict]:
        found = self.connection.execute(
            sa.text(f'SELECT * FROM survey."{table}" WHERE instance_id = :id'), {"id": instance_id}
        )
        rows = [
            {name: value for name, value in row.items() if name not in NOT_AN_ANSWER}
            for row in found.mappings()
        ]
        return sorted(rows, key=lambda row: row.get("_row_number", 0))


def instance_id(one: Return, client: str) -> str:
    return f"uuid:{RETURNS.index(one)}-{client}"


@pytest.fixture(scope="module")
def settings(sandbox, database) -> Settings:
    return sandbox.fill(database)


@pytest.fixture(scope="module")
def landed(engines, settings) -> Iterator[Landed]:
    with open_client(settings, "manager") as client:
        for name, properties in LISTS.items():
            ensure_list(client, name, properties)
        for form_id, form in engines.compiled.items():
            publish_form(client, form, load_catalogue()[form_id].xlsx.parent)
        for one in RETURNS:
            for name, xml in zip(CLIENTS, engines.fill(one), strict=True):
                send(client, one.form_id, INSTANCE_ID.sub(instance_id(one, name).encode(), xml))
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        for form_id in load_catalogue():
            pull_one(connection, settings, form_id, NOW, is_thorough=True)
            verify_some(connection, settings, form_id, NOW)
    with engine.connect() as connection:
        yield Landed(connection)
    engine.dispose()


def send(client, form_id: str, xml: bytes) -> None:
    headers = {"Content-Type": "application/xml"}
    path = client.path("forms", form_id, "submissions")
    client.request("POST", path, data=xml, headers=headers)


def test_the_same_answers_land_as_the_same_rows(landed):
    """Every table of every return; each has its one row, and rows of repeats where it has any."""
    for one in RETURNS:
        for table in landed.tables(one.form_id):
            collect, web_forms = (
                landed.rows(table, instance_id(one, client)) for client in CLIENTS
            )
            assert web_forms == collect, (str(one), table)
            assert len(collect) == 1 or table != one.form_id
            assert all(row["_is_verified"] for row in collect if table == one.form_id)
