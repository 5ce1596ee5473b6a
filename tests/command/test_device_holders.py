"""Who gets a tablet, and who does not, and why."""

import datetime as dt

import pytest
import sqlalchemy as sa

from config.errors import OperatorError
from processing.command import device_holders as holders
from processing.db.engine import open_engine
from processing.db.queries import devices as queries
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue

NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
PLACE = ("central", 1)
OF_KARKH, OF_RUSAFA = "FED-KARKH-1-08Q03", "FED-RUSAFA-1-08Q01"


def school(code: str, directorate: str = OF_KARKH, building: str = "B1", **changes) -> dict:
    return {
        "school_code": code, "name_ar": f"مدرسة {code}", "ministry_code": "federal",
        "directorate_code": directorate, "area_code": "IQG08Q03", "building_code": building,
        "building_role_code": "host", "level_code": "primary", "lowest_grade": 1,
        "highest_grade": 6, "sex_code": "mixed", "ownership_code": "government",
        "session_code": "morning", "locality_code": "urban", "language_code": "ar",
        "valid_from": dt.date(2020, 9, 1), **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def connection(database):
    """S1 and S2 share a building; S3 is closed; S4 is of another directorate."""
    engine = open_engine(database, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        load_catalogue(connection)
        building = {
            "building_code": "B1",
            "area_code": "IQG08Q03",
            "valid_from": dt.date(2000, 1, 1),
        }
        replace_registry(
            connection,
            buildings=[building],
            schools=[
                school("S1"), school("S2"), school("S4", OF_RUSAFA),
                school("S3", is_open=False, valid_from=dt.date(2026, 9, 1)),
            ],
            supervisors=[
                {"supervisor_code": "V1", "name_ar": "مشرف", "directorate_code": "FED-KARKH-1"},
                {"supervisor_code": "V2", "name_ar": "مشرف", "directorate_code": "FED-KARKH-1",
                 "is_active": False},
            ],
            now=NOW,
        )  # fmt: skip
        yield connection
        transaction.rollback()
    engine.dispose()


def faults(connection, tmp_path, text: str) -> str:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError) as raised:
        holders.of_file(connection, path, PLACE)
    assert raised.value.code == "school-list-invalid"
    return raised.value.message


def test_a_directorate_has_the_schools_of_its_departments_and_its_supervisors(connection):
    found = holders.of_directorate(connection, "FED-KARKH-1", is_shared_by_building=False)
    assert set(found.wanted) == {
        ("school", "S1", ""), ("school", "S2", ""), ("supervisor", "V1", ""),
    }  # fmt: skip
    assert found.refused == {
        "S3": "is closed in the registry since 2026-09-01",
        "V2": "is a post that the registry holds as not filled",
    }
    below = holders.of_directorate(connection, OF_KARKH, is_shared_by_building=False)
    assert {code for _, code, _ in below.wanted} == {"S1", "S2"}


def test_schools_of_a_building_may_share_a_tablet(connection):
    found = holders.of_directorate(connection, OF_KARKH, is_shared_by_building=True)
    assert {tablet for _, _, tablet in found.wanted} == {"B1"}


def test_a_directorate_that_is_not_there_is_told(connection):
    for code, wanted in (("FED-NOWHERE", "directorate-unknown"), ("KRG-DUHOK", "holders-none")):
        with pytest.raises(OperatorError) as raised:
            holders.of_directorate(connection, code, is_shared_by_building=False)
        assert raised.value.code == wanted


def test_a_file_names_schools_and_the_tablets_that_they_share(connection, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("\ufeffschool_code,tablet\nS1,T9\nS4,T9\nS2,\n", encoding="utf-8")
    assert holders.of_file(connection, path, PLACE).wanted == (
        ("school", "S1", "T9"), ("school", "S4", "T9"), ("school", "S2", "S2"),
    )  # fmt: skip
    path.write_text("school_code\nS1\n", encoding="utf-8")
    assert holders.of_file(connection, path, PLACE).wanted == (("school", "S1", ""),)


@pytest.fixture
def shared(connection):
    """S1 and S2 have one tablet, T1."""
    with connection.begin_nested() as savepoint:
        wanted = [("school", "S1", "T1"), ("school", "S2", "T1")]
        queries.order_devices(connection, PLACE, wanted, NOW)
        yield
        savepoint.rollback()


def test_a_tablet_that_is_held_is_named_with_all_its_schools(connection, shared, tmp_path):
    """Else its sheet would lack a code; or two departments have each called a tablet T1."""
    said = faults(connection, tmp_path, "school_code,tablet\nS4,T1\nS2,\n")
    assert "line 2: the tablet T1 of S4 is that of S1 already, which is not in the list" in said
    assert "line 3" not in said
    path = tmp_path / "list.csv"
    path.write_text("school_code,tablet\nS4,T1\nS2,T1\nS1,\n", encoding="utf-8")
    assert len(holders.of_file(connection, path, PLACE).wanted) == 3
    path.write_text("school_code\nS2\n", encoding="utf-8")
    assert len(holders.of_file(connection, path, PLACE).wanted) == 1


def test_a_file_with_a_wrong_line_is_refused_whole_and_each_line_is_named(connection, tmp_path):
    wrong = 'S1\nS9\nS3\nS1\n,\nS2,T,x\nS2,"T\nS4,T\n'
    said = faults(connection, tmp_path, f"school_code,tablet\n{wrong}")
    assert "line 3: S9 is not in the registry" in said
    assert "line 4: S3 is closed in the registry since 2026-09-01" in said
    assert "line 5: S1 stands in line 2 already" in said
    assert "line 6: school_code is empty" in said
    assert "line 7: has more cells than the header" in said
    assert "line 8: has a quotation mark that is not closed in its cell" in said
    assert "line 9" not in said
    assert said.endswith("Nothing was done.")


def test_signs_that_nobody_sees_make_no_other_school(connection, tmp_path):
    said = faults(connection, tmp_path, "\u200fschool_code\nS1\nS2\u200f\n\u200eS1\n")
    assert said.count("line ") == 2
    assert "line 4: S1 stands in line 2 already" in said


def test_a_file_that_is_none_is_refused(connection, tmp_path):
    assert "no column school_code" in faults(connection, tmp_path, "code\nS1\n")
    assert "by commas" in faults(connection, tmp_path, "school_code;tablet\nS1;T1\n")
    assert "names no school" in faults(connection, tmp_path, "school_code\n")
    twice = "school_code,tablet,tablet\nS1,T1,T2\n"
    assert "has the column tablet twice" in faults(connection, tmp_path, twice)
    path = tmp_path / "old.csv"
    path.write_bytes("school_code\nمدرسة\n".encode("cp1256"))
    with pytest.raises(OperatorError, match="not UTF-8"):
        holders.of_file(connection, path, PLACE)


@pytest.mark.parametrize(
    ("kind", "code", "wanted", "said"),
    [
        ("school", "S3", "holder-closed", "is closed in the registry since 2026-09-01"),
        ("supervisor", "V2", "holder-closed", "not filled"),
        ("school", "S9", "holder-unknown", "no school S9"),
        ("school", "V1", "holder-unknown", "no school V1"),
    ],
)
def test_a_closed_school_gets_no_code_and_is_told_why(connection, kind, code, wanted, said):
    with pytest.raises(OperatorError) as raised:
        holders.require_open(connection, kind, code)
    assert raised.value.code == wanted
    assert said in raised.value.message


def test_an_open_school_is_let_through(connection):
    holders.require_open(connection, "school", "S1")
    holders.require_open(connection, "supervisor", "V1")


def test_a_supervisor_is_kept_by_code(connection):
    count = sa.text("SELECT count(*) FROM emis.supervisor")
    before = connection.execute(count).scalar_one()
    row = {"supervisor_code": "V1", "name_ar": "مشرف", "directorate_code": "FED-KARKH-1"}
    replace_registry(connection, supervisors=[row], now=NOW)
    assert connection.execute(count).scalar_one() == before
