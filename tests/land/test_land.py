"""Landing: what is in the mirror after a pull."""

import pytest
import sqlalchemy as sa

from bridge.changes import FormGone, IncompleteAnswer, NothingNew
from processing.land import land_changes, rebuild_survey, save_fetched, verify_rows
from tests.land.factories import NOW, key, pull, row, schema, xml

SMALL = """
    /name string
    /age int
    /weight decimal
    /born date
    /seen dateTime
    /woken time
    /power select_multiple
    /place geopoint
    /kids repeat
    /kids/kname string
    /kids/toys repeat
    /kids/toys/toy string
    /photo binary
"""


def full_row(instance_id="uuid:1", **changes):
    answers = {
        "name": "سلمى\tو\\n",
        "age": 9,
        "weight": 27.5,
        "born": "2017-03-01",
        "seen": "2026-11-01T09:30:00.000+03:00",
        "woken": "06:45:00.000+03:00",
        "power": "grid solar",
        "place": {"type": "Point", "coordinates": [44.4, 33.3]},
        "kids": [
            {"kname": "k1", "toys": [{"toy": "t1"}, {"toy": "t2"}]},
            {"kname": "k2"},
            {"kname": "k3", "toys": [{"toy": "t3"}]},
        ],
        "photo": "1.jpg",
    }
    return row(instance_id, **{**answers, **changes})


def test_every_kind_of_answer_has_its_column(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    [found] = connection.execute(sa.text("SELECT * FROM survey.small")).mappings()
    assert found["name"] == "سلمى\tو\\n"
    assert (found["age"], found["weight"], str(found["born"])) == (9, 27.5, "2017-03-01")
    assert found["seen"].isoformat() == "2026-11-01T06:30:00+00:00"
    assert (str(found["woken"]), found["woken_offset_minutes"]) == ("06:45:00", 180)
    assert found["power"] == ["grid", "solar"]
    assert (found["place_latitude"], found["place_longitude"]) == (33.3, 44.4)
    assert found["photo"] == "1.jpg"


def test_repeats_know_their_parent_row_and_their_position(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    kids = rows_of(
        "SELECT _row_number, _parent_row_number, _position, kname FROM survey.small_kids"
    )
    toys = rows_of(
        "SELECT _row_number, _parent_row_number, _position, toy FROM survey.small_kids_toys"
    )
    assert kids == [(1, 0, 1, "k1"), (2, 0, 2, "k2"), (3, 0, 3, "k3")]
    assert toys == [(1, 1, 1, "t1"), (2, 1, 2, "t2"), (3, 3, 1, "t3")]


def test_landing_twice_changes_nothing(connection, rows_of):
    changes = pull(full_row(), full_row("uuid:2"), of=schema(SMALL))
    first = land_changes(connection, changes, NOW)
    before = rows_of("SELECT xmin::text, instance_id FROM raw.submission ORDER BY 2")
    second = land_changes(connection, changes[1:], NOW)
    assert (first.added, second.added, second.changed, second.purged) == (2, 0, 0, 0)
    assert rows_of("SELECT xmin::text, instance_id FROM raw.submission ORDER BY 2") == before
    assert rows_of("SELECT count(*) FROM survey.small_kids") == [(6,)]


def test_an_edit_replaces_the_repeats_as_a_set(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    edited = full_row(kids=[{"kname": "only"}], edits=1, version_id="uuid:1b")
    report = land_changes(connection, pull(edited), NOW)
    assert (report.added, report.changed) == (0, 1)
    assert rows_of("SELECT kname FROM survey.small_kids") == [("only",)]
    assert rows_of("SELECT count(*) FROM survey.small_kids_toys") == [(0,)]


def test_what_a_full_pull_no_longer_holds_becomes_a_tombstone(connection, rows_of):
    land_changes(connection, pull(full_row(), full_row("uuid:2"), of=schema(SMALL)), NOW)
    report = land_changes(connection, pull(full_row("uuid:2")), NOW)
    assert report.purged == 1
    assert rows_of("SELECT instance_id FROM raw.submission WHERE purged_at IS NOT NULL") == [
        ("uuid:1",)
    ]
    assert rows_of("SELECT instance_id FROM survey_v.small") == [("uuid:2",)]


def test_a_purged_submission_can_come_back(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    land_changes(connection, pull(), NOW)
    land_changes(connection, pull(full_row()), NOW)
    assert rows_of("SELECT purged_at FROM raw.submission") == [(None,)]
    assert rows_of("SELECT instance_id FROM survey_v.small") == [("uuid:1",)]


def test_a_deleted_submission_leaves_the_readers_views_and_returns(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    land_changes(connection, pull(full_row(system_deletedAt="2026-11-03T00:00:00.000Z")), NOW)
    assert rows_of("SELECT count(*) FROM survey_v.small") == [(0,)]
    assert rows_of("SELECT count(*) FROM survey_v.small_kids") == [(0,)]
    land_changes(connection, pull(full_row()), NOW)
    assert rows_of("SELECT count(*) FROM survey_v.small_kids") == [(3,)]


def test_an_answer_cut_short_leaves_nothing_behind(database):
    from processing.db.engine import open_engine

    def cut():
        yield from pull(full_row(), of=schema(SMALL))[:-1]
        raise IncompleteAnswer("the answer ended at row 1")

    engine = open_engine(database, "worker")
    with pytest.raises(IncompleteAnswer), engine.begin() as connection:
        land_changes(connection, cut(), NOW)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM raw.form")).scalar_one() == 0
    engine.dispose()


def test_new_questions_widen_the_table_and_old_ones_stay(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    second = schema("/age string\n/height int\n/pets repeat\n/pets/pet string", version="2")
    changed = row("uuid:1", age="9", height=130, pets=[{"pet": "cat"}])
    land_changes(connection, pull(changed, of=second), NOW)
    [found] = connection.execute(sa.text("SELECT * FROM survey_v.small")).mappings()
    assert (found["age"], found["height"]) == ("9", 130)
    assert "name" in found
    assert rows_of("SELECT pet FROM survey_v.small_pets") == [("cat",)]


def test_what_a_new_version_no_longer_asks_stays_in_the_rows_that_answered_it(connection, rows_of):
    report = land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    body = "<name>kept</name><age>9</age><kids><kname>k</kname></kids>"
    save_fetched(connection, report.form_key, [xml("uuid:1", body)], NOW)
    verify_rows(connection, report.form_key, NOW)
    fewer = schema("/age int\n/height int", version="2")
    land_changes(connection, pull(row("uuid:1", age=9, height=None), of=fewer), NOW)
    assert rows_of("SELECT name, age FROM survey_v.small") == [("kept", 9)]
    assert rows_of("SELECT kname FROM survey_v.small_kids") == [("k",)]


def test_a_form_created_anew_under_the_same_id_is_another_form(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    again = key(created="2026-11-04T00:00:00.000Z")
    land_changes(connection, pull(full_row(), of=schema(SMALL, form_key=again)), NOW)
    assert rows_of("SELECT count(*), count(DISTINCT form_key) FROM survey.small") == [(2, 2)]
    states = "SELECT state FROM raw.form ORDER BY form_created_at"
    assert rows_of(states) == [("gone",), ("open",)], "Central has one form of an id at a time"
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    assert rows_of(states) == [("open",), ("gone",)], "the first has been restored"
    assert rows_of(
        "SELECT before, after FROM ops.form_event WHERE what = 'state-changed' ORDER BY event_id"
    ) == [
        ("open", "gone"),
        ("gone", "open"),
        ("open", "gone"),
    ]


def test_a_form_that_is_gone_keeps_its_data(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    land_changes(connection, [FormGone(key())], NOW)
    assert rows_of("SELECT state FROM raw.form") == [("gone",)]
    assert rows_of("SELECT count(*) FROM survey_v.small") == [(1,)]


def test_nothing_new_notes_only_the_look(connection, rows_of):
    land_changes(connection, pull(full_row(), of=schema(SMALL)), NOW)
    later = NOW.replace(hour=9)
    land_changes(connection, [NothingNew(key(), {"schema_key": "s"})], later)
    assert rows_of(
        "SELECT probed_at = :later, changed_at = :now FROM ops.sync_state", later=later, now=NOW
    ) == [(True, True)]


def test_choices_have_labels_in_each_language(connection, rows_of):
    choices = [("/power", "grid", "ar", "الشبكة الوطنية"), ("/power", "grid", "en", "Grid")]
    land_changes(connection, pull(of=schema(SMALL, choices=choices)), NOW)
    found = rows_of(
        "SELECT table_name, column_name, code, language, label FROM survey_v.choice_label"
        " ORDER BY language"
    )
    assert found == [
        ("small", "power", "grid", "ar", "الشبكة الوطنية"),
        ("small", "power", "grid", "en", "Grid"),
    ]


def test_a_wide_form_lands_whole_and_reads_as_one(connection, rows_of):
    text = "\n".join(f"/q{i} string" for i in range(2000))
    answers = {f"q{i}": f"answer {i}" for i in range(2000)}
    land_changes(connection, pull(row("uuid:1", **answers), of=schema(text)), NOW)
    assert rows_of("SELECT q0, q777 FROM survey_v.small") == [("answer 0", "answer 777")]
    assert rows_of("SELECT q1999 FROM survey_v.small__view2") == [("answer 1999",)]


def test_hostile_instance_ids_and_texts_land(connection, rows_of):
    odd = ["it's", "a/b", "x" * 64, 'say "so"', "tab\there", "back\\slash", "..", "{}"]
    rows = [row(instance_id, name="\\N", age=1) for instance_id in odd]
    rows.append(row("big", name="م" * 5_000_000, age=1))
    rows.append(row("control", name="\x01\x02\x7f\u2028 end", age=1))
    land_changes(connection, pull(*rows, of=schema(SMALL)), NOW)
    found = dict(rows_of("SELECT instance_id, name FROM survey.small"))
    assert set(found) == {*odd, "big", "control"}
    assert found["it's"] == "\\N"
    assert len(found["big"]) == 5_000_000
    assert found["control"] == "\x01\x02\x7f\u2028 end"


def test_what_no_database_can_write_lands_as_the_sign_for_it_and_is_listed(connection, rows_of):
    bad = row("uuid:1", name="a\x00b", age="4\x00", power="x\x00 y", born="\x00")
    land_changes(connection, pull(bad, row("uuid:2", name="good"), of=schema(SMALL)), NOW)
    columns = "name, age, power, born"
    assert rows_of(f"SELECT {columns} FROM survey.small ORDER BY instance_id") == [
        ("a\ufffdb", None, None, None),
        ("good", None, None, None),
    ]
    assert rows_of("SELECT subject, arguments->>'value' FROM quality.issue ORDER BY 1") == [
        ("age", "4\\0"),
        ("born", "\\0"),
        ("name", "a\\0b"),
        ("power", "x\\0 y"),
    ]


def test_a_nul_in_the_answer_that_names_the_slice_stops_nothing(connection, rows_of):
    census = schema(TestSlices.CENSUS, form_key=key("school_census"))
    answers = {"identification": {"school": "S\x00", "round": "20\x0026"}}
    land_changes(connection, pull(row("a", **answers), of=census), NOW)
    assert rows_of("SELECT school_code, period FROM raw.submission") == [(None, "2026")]


def test_an_encrypted_row_lands_with_its_status(connection, rows_of):
    encrypted = row("uuid:e", system_status="notDecrypted")
    del encrypted.row["meta"]
    land_changes(connection, pull(encrypted, of=schema(SMALL)), NOW)
    assert rows_of("SELECT status, current_version_id FROM raw.submission") == [
        ("notDecrypted", "uuid:e")
    ]


def test_survey_can_be_rebuilt_from_raw_alone(connection, rows_of):
    report = land_changes(connection, pull(full_row(), full_row("uuid:2"), of=schema(SMALL)), NOW)
    body = "<name>true</name><age>9007199254740993</age>"
    save_fetched(connection, report.form_key, [xml("uuid:2", body)], NOW)
    verify_rows(connection, report.form_key, NOW)
    tables = ("survey.small", "survey.small_kids", "survey.small_kids_toys")
    before = [rows_of(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]
    assert rebuild_survey(connection, "small", NOW) == 2
    assert [rows_of(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables] == before


def test_names_outside_ascii_that_fall_together_in_the_feed_are_told_by_the_xml(
    connection, rows_of
):
    text = "/عدد int\n/نوع string"
    form_key = land_changes(connection, pull(row("uuid:1", _="x"), of=schema(text)), NOW).form_key
    save_fetched(connection, form_key, [xml("uuid:1", "<عدد>7</عدد><نوع>ب</نوع>")], NOW)
    verify_rows(connection, form_key, NOW)
    assert rows_of('SELECT "عدد", "نوع" FROM survey.small') == [(7, "ب")]


class TestSlices:
    """Which slice a submission belongs to, and which are marked as due."""

    CENSUS = (
        "/identification/school string\n/identification/round string\n/declaration/head_name string"
    )

    def census(self, instance_id, school, period="2026", **more):
        answers = {"identification": {"school": school, "round": period}}
        return row(instance_id, **answers, declaration={"head_name": "أحمد"}, **more)

    def schema(self):
        return schema(self.CENSUS, form_key=key("school_census"))

    @pytest.fixture
    def known_school(self, connection):
        connection.execute(
            sa.text(
                "INSERT INTO emis.area VALUES ('IQ', 'nation', NULL, '-', '-', '-', '2000-01-01',"
                " NULL, '-') ON CONFLICT DO NOTHING;"
                "INSERT INTO emis.directorate VALUES ('D', 'general', NULL, 'federal', '-', '-',"
                " '-', '2000-01-01', NULL, '-') ON CONFLICT DO NOTHING;"
                "INSERT INTO emis.building (building_code, area_code, valid_from)"
                " VALUES ('B1', 'IQ', '2000-01-01');"
                "INSERT INTO emis.school_history (school_code, valid_from, name_ar, name_sort,"
                " ministry_code, directorate_code, area_code, building_code, building_role_code,"
                " level_code, lowest_grade, highest_grade, sex_code, ownership_code, session_code,"
                " locality_code, language_code) VALUES ('S1', '2000-01-01', '-', '-', 'federal',"
                " 'D', 'IQ', 'B1', 'host', 'primary', 1, 6, 'mixed', 'government', 'morning',"
                " 'urban', 'ar')"
            )
        )

    def due(self, rows_of):
        return rows_of(
            "SELECT school_code, period FROM ops.due WHERE stage = 'validate' ORDER BY 1, 2"
        )

    def test_a_known_school_and_an_unknown_one(self, connection, rows_of, known_school):
        rows = [self.census("a", "S1"), self.census("b", "nobody")]
        land_changes(connection, pull(*rows, of=self.schema()), NOW)
        assert self.due(rows_of) == [("", "2026"), ("S1", "2026")]

    def test_an_edit_that_moves_a_return_marks_both_slices(self, connection, rows_of, known_school):
        land_changes(connection, pull(self.census("a", "S1"), of=self.schema()), NOW)
        connection.execute(sa.text("DELETE FROM ops.due"))
        moved = self.census("a", "S1", "2027", edits=1)
        land_changes(connection, pull(moved, form_key=key("school_census")), NOW)
        assert self.due(rows_of) == [("S1", "2026"), ("S1", "2027")]

    def test_a_purge_marks_the_slice_it_leaves(self, connection, rows_of, known_school):
        land_changes(connection, pull(self.census("a", "S1"), of=self.schema()), NOW)
        connection.execute(sa.text("DELETE FROM ops.due"))
        land_changes(connection, pull(form_key=key("school_census")), NOW)
        assert self.due(rows_of) == [("S1", "2026")]

    def test_personal_answers_are_masked_for_readers(self, connection, rows_of, known_school):
        land_changes(connection, pull(self.census("a", "S1"), of=self.schema()), NOW)
        assert rows_of("SELECT declaration_head_name FROM survey_v.school_census") == [("•••",)]
        assert rows_of("SELECT declaration_head_name FROM survey.school_census") == [("أحمد",)]
