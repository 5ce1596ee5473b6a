"""A ministry's schools in a Central, and what tests of its conflicts look at."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from bridge.simulation.registry import make_registry
from config.errors import OperatorError
from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries import entity_conflicts
from processing.db.queries.registry import replace_registry
from processing.db.queries.web_scope import NATION
from processing.feedback.edits import differences_of, list_waiting
from processing.jobs.catalogue import load_catalogue
from processing.jobs.listing import read_entity_lists
from processing.jobs.publishing import keep_lists, keep_schools
from processing.jobs.resolving import resolve_some
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.conformance.xforms import write_form

START = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
FORM = "changes_schools"
XML = {"Content-Type": "application/xml"}
WAIT_S = 120
# The places of schools that teach in Kurdish; the others teach in Arabic.
KURDISH = (18, 19)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class Lists:
    """Schools in the registry, on the list at Central, and in the mirror."""

    settings: Settings
    engine: sa.Engine
    codes: list[str]

    def rows(self, statement: str, **values) -> list[tuple]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def mirror(self) -> None:
        with self.engine.begin() as connection:
            read_entity_lists(connection, self.settings, now())

    def conflicts(self) -> list:
        with self.engine.begin() as connection:
            return list_waiting(connection, NATION)

    def differences(self, uuid: str) -> dict[str, list[str]]:
        (conflict,) = (each for each in self.conflicts() if each["uuid"] == uuid)
        with self.engine.begin() as connection:
            (found,) = differences_of(connection, [conflict])
        return {each.property: [option.value for option in each.options] for each in found}

    def publish(self, code: str) -> None:
        """As both publishing and the stage do."""
        with self.engine.begin() as connection:
            keep_schools(connection, self.settings, [code], now())
            keep_lists(connection, self.settings, names=("schools",))

    def choose(self, uuid: str, **chosen) -> bool:
        with self.engine.begin() as connection:
            (conflict,) = (each for each in self.conflicts() if each["uuid"] == uuid)
            return entity_conflicts.add_choice(connection, conflict, chosen, "Zainab", now())

    def resolve(self, keep: bool = True) -> tuple[int, OperatorError | None]:
        """keep: False ends the worker before it commits."""
        with self.engine.connect() as connection, connection.begin() as transaction:
            found = resolve_some(connection, self.settings, now())
            if not keep:
                transaction.rollback()
        return found

    def school(self, code: str) -> tuple:
        return self.rows(
            "SELECT s.name_ar, s.sex_code, b.latitude FROM emis.school s"
            " JOIN emis.building b USING (building_code) WHERE school_code = :code",
            code=code,
        )[0]

    def names(self, code: str) -> tuple[str, str]:
        """In Arabic and in Kurdish."""
        statement = "SELECT name_ar, name_ckb FROM emis.school WHERE school_code = :code"
        return self.rows(statement, code=code)[0]

    def outcomes(self, uuid: str) -> list[tuple]:
        return self.rows(
            "SELECT outcome, fault FROM quality.entity_choice WHERE uuid = :uuid"
            " ORDER BY choice_id",
            uuid=uuid,
        )


@pytest.fixture(scope="module")
def lists(central, central_database) -> Iterator[Lists]:  # noqa: F811
    settings = central_database
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    registry = make_registry(20, seed=7)
    schools = [
        replace(each, sex_code="mixed", language_code="ckb" if number in KURDISH else "ar")
        for number, each in enumerate(registry.schools)
    ]
    with engine.begin() as connection:
        load_catalogue(connection)
        replace_registry(connection, buildings=registry.buildings, schools=schools, now=START)
        keep_lists(connection, settings, names=("schools",))
    with central.manager() as client:
        meta = '<entity dataset="schools" update="" baseVersion="" id=""><label/></entity>'
        fields = [("sex", "string:sex"), ("latitude", "string:latitude")]
        xml = write_form(FORM, "1", fields, meta=meta)
        forms = client.path("forms")
        client.request("POST", f"{forms}?publish=true", data=xml.encode(), headers=XML)
    yield Lists(settings, engine, [each.school_code for each in schools if each.is_open])
    engine.dispose()


def entity(manager, uuid: str) -> dict:  # noqa: F811
    return manager.get_json(manager.path("datasets", "schools", "entities", uuid))


def shown(manager, uuid: str) -> tuple:  # noqa: F811
    found = entity(manager, uuid)
    current = found["currentVersion"]
    data = current["data"]
    return current["version"], current["label"], data["sex"], data["latitude"], found["conflict"]
