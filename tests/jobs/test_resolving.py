"""What an officer chose in a conflict, at Central and in the registry (sandbox and real Central).

version 1: the registry · 2: somebody at Central · 3: a tablet, from version 1 → conflict
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bridge.conflicts import resolve_conflict
from bridge.entities import derived_id
from bridge.errors import CentralRefused
from bridge.simulation.registry import make_registry
from config.errors import OperatorError
from config.settings import Settings
from processing.db.engine import open_engine
from processing.db.queries import entity_conflicts
from processing.db.queries.registry import replace_registry
from processing.db.queries.web_scope import NATION
from processing.feedback.conflicts import EDITED
from processing.feedback.edits import differences_of, list_waiting
from processing.jobs import resolving
from processing.jobs.catalogue import load_catalogue
from processing.jobs.listing import read_entity_lists
from processing.jobs.publishing import keep_lists, keep_schools, plan_lists
from processing.jobs.resolving import resolve_some
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.conformance.xforms import write_form

START = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
FORM = "changes_schools"
XML = {"Content-Type": "application/xml"}
WAIT_S = 120
pytestmark = pytest.mark.timeout(600)


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
            found = differences_of(connection, conflict)
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

    def outcomes(self, uuid: str) -> list[tuple]:
        return self.rows(
            "SELECT outcome, fault FROM quality.entity_choice WHERE uuid = :uuid"
            " ORDER BY choice_id",
            uuid=uuid,
        )


@pytest.fixture(scope="module")
def lists(central, database) -> Iterator[Lists]:  # noqa: F811
    names = [name for name in vars(database) if name.startswith("central_")]
    settings = replace(database, **{name: getattr(central.settings, name) for name in names})
    engine = open_engine(settings, "worker", poolclass=sa.NullPool)
    registry = make_registry(20, seed=7)
    schools = [replace(each, sex_code="mixed") for each in registry.schools]
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


@pytest.fixture
def clash(lists, manager):  # noqa: F811
    """make(code): the school's entity in conflict, mirrored; its uuid.

    Central said boys, the tablet girls and another latitude and name.
    """

    def make(code: str) -> str:
        uuid = derived_id(manager, "schools", code)
        path = manager.path("datasets", "schools", "entities", uuid)
        manager.request("PATCH", f"{path}?baseVersion=1", json={"data": {"sex": "boys"}})
        entity = (
            f'<entity dataset="schools" update="1" baseVersion="1" id="{uuid}">'
            "<label>مدرسة الفرات</label></entity>"
        )
        xml = (
            '<data xmlns:entities="http://www.opendatakit.org/xforms/entities"'
            f' entities:entities-version="2024.1.0" id="{FORM}" version="1">'
            "<sex>girls</sex><latitude>33.5</latitude>"
            f"<meta><instanceID>uuid:{uuid4()}</instanceID>{entity}</meta></data>"
        )
        submissions = manager.path("forms", FORM, "submissions")
        manager.request("POST", submissions, data=xml.encode(), headers=XML)
        until = time.monotonic() + WAIT_S
        while not manager.get_json(path)["conflict"]:
            assert time.monotonic() < until
            time.sleep(0.2)
        lists.mirror()
        return uuid

    return make


def entity(manager, uuid: str) -> dict:  # noqa: F811
    return manager.get_json(manager.path("datasets", "schools", "entities", uuid))


def shown(manager, uuid: str) -> tuple:  # noqa: F811
    found = entity(manager, uuid)
    current = found["currentVersion"]
    data = current["data"]
    return current["version"], current["label"], data["sex"], data["latitude"], found["conflict"]


def test_what_is_chosen_is_written_to_central_and_to_the_registry(lists, clash, manager):  # noqa: F811
    code = lists.codes[0]
    uuid = clash(code)
    assert shown(manager, uuid) == (3, "مدرسة الفرات", "girls", "33.5", "hard")
    assert lists.choose(uuid, label="مدرسة الفرات", sex="boys", latitude="33.5")
    assert lists.conflicts() == [], "it waits for the stage"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid) == (4, "مدرسة الفرات", "boys", "33.5", None)
    assert lists.school(code) == ("مدرسة الفرات", "boys", 33.5)
    history = "SELECT count(*) FROM emis.school_history WHERE school_code = :code"
    assert lists.rows(history, code=code) == [(2,)]
    assert lists.outcomes(uuid) == [("resolved", None)]
    lists.mirror()
    assert lists.conflicts() == []
    assert lists.resolve() == (0, None)


def test_what_the_registry_says_may_be_chosen_too(lists, clash, manager):  # noqa: F811
    code = lists.codes[1]
    before = lists.school(code)
    uuid = clash(code)
    lists.choose(uuid, label=before[0], sex="mixed", latitude=f"{before[2]:.6f}")
    lists.resolve()
    assert shown(manager, uuid)[1:] == (before[0], "mixed", f"{before[2]:.6f}", None)
    assert lists.school(code)[:2] == before[:2]
    history = "SELECT count(*) FROM emis.school_history WHERE school_code = :code"
    assert lists.rows(history, code=code) == [(1,)]


def test_publishing_leaves_an_entity_in_conflict_alone(lists, clash, manager):  # noqa: F811
    uuid = clash(lists.codes[2])
    before = shown(manager, uuid)
    with lists.engine.begin() as connection:
        keep_lists(connection, lists.settings, names=("schools",))
    assert shown(manager, uuid) == before
    lists.choose(uuid, sex="girls")
    lists.resolve()


def test_an_entity_that_changed_meanwhile_is_shown_again(lists, clash, manager):  # noqa: F811
    code = lists.codes[3]
    before = lists.school(code)
    uuid = clash(code)
    lists.choose(uuid, sex="girls")
    path = manager.path("datasets", "schools", "entities", uuid)
    manager.request("PATCH", f"{path}?baseVersion=3", json={"data": {"sex": "mixed"}})
    assert lists.resolve() == (0, None)
    assert lists.school(code) == before, "the registry is taken back"
    assert lists.outcomes(uuid) == [("overtaken", None)]
    lists.mirror()
    assert [each["version"] for each in lists.conflicts() if each["uuid"] == uuid] == [4]
    lists.choose(uuid, sex="mixed")
    assert lists.resolve() == (1, None)


def test_a_worker_that_ends_before_it_commits_writes_both_in_the_end(lists, clash, manager):  # noqa: F811
    code = lists.codes[4]
    uuid = clash(code)
    lists.choose(uuid, sex="girls")
    assert lists.resolve(keep=False) == (1, None)
    assert shown(manager, uuid)[0::4] == (4, None), "Central has it"
    assert lists.school(code)[1] == "mixed"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[0] == 4, "not once more"
    assert lists.school(code)[1] == "girls"


@pytest.mark.parametrize(
    ("at", "chosen", "fault"),
    [
        (5, {"sex": "girls and boys"}, "code_unknown"),
        (6, {"latitude": "north"}, "not_understood"),
        (7, {"building_code": "NOWHERE"}, "building_unknown"),
    ],
)
def test_what_the_registry_cannot_hold_stays_out(lists, clash, manager, at, chosen, fault):  # noqa: F811
    uuid = clash(lists.codes[at])
    before = (lists.school(lists.codes[at]), shown(manager, uuid))
    lists.choose(uuid, **chosen)
    assert lists.resolve() == (0, None)
    assert (lists.school(lists.codes[at]), shown(manager, uuid)) == before
    assert lists.outcomes(uuid) == [("impossible", fault)]
    (again,) = (each for each in lists.conflicts() if each["uuid"] == uuid)
    assert again["fault"] == fault
    lists.choose(uuid, sex="girls")
    assert lists.resolve() == (1, None)


def test_of_two_officers_one_chooses(lists, clash):
    uuid = clash(lists.codes[8])
    (conflict,) = (each for each in lists.conflicts() if each["uuid"] == uuid)
    with lists.engine.begin() as connection:
        chosen = {"sex": "girls"}
        assert entity_conflicts.add_choice(connection, conflict, chosen, "A", now())
        assert not entity_conflicts.add_choice(connection, conflict, {"sex": "boys"}, "B", now())
    lists.resolve()
    assert lists.school(lists.codes[8])[1] == "girls"


def test_without_a_manager_the_choice_waits(lists, clash):
    uuid = clash(lists.codes[9])
    lists.choose(uuid, sex="girls")
    alone = replace(lists.settings, central_manager_email=None, central_manager_password=None)
    with lists.engine.begin() as connection, pytest.raises(Exception, match="central-no-manager"):
        resolve_some(connection, alone, now())
    assert lists.resolve() == (1, None)


@pytest.fixture
def failing(monkeypatch):
    """failing(uuid, error): it is what Central answers about this entity."""

    def make(uuid: str, error: OperatorError) -> None:
        def answer(client, name, asked, *rest):
            if asked == uuid:
                raise error
            return resolve_conflict(client, name, asked, *rest)

        monkeypatch.setattr(resolving, "resolve_conflict", answer)

    return make


def test_what_was_done_before_a_turn_is_stopped_stays_done(lists, clash, failing, monkeypatch):
    first, second = clash(lists.codes[10]), clash(lists.codes[11])
    before = lists.school(lists.codes[11])
    for uuid in (first, second):
        lists.choose(uuid, sex="girls")
    failing(second, OperatorError("central-unreachable", "No answer.", "Wait."))
    count, hindrance = lists.resolve()
    assert (count, hindrance.code) == (1, "central-unreachable")
    assert (lists.outcomes(first), lists.outcomes(second)) == ([("resolved", None)], [(None, None)])
    assert lists.school(lists.codes[10])[1] == "girls"
    assert lists.school(lists.codes[11]) == before, "the registry is taken back"
    monkeypatch.undo()
    assert lists.resolve() == (1, None)


def test_a_choice_that_central_refuses_holds_up_no_other(lists, clash, failing, monkeypatch):
    first, second = clash(lists.codes[12]), clash(lists.codes[13])
    before = lists.school(lists.codes[12])
    for uuid in (first, second):
        lists.choose(uuid, sex="girls")
    failing(first, CentralRefused("central-refused", "Not so.", "", 400, 400.8, None))
    assert lists.resolve() == (1, None)
    assert lists.outcomes(first) == [("impossible", "central_refused")]
    assert lists.school(lists.codes[12]) == before
    assert lists.outcomes(second) == [("resolved", None)]
    (again,) = (each for each in lists.conflicts() if each["uuid"] == first)
    assert again["fault"] == "central_refused"
    monkeypatch.undo()
    lists.choose(first, sex="girls")
    assert lists.resolve() == (1, None)


def test_an_account_that_may_not_do_it_stops_the_turn(lists, clash, failing, monkeypatch):
    uuid = clash(lists.codes[14])
    lists.choose(uuid, sex="girls")
    failing(uuid, CentralRefused("central-forbidden", "Not you.", "", 403, 403.1, None))
    count, hindrance = lists.resolve()
    assert (count, hindrance.code) == (0, "central-forbidden")
    assert lists.outcomes(uuid) == [(None, None)]
    monkeypatch.undo()
    assert lists.resolve() == (1, None)


@pytest.fixture
def edit(lists, central, manager):  # noqa: F811
    """make(code, **values): somebody else changes a school at Central; its uuid."""

    def make(code: str, **values) -> str:
        uuid = derived_id(manager, "schools", code)
        path = manager.path("datasets", "schools", "entities", uuid)
        version = manager.get_json(path)["currentVersion"]["version"]
        label = {"label": values.pop("label")} if "label" in values else {}
        with central.administrator() as person:
            body = label | {"data": values}
            person.request("PATCH", path, params={"baseVersion": version}, json=body)
        return uuid

    return make


def test_an_edit_at_central_is_not_written_over_and_may_be_chosen(lists, edit, manager):  # noqa: F811
    code = lists.codes[15]
    was = lists.school(code)
    uuid = edit(code, label="مدرسة دجلة", sex="girls", received="by hand")
    lists.publish(code)
    assert shown(manager, uuid)[:3] == (2, "مدرسة دجلة", "girls"), "the mirror has not seen it yet"
    lists.mirror()
    assert lists.differences(uuid) == {"label": [was[0], "مدرسة دجلة"], "sex": ["mixed", "girls"]}
    lists.publish(code)
    assert shown(manager, uuid)[0] == 2
    with lists.engine.begin() as connection:
        assert plan_lists(connection, lists.settings)["schools"].updated == 0
    assert lists.choose(uuid, label=was[0], sex="girls")
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []
    lists.publish(code)
    assert shown(manager, uuid)[0] == 2, "the choice waits for the stage"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[:3] == (3, was[0], "girls")
    assert lists.school(code)[:2] == (was[0], "girls")
    assert lists.outcomes(uuid) == [("resolved", None)]
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []
    lists.publish(code)
    found = entity(manager, uuid)["currentVersion"]
    assert (found["version"], found["data"]["received"]) == (4, ""), "publishing goes on"


def test_the_registrys_value_may_be_chosen_against_an_edit(lists, edit, manager):  # noqa: F811
    code = lists.codes[16]
    was = lists.school(code)
    uuid = edit(code, sex="boys")
    lists.mirror()
    lists.choose(uuid, sex="mixed")
    assert lists.resolve(keep=False) == (1, None), "Central has it, the worker ends"
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[:3] == (3, was[0], "mixed")
    assert lists.school(code) == was


def test_an_edit_that_is_edited_again_is_shown_again(lists, edit, manager):  # noqa: F811
    code = lists.codes[17]
    uuid = edit(code, sex="boys")
    lists.mirror()
    lists.choose(uuid, sex="boys")
    edit(code, sex="girls")
    assert lists.resolve() == (0, None)
    assert lists.outcomes(uuid) == [("overtaken", None)]
    lists.mirror()
    assert lists.differences(uuid) == {"sex": ["mixed", "girls"]}
    lists.choose(uuid, sex="girls")
    assert lists.resolve() == (1, None)


def test_an_edit_of_what_the_registry_computes_is_written_over(lists, edit, manager):  # noqa: F811
    code = lists.codes[14]
    uuid = edit(code, received="by hand")
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == []
    lists.publish(code)
    assert entity(manager, uuid)["currentVersion"]["data"]["received"] == ""


def test_each_property_that_the_registry_holds_is_shown_by_itself(lists, edit, manager):  # noqa: F811
    code = lists.codes[13]
    uuid = derived_id(manager, "schools", code)
    for name in EDITED:
        current = entity(manager, uuid)["currentVersion"]
        was = (current["data"] | {"label": current["label"]})[name]
        edit(code, **{name: "77"})
        lists.mirror()
        assert lists.differences(uuid) == {name: [was, "77"]}
        edit(code, **{name: was})
    lists.mirror()
    assert [each for each in lists.conflicts() if each["uuid"] == uuid] == [], "all is as it was"
