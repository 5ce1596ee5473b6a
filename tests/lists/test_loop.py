"""Facts come back to the tablets: forms filled by the engine, at the sandbox and a real Central.

tablet ─staff return, visit─▶ Central ─pull─▶ facts ─▶ lists at Central ─▶ each tablet its own
"""

import csv
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa

from bridge.client import open_client
from config.forms import load_catalogue
from processing.db.queries.registry import replace_registry
from processing.jobs.publishing import keep_lists
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.feedback.tablet import XML, Tablet
from tests.forms.answers import identification
from tests.forms.media import School
from tests.forms.staff import newcomer
from tests.forms.visits import ACTION, visit
from tests.lists.department import START, Department, fetch

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def here(central_database) -> Iterator[Department]:
    department = Department(central_database)
    yield department
    department.engine.dispose()


class OwnTablet(Tablet):
    """A tablet that gets its lists and sends by its own account, as Collect does."""

    def __init__(self, client, folder, address: str):
        super().__init__(client, folder)
        self.address = address

    def fetch_lists(self, form_id: str) -> None:
        for name in load_catalogue()[form_id].entity_lists:
            answer = fetch(f"{self.address}/forms/{form_id}/attachments/{name}.csv")
            (self.folder / f"{name}.csv").write_bytes(answer.content)

    def post(self, form_id: str, xml: bytes) -> str:
        url = f"{self.address}/forms/{form_id}/submissions"
        answer = requests.post(url, data=xml, headers=XML, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["instanceId"]


@pytest.fixture
def tablet_of(here, manager, tmp_path):  # noqa: F811
    return lambda holder: OwnTablet(manager, tmp_path, here.addresses[holder])


def versions(rows: dict[str, dict]) -> dict[str, int]:
    return {code: int(row["__version"]) for code, row in rows.items()}


def test_a_tablet_gets_its_own_staff_and_nobody_else_s(here):
    lists = [here.staff(school) for school in here.schools]
    assert all(lists)
    for school, rows in zip(here.schools, lists, strict=True):
        assert {row["school_code"] for row in rows.values()} == {school.school_code}
    assert here.seen_by("SUP-1", "inspection_visit", "agreed_actions") == {}


def test_a_supervisor_gets_the_schools_of_the_own_plan(here):
    codes = [school.school_code for school in here.schools]
    for supervisor, planned in (("SUP-1", codes[:2]), ("SUP-2", codes[1:3])):
        rows = here.plan(supervisor).values()
        assert {row["school_code"] for row in rows} == set(planned)
        assert {row["supervisor_code"] for row in rows} == {supervisor}


def staff_answers(school: School, listed: list[str], left: str) -> dict:
    """One left, one is new."""
    change = {"change": {"changes": ["left"], "left_how": "moved"}}
    return {
        "identification": identification(school, "staff-2026"),
        "roster": {"has_changes": "yes", "changed_people": [left], "new_count": 1},
        "in_service": {"any_trained": "no"},
        "people": [change if code == left else {} for code in listed],
        "newcomers": [newcomer("سارة كريم")],
        "declaration": {"head_name": "هدى", "confirmed": "OK"},
    }


def test_a_certified_supervisor_without_a_plan_is_told_so_and_no_more_once_it_is_not_so(here):
    assert here.plan("SUP-3") == {}
    for is_certified, rows in ((True, [("", "-", "yes")]), (False, [])):
        with here.engine.begin() as connection:
            post = here.post | {"is_certified": is_certified}
            replace_registry(connection, supervisors=[post], now=START)
        assert here.tell(here.schools[0]) == 1
        seen = here.plan("SUP-3").values()
        names = ("school_code", "district", "is_certified")
        assert [tuple(row[name] for name in names) for row in seen] == rows
    assert "" not in {row["school_code"] for row in here.plan("SUP-1").values()}


def test_the_next_round_s_list_follows_a_staff_return_and_no_other_s_changes(here, tablet_of):
    school, other = here.schools[0], here.schools[3]
    before, others = here.staff(school), here.staff(other)
    tablet = tablet_of(school.school_code)
    tablet.fetch_lists("staff_return")
    with (tablet.folder / "staff.csv").open(encoding="utf-8", newline="") as file:
        listed = [row["assignment_code"] for row in csv.DictReader(file)]
    # Not the head: a school has one.
    left = next(code for code in listed if before[code]["work"] != "head")
    tablet.send("staff_return", staff_answers(school, listed, left))
    here.work()
    assert here.staff(school) == before, "an edit of the return must meet the same list"
    with here.next_round():
        here.tell(school, other)
        after, others_then = here.staff(school), here.staff(other)
    here.tell(school)
    assert set(here.staff(school)) == set(before)
    assert set(before) - set(after) == {left}
    (new,) = set(after) - set(before)
    assert after[new]["label"] == "سارة كريم – معلم – 24"
    assert after[new]["staff_number"] == "9001"
    assert others_then == others
    assert versions(after) == dict.fromkeys(after, 1), "nothing changed of those who stayed"


def test_a_supervisor_gets_the_schools_of_the_own_general_directorate(here):
    """Of its departments; the third school is another's."""
    own = {here.schools[n].school_code for n in (0, 1, 3)}
    for supervisor in ("SUP-1", "SUP-2"):
        rows = here.seen_by(supervisor, "inspection_visit", "directorate_schools")
        assert set(rows) == own
        assert {row["general_code"] for row in rows.values()} == {"FED-ANBAR"}
        assert all(row["staff_listed"] for row in rows.values())


def test_a_first_visit_to_a_school_in_no_plan_counts_and_is_followed(here, tablet_of):
    """The form names no supervisor: the account that sent it does."""
    school = here.schools[3]
    agreed = {"agreeing": {"action_count": 1}, "actions": [{"action": ACTION}]}
    answers = visit_answers(here, school, None, "2026-11-03", **agreed)
    tablet_of("SUP-2").send("inspection_visit", answers)
    here.work()
    with here.engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT supervisor_code FROM emis.visit WHERE school_code = :school"),
            {"school": school.school_code},
        ).scalars()
        assert list(found) == ["SUP-2"]
    (action,) = here.actions("SUP-2").values()
    assert action["school_code"] == school.school_code
    assert here.actions("SUP-1") == {}
    looked = {"earlier_actions": [{"earlier_action": {"action_state": "closed"}}]}
    answers = visit_answers(here, school, None, "2026-11-10", **looked)
    tablet_of("SUP-2").send("inspection_visit", answers)
    here.work()
    assert here.actions("SUP-2") == {}


def visit_answers(here, school: School, supervisor: str | None, day: str, **more) -> dict:
    """supervisor: in whose plan the school is; None: outside of any."""
    chosen = {"other_school": school.school_code}
    if supervisor:
        plan = here.plan(supervisor).values()
        line = next(row for row in plan if row["school_code"] == school.school_code)
        chosen = {"visit": line["visit_code"]}
    first = {
        "governorate": school.governorate, "district": school.district, **chosen,
        "round": "visits-2026", "visit_date": day, "is_announced": "no",
    }  # fmt: skip
    more |= {"staff": {"female_due": 1, "female_here": 1, "male_due": 1, "male_here": 1}}
    answers = visit(replace(school, school_code="NOWHERE"), **more)
    gps = (float(school.latitude), float(school.longitude), 50, 6)
    return answers | {"identification": first, "location": {"gps": gps}}


def test_what_is_agreed_at_a_visit_is_on_every_visitor_s_tablet_until_it_is_done(here, tablet_of):
    school = here.schools[1]
    agreed = {"agreeing": {"action_count": 1}, "actions": [{"action": ACTION}]}
    answers = visit_answers(here, school, "SUP-1", "2026-11-02", **agreed)
    tablet_of("SUP-1").send("inspection_visit", answers)
    here.work()
    for supervisor in ("SUP-1", "SUP-2"):
        (action,) = here.actions(supervisor).values()
        assert (action["label"], action["due_date"]) == (ACTION["what"], ACTION["due_date"])
        assert action["supervisor_code"] == supervisor
    looked = {"earlier_actions": [{"earlier_action": {"action_state": "closed"}}]}
    answers = visit_answers(here, school, "SUP-2", "2026-11-09", **looked)
    tablet_of("SUP-2").send("inspection_visit", answers)
    here.work()
    assert here.actions("SUP-1") == here.actions("SUP-2") == {}


def test_told_again_nothing_is_sent_and_a_killed_worker_sends_nothing_twice(here):
    school = here.schools[2]
    here.work()
    assert here.tell(school) == 0
    here.run(
        "UPDATE emis.staff_member SET weekly_period_count = 1 WHERE school_code = :school"
        " AND work_code = 'head'",
        school=school.school_code,
    )
    assert here.tell(school, keep=False) == 1
    once = versions(here.staff(school))
    assert sorted(once.values())[-2:] == [1, 2]
    assert here.tell(school) == 1
    assert versions(here.staff(school)) == once, "found there already"
    assert here.tell(school) == 0


def test_a_school_that_closes_takes_its_rows_away_and_one_that_opens_brings_them_back(here):
    school = here.schools[3]
    before = here.staff(school)
    for is_open in (False, True):
        here.run(
            "UPDATE emis.school_history SET is_open = :open WHERE school_code = :school",
            open=is_open, school=school.school_code,
        )  # fmt: skip
        # Its people, and its row in the list of the general directorate.
        assert here.tell(school) == len(before) + 1
        assert set(here.staff(school)) == (set(before) if is_open else set())


def test_publishing_finds_what_was_told_as_it_is(here):
    with here.engine.begin() as connection:
        reports = keep_lists(connection, here.settings)
    for name in ("staff", "visit_plan", "agreed_actions", "directorate_schools"):
        report = reports[name]
        assert (report.created, report.updated, report.deleted) == (0, 0, 0), name


def test_a_list_that_central_has_not_got_yet_is_left_to_publishing(here, monkeypatch):
    with open_client(here.settings, "manager") as client:
        path = client.path("datasets", "staff")
        known = client.get_json(path)["properties"]
    monkeypatch.setattr("processing.jobs.renewing.find_properties", lambda *_: set())
    assert known
    here.run("UPDATE emis.staff_member SET weekly_period_count = 2")
    assert here.tell(*here.schools) == 0
