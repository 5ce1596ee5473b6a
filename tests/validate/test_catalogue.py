"""Rules, their words and what they read hold together."""

import re
import string

import pytest
import sqlalchemy as sa

from config.rules import RULES_FILE, load_rules, message
from config.settings import LANGUAGES
from config.thresholds import load_thresholds
from config.words import CatalogueError
from processing.db.queries.quality import list_rule_gaps, save_rules
from processing.db.queries.returns import CENSUS, GRADE_ROW, SOURCES
from processing.validate import validate_slices
from processing.validate.catalogue import RULE_QUERIES, check_catalogue
from tests.warehouse.builder import NOW, table_sql


def test_every_rule_has_words_and_every_word_a_rule():
    check_catalogue()


def test_there_are_rules_of_every_severity():
    severities = {rule.severity for rule in load_rules().values()}
    assert severities == {"blocking", "error", "warning", "review"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", load_rules())
def test_a_message_says_its_arguments_in_each_language(rule, language):
    text = load_rules()[rule].message.in_language(language)
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    said = message(rule, language, {name: f"<{name}>" for name in names})
    assert all(f"<{name}>" in said for name in names)


COUNTS = "pupils|sections|toilets|repeaters|rows|lessons|total|sum|(pupil|boy|girl|classroom)_count"


@pytest.mark.parametrize("file", ["rules", "held", "corrections"])
def test_no_noun_follows_a_number_that_may_be_one(file):
    text = RULES_FILE.with_name(f"{file}.toml").read_text(encoding="utf-8")
    wrong = re.findall(rf".*\{{(?:{COUNTS})\}} (?:pupil|section|toilet|lesson|usable|time).*", text)
    arabic = re.findall(r".*\} (?:تلميذ|شعب|مرافق|مرات|استمارات|حرف|متر|ملاحظات).*", text)
    assert wrong + arabic == []


def test_numbers_of_a_form_are_said_in_its_words():
    for field in ("rooms/classrooms_usable", "sanitation/toilets"):
        arguments = {"field": field, "usable": 5, "total": 4}
        for language in LANGUAGES:
            assert "/" not in message("usable_within_total", language, arguments)


def test_codes_are_said_in_words():
    said = message(
        "repeaters_within_enrolment",
        "en",
        {"grade": "-1", "sex": "male", "repeaters": 3, "total": 2},
    )
    assert said.startswith("KG 1, boys: more repeaters (3) than pupils (2).")


def test_an_argument_that_an_old_issue_lacks_is_a_question_mark():
    assert "?" in message("round_is_known", "en", {})


def test_a_rule_without_a_language_is_refused(tmp_path):
    text = RULES_FILE.read_text(encoding="utf-8")
    file = tmp_path / "rules.toml"
    file.write_text(text.replace("name.ckb", "name.ku", 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match="no text in ckb"):
        load_rules(file)


def test_a_message_that_names_other_arguments_in_another_language_is_refused(tmp_path):
    text = RULES_FILE.read_text(encoding="utf-8")
    file = tmp_path / "rules.toml"
    file.write_text(text.replace("{value}", "{valeu}", 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match="different arguments"):
        load_rules(file)


def test_every_parameter_of_a_rule_is_a_threshold():
    known = set(load_thresholds())
    for query in RULE_QUERIES.values():
        select = query.select([]) if query.form_ids == ("*",) else query.select()
        assert set(sa.text(select).compile().params) - {"form_id"} <= known, query.name


def test_rules_are_saved_twice_as_once_and_retire_when_they_leave(warehouse):
    rules = list(load_rules().values())
    assert save_rules(warehouse.connection, rules) == len(rules)
    save_rules(warehouse.connection, rules[1:])
    active = warehouse.run("SELECT rule FROM quality.rule WHERE is_active")
    assert {row.rule for row in active} == {rule.rule for rule in rules[1:]}


def test_a_rule_whose_columns_do_not_exist_is_reported_and_the_rest_runs(warehouse):
    warehouse.add_schools("school | grades\nS1 | 1..6")
    slices = warehouse.send_census(
        """
        school | grade | girls | girls_repeaters
        S1     | 1     |     1 |               2
        """
    )
    run = warehouse.connection.exec_driver_sql
    run("ALTER TABLE survey.school_census_grades DROP COLUMN entrants_girls_age_0")
    run("ALTER TABLE survey.school_census DROP COLUMN identification_has_other_sex")
    report = validate_slices(warehouse.connection, slices, NOW)
    assert report.not_applicable == {
        (rule, "school_census"): missing
        for rule, missing in {
            "flows_within_enrolment": "school_census_grades.entrants_girls_age_0",
            "new_repeat_transfer_make_first_grade": "school_census_grades.entrants_girls_age_0",
            "pupils_fit_the_sex_of_school": "school_census.identification_has_other_sex",
        }.items()
    }
    found = warehouse.run("SELECT DISTINCT rule FROM quality.issue")
    assert ("repeaters_within_enrolment",) in [tuple(row) for row in found]


def test_what_a_rule_found_stays_open_while_the_rule_cannot_run(warehouse):
    warehouse.add_schools("school | grades\nS1 | 1..6")
    slices = warehouse.send_census(
        """
        school | grade | girls | girls_repeaters
        S1     | 1     |     1 |               2
        """
    )
    run = warehouse.connection.exec_driver_sql
    validate_slices(warehouse.connection, slices, NOW)
    run("ALTER TABLE survey.school_census_grades RENAME flow_girls_repeaters TO elsewhere")
    report = validate_slices(warehouse.connection, slices, NOW)
    assert report.issues_resolved == 0
    [gap] = [g for g in list_rule_gaps(warehouse.connection) if g.rule == STUCK]
    assert (gap.form_id, gap.missing) == (
        "school_census",
        "school_census_grades.flow_girls_repeaters",
    )
    run("ALTER TABLE survey.school_census_grades RENAME elsewhere TO flow_girls_repeaters")
    run("UPDATE survey.school_census_grades SET flow_girls_repeaters = 0")
    assert validate_slices(warehouse.connection, slices, NOW).issues_resolved >= 1
    assert list_rule_gaps(warehouse.connection) == []


STUCK = "repeaters_within_enrolment"


def test_a_form_without_any_table_is_not_an_error(warehouse):
    warehouse.add_schools("school | grades\nS1 | 1..6")
    slices = warehouse.send_census("school | grade | girls\nS1 | 1 | 1")
    for source in (CENSUS, GRADE_ROW):
        warehouse.connection.exec_driver_sql(f"DROP TABLE survey.{source.table}")
    report = validate_slices(warehouse.connection, slices, NOW)
    assert report.not_applicable["each_grade_once", "school_census"] == "school_census_grades"
    assert report.issues_opened == 0


@pytest.mark.parametrize("column_type", ["text", "double precision"])
def test_a_count_that_an_older_version_kept_as_another_type_is_still_a_count(
    warehouse, column_type
):
    warehouse.add_schools("school | grades\nS1 | 1..6")
    slices = warehouse.send_census(
        """
        school | grade | girls | girls_repeaters
        S1     | 1     |     1 |               2
        """
    )
    warehouse.connection.exec_driver_sql(
        f"ALTER TABLE survey.school_census_grades ALTER flow_girls_repeaters TYPE {column_type}"
    )
    validate_slices(warehouse.connection, slices, NOW)
    (issue,) = warehouse.run("SELECT * FROM quality.issue WHERE rule LIKE 'repeaters%'")
    assert issue.arguments["repeaters"] == 2


def test_garbage_in_every_column_stops_nothing(warehouse):
    warehouse.add_schools("school | grades\nS1 | 1..6")
    slices = warehouse.send_census("school | grade\nS1 | 1")
    run = warehouse.connection.exec_driver_sql
    for name, kind in GRADE_ROW.columns.items():
        if kind == "count":
            run(f"ALTER TABLE survey.school_census_grades ALTER {name} TYPE text USING 'x٣9e99'")
    report = validate_slices(warehouse.connection, slices, NOW)
    assert not report.not_applicable
    assert report.issues_open > 0


def test_every_source_column_can_be_made_by_landing():
    for source in SOURCES.values():
        assert "None" not in table_sql(source)
