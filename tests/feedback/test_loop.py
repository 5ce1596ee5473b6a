"""The whole way and back, at the sandbox and at a real Central, with forms filled by the engine.

tablet ─census─▶ Central ─pull─▶ rules ─▶ feedback ─▶ Central ─list─▶ tablet ─corrections─▶ …
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
import sqlalchemy as sa

from bridge.simulation.lists import default_rounds, entity_rows
from bridge.simulation.registry import make_registry
from config.corrections import text
from config.forms import load_catalogue
from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries.due import mark_due
from processing.db.queries.registry import replace_registry
from processing.db.slices import Slice
from processing.jobs import telling
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.publishing import keep_lists, publish
from processing.jobs.work import work_until_done
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.feedback.tablet import Tablet
from tests.forms.answers import census, grade
from tests.forms.media import School

FORMS = ("school_census", "corrections")
RULE = "sections_plausible"
FULL = {"age_0": 100, "repeaters": 3}
START = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.timeout(900)
# Two servers and the jobs between them, on a busy machine.
SECONDS_FOR_ENTITIES = 120
# Central makes entities of submissions a while after them.


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
            replace(school, language_code="ckb" if number == 1 else "ar", **shape)
            for number, school in enumerate(fit[:6])
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
        with self.engine.begin() as connection:
            mark_due(connection, "pull", [Slice(f) for f in self.forms], dt.datetime.now(dt.UTC))
        work_until_done(settings or self.settings)

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
def here(central, database) -> Iterator[Ministry]:  # noqa: F811
    """One ministry for the module; each test has a school of its own."""
    names = [name for name in vars(database) if name.startswith("central_")]
    given = {name: getattr(central.settings, name) for name in names}
    ministry = Ministry(replace(database, **given))
    yield ministry
    ministry.engine.dispose()


@pytest.fixture
def tablet(manager, tmp_path) -> Tablet:  # noqa: F811
    return Tablet(manager, tmp_path)


def crowded_census(school: School) -> dict:
    """Grade 1 sits 100 to a section: more than anybody believes, so the form asks for a reason."""
    first = grade(1, girls=FULL, reason_sections="one teacher")
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


def test_a_question_goes_to_the_tablet_and_its_answer_comes_back(here, tablet):
    school = here.schools[0]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    # Central says it in the school's language; the tablet has the task.
    assert tablet.review("school_census", sent)[0] == "hasIssues"
    (comment,) = tablet.comments("school_census", sent)
    assert comment.endswith(text("comment_answer", "ar"))
    assert "100 تلميذًا في 1 شعبة" in comment
    assert here.sections(school) == 1
    (task,) = tablet.tasks(school.school_code)
    # What we said ourselves comes back with the next pull, and sets off nothing.
    before = (tablet.review("school_census", sent), here.messages(sent))
    for _ in range(2):
        here.work()
    assert (tablet.review("school_census", sent), here.messages(sent)) == before
    assert tablet.tasks(school.school_code) == [task]
    # The head corrects the number; the figures follow, what was sent stays as it was.
    tablet.send("corrections", answer(school, task, value_1=4))
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 4)
    reported = (
        "SELECT classes_sections FROM survey.school_census_grades"
        " WHERE instance_id = :id AND grade = 1"
    )
    assert here.one(reported, id=sent) == 1
    assert tablet.review("school_census", sent)[0] is None
    wait_for_no_task(tablet, school)
    # And all is quiet.
    before = (tablet.review("school_census", sent), here.messages(sent))
    for _ in range(2):
        here.work()
    assert (tablet.review("school_census", sent), here.messages(sent)) == before
    assert here.rows("SELECT stage, reason FROM ops.run WHERE state <> 'done'") == []


def three_sections(xml: str) -> str:
    """In grade 1, and in the total that the tablet calculates: 1 + 5 × 2."""
    changed = xml.replace("<sections>1<", "<sections>3<", 1)
    return changed.replace("<sections>11<", "<sections>13<", 1)


def test_an_edit_of_what_was_sent_closes_the_question_and_the_comment_is_kurdish(here, tablet):
    school = here.schools[1]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    (comment,) = tablet.comments("school_census", sent)
    assert comment.endswith(text("comment_answer", "ckb"))
    assert len(tablet.tasks(school.school_code)) == 1
    tablet.edit("school_census", sent, three_sections)
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 3)
    assert tablet.review("school_census", sent)[0] == "edited"
    assert tablet.tasks(school.school_code) == []
    assert len(tablet.comments("school_census", sent)) == 1


def test_the_schools_entity_says_what_has_arrived(here, tablet):
    school = here.schools[2]
    tablet.send("school_census", crowded_census(school))
    here.work()
    tablet.fetch_lists("school_census")
    listed = (tablet.folder / "schools.csv").read_text(encoding="utf-8")
    lines = [line for line in listed.splitlines() if school.school_code in line]
    assert len(lines) == 1
    assert "التعداد المدرسي السنوي: وصلت في" in lines[0]
    assert lines[0].rstrip('"').endswith("عدد التلاميذ 600")


def without_sending(here: Ministry) -> Settings:
    """Everything but the manager's account."""
    return replace(here.settings, central_manager_email=None, central_manager_password=None)


def test_a_worker_that_ends_between_sending_and_committing_sends_nothing_twice(here, tablet):
    school = here.schools[3]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    assert here.send(keep=False)[0] == 3
    assert here.messages(sent) == [("review", False, None), ("comment", False, None)]
    before = tablet.review("school_census", sent)
    assert before[0] == "hasIssues"
    assert here.send() == (3, None)
    assert tablet.review("school_census", sent) == before, "not even the same state once more"
    assert len(tablet.comments("school_census", sent)) == 1
    assert len(tablet.tasks(school.school_code)) == 1
    outcomes = [outcome for _, _, outcome in here.messages(sent)]
    assert outcomes == ["there_already", "there_already"]


def test_without_a_manager_everything_else_goes_on_and_the_questions_wait(here, tablet):
    school = here.schools[4]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    assert (here.issue(school), here.sections(school)) == ("open", 1)
    assert tablet.review("school_census", sent)[0] is None
    assert [outcome for _, _, outcome in here.messages(sent)] == [None, None]
    failed = "SELECT count(*) FROM ops.run WHERE state <> 'done'"
    assert here.one(failed) == 0
    here.work()
    with here.engine.begin() as connection:
        mark_due(connection, "send_feedback", [Slice("")], dt.datetime.now(dt.UTC))
    work_until_done(here.settings)
    assert tablet.review("school_census", sent)[0] == "hasIssues"
    assert len(tablet.tasks(school.school_code)) == 1


def test_what_a_person_decides_before_we_come_stays(here, tablet):
    school = here.schools[5]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    path = tablet.client.path("forms", "school_census", "submissions", sent)
    tablet.client.request("PATCH", path, json={"reviewState": "approved"})
    here.send()
    assert tablet.review("school_census", sent)[0] == "approved"
    assert ("review", False, "overtaken") in here.messages(sent)


def test_a_central_that_is_away_is_told_later(here, tablet):
    name = here.settings.central_key
    away = replace(here.settings, central_url="http://127.0.0.1:9", central_name=name)
    with here.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO quality.message"
            " (kind, form_key, instance_id, version_id, body, made_at, not_before)"
            " SELECT 'comment', form_key, instance_id, current_version_id, 'x', now(), now()"
            " FROM raw.submission JOIN raw.form USING (form_key)"
            " WHERE form_id = 'school_census' LIMIT 1"
        )
    with pytest.raises(Exception, match="central-unreachable"):
        here.send(away)
    assert here.send() == (1, None)


def test_one_message_that_central_refuses_holds_up_no_other(here, tablet):
    """Central takes no more than 250 KB at once (problem 400.36)."""
    with here.engine.begin() as connection:
        for body in ("x" * 300_000, "said"):
            connection.execute(
                sa.text(
                    "INSERT INTO quality.message"
                    " (kind, form_key, instance_id, version_id, body, made_at, not_before)"
                    " SELECT 'comment', form_key, instance_id, current_version_id, :body, now(),"
                    " now() FROM raw.submission JOIN raw.form USING (form_key)"
                    " WHERE form_id = 'school_census' AND edits = 0 LIMIT 1"
                ),
                {"body": body},
            )
    assert here.send() == (1, None)
    rows = here.rows(
        "SELECT left(body, 4), outcome, attempts, reason <> '', not_before > now()"
        " FROM quality.message WHERE body IN ('said', repeat('x', 300000)) ORDER BY message_id"
    )
    assert rows == [("xxxx", None, 1, True, True), ("said", "sent", 0, None, False)]
