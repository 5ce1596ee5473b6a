"""What EMIS writes into the tablets' lists is in the mirror at once (sandbox and real Central):
nobody asks for it again, and what a person writes in between is still found.
"""

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bridge.client import CentralClient
from bridge.entity_lists import list_entity_versions
from processing.db.queries.sync import wait_for_form
from processing.jobs import telling
from tests.bridge.conftest import central, manager
from tests.jobs.test_edits_in_lists import (
    Ministry,
    at_central,
    edit,
    entity_path,
    here,
)

__all__ = ["central", "edit", "here", "manager"]
pytestmark = pytest.mark.timeout(600)


@dataclass
class Told:
    """A school of which the tablets are told how many pupils it had, and what that asks for."""

    here: Ministry
    code: str
    asked: list[tuple[str, str]]

    def tell(self, pupils: int) -> list[str]:
        """What Central was asked about the school's entity: methods, and `versions`."""
        with self.here.engine.begin() as connection:
            connection.execute(
                sa.text("UPDATE emis.school SET pupil_count_last_year = :n WHERE school_code = :c"),
                {"n": pupils, "c": self.code},
            )
        return self.overheard(self._tell)

    def _tell(self) -> None:
        with self.here.engine.begin() as connection:
            telling.tell_schools(connection, self.here.settings, [self.code])

    def mirror(self) -> list[str]:
        return self.overheard(self.here.mirror)

    def overheard(self, act) -> list[str]:
        self.asked.clear()
        act()
        return ["versions" if path.endswith("/versions") else method
                for method, path in self.asked if "/schools/entities/" in path]  # fmt: skip

    def versions(self, uuid: str) -> list[dict]:
        """As the mirror holds them."""
        rows = self.here.rows(
            "SELECT to_jsonb(v) - 'list_key' - 'fetched_at' FROM raw.entity_version v"
            " JOIN raw.entity_list l USING (list_key)"
            " WHERE l.name = 'schools' AND uuid = :uuid ORDER BY version",
            uuid=uuid,
        )
        return [row[0] for row in rows]


@pytest.fixture
def told(here, monkeypatch) -> Told:
    asked, request = [], CentralClient.request

    def overhear(client, method, path, **given):
        asked.append((method, path))
        return request(client, method, path, **given)

    monkeypatch.setattr(CentralClient, "request", overhear)
    return Told(here, here.codes[1], asked)


def as_mirrored(version) -> dict:
    """A version that Central lists, as its row in the mirror."""
    found = dict(vars(version))
    moment = dt.datetime.fromisoformat(found.pop("created_at"))
    return found | {
        "version_created_at": moment,
        "conflicting_properties": list(found["conflicting_properties"]),
    }


def test_what_we_have_written_is_not_asked_for(told, manager):
    path, uuid = entity_path(manager, "schools", told.code)
    assert told.tell(301) == ["GET", "PATCH"]
    assert told.mirror() == ["versions"], "the first version was not here"
    for pupils in (302, 303):
        assert told.tell(pupils) == ["GET", "PATCH"]
    assert told.mirror() == []
    assert told.tell(304) == ["GET", "PATCH"]
    assert told.mirror() == []
    held = told.versions(uuid)
    assert [each["version"] for each in held] == [1, 2, 3, 4, 5]
    listed = list_entity_versions(manager, "schools", uuid)
    for row, version in zip(held, listed, strict=True):
        row["version_created_at"] = dt.datetime.fromisoformat(row["version_created_at"])
        assert row == as_mirrored(version)
    assert told.here.conflicts() == []


def test_what_a_person_writes_between_our_writings_is_asked_for_and_shown(told, edit, manager):
    path, uuid = entity_path(manager, "schools", told.code)
    told.tell(401)
    told.mirror()
    told.tell(402)
    edit("schools", told.code, level="kindergarten")
    assert told.tell(403) == ["GET", "versions", "PATCH"]
    now = at_central(manager, "schools", told.code)
    assert (now["level"], now["pupils_last_year"]) == ("kindergarten", "403")
    assert told.mirror() == ["versions"], "the person's version is not here yet"
    was = told.versions(uuid)[0]["data"]["level"]
    assert told.here.differences(uuid) == {"level": [was, "kindergarten"]}
    edit("schools", told.code, pupils_last_year="9")
    assert told.tell(404) == ["GET", "versions"]
    assert at_central(manager, "schools", told.code)["pupils_last_year"] == "9"
    assert told.mirror() == ["versions"]
    assert told.here.differences(uuid)["pupils_last_year"] == ["404", "9"]
    told.here.choose(uuid, level=was, pupils_last_year="404")
    assert told.here.resolve() == (1, None)
    assert told.here.is_settled(uuid)


def test_a_list_that_is_being_read_is_not_waited_for(told, manager):
    path, uuid = entity_path(manager, "schools", told.code)
    told.tell(501)
    told.mirror()
    before = [each["version"] for each in told.versions(uuid)]
    settings = told.here.settings
    place = (settings.central_key, settings.central_project)
    with told.here.engine.begin() as reading:
        wait_for_form(reading, *place, "entities/schools")
        assert told.tell(502) == ["GET", "PATCH"]
    assert [each["version"] for each in told.versions(uuid)] == before
    assert told.mirror() == ["versions"]
    assert [each["version"] for each in told.versions(uuid)] == [*before, before[-1] + 1]


def test_publishing_leaves_nothing_to_ask_for_either(told, manager):
    path, uuid = entity_path(manager, "schools", told.code)
    told.tell(601)
    told.mirror()
    with told.here.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.school SET pupil_count_last_year = 602")
    told.here.publish_all()
    # The other schools have been written once: that is their second version.
    assert told.mirror() == ["versions"] * (len(told.here.codes) - 1)
    assert [each["data"]["pupils_last_year"] for each in told.versions(uuid)[-2:]] == ["601", "602"]
    with told.here.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE emis.school SET pupil_count_last_year = 603")
    told.here.publish_all()
    assert told.mirror() == []
