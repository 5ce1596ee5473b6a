"""What an officer chose in a conflict, at Central and in the registry (sandbox and real Central).

version 1: the registry · 2: somebody at Central · 3: a tablet, from version 1 → conflict
"""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from bridge.conflicts import resolve_conflict
from bridge.entities import derived_id
from bridge.errors import CentralRefused
from config.errors import OperatorError
from processing.db.queries import entity_conflicts
from processing.jobs import resolving
from processing.jobs.publishing import keep_lists
from processing.jobs.resolving import resolve_some
from tests.bridge.conftest import central, manager  # noqa: F401  fixtures
from tests.jobs.schools_at_central import (
    FORM,
    KURDISH,
    WAIT_S,
    XML,
    lists,  # noqa: F401  a fixture
    now,
    shown,
)

pytestmark = pytest.mark.timeout(600)


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


@pytest.mark.parametrize(
    ("at", "is_accepted"),
    [(KURDISH[0], True), (KURDISH[1], False)],
    ids=["accepted", "refused"],
)
def test_the_label_of_a_school_that_teaches_in_kurdish_is_its_kurdish_name(
    lists,  # noqa: F811
    clash,
    manager,  # noqa: F811
    monkeypatch,
    at,
    is_accepted,
):
    code = lists.codes[at]
    arabic, kurdish = lists.names(code)
    uuid = clash(code)
    assert lists.differences(uuid)["label"] == [kurdish, "مدرسة الفرات"]
    wanted = "مدرسة الفرات" if is_accepted else kurdish
    followers = []
    monkeypatch.setattr(resolving, "mark_followers", lambda *given: followers.append(given[1:3]))
    lists.choose(uuid, label=wanted)
    assert lists.resolve() == (1, None)
    assert shown(manager, uuid)[1] == wanted
    assert lists.names(code) == (arabic, wanted)
    assert followers == [([code], False)], "a name moves no figures"


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


def test_of_two_officers_one_chooses(lists, clash):  # noqa: F811
    uuid = clash(lists.codes[8])
    (conflict,) = (each for each in lists.conflicts() if each["uuid"] == uuid)
    with lists.engine.begin() as connection:
        chosen = {"sex": "girls"}
        assert entity_conflicts.add_choice(connection, conflict, chosen, "A", now())
        assert not entity_conflicts.add_choice(connection, conflict, {"sex": "boys"}, "B", now())
    lists.resolve()
    assert lists.school(lists.codes[8])[1] == "girls"


def test_without_a_manager_the_choice_waits(lists, clash):  # noqa: F811
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


def test_what_was_done_before_a_turn_is_stopped_stays_done(lists, clash, failing, monkeypatch):  # noqa: F811
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


def test_a_choice_that_central_refuses_holds_up_no_other(lists, clash, failing, monkeypatch):  # noqa: F811
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


def test_an_account_that_may_not_do_it_stops_the_turn(lists, clash, failing, monkeypatch):  # noqa: F811
    uuid = clash(lists.codes[14])
    lists.choose(uuid, sex="girls")
    failing(uuid, CentralRefused("central-forbidden", "Not you.", "", 403, 403.1, None))
    count, hindrance = lists.resolve()
    assert (count, hindrance.code) == (0, "central-forbidden")
    assert lists.outcomes(uuid) == [(None, None)]
    monkeypatch.undo()
    assert lists.resolve() == (1, None)
