"""School updates: what each kind changes in the registry, who decides, and what is said of it."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from config.codes import read_codes
from config.errors import OperatorError
from config.updates import UPDATES_FILE, fault_text
from config.words import read_texts
from processing.db.queries.school_updates import list_just_opened, list_unregistered
from processing.db.slices import Slice
from processing.feedback.updates import KINDS, ending_names, judge
from processing.jobs.stages import STAGES, Context
from processing.jobs.updating import get_update
from tests.jobs.office import GIVEN, GPS, NEW, Office
from tests.warehouse.builder import NOW
from tests.warehouse.fixtures import warehouse, worker_engine  # noqa: F401  fixtures


@pytest.fixture
def office(warehouse) -> Office:  # noqa: F811
    return Office(warehouse)


def refused(code: str, act, *arguments, **named) -> str:
    with pytest.raises(OperatorError) as raised:
        act(*arguments, **named)
    assert raised.value.code == code
    return str(raised.value)


def test_an_update_changes_nothing_until_somebody_approves_it(office):
    update = office.report("S1", "closed", closing_closing_reason="merged")
    assert office.state(update) == "open"
    assert office.school("S1", "is_open") == (True,)
    assert office.messages() == []
    assert office.answer(update) == "applied"
    assert office.school("S1", "is_open") == (False,)


def test_a_changed_school_keeps_its_history(office):
    office.answer(office.report("S1", "renamed", naming_new_name="مدرسة دجلة"))
    today = NOW.date()
    assert office.history("S1") == [(date(2020, 9, 1), today), (today, None)]
    assert office.due("list_schools") == ["S1"]


@pytest.mark.parametrize(
    ("sent", "given", "became"),
    [
        ({}, {}, None),
        ({}, {"name_ckb": " دیجلە "}, "دیجلە"),
        ({"naming_new_name_ckb": "دجلە"}, {}, "دجلە"),
        ({"naming_new_name_ckb": "دجلە"}, {"name_ckb": "دیجلە"}, "دیجلە"),
    ],
)
def test_a_name_that_the_form_lacks_ends_unless_the_officer_gives_it(office, sent, given, became):
    office.country.run_only(
        "UPDATE emis.school_history SET name_ckb = 'کۆن' WHERE school_code = 'S1'"
    )
    update = office.report("S1", "renamed", naming_new_name="مدرسة دجلة", **sent)
    judgement = judge(office.connection, get_update(office.connection, update), given)
    assert ending_names(judgement) == ({} if became else {"name_ckb": "کۆن"})
    office.answer(update, **given)
    assert office.school("S1", "name_ckb") == (became,)


def test_what_supervisors_lists_say_of_a_changed_school_is_due_as_well():
    context = Context(SimpleNamespace(has_manager=False), NOW)
    result = STAGES["list_schools"].do(None, [Slice("", "S2"), Slice("", "S1")], context)
    assert result.also == {"tell_schools": (Slice("", "S1"), Slice("", "S2"))}


@pytest.mark.parametrize(
    ("kind", "answers", "columns", "became"),
    [
        ("closed", {}, ("is_open",), (False,)),
        (
            "renamed",
            {"naming_new_name": " مدرسة دجلة ", "naming_new_name_ckb": "دیجلە"},
            ("name_ar", "name_ckb", "name_en", "name_sort"),
            ("مدرسة دجلة", "دیجلە", None, "مدرسه دجله"),
        ),
        ("session", {"building_now_session_now": "evening"}, ("session_code",), ("evening",)),
        (
            "building",
            {"building_now_building_code": "B3", "building_now_building_role": "guest"},
            ("building_code", "building_role_code"),
            ("B3", "guest"),
        ),
        ("head", {"new_head_new_head_name": "Huda"}, ("name_ar",), ("S1",)),
    ],
)
def test_each_kind_changes_its_own_facts(office, kind, answers, columns, became):
    before = office.school("S1", "level_code", "area_code", "directorate_code")
    assert office.answer(office.report("S1", kind, **answers)) == "applied"
    assert office.school("S1", *columns) == became
    assert office.school("S1", "level_code", "area_code", "directorate_code") == before


def test_a_moved_school_is_in_a_building_of_its_own(office):
    moved = {"place_new_district": "Q21", "place_place_name": "حي الزهور", **GPS}
    update = office.report("S2", "moved", **moved)
    assert "building_code" in refused("update-incomplete", office.answer, update)
    assert office.answer(update, building_code="B7", directorate_code="D2a") == "applied"
    columns = ("area_code", "building_code", "building_role_code", "directorate_code")
    assert office.school("S2", *columns) == ("Q21", "B7", "host", "D2a")
    assert office.place("B7") == (33.5, 44.5)
    assert office.place("B1") == (33.3, 44.4), "the old building stays where it is"


def test_who_moves_in_with_others_is_told_host_or_guest(office):
    update = office.report("S2", "moved", place_new_district="Q12", **GPS)
    said = refused("update-incomplete", office.answer, update, building_code="B3")
    assert "building_role_code" in said
    assert office.answer(update, building_code="B3", building_role_code="guest") == "applied"
    assert office.place("B3") == (33.5, 44.5), "it had no place"


def test_corrected_coordinates_are_those_of_the_building_and_what_was_is_kept(office):
    update = office.report("S2", "coordinates", **GPS)
    assert office.answer(update) == "applied"
    assert office.place("B1") == (33.5, 44.5)
    row = get_update(office.connection, update)
    assert row["was"] == {"latitude": 33.3, "longitude": 44.4}
    assert row["became"] == {"latitude": 33.5, "longitude": 44.5}
    assert office.history("S2") == [(date(2020, 9, 1), None)]


def test_several_changes_of_one_form_are_applied_together(office):
    answers = {"naming_new_name": "مدرسة دجلة", "building_now_session_now": "noon"}
    assert office.answer(office.report("S1", "renamed session head", **answers)) == "applied"
    assert office.school("S1", "name_ar", "session_code") == ("مدرسة دجلة", "noon")


def test_a_new_school_needs_what_the_form_does_not_ask(office):
    update = office.report("N1", "opened", **NEW)
    said = refused("update-incomplete", office.answer, update)
    assert "directorate_code, locality_code" in said
    assert list_unregistered(office.connection) == {"N1"}
    assert office.answer(update, **GIVEN) == "applied"
    columns = ("name_ar", "name_en", "area_code", "building_code", "directorate_code", "is_open")
    assert office.school("N1", *columns) == ("مدرسة الأمل", "Hope", "Q12", "B9", "D1a", True)
    assert office.history("N1") == [(date(2026, 11, 1), None)]
    assert office.place("B9") == (33.5, 44.5)
    assert list_unregistered(office.connection) == set()
    assert list_just_opened(office.connection, NOW) == {"N1"}


def test_returns_that_came_before_the_school_was_known_join_it(office):
    update = office.report("N1", "opened", sent="opening", **NEW)
    office.country.run_only(
        "INSERT INTO raw.form_field (form_key, path, position, kind, table_name, column_names)"
        " SELECT form_key, '/identification/school_code', 1, 'string', 'school_update',"
        " '{identification_school_code}' FROM raw.form"
    )
    office.country.run_only("ALTER TABLE survey.school_update ADD COLUMN _school_code text")
    office.answer(update, **GIVEN)
    (row,) = office.country.run(
        "SELECT school_code FROM raw.submission WHERE instance_id = 'opening'"
    )
    assert row.school_code == "N1"


def test_a_school_that_had_closed_opens_again_under_its_code(office):
    office.answer(office.report("S1", "closed"))
    office.now += timedelta(days=30)
    update = office.report("S1", "opened", **NEW)
    assert office.answer(update) == "applied", "directorate and locality are known"
    assert office.school("S1", "is_open", "area_code", "directorate_code") == (True, "Q12", "D1a")


@pytest.mark.parametrize(
    ("school", "kinds", "answers", "fault"),
    [
        ("S1", "opened", NEW, "school_exists"),
        ("N 1", "opened", NEW, "school_code_invalid"),
        ("N/1", "opened", NEW, "school_code_invalid"),
        ("..", "opened", NEW, "school_code_invalid"),
        ("١٢٣", "opened", NEW, "school_code_invalid"),
        ("N" * 41, "opened", NEW, "school_code_invalid"),
        ("S9", "closed", {}, "school_unknown"),
        ("S1", "opened closed", NEW, "not_understood"),
        ("S1", "something", {}, "not_understood"),
        ("S1", "", {}, "not_understood"),
        ("S1", "renamed", {"naming_new_name": "  "}, "name_missing"),
        ("S1", "coordinates", {}, "place_missing"),
        ("S1", "coordinates", GPS | {"location_gps_latitude": 90.5}, "place_missing"),
        ("S1", "moved", {"place_new_district": "Q99", **GPS}, "district_unknown"),
        ("S1", "session", {"building_now_session_now": "at night"}, "code_unknown"),
        ("N1", "opened", NEW | {"identification_district": "G1"}, "district_unknown"),
    ],
)
def test_what_cannot_be_is_not_approved(office, school, kinds, answers, fault):
    update = office.report(school, kinds, **answers)
    said = refused("update-impossible", office.answer, update)
    assert fault_text(fault, "en") in said
    assert office.answer(update, "refused", "see the fault") == "refused"


def test_a_school_that_the_registry_knows_opens_again_under_whatever_code_it_has(office):
    office.country.run_only(
        "UPDATE emis.school_history SET school_code = 'S 2' WHERE school_code = 'S2'"
    )
    office.answer(office.report("S 2", "closed"))
    office.now += timedelta(days=30)
    assert office.answer(office.report("S 2", "opened", **NEW)) == "applied"


@pytest.mark.parametrize(
    ("changed", "given", "fault"),
    [
        ({"new_school_lowest_grade": "7"}, {}, "grades_invalid"),
        ({"new_school_highest_grade": "99"}, {}, "grades_invalid"),
        ({"new_school_level": "university"}, {}, "code_unknown"),
        ({"new_school_ministry": None}, {}, "not_understood"),
        ({"new_school_ministry": "krg"}, {}, "directorate_of_another_ministry"),
        ({}, {"directorate_code": "D9"}, "directorate_unknown"),
        ({}, {"locality_code": "desert"}, "code_unknown"),
        ({}, {"building_code": "B 1"}, "building_code_invalid"),
        ({}, {"is_open": "no"}, "not_understood"),
    ],
)
def test_a_new_school_that_the_registry_cannot_hold_is_not_approved(office, changed, given, fault):
    update = office.report("N1", "opened", **NEW | changed)
    found = judge(office.connection, get_update(office.connection, update), GIVEN | given)
    assert (found.fault, found.is_ready) == (fault, False)


def test_every_fault_has_words_in_three_languages():
    texts = read_texts(UPDATES_FILE)
    named = {name.removeprefix("fault_") for name in texts if name.startswith("fault_")}
    assert named == {
        "not_understood", "school_exists", "school_code_invalid", "school_unknown",
        "closed_already", "district_unknown", "name_missing", "place_missing", "grades_invalid",
        "code_unknown",
        "building_code_invalid", "building_unknown", "directorate_unknown",
        "directorate_of_another_ministry", "central_refused", "value_invalid", "not_here",
    }  # fmt: skip


def test_a_school_that_is_closed_already_is_not_closed_again(office):
    office.answer(office.report("S1", "closed"))
    said = refused("update-impossible", office.answer, office.report("S1", "closed"))
    assert fault_text("closed_already", "en") in said


def test_a_refusal_is_told_with_its_reason_in_the_schools_language(office):
    update = office.report("S2", "closed")
    refused("update-unsigned", office.answer, update, "refused", " ")
    assert office.answer(update, "refused", "لا أمر") == "refused"
    assert office.school("S2", "is_open") == (True,)
    verdict, comment = office.messages()
    assert verdict == ("review", "rejected", "update")
    assert comment[1] == (
        "نوێکردنەوەی زانیاریی قوتابخانە: پەسەند نەکرا و تۆمارەکە وەک خۆی ماوە. هۆکار: لا أمر"
    )


def test_an_approval_is_told_at_central(office):
    office.answer(office.report("S1", "closed"))
    verdict, comment = office.messages()
    assert verdict == ("review", "approved", "update")
    assert comment[1].startswith("تحديث بيانات المدرسة: قُبل")


def test_a_second_answer_is_not_taken(office):
    update = office.report("S1", "closed")
    office.answer(update, "refused", "no order")
    said = refused("update-decided", office.answer, update)
    assert "Zainab" in said
    assert office.school("S1", "is_open") == (True,)


def test_work_that_is_done_twice_changes_nothing_the_second_time(office):
    update = office.report("S1", "renamed", naming_new_name="مدرسة دجلة")
    office.answer(update)
    before = (office.history("S1"), office.messages(), office.state(update))
    for _ in range(2):
        report = office.work()
        assert (report.taken, report.applied, report.refused) == (0, 0, 0)
    assert (office.history("S1"), office.messages(), office.state(update)) == before


def test_a_day_to_come_is_waited_for(office):
    update = office.report("S1", "closed", identification_effective_date="2026-12-15")
    assert office.answer(update) == "waiting"
    refused("update-decided", office.answer, update)
    assert office.school("S1", "is_open") == (True,)
    assert office.messages() == []
    office.now = NOW.replace(month=12, day=14, hour=19)
    office.work()  # 23:00 in Baghdad
    assert office.state(update) == "waiting"
    office.work()
    assert office.state(update) == "applied"
    assert office.school("S1", "is_open") == (False,)
    assert office.history("S1")[-1] == (date(2026, 12, 15), None)


@pytest.mark.parametrize(("state", "became"), [("approved", "applied"), ("rejected", "refused")])
def test_a_review_at_central_is_an_answer_too(office, state, became):
    update = office.report("S1", "closed", sent="one")
    office.country.change_submission("one", review_state=state)
    office.work()
    row = get_update(office.connection, update)
    assert (row["state"], row["source"], row["name"]) == (became, "central", "ODK Central")
    assert office.school("S1", "is_open") == (state == "rejected",)
    assert [kind for kind, _, _ in office.messages()] == ["comment"] * (state == "approved")


def test_a_new_school_approved_at_central_waits_for_what_is_missing(office):
    update = office.report("N1", "opened", sent="one", **NEW)
    office.country.change_submission("one", review_state="approved")
    office.work()
    assert office.state(update) == "open"
    assert list_unregistered(office.connection) == {"N1"}, "so publishing leaves its entity alone"
    assert office.answer(update, **GIVEN) == "applied"


def test_a_new_school_that_is_refused_is_not_spared(office):
    office.answer(office.report("N1", "opened", **NEW), "refused", "there is no such school")
    assert list_unregistered(office.connection) == set()


def test_an_edited_form_is_a_new_proposal_and_the_old_answer_is_overtaken(office):
    update = office.report("S1", "closed", sent="one", identification_effective_date="2026-12-15")
    office.answer(update)
    office.country.change_submission("one", current_version_id="two", review_state="edited")
    office.now = NOW + timedelta(days=40)
    office.work()
    refused("update-unknown", get_update, office.connection, update)
    assert office.school("S1", "is_open") == (True,)
    (new,) = office.country.run(
        "SELECT update_id FROM quality.school_update WHERE version_id='two'"
    )
    assert office.state(new.update_id) == "open"
    outcome = office.country.run("SELECT outcome FROM quality.update_decision")
    assert [row.outcome for row in outcome] == ["overtaken"]


def test_what_was_deleted_at_central_is_no_proposal(office):
    update = office.report("N1", "opened", sent="one", **NEW)
    office.country.change_submission("one", deleted_at=NOW)
    office.work()
    refused("update-unknown", get_update, office.connection, update)
    assert list_unregistered(office.connection) == set()


def test_what_has_become_impossible_since_is_open_again_with_its_reason(office):
    """Two officers close the same school by two forms on one day to come."""
    later = {"identification_effective_date": "2026-12-15"}
    first, second = office.report("S1", "closed", **later), office.report("S1", "closed", **later)
    assert (office.answer(first), office.answer(second)) == ("waiting", "waiting")
    office.now = NOW + timedelta(days=40)
    office.work()
    assert (office.state(first), office.state(second)) == ("applied", "open")
    assert get_update(office.connection, second)["fault"] == "closed_already"


def test_an_unreadable_day_is_no_day(office):
    update = office.report("S1", "closed", identification_effective_date="1 November")
    assert get_update(office.connection, update)["effective_date"] is None
    assert office.answer(update) == "applied"


def test_figures_are_computed_anew_only_where_they_can_move(office):
    update = office.report("S1", "renamed", naming_new_name="مدرسة")
    office.country.run_only(
        "INSERT INTO emis.school_return (form_id, school_code, period, school_year, form_key,"
        " instance_id, received_at, has_blocking_issue) SELECT 'school_census', 'S1', 'x', 2026,"
        " f.form_key, s.instance_id, now(), false FROM raw.submission s JOIN raw.form f"
        " USING (form_key) LIMIT 1"
    )
    office.answer(update)
    assert office.due("indicators") == []
    office.answer(office.report("S1", "session", building_now_session_now="noon"))
    assert len(office.due("indicators")) > 0


def test_the_kinds_are_those_of_the_code_list():
    assert set(KINDS) == {code.code for code in read_codes("school_change")}
