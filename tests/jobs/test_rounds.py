"""Rounds are opened and closed in the warehouse and in the tablets' list at once."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from bridge.simulation.registry import make_registry
from config.errors import OperatorError
from config.forms import load_catalogue
from config.rounds import derive_code, derive_name, school_year_of
from processing.db.engine import open_engine
from processing.db.queries import rounds as queries
from processing.db.queries.registry import replace_registry
from processing.db.queries.rounds import Round
from processing.db.queries.web_home import list_current_rounds
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.rounds import check_round, close_round, open_round

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
CENSUS = Round(
    "census-a", "school_census", "federal", None, None, 2026, "تعداد", "ئاماری", "Census",
    dt.date(2026, 11, 1), dt.date(2026, 11, 1), dt.date(2026, 11, 30), dt.date(2026, 12, 31),
)  # fmt: skip

RESULTS = {
    "form_id": "year_end_results", "school_year": 2025, "reference_date": dt.date(2026, 9, 15),
    "opens_on": dt.date(2026, 9, 15), "due_on": CENSUS.opens_on,
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(database, sandbox):
    settings = sandbox.fill(database)
    registry = make_registry(120, seed=3)
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        replace_registry(
            connection, buildings=registry.buildings, schools=registry.schools, now=NOW
        )
    engine.dispose()
    return settings


@pytest.fixture
def connection(settings):
    """A transaction that is rolled back; the next round that is opened puts Central right."""
    engine = open_engine(settings, "worker")
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def opened(connection, settings):
    """opened(code, …) opens the census round with these changes."""

    def run(code: str = "census-a", **changes) -> Round:
        asked = replace(CENSUS, round_code=code, **changes)
        open_round(connection, settings, asked, NOW)
        return asked

    return run


def at_central(settings) -> dict[str, dict]:
    with open_client(settings) as client:
        path = client.path("datasets", "rounds.svc", "Entities")
        rows = client.get_json(path)["value"]
    return {row["round_code"]: row for row in rows}


def state(connection, code: str, now: dt.datetime = NOW) -> str:
    rows = queries.list_rounds(connection, None, now, now.date())
    return next(row.state for row in rows if row.round_code == code)


def refused(code: str, run, *arguments, **named) -> str:
    with pytest.raises(OperatorError) as raised:
        run(*arguments, **named)
    assert raised.value.code == code
    return str(raised.value)


def test_a_round_is_in_the_warehouse_and_on_the_tablets_at_once(connection, settings, opened):
    asked = opened()
    assert queries.find_round(connection, "census-a") == asked
    held = at_central(settings)["census-a"]
    assert (held["label"], held["form_id"], held["ministry"]) == (
        "تعداد",
        "school_census",
        "federal",
    )
    assert (held["reference_date"], held["closes_on"]) == ("2026-11-01", "2026-12-31")


def test_opened_twice_is_opened_once(connection, settings, opened):
    asked = opened()
    report = open_round(connection, settings, asked, NOW)
    assert (report.created, report.updated, report.deleted) == (0, 0, 0)


def test_the_same_code_for_something_else_is_refused(opened):
    opened()
    said = refused("round-exists", opened, due_on=dt.date(2026, 12, 1))
    assert "2026-11-30" in said


@pytest.mark.parametrize(
    "days",
    [
        {"opens_on": dt.date(2026, 12, 1)},
        {"closes_on": dt.date(2026, 11, 29)},
        {"reference_date": dt.date(2026, 12, 1)},
    ],
)
def test_days_out_of_order_are_refused(opened, days):
    assert "2026-11-30" in refused("round-dates-invalid", opened, **days)


@pytest.mark.parametrize("code", ["november 2026/27", "تعداد", "a/b", "", ".", "x" * 101])
def test_a_code_that_no_address_can_hold_is_refused(code):
    refused("round-code-invalid", check_round, replace(CENSUS, round_code=code))


def test_a_school_year_that_is_none_is_refused():
    refused("round-dates-invalid", check_round, replace(CENSUS, school_year=206))


def test_a_form_that_is_not_in_the_catalogue_is_refused(opened):
    assert "school_census" in refused("form-unknown", opened, form_id="school_cencus")


LATER = {
    "reference_date": dt.date(2026, 12, 1), "opens_on": dt.date(2026, 12, 1),
    "due_on": dt.date(2026, 12, 20), "closes_on": dt.date(2027, 1, 31),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "is_refused"),
    [
        ({}, True),
        ({"ministry_code": None}, True),
        ({"ministry_code": "krg"}, False),
        ({"form_id": "facility_return"}, False),
        (LATER, False),
        ({**LATER, "opens_on": dt.date(2026, 11, 30)}, True),
        ({**LATER, "reference_date": dt.date(2026, 11, 1)}, True),
        ({"level_codes": ("primary",)}, True),
    ],
)
def test_no_school_is_asked_the_same_twice_at_a_time(opened, changes, is_refused):
    opened()
    if is_refused:
        assert "census-a" in refused("round-overlaps", opened, "census-b", **changes)
    else:
        opened("census-b", **changes)


def test_rounds_of_different_levels_or_directorates_do_not_overlap(connection, opened):
    opened(level_codes=("primary",), directorate_codes=("FED-KARKH-1",))
    opened("census-b", level_codes=("kindergarten",))
    opened("census-c", level_codes=("primary",), directorate_codes=("FED-RUSAFA-1",))
    department = "FED-KARKH-1-08Q03"
    said = refused("round-overlaps", opened, "census-d", directorate_codes=(department,))
    assert "census-" in said


@pytest.mark.parametrize(
    ("directorate", "is_refused"), [("FED-KARKH-1", False), ("KRG-DUHOK", True)]
)
def test_a_round_of_one_directorate_shares_no_school_with_another_ministry(
    opened, directorate, is_refused
):
    """Whether the ministry of the directorate's round is written or not."""
    opened(ministry_code="krg")
    changes = {"ministry_code": None, "directorate_codes": (directorate,)}
    if is_refused:
        assert "census-a" in refused("round-overlaps", opened, "census-b", **changes)
    else:
        opened("census-b", **changes)
        assert "census-b" in refused("round-overlaps", opened, "census-c")


def test_a_school_that_owes_both_keeps_a_second_round_back(connection, opened):
    """Its ministry is not that of its directorate: the registry may hold such a school."""
    opened(ministry_code="krg")
    connection.execute(
        sa.text(
            "UPDATE emis.school_history SET ministry_code = 'krg', directorate_code = 'FED-KARKH-1'"
            " WHERE school_code = (SELECT min(school_code) FROM emis.school)"
        )
    )
    changes = {"ministry_code": None, "directorate_codes": ("FED-KARKH-1",)}
    assert "census-a" in refused("round-overlaps", opened, "census-b", **changes)


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({}, True),
        ({"ministry_code": None}, True),
        ({"ministry_code": "krg"}, False),
        ({"school_year": CENSUS.school_year}, False),
        ({"due_on": CENSUS.opens_on - dt.timedelta(days=1)}, False),
    ],
)
def test_a_census_that_opens_before_the_last_results_are_due_is_told(
    connection, opened, changes, is_found
):
    """Who repeats is known after the last exam round."""
    opened("results", **(RESULTS | changes))
    found = queries.find_results_after(connection, opened())
    assert (found is not None and found.round_code == "results") is is_found


def test_results_whose_round_was_closed_are_waited_for_no_longer(connection, settings, opened):
    opened("results", **RESULTS)
    close_round(connection, settings, "results", "A", "over", NOW)
    assert queries.find_results_after(connection, opened()) is None


@pytest.mark.parametrize("code", ["FED-NOWHERE", "KRG-DUHOK"])
def test_a_directorate_that_the_ministry_does_not_have_is_refused(opened, code):
    assert code in refused("directorate-unknown", opened, directorate_codes=(code,))


def test_who_owes_a_round_is_counted_down_the_tree(connection, opened):
    opened(ministry_code=None, directorate_codes=("FED-KARKH-1",), level_codes=("primary",))
    rows = queries.list_rounds(connection, None, NOW, TODAY)
    owed = next(row.owed_by for row in rows if row.round_code == "census-a")
    expected = connection.execute(sa.text(
        "SELECT count(*) FROM emis.school WHERE level_code = 'primary' AND directorate_code IN"
        " (SELECT directorate_code FROM emis.directorate WHERE parent_code = 'FED-KARKH-1')"
    )).scalar_one()  # fmt: skip
    assert owed == expected > 0


def test_what_is_sent_on_occasion_is_owed_by_nobody(connection, opened):
    opened("visits-a", form_id="inspection_visit")
    opened()
    rows = {row.round_code: row for row in queries.list_rounds(connection, None, NOW, TODAY)}
    assert rows["visits-a"].owed_by is None
    assert rows["visits-a"].named_count == rows["census-a"].owed_by > 0


def test_the_state_follows_the_days_of_baghdad(connection, opened):
    opened()
    late_evening = dt.datetime(2026, 12, 31, 20, 59, tzinfo=dt.UTC)
    assert state(connection, "census-a", dt.datetime(2026, 10, 1, tzinfo=dt.UTC)) == "planned"
    assert state(connection, "census-a") == "open"
    assert state(connection, "census-a", late_evening) == "late"
    assert state(connection, "census-a", late_evening + dt.timedelta(minutes=1)) == "closed"


def test_closing_is_an_entry_and_the_tablets_see_it(connection, settings, opened):
    opened()
    close_round(connection, settings, "census-a", "A. Hasan", "Wrong dates", NOW)
    assert state(connection, "census-a") == "closed"
    assert queries.find_round(connection, "census-a").closes_on == dt.date(2026, 12, 31)
    closing = queries.find_closing(connection, "census-a")
    assert (closing.closed_by, closing.reason, closing.closed_at) == (
        "A. Hasan", "Wrong dates", NOW,
    )  # fmt: skip
    held = at_central(settings)["census-a"]
    assert (held["label"], held["closes_on"]) == ("تعداد (مغلقة)", "2026-11-05")
    (entry,) = connection.execute(
        sa.text("SELECT actor, subject FROM ops.audit_trail WHERE action = 'round.close'")
    ).all()
    assert tuple(entry) == ("A. Hasan", "census-a")


@pytest.mark.parametrize(
    ("ministry", "label"),
    [
        ("federal", "تعداد (مغلقة)"),
        ("krg", "ئاماری (داخراوە)"),
        (None, "تعداد (مغلقة) · ئاماری (داخراوە)"),
    ],
)
def test_a_round_is_named_in_the_language_of_its_ministry(
    connection, settings, opened, ministry, label
):
    opened("census-named", ministry_code=ministry)
    close_round(connection, settings, "census-named", "A. Hasan", "Wrong dates", NOW)
    assert at_central(settings)["census-named"]["label"] == label


def test_closing_what_is_closed_or_unknown_or_unsigned_is_refused(connection, settings, opened):
    opened()
    arguments = (connection, settings, "census-a", "A. Hasan", "Wrong dates", NOW)
    refused("closing-unsigned", close_round, *arguments[:4], " ", NOW)
    refused("round-unknown", close_round, connection, settings, "no-such", "A", "B", NOW)
    after = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert "last day" in refused("round-closed", close_round, *arguments[:5], after)
    close_round(*arguments)
    assert "Wrong dates" in refused("round-closed", close_round, *arguments)


def test_a_round_that_was_closed_makes_room_for_the_right_one(connection, settings, opened):
    opened()
    close_round(connection, settings, "census-a", "A. Hasan", "Wrong dates", NOW)
    opened("census-b", due_on=dt.date(2026, 12, 10))
    (shown,) = list_current_rounds(connection, "en", TODAY)
    assert shown.round_code == "census-b"
    later = dt.datetime(2026, 11, 6, tzinfo=dt.UTC)
    close_round(connection, settings, "census-b", "A. Hasan", "Figures are released", later)
    (shown,) = list_current_rounds(connection, "en", TODAY)
    assert shown.round_code == "census-b", "of rounds that are closed the one that went on longest"


def test_where_central_is_away_nothing_is_opened(connection, settings):
    away = replace(settings, central_url="http://127.0.0.1:9")
    savepoint = connection.begin_nested()
    refused("central-unreachable", open_round, connection, away, CENSUS, NOW)
    savepoint.rollback()
    assert queries.find_round(connection, "census-a") is None


# -- what is derived -------------------------------------------------------------------------------


def test_code_and_names_are_derived_in_three_languages():
    entry, day = load_catalogue()["monthly_return"], dt.date(2026, 10, 31)
    assert derive_code(entry, "krg", day) == "monthly_return-2026-10-krg"
    assert derive_code(entry, None, day) == "monthly_return-2026-10"
    names = [derive_name(entry, None, day, language) for language in ("ar", "ckb", "en")]
    assert names == [
        "الموقف الشهري للمدرسة – تشرين الأول 2026",
        "ڕاپۆرتی مانگانەی قوتابخانە – تشرینی یەکەم 2026",
        "Monthly return – October 2026",
    ]
    assert derive_name(entry, "krg", day, "en").endswith("Kurdistan Region")


@pytest.mark.parametrize(
    ("day", "year"), [((2026, 9, 1), 2026), ((2026, 8, 31), 2025), ((2027, 6, 30), 2026)]
)
def test_a_school_year_begins_in_september(day, year):
    assert school_year_of(dt.date(*day)) == year
