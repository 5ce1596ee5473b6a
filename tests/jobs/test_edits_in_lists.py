"""What somebody changes at Central in the lists beside schools (sandbox and real Central): it stays
until an officer has chosen; what has a home here may be taken over, of the rest ours stays.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bridge.client import CentralClient
from bridge.entities import derived_id
from bridge.simulation.registry import make_registry
from config.entity_lists import CORRECTION_PROPERTIES, LIST_PROPERTIES
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.feedback.edits import differences_of
from processing.feedback.homes import WHY, find_value_fault
from processing.jobs import publishing, telling
from processing.jobs.catalogue import load_catalogue
from processing.jobs.publishing import LISTS, keep_lists
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.jobs.schools_at_central import START, Lists
from tests.web.factories import insert

pytestmark = pytest.mark.timeout(600)
POST = "SUP-1"
PERSON = {
    "staff_number": "11", "name": "هدى كريم", "work_code": "class_teacher",
    "post_code": "class_teacher", "weekly_period_count": 24,
}  # fmt: skip
ROUND = {
    "round_code": "census-a", "form_id": "school_census", "ministry_code": None,
    "school_year": 2026, "name_ar": "تعداد", "name_ckb": "ئاماری", "name_en": "Census",
    "reference_date": dt.date(2026, 11, 1), "opens_on": dt.date(2026, 11, 1),
    "due_on": dt.date(2026, 11, 30), "closes_on": dt.date(2026, 12, 31), "level_codes": None,
    "directorate_codes": None,
}  # fmt: skip
TASK = dict.fromkeys(CORRECTION_PROPERTIES, "") | {
    "label": "٢ صفوف", "task_code": "T1-1", "school_code": "S1", "open_for": "S1", "why_ar": "كثير",
}  # fmt: skip


@dataclass
class Ministry(Lists):
    """Lists with a person, a plan of visits, an agreed action, a round, at the first school."""

    codes_of: dict[str, str]

    @property
    def school(self) -> str:
        return self.codes[0]

    def publish_all(self) -> None:
        """As publishing and the stage do."""
        with self.engine.begin() as connection:
            telling.tell_schools(connection, self.settings, [self.school])
            keep_lists(connection, self.settings)

    def tell(self) -> int:
        with self.engine.begin() as connection:
            return telling.tell_schools(connection, self.settings, [self.school])

    def reasons(self, uuid: str) -> dict[str, str | None]:
        (found,) = (each for each in self.conflicts() if each["uuid"] == uuid)
        with self.engine.begin() as connection:
            (differences,) = differences_of(connection, [found])
        return {each.property: each.reason for each in differences}

    def is_settled(self, uuid: str) -> bool:
        self.mirror()
        return all(each["uuid"] != uuid for each in self.conflicts())


@pytest.fixture(scope="module")
def here(central_database) -> Iterator[Ministry]:
    settings = central_database
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    registry = make_registry(4, seed=7)
    codes = [each.school_code for each in registry.schools if each.is_open]
    school = {"school_code": codes[0]}
    supervisor = {
        "supervisor_code": POST, "name_ar": POST,
        "directorate_code": registry.schools[0].directorate_code,
    }  # fmt: skip
    people = [PERSON | school | {"staff_number": number} for number in ("11", "12", "13")]
    with engine.begin() as connection:
        load_catalogue(connection)
        replace_registry(
            connection, buildings=registry.buildings, schools=registry.schools, staff=people,
            supervisors=[supervisor], visits=[school | {"supervisor_code": POST}],
            rounds=[ROUND], now=START,
        )  # fmt: skip
        add_action(connection, codes[0])
        keep_lists(connection, settings)
        found = connection.execute(
            sa.text("SELECT staff_number, assignment_code FROM emis.staff_member")
        )
        codes_of = dict(tuple(row) for row in found)
    yield Ministry(settings, engine, codes, codes_of)
    engine.dispose()


def add_action(connection, school: str) -> None:
    visit = {"form_key": 1, "instance_id": "uuid:visit", "school_code": school}
    insert(connection, "emis.visit", **visit, period="visits", school_year=2026,
           supervisor_code=POST, visit_date=dt.date(2026, 11, 2))  # fmt: skip
    insert(connection, "emis.agreed_action", **visit, action_code="A1", supervisor_code=POST,
           agreed_date=dt.date(2026, 11, 2), what="تصليح الباب", owner_code="head",
           due_date=dt.date(2026, 12, 1))  # fmt: skip


@pytest.fixture
def edit(central, manager):  # noqa: F811
    """edit(list, code, **values): somebody else changes an entity at Central; its uuid."""

    def make(name: str, code: str, **values) -> str:
        path, uuid = entity_path(manager, name, code)
        version = manager.get_json(path)["currentVersion"]["version"]
        label = {"label": values.pop("label")} if "label" in values else {}
        with central.administrator() as person:
            body = label | ({"data": values} if values else {})
            person.request("PATCH", path, params={"baseVersion": version}, json=body)
        return uuid

    return make


def entity_path(client, name: str, code: str) -> tuple[str, str]:
    uuid = derived_id(client, name, code)
    return client.path("datasets", name, "entities", uuid), uuid


def at_central(client, name: str, code: str) -> dict[str, str]:
    current = client.get_json(entity_path(client, name, code)[0])["currentVersion"]
    return current["data"] | {"label": current["label"], "version": current["version"]}


def code_of(client, name: str) -> str:
    """The code of the only row of a list."""
    (row,) = client.get_json(client.path("datasets", f"{name}.svc", "Entities"))["value"]
    return row[LISTS[name].key]


def test_every_list_that_is_kept_says_what_of_it_may_be_taken_over():
    assert list(LISTS) == list(LIST_PROPERTIES)
    assert set(LISTS) == set(WHY)


def test_a_fact_of_a_person_stays_as_it_was_changed_and_may_be_taken_over(here, edit, manager):  # noqa: F811
    code = here.codes_of["11"]
    was = at_central(manager, "staff", code)
    uuid = edit("staff", code, work="clerk", weekly_periods="")
    here.publish_all()
    assert at_central(manager, "staff", code)["work"] == "clerk", "the mirror has not seen it yet"
    here.mirror()
    assert here.differences(uuid) == {
        "work": ["class_teacher", "clerk"],
        "weekly_periods": ["24", ""],
    }
    assert here.reasons(uuid) == {"work": None, "weekly_periods": None}
    here.publish_all()
    assert at_central(manager, "staff", code)["version"] == 2
    here.choose(uuid, work="clerk", weekly_periods="24")
    here.publish_all()
    assert at_central(manager, "staff", code)["version"] == 2, "the choice waits for the stage"
    assert here.resolve() == (1, None)
    member = (
        "SELECT work_code, weekly_period_count FROM emis.staff_member WHERE assignment_code = :c"
    )
    assert here.rows(member, c=code) == [("clerk", 24)]
    assert here.rows(
        "SELECT school_code FROM ops.due WHERE stage = 'tell_schools'"
    ) == [(here.school,)]  # fmt: skip
    assert here.is_settled(uuid)
    here.tell()
    now = at_central(manager, "staff", code)
    assert (now["work"], now["weekly_periods"]) == ("clerk", "24")
    assert now["label"] != was["label"], "it says the work"
    here.publish_all()
    assert at_central(manager, "staff", code)["version"] == now["version"]


def test_the_facts_that_a_return_tells_are_the_schools(here, edit, manager):  # noqa: F811
    code = here.codes_of["12"]
    with here.engine.begin() as connection:
        insert(connection, "emis.staff", school_code=here.school, school_year=2025,
               assignment_code=code, state_code="as_listed", work_code="class_teacher",
               is_here=True, is_teacher=True, form_key=1, instance_id="uuid:staff")  # fmt: skip
    uuid = edit("staff", code, work="clerk", staff_number="99")
    here.mirror()
    assert here.reasons(uuid) == {"staff_number": "registry", "work": "return"}
    here.choose(uuid, work="clerk", staff_number="12")
    assert here.resolve() == (0, None)
    assert here.outcomes(uuid) == [("impossible", "not_here")]
    here.choose(uuid, work="class_teacher", staff_number="12")
    assert here.resolve() == (1, None)
    assert at_central(manager, "staff", code)["work"] == "class_teacher"
    assert here.is_settled(uuid)


def test_what_a_name_and_its_facts_are_put_together_to_is_ours(here, edit, manager):  # noqa: F811
    code = here.codes_of["13"]
    was = at_central(manager, "staff", code)
    uuid = edit("staff", code, label="هدى", facts_en="by hand")
    here.publish_all()
    here.mirror()
    assert here.reasons(uuid) == {"label": "computed", "facts_en": "computed"}
    assert here.differences(uuid)["label"] == [was["label"], "هدى"]
    here.choose(uuid, label=was["label"], facts_en=was["facts_en"])
    assert here.resolve() == (1, None)
    assert at_central(manager, "staff", code) == was | {"version": 3}
    assert here.is_settled(uuid)


def test_the_day_of_a_visit_may_be_taken_over_and_the_rest_of_a_plan_is_the_registrys(
    here, edit, manager  # noqa: F811
):  # fmt: skip
    code = code_of(manager, "visit_plan")
    uuid = edit("visit_plan", code, planned_date="2026-12-09", is_certified="yes")
    here.publish_all()
    here.mirror()
    assert here.reasons(uuid) == {"is_certified": "registry", "planned_date": None}
    here.choose(uuid, planned_date="2026-12-09", is_certified="no")
    assert here.resolve(keep=False) == (1, None), "Central has it, the worker ends"
    here.mirror()
    assert here.resolve() == (1, None)
    assert here.rows("SELECT planned_date FROM emis.visit_plan") == [(dt.date(2026, 12, 9),)]
    here.publish_all()
    found = at_central(manager, "visit_plan", code)
    assert (found["planned_date"], found["is_certified"]) == ("2026-12-09", "no")
    assert here.is_settled(uuid)


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_ours_is_what_the_registry_holds_when_an_officer_looks(here, edit, manager, is_taken_back):  # noqa: F811
    code = code_of(manager, "visit_plan")
    uuid = edit("visit_plan", code, planned_date="2026-12-20", is_certified="maybe")
    here.mirror()
    was = here.rows("SELECT planned_date, is_certified FROM emis.visit_plan, emis.supervisor")
    plan(here, dt.date(2026, 12, 15), True)
    assert here.differences(uuid) == {
        "is_certified": ["yes", "maybe"], "planned_date": ["2026-12-15", "2026-12-20"],
    }  # fmt: skip
    here.choose(uuid, planned_date="2026-12-15", is_certified="yes")
    if is_taken_back:
        plan(here, *was[0])
    assert here.resolve() == (1, None), "nothing is taken over from Central"
    held = here.rows("SELECT planned_date, is_certified FROM emis.visit_plan, emis.supervisor")
    assert held == (was if is_taken_back else [(dt.date(2026, 12, 15), True)])
    plan(here, *was[0])
    here.tell()
    found = at_central(manager, "visit_plan", code)
    assert (found["planned_date"], found["is_certified"]) == (str(was[0][0] or ""), "no")
    assert here.is_settled(uuid)


def plan(here, day: dt.date | None, is_certified: bool) -> None:
    """As files say of the plan and its post."""
    with here.engine.begin() as connection:
        connection.execute(sa.text("UPDATE emis.visit_plan SET planned_date = :d"), {"d": day})
        connection.execute(
            sa.text("UPDATE emis.supervisor SET is_certified = :c"), {"c": is_certified}
        )


def test_what_is_taken_over_of_an_action_counts_while_the_visit_says_what_it_said(
    here, edit, manager  # noqa: F811
):  # fmt: skip
    code = code_of(manager, "agreed_actions")
    uuid = edit("agreed_actions", code, label="تصليح البابين", due_date="", owner_en="nobody")
    here.publish_all()
    here.mirror()
    assert here.reasons(uuid) == {"label": None, "due_date": None, "owner_en": "computed"}
    owner = here.differences(uuid)["owner_en"][0]
    here.choose(uuid, label="تصليح البابين", due_date="", owner_en=owner)
    assert here.resolve() == (1, None)
    agreed = "SELECT what, due_date FROM emis.agreed_action_now WHERE action_code = 'A1'"
    assert here.rows(agreed) == [("تصليح البابين", None)]
    here.publish_all()
    found = at_central(manager, "agreed_actions", code)
    assert (found["label"], found["due_date"], found["owner_en"]) == ("تصليح البابين", "", owner)
    assert here.is_settled(uuid)
    assert here.rows("SELECT DISTINCT name FROM quality.action_change") == [("Zainab",)]
    with here.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.agreed_action SET what = 'باب جديد'")
    assert here.rows(agreed) == [("باب جديد", None)], "the visit was edited"


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("rounds", {"due_on": "2027-01-01", "label": "x"}, "round"),
        ("directorate_schools", {"girls_census": "9", "label": "x"}, "registry"),
    ],
)
def test_of_what_has_no_home_in_a_list_ours_is_kept_when_an_officer_says_so(
    here, edit, manager, name, values, reason  # noqa: F811
):  # fmt: skip
    code = {"rounds": ROUND["round_code"]}.get(name, here.school)
    was = at_central(manager, name, code)
    uuid = edit(name, code, **values)
    here.publish_all()
    here.mirror()
    assert here.reasons(uuid) == dict.fromkeys(values, reason)
    here.publish_all()
    assert at_central(manager, name, code) == was | values | {"version": was["version"] + 1}
    here.choose(uuid, **{item: was[item] for item in values})
    assert here.resolve() == (1, None)
    assert at_central(manager, name, code) == was | {"version": was["version"] + 2}
    assert here.is_settled(uuid)


def test_a_task_that_a_tablet_has_answered_is_no_edit_and_its_text_is_ours(
    here, edit, manager, monkeypatch  # noqa: F811
):  # fmt: skip
    kept = LISTS["corrections"]._replace(rows=lambda *given: [TASK])
    monkeypatch.setitem(publishing.LISTS, "corrections", kept)
    here.publish_all()
    uuid = edit("corrections", "T1-1", open_for="")
    assert here.is_settled(uuid)
    edit("corrections", "T1-1", why_ar="قليل", open_for="S2")
    here.publish_all()
    here.mirror()
    assert here.differences(uuid) == {"open_for": ["S1", "S2"], "why_ar": ["كثير", "قليل"]}
    assert here.reasons(uuid) == {"open_for": "computed", "why_ar": "computed"}
    edit("corrections", "T1-1", open_for="")
    here.mirror()
    assert here.differences(uuid) == {"why_ar": ["كثير", "قليل"]}
    here.choose(uuid, why_ar="كثير")
    assert here.resolve() == (1, None)
    here.publish_all()
    found = at_central(manager, "corrections", "T1-1")
    assert (found["why_ar"], found["open_for"]) == ("كثير", "")
    assert here.is_settled(uuid)


def test_what_has_not_changed_asks_nothing_more(here, monkeypatch):
    here.publish_all()
    here.mirror()
    asked, request = [], CentralClient.request

    def overhear(client, method, path, **given):
        asked.append((method, path))
        return request(client, method, path, **given)

    monkeypatch.setattr(CentralClient, "request", overhear)
    assert here.tell() == 0
    assert [path for method, path in asked if "versions" in path or "users" in path] == []
    assert {method for method, _ in asked} == {"GET"}
    # properties of five lists, the school's entity, and whether Central can filter: the plan of
    # visits depends on that
    assert len(asked) == 5 + 1 + 1


@pytest.mark.parametrize(
    ("name", "taken", "fault"),
    [
        ("staff", {"work": "class_teacher", "post": "", "weekly_periods": "24"}, None),
        ("staff", {"work": "king"}, "code_unknown"),
        ("staff", {"work": ""}, "code_unknown"),
        ("staff", {"pedagogical": "true"}, "code_unknown"),
        ("staff", {"weekly_periods": "168"}, None),
        ("staff", {"weekly_periods": "169"}, "value_invalid"),
        ("staff", {"weekly_periods": "-1"}, "value_invalid"),
        ("staff", {"weekly_periods": "٢"}, "value_invalid"),
        ("staff", {"weekly_periods": "9" * 5000}, "value_invalid"),
        ("visit_plan", {"planned_date": "2026-12-09"}, None),
        ("visit_plan", {"planned_date": ""}, None),
        ("visit_plan", {"planned_date": "2026-02-30"}, "value_invalid"),
        ("visit_plan", {"planned_date": "20261209"}, "value_invalid"),
        ("agreed_actions", {"label": " "}, "value_invalid"),
        ("agreed_actions", {"due_date": "soon"}, "value_invalid"),
        ("agreed_actions", {"label": "x", "due_date": "2026-12-09"}, None),
    ],
)
def test_what_a_home_cannot_hold_is_named(name, taken, fault):
    assert find_value_fault(name, taken) == fault
