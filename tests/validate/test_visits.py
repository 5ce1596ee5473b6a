"""Rules for the inspection visit."""

import pytest

from config.rules import message
from config.settings import LANGUAGES, Settings
from processing.command.registry import load_folder
from processing.db.queries.registry import replace_registry
from processing.db.slices import Slice
from processing.jobs.stages import STAGES, Context
from processing.validate import validate_slices
from tests.normalize.test_visits import FORM, PERIOD, SEEN
from tests.warehouse.builder import NOW

POST = {"name_ar": "مشرف", "directorate_code": "D1a"}
RULE = "lessons_are_observed_by_certified_supervisors"
LESSON = {"lesson_lesson_grade": "4", "lesson_feedback": "3"}


@pytest.fixture
def country(warehouse):
    warehouse.add_schools("school\nS1\nS2")
    warehouse.add_round(FORM, PERIOD)
    replace_registry(warehouse.connection, now=NOW, supervisors=[
        POST | {"supervisor_code": "SUP-1", "is_certified": True},
        POST | {"supervisor_code": "SUP-2"},
    ])  # fmt: skip
    return warehouse


def visit(country, supervisor: str | None, lessons: int, school: str = "S1") -> None:
    seen = SEEN | {"identification_supervisor_code": supervisor}
    country.send_return(FORM, school, PERIOD, seen, lesson_row=[LESSON] * lessons)


def found(country) -> list[tuple]:
    """(instance, where, what) of each open issue of the rule."""
    report = validate_slices(country.connection, country.all_slices(), NOW)
    assert (RULE, FORM) not in report.not_applicable
    issues = country.run(
        "SELECT instance_id, subject, arguments FROM quality.issue"
        f" WHERE rule = '{RULE}' AND state = 'open' ORDER BY instance_id"
    )
    return [tuple(issue) for issue in issues]


@pytest.mark.parametrize(
    ("supervisor", "lessons", "arguments"),
    [
        ("SUP-1", 2, None),
        ("SUP-2", 0, None),
        ("SUP-2", 2, {"supervisor": "SUP-2", "lessons": 2}),
        ("SUP-9", 1, {"supervisor": "SUP-9", "lessons": 1}),  # a post that nobody knows
        (None, 1, {"supervisor": "–", "lessons": 1}),  # outside the plan, from no tablet of ours
    ],
)
def test_lessons_are_for_certified_supervisors(country, supervisor, lessons, arguments):
    visit(country, supervisor, lessons)
    assert found(country) == ([("uuid:1", "/lessons", arguments)] if arguments else [])
    for language in LANGUAGES if arguments else ():
        said = message(RULE, language, arguments)
        assert str(lessons) in said
        assert arguments["supervisor"] in said


def test_outside_the_plan_the_post_is_that_of_the_tablet(country):
    visit(country, None, 1)
    visit(country, None, 1, school="S2")
    country.run_only("UPDATE raw.submission SET submitter_id = CASE instance_id"
                     " WHEN 'uuid:1' THEN 1 ELSE 2 END")  # fmt: skip
    country.run_only(
        "INSERT INTO ops.device (central, project, holder_kind, holder_code, serial, tablet,"
        " ordered_at, actor_id) SELECT central, project, 'supervisor', 'SUP-' || n, 1, n, now(), n"
        f" FROM raw.form, generate_series(1, 2) n WHERE form_id = '{FORM}'"
    )
    assert found(country) == [("uuid:2", "/lessons", {"supervisor": "SUP-2", "lessons": 1})]


def test_a_supervisor_who_is_certified_since_settles_it(country):
    visit(country, "SUP-2", 1)
    assert len(found(country)) == 1
    replace_registry(
        country.connection,
        now=NOW,
        supervisors=[POST | {"supervisor_code": "SUP-2", "is_certified": True}],
    )
    assert found(country) == []


FILE = "supervisor_code,name_ar,directorate_code,is_certified\n"


def work(country) -> list[str]:
    """What the workers do of what is due to be validated; the schools."""
    due = country.run("SELECT form_id, school_code, period FROM ops.due WHERE stage = 'validate'")
    slices = [Slice(*row) for row in due]
    for stage in ("validate", "normalize"):
        STAGES[stage].do(country.connection, slices, Context(Settings(), NOW))
    country.run_only("DELETE FROM ops.due")
    return sorted(each.school_code for each in slices)


def open_issues(country) -> list[str]:
    rows = country.run(
        f"SELECT school_code FROM quality.issue WHERE rule = '{RULE}' AND state = 'open' ORDER BY 1"
    )
    return [row.school_code for row in rows]


def load(country, folder, **certified: str) -> None:
    lines = [f"{code.replace('_', '-')},مشرف,D1a,{word}\n" for code, word in certified.items()]
    (folder / "supervisors.csv").write_text(FILE + "".join(lines), encoding="utf-8")
    load_folder(country.connection, folder, NOW)


def test_a_file_that_says_otherwise_who_is_certified_settles_and_opens_it(country, tmp_path):
    visit(country, "SUP-1", 1)
    visit(country, "SUP-2", 1, school="S2")
    everything = country.all_slices()
    for stage in ("validate", "normalize"):
        STAGES[stage].do(country.connection, everything, Context(Settings(), NOW))
    assert open_issues(country) == ["S2"]
    load(country, tmp_path, SUP_1="yes", SUP_2="no")
    assert work(country) == [], "the file says what was known"
    load(country, tmp_path, SUP_1="yes", SUP_2="yes")
    assert work(country) == ["S2"]
    assert open_issues(country) == []
    load(country, tmp_path, SUP_1="no", SUP_2="yes")
    assert work(country) == ["S1"]
    assert open_issues(country) == ["S1"]


def test_a_post_that_a_file_brings_as_certified_settles_what_was_open(country, tmp_path):
    visit(country, "SUP-9", 1)
    assert len(found(country)) == 1, "it gives no facts yet: the issue tells whose visit it is"
    load(country, tmp_path, SUP_9="yes")
    assert work(country) == ["S1"]
    assert open_issues(country) == []
