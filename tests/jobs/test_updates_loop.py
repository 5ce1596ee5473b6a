"""School updates from the tablet to the registry and back, at the sandbox and at a real Central.

tablet ─school_update─▶ Central ─pull─▶ proposal ─officer─▶ registry ─▶ Central: review, list
"""

import datetime as dt
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from processing.db.queries.due import mark_due
from processing.db.queries.registry import replace_registry
from processing.db.queries.school_updates import Decision
from processing.db.slices import Slice
from processing.jobs.listing import read_entity_lists
from processing.jobs.publishing import keep_lists, plan_lists
from processing.jobs.updating import apply_decisions, decide, get_update
from processing.jobs.work import work_until_done
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.feedback.ministry import START, Ministry
from tests.feedback.tablet import Tablet
from tests.forms.media import School
from tests.forms.updates import update

FORM = "school_update"
ROUND = "updates-2026"
pytestmark = pytest.mark.timeout(1800)
# Central makes entities of submissions a second or two after them, minutes under load.
SECONDS_FOR_ENTITIES = 600


class Registry(Ministry):
    """The ministry of the way back, with a round for updates."""

    forms = (FORM,)

    def open_round(self) -> None:
        names = {f"name_{language}": "Updates" for language in ("ar", "ckb", "en")}
        days = {"reference_date": dt.date(2026, 11, 1), "opens_on": dt.date(2026, 9, 1)}
        days |= {"due_on": dt.date(2027, 8, 31), "closes_on": dt.date(2076, 12, 31)}
        entry = {"round_code": ROUND, "form_id": FORM, "school_year": 2026} | names | days
        entry |= {"ministry_code": None, "level_codes": None, "directorate_codes": None}
        with self.engine.begin() as connection:
            replace_registry(connection, rounds=[entry], now=START)
            keep_lists(connection, self.settings, names=("rounds",))

    def number(self, instance_id: str) -> int:
        return self.one(
            "SELECT max(update_id) FROM quality.school_update WHERE instance_id = :id",
            id=instance_id,
        )

    def answer(self, instance_id: str, decision: str = "approved", reason: str = "", **given):
        """An officer decides on the command line; the jobs do the rest."""
        with self.engine.begin() as connection:
            found = get_update(connection, self.number(instance_id))
            entry = Decision(decision, "command", "Zainab", reason, given)
            decide(connection, found, entry, now())
            apply_decisions(connection, now())
            mark_due(connection, "send_feedback", [Slice("")], now())
        self.work()

    def department(self) -> str:
        return self.one(
            "SELECT min(directorate_code) FROM emis.directorate"
            " WHERE ministry_code = 'federal' AND directorate_level = 'department'"
        )

    def publish(self) -> str:
        with self.engine.begin() as connection:
            return str(keep_lists(connection, self.settings)["schools"])

    def read_lists(self) -> None:
        with self.engine.begin() as connection:
            read_entity_lists(connection, self.settings, now())


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def here(central_database) -> Iterator[Registry]:
    registry = Registry(central_database)
    registry.open_round()
    yield registry
    registry.engine.dispose()


@pytest.fixture
def tablet(manager, tmp_path) -> Tablet:  # noqa: F811
    return Tablet(manager, tmp_path)


def form_of(school: School, *kinds: str, **changes) -> dict:
    """The named changes; changes: single answers, by group."""
    answers = update(school, *kinds)
    for group, given in ({"identification": {"round": ROUND}} | changes).items():
        answers[group] = answers[group] | given
    return answers


def listed(client) -> list[dict]:
    """The entities of the list `schools`, as Central has them."""
    return client.get_json(client.path("datasets", "schools.svc", "Entities"))["value"]


def entities_of(client, code: str) -> list[dict]:
    return [row for row in listed(client) if row["school_code"] == code]


def wait_for(client, code: str) -> dict:
    """Central makes entities of submissions a while after them."""
    until = time.monotonic() + SECONDS_FOR_ENTITIES
    while not (found := entities_of(client, code)):
        assert time.monotonic() < until
        time.sleep(0.5)
    (entity,) = found
    return entity


def registered(here: Registry, code: str, column: str):
    return here.one(f"SELECT {column} FROM emis.school WHERE school_code = :code", code=code)


def test_an_approved_change_is_in_the_registry_at_central_and_on_the_list(here, tablet, manager):  # noqa: F811
    school = here.schools[0]
    renamed = {"naming": {"new_name": "مدرسة دجلة", "new_name_ckb": "دیجلە"}}
    sent = tablet.send(FORM, form_of(school, "renamed", "session", **renamed))
    here.work()
    assert registered(here, school.school_code, "name_ar") != "مدرسة دجلة"
    assert tablet.review(FORM, sent)[0] is None
    here.answer(sent)
    columns = ("name_ar", "name_ckb", "session_code")
    found = [registered(here, school.school_code, column) for column in columns]
    assert found == ["مدرسة دجلة", "دیجلە", "evening"]
    assert tablet.review(FORM, sent)[0] == "approved"
    (comment,) = tablet.comments(FORM, sent)
    assert comment.startswith("تحديث بيانات المدرسة: قُبل")
    (entity,) = entities_of(manager, school.school_code)
    assert entity["label"] == "مدرسة دجلة"
    # Our own review comes back, and sets off nothing.
    before = (tablet.review(FORM, sent), here.messages(sent))
    for _ in range(2):
        here.work()
    assert (tablet.review(FORM, sent), here.messages(sent)) == before
    assert here.rows("SELECT stage, reason FROM ops.run WHERE state <> 'done'") == []


def test_the_list_names_a_school_that_teaches_in_kurdish_as_an_approved_renaming_does(
    here,
    tablet,
    manager,  # noqa: F811
):
    school = here.schools[6]
    with here.engine.begin() as connection:
        statement = "UPDATE emis.school_history SET language_code = 'ckb' WHERE school_code = :code"
        connection.execute(sa.text(statement), {"code": school.school_code})
    for kurdish, shown in (("دیجلە", "دیجلە"), (None, "مدرسة دجلة")):
        named = {"naming": {"new_name": "مدرسة دجلة", "new_name_ckb": kurdish}}
        sent = tablet.send(FORM, form_of(school, "renamed", **named))
        here.work()
        here.answer(sent)
        (entity,) = entities_of(manager, school.school_code)
        assert entity["label"] == shown


def test_a_closed_school_leaves_the_list(here, tablet, manager):  # noqa: F811
    school = here.schools[1]
    sent = tablet.send(FORM, form_of(school, "closed"))
    here.work()
    here.answer(sent)
    assert registered(here, school.school_code, "is_open") is False
    assert entities_of(manager, school.school_code) == []


def test_a_refusal_is_told_and_changes_nothing(here, tablet, manager):  # noqa: F811
    school = here.schools[2]
    sent = tablet.send(FORM, form_of(school, "closed"))
    here.work()
    here.answer(sent, "refused", "لا أمر بذلك")
    assert registered(here, school.school_code, "is_open") is True
    assert tablet.review(FORM, sent)[0] == "rejected"
    assert "لا أمر بذلك" in tablet.comments(FORM, sent)[0]
    assert len(entities_of(manager, school.school_code)) == 1


def opening(here: Registry, code: str) -> dict:
    # No building is named: the officer says which.
    place = {"session_now": "morning", "building_code": None, "building_role": "host"}
    new = {"new_code": code}
    return form_of(here.schools[0], "opened", new_school=new, building_now=place)


def test_a_new_school_approved_at_central_stays_on_the_list_until_it_is_registered(
    here,
    tablet,
    manager,  # noqa: F811
):
    code = "NEW-7"
    sent = tablet.send(FORM, opening(here, code))
    here.work()
    path = tablet.client.path("forms", FORM, "submissions", sent)
    tablet.client.request("PATCH", path, json={"reviewState": "approved"})
    made = wait_for(manager, code)
    here.work()
    with here.engine.begin() as connection:
        assert plan_lists(connection, here.settings)["schools"].deleted == 0
    here.publish()
    assert wait_for(manager, code)["__id"] == made["__id"], "it waits for its facts"
    assert here.rows("SELECT 1 FROM emis.school WHERE school_code = :code", code=code) == []
    directorate = here.department()
    here.read_lists()
    given = {"locality_code": "urban", "building_code": "B-NEW"}
    here.answer(sent, directorate_code=directorate, **given)
    entity = wait_for(manager, code)
    assert entity["__id"] == made["__id"]
    assert (entity["directorate"], entity["building_code"]) == (directorate, "B-NEW")
    here.publish()
    assert wait_for(manager, code)["__id"] == made["__id"]


def test_publishing_before_the_next_pull_leaves_the_entity_of_a_new_school(
    here,
    tablet,
    manager,  # noqa: F811
):
    code = "NEW-9"
    sent = tablet.send(FORM, opening(here, code))
    path = tablet.client.path("forms", FORM, "submissions", sent)
    tablet.client.request("PATCH", path, json={"reviewState": "approved"})
    made = wait_for(manager, code)
    assert here.rows("SELECT 1 FROM raw.submission WHERE instance_id = :id", id=sent) == []
    with here.engine.begin() as connection:
        assert plan_lists(connection, here.settings)["schools"].deleted == 0
    here.publish()
    assert [row["__id"] for row in entities_of(manager, code)] == [made["__id"]]
    here.work()
    here.publish()
    assert [row["__id"] for row in entities_of(manager, code)] == [made["__id"]]
    here.answer(sent, "refused", "لا أمر بذلك")
    here.publish()
    assert entities_of(manager, code) == [], "landed and refused, it goes"


def test_a_new_school_approved_here_is_made_by_central_and_once(here, tablet, manager):  # noqa: F811
    code = "NEW-8"
    sent = tablet.send(FORM, opening(here, code))
    here.work()
    directorate = here.department()
    given = {"locality_code": "urban", "building_code": "B-NEW"}
    here.answer(sent, directorate_code=directorate, **given)
    assert tablet.review(FORM, sent)[0] == "approved"
    assert registered(here, code, "is_open") is True
    here.publish()  # at once, before Central has made it
    made = wait_for(manager, code)
    here.read_lists()
    with here.engine.begin() as connection:
        mark_due(connection, "list_schools", [Slice("", code)], now())
    work_until_done(here.settings)
    entity = wait_for(manager, code)
    assert (entity["__id"], entity["directorate"]) == (made["__id"], directorate)


def test_an_answer_at_central_is_the_officers_answer(here, tablet):
    school = here.schools[3]
    sent = tablet.send(FORM, form_of(school, "session"))
    here.work()
    path = tablet.client.path("forms", FORM, "submissions", sent)
    tablet.client.request("PATCH", path, json={"reviewState": "approved"})
    here.work()
    assert registered(here, school.school_code, "session_code") == "evening"
    source = "SELECT source FROM quality.update_decision WHERE update_id = :id"
    assert here.one(source, id=here.number(sent)) == "central"


def test_a_worker_that_ends_before_it_commits_leaves_nothing_half_written(here, tablet):
    school = here.schools[4]
    sent = tablet.send(FORM, form_of(school, "session"))
    here.work()
    number = here.number(sent)
    with here.engine.connect() as connection, connection.begin() as transaction:
        entry = Decision("approved", "command", "Zainab", "", {})
        decide(connection, get_update(connection, number), entry, now())
        assert apply_decisions(connection, now()).applied == 1
        transaction.rollback()
    assert registered(here, school.school_code, "session_code") == "morning"
    assert here.messages(sent) == []
    with here.engine.begin() as connection:
        decide(connection, get_update(connection, number), entry, now())
    with here.engine.connect() as connection, connection.begin() as transaction:
        assert apply_decisions(connection, now()).applied == 1
        transaction.rollback()
    with here.engine.begin() as connection:
        assert apply_decisions(connection, now()).applied == 1
        assert apply_decisions(connection, now()).applied == 0
    assert registered(here, school.school_code, "session_code") == "evening"
    count = "SELECT count(*) FROM emis.school_history WHERE school_code = :code"
    assert here.one(count, code=school.school_code) == 2


def test_of_two_officers_at_once_one_decides(here, tablet):
    school = here.schools[5]
    sent = tablet.send(FORM, form_of(school, "session"))
    here.work()
    number = here.number(sent)
    with here.engine.connect() as one, one.begin():
        found = get_update(one, number)
        decide(one, found, Decision("refused", "page", "A", "no order", {}), now())
        with here.engine.connect() as two, two.begin() as transaction:
            two.execute(sa.text("SET LOCAL lock_timeout = '300ms'"))
            entry = Decision("approved", "page", "B", "", {})
            with pytest.raises(sa.exc.OperationalError):
                decide(two, get_update(two, number), entry, now())
            transaction.rollback()
    with here.engine.begin() as connection, pytest.raises(Exception, match="update-decided"):
        decide(connection, found, Decision("approved", "page", "B", "", {}), now())
