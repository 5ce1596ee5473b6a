"""A ministry whose schools, forms and jobs work together, for tests of the whole way and back."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
import sqlalchemy as sa

from bridge.simulation.lists import default_rounds, entity_rows
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue
from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.jobs import telling
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.publishing import keep_lists, publish
from processing.jobs.work import work_until_done
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.feedback.tablet import Tablet
from tests.fixtures.pulls import mark_pull
from tests.forms.answers import census, grade
from tests.forms.media import School

FORMS = ("school_census", "corrections")
RULE = "sections_plausible"
FULL = {"age_0": 100, "repeaters": 3}
KURDISH = (1, 7)
"""Places of the schools that teach in Kurdish."""
START = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
# Central makes entities of submissions a while after them, on a busy machine later.
SECONDS_FOR_ENTITIES = 120


class Ministry:
    """Schools for girls, their forms at Central, and the jobs that work for them."""

    forms = FORMS

    def __init__(self, settings: Settings):
        self.settings = settings
        self.engine = open_engine(settings, "worker", poolclass=sa.NullPool)
        registry = make_registry(200, seed=5)
        fit = [s for s in registry.schools if (s.level_code, s.sex_code) == ("primary", "girls")]
        shape = {
            "pupil_count_last_year": 600,
            "session_code": "morning",
            "ministry_code": "federal",
        }
        shape |= {"lowest_grade": 1, "highest_grade": 6}
        self.rows_of_schools = [
            replace(school, language_code="ckb" if number in KURDISH else "ar", **shape)
            for number, school in enumerate(fit[:9])
        ]
        used = {school.building_code for school in self.rows_of_schools}
        buildings = [b for b in registry.buildings if b.building_code in used]
        registry = replace(registry, buildings=buildings, schools=tuple(self.rows_of_schools))
        with self.engine.begin() as connection:
            load_catalogue_into(connection)
            replace_registry(
                connection,
                buildings=registry.buildings,
                schools=registry.schools,
                rounds=default_rounds(2026),
                now=START,
            )
            keep_lists(connection, settings)
        for result in publish(settings, [load_catalogue()[form_id].xlsx for form_id in self.forms]):
            assert result.action == "created", result
        names = {field.name for field in fields(School)}
        self.schools = [
            School(**{name: value for name, value in row.items() if name in names})
            for row in entity_rows(registry)
        ]

    def work(self, settings: Settings | None = None) -> None:
        """The timetable's pull, and everything that follows from it."""
        self.mark()
        work_until_done(settings or self.settings)

    def mark(self) -> None:
        with self.engine.begin() as connection:
            mark_pull(connection, self.forms)

    def hurry(self) -> None:
        """What a worker has ended over is due at once; else it would wait."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE ops.due SET not_before = now()")

    def forget_lost_runs(self) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM ops.run WHERE state = 'running'")

    def rows(self, statement: str, **values) -> list[tuple]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def one(self, statement: str, **values):
        ((found,),) = self.rows(statement, **values)
        return found

    def issue(self, school: School) -> str:
        return self.one(
            "SELECT state FROM quality.issue WHERE rule = :rule AND school_code = :school",
            rule=RULE,
            school=school.school_code,
        )

    def sections(self, school: School) -> int:
        """Of grade 1, in the warehouse."""
        return self.one(
            "SELECT section_count FROM emis.grade_section"
            " WHERE grade = 1 AND school_code = :school",
            school=school.school_code,
        )

    def messages(self, instance_id: str) -> list[tuple]:
        return self.rows(
            "SELECT kind, body = '', outcome FROM quality.message WHERE instance_id = :id"
            " ORDER BY message_id",
            id=instance_id,
        )

    def send(self, settings: Settings | None = None, keep: bool = True):
        """One turn of sending; keep: False ends the worker before it commits."""
        with self.engine.connect() as connection, connection.begin() as transaction:
            found = telling.send_some(
                connection, settings or self.settings, dt.datetime.now(dt.UTC)
            )
            if not keep:
                transaction.rollback()
        return found


@pytest.fixture(scope="module")
def here(central_database) -> Iterator[Ministry]:
    """One ministry for the module and Central; each test has a school of its own."""
    ministry = Ministry(central_database)
    yield ministry
    ministry.engine.dispose()


@pytest.fixture
def tablet(manager, tmp_path) -> Tablet:  # noqa: F811
    return Tablet(manager, tmp_path)


def crowded_census(school: School) -> dict:
    """Grade 1 sits 100 to a section; where the form asks why, a space is written."""
    first = grade(1, girls=FULL, reason_sections=" ")
    others = [grade(number, girls=FULL, sections=2) for number in range(2, 7)]
    return census(school, first, *others, round="census-2026")


def answer(school: School, task: str, **numbers) -> dict:
    answers = {
        "identification": {
            "governorate": school.governorate,
            "district": school.district,
            "school": school.school_code,
            "task": task,
        },
        "question": {"answer": "confirmed", "reason": "خطأ في النقل"},
        "declaration": {"head_name": "هدى", "confirmed": "OK"},
    }
    if numbers:
        answers["question"]["answer"] = "corrected"
        answers["numbers"] = numbers
    return answers


def wait_for_no_task(tablet: Tablet, school: School) -> None:
    until = time.monotonic() + SECONDS_FOR_ENTITIES
    while tablet.tasks(school.school_code):
        assert time.monotonic() < until, tablet.tasks(school.school_code)
        time.sleep(0.5)


def without_sending(here: Ministry) -> Settings:
    """Everything but the manager's account."""
    return replace(here.settings, central_manager_email=None, central_manager_password=None)
