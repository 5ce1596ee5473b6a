"""What each page shows, in which language, and to whom."""

import re
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from config.indicators import load_indicators
from processing.db.queries.quality import save_rule_gaps
from processing.db.queries.rounds import list_rounds
from processing.db.queries.users import ROLES, find_user
from processing.db.queries.web_home import list_coverage
from processing.db.queries.web_scope import NATION, Scope
from processing.db.queries.xml_trouble import clear_trouble, save_trouble
from processing.web.access import scope_of
from processing.web.security import HEADERS
from tests.web.factories import NOW, ROUND, YEAR, add_value, indicator_of, insert, names

PAGES = ("/", "/indicators", "/schools", "/schools/S1", "/schools/S4", "/jobs", "/account")
DIRECTIONS = {"ar": "rtl", "ckb": "rtl", "en": "ltr"}
MARK = "\u200e"


def tables_of(text: str) -> list[str]:
    return re.findall(r'<h2 id="table-[^"]*">(.*?)</h2>', text)


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize("path", [*PAGES, f"/indicators/{indicator_of('percent')}"])
def test_each_page_speaks_the_readers_language_in_its_direction(client_as, path, language):
    answer = client_as("administrator", language).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{DIRECTIONS[language]}">' in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/nowhere", "/static/style.css"])
def test_each_answer_allows_no_script_and_no_foreign_host(client_as, path):
    with client_as("administrator").get(path) as answer:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", answer.text)
        assert not re.search(r"<script|<style| style=| on\w+=", answer.text)


def test_coverage_is_by_general_directorate_for_the_nation(client_as):
    text = client_as("ministry").get("/").text
    assert "Karkh 1" in text
    assert "Erbil Directorate" in text
    assert "75.0%" in text  # 3 of 4 schools


def test_coverage_is_by_department_within_a_directorate(client_as):
    text = client_as("general_directorate").get("/").text
    assert "Mansour Department" in text
    assert "Kadhimiya Department" in text
    assert "Erbil Directorate" not in text
    assert "100.0%" in text  # 3 of 3


QUIET = "Current rounds for which nothing has arrived yet"


@pytest.fixture
def more_rounds(country):
    """A round of textbooks that nobody has answered, and of updates, which nobody owes."""
    days = {"reference_date": date(2026, 11, 1), "opens_on": date(2026, 11, 1)}
    days |= {"due_on": date(2026, 11, 30), "closes_on": date(2026, 12, 31)}
    with country.begin() as connection:
        for form_id, name in (("textbook_return", "Books"), ("school_update", "Updates")):
            insert(connection, "emis.round", round_code=name, form_id=form_id, school_year=YEAR,
                   **names(name, name), **days)  # fmt: skip
    yield
    with country.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM emis.round WHERE round_code IN ('Books', 'Updates')"
        )


def cells_of(text: str, caption: str) -> list[str]:
    """The cells of a table's first row."""
    body = text.split(f">{caption}</h2>")[1].split("<tbody>")[1].split("</tr>")[0]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", body)]


@pytest.mark.usefixtures("more_rounds")
def test_a_round_that_nobody_has_answered_says_so_in_one_line(client_as):
    text = client_as("ministry").get("/").text
    assert tables_of(text)[:3] == ["Census 2026", QUIET, "Sent on occasion"]
    assert cells_of(text, QUIET)[1:] == ["Books", "1 November 2026", "30 November 2026", "4", "0"]
    assert "School update" in cells_of(text, "Sent on occasion"), "no school owes an update"
    assert cells_of(text, "Sent on occasion")[-1] == "0"
    with_few = client_as("school_head").get("/").text
    assert cells_of(with_few, QUIET)[-2:] == ["1", "0"]


def test_without_such_rounds_the_page_has_no_empty_tables(client_as):
    assert QUIET not in client_as("ministry").get("/").text


def test_submissions_of_no_known_school_show_to_the_whole_country_alone(client_as):
    assert "School not known" in client_as("ministry").get("/").text
    assert "School not known" not in client_as("general_directorate").get("/").text


def test_the_newest_submission_stands_first_and_ten_are_shown(client_as, country):
    with country.begin() as connection:
        form_key = connection.execute(sa.text("SELECT form_key FROM raw.form")).scalar_one()
        for hours in (30, 2, 50, *range(200, 207)):
            sent = NOW - timedelta(hours=hours)
            insert(connection, "raw.submission", form_key=form_key, instance_id=f"uuid:h{hours}",
                   odata="{}", odata_sha256=b"", submission_date=sent, landed_at=sent,
                   current_version_id="v", school_code="S1", period=ROUND)  # fmt: skip
    shown = client_as("ministry").get("/?download=submissions.csv").text
    with country.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE raw.submission SET deleted_at = now() WHERE instance_id LIKE 'uuid:h%%'"
        )
    moments = [
        datetime.fromisoformat(each) for each in re.findall(r"\d{4}-\d\d-\d\dT[^,\s]+", shown)
    ]
    ages = [round((NOW - moment) / timedelta(hours=1)) for moment in moments]
    assert ages == [1, 2, 25, 30, 49, 50, 73, 200, 201, 202]


def test_open_issues_are_those_of_the_readers_area(client_as):
    assert "Field" not in client_as("supervisor").get("/").text
    text = client_as("school_head").get("/").text
    assert "No stray spaces around an answer" in text
    assert "The value fits its question" not in text


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("ministry", {"S1", "S2", "S3", "S4"}),
        ("general_directorate", {"S1", "S2", "S3"}),
        ("department", {"S1", "S2"}),
        ("supervisor", {"S3"}),
        ("school_head", {"S1"}),
    ],
)
def test_a_school_outside_the_readers_area_is_not_there(client_as, role, seen):
    client = client_as(role)
    listed = set(re.findall(r'href="/schools/(S\d)"', client.get("/schools").text))
    opened = {code for code in ("S1", "S2", "S3", "S4")
              if client.get(f"/schools/{code}").status_code == 200}  # fmt: skip
    assert listed == opened == seen


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("الامل", {"S1"}),  # without the hamza of الأمل
        ("مدرسه", {"S1", "S2", "S3", "S4"}),  # ه for ة
        ("ازادی", {"S4"}),  # ا for آ, Persian ی for ي
        ("s2", {"S2"}),
        ("al-noor", {"S2"}),  # as an English page shows it
        ("AL NOOR", {"S2"}),
        ("آزادي (ک)", {"S4"}),  # as a Kurdish page shows it
        ("100%", set()),
        ("_", {"S1", "S2", "S3", "S4"}),  # nothing to look for
        ("nothing like it", set()),
    ],
)
def test_a_search_takes_spellings_as_one(client_as, search, found):
    text = client_as("ministry").get("/schools", query_string={"q": search}).text
    assert set(re.findall(r'href="/schools/(S\d)"', text)) == found


def test_the_command_counts_a_round_as_the_start_page_does(country):
    """A school that has answered and closed owes nothing any more, and counts on neither side."""
    with country.connect() as connection, connection.begin() as transaction:
        for is_closed in (False, True):
            if is_closed:
                connection.execute(
                    sa.text("UPDATE emis.school_history SET is_open = false"
                            " WHERE school_code = 'S1'")
                )  # fmt: skip
            (asked,) = list_rounds(connection, "school_census", NOW, NOW.date())
            rows = list_coverage(connection, NATION, "en", [ROUND])
            shown = [
                sum(row[name] for row in rows) for name in ("expected_count", "received_count")
            ]
            assert [asked.owed_by, asked.received] == shown == [4 - is_closed, 3 - is_closed]
        transaction.rollback()


def test_a_page_beyond_the_last_is_the_last(client_as):
    assert "/schools/S4" in client_as("ministry").get("/schools?page=9999999999").text


def test_a_school_page_shows_returns_pupils_services_and_issues(client_as):
    text = client_as("school_head").get("/schools/S1").text
    assert tables_of(text) == [
        "Returns received", "Pupils by grade and sex", "Open issues", "Indicators",
    ]  # fmt: skip
    assert "Piped" in text
    assert f"2026{MARK}–{MARK}2027" in text
    assert "there are stray spaces before or after the answer" in text


def test_what_a_school_wrote_is_shown_and_not_run(client_as):
    text = client_as("ministry").get("/schools/S2").text
    assert "&lt;b&gt;٣٣&lt;/b&gt;" in text
    assert "<b>" not in text


def test_a_return_with_a_blocking_issue_says_that_it_is_not_in_the_figures(client_as):
    assert "no: blocking issue" in client_as("ministry").get("/schools/S2").text


def test_a_figure_is_divided_last_and_stands_beside_its_parts(client_as):
    text = client_as("ministry").get(f"/indicators/{indicator_of('percent')}").text
    assert "37.5%" in text  # 60 / 160
    assert ">60<" in text
    assert ">160<" in text


def test_a_unit_without_a_denominator_is_not_covered(client_as):
    text = client_as("ministry").get(f"/indicators/{indicator_of('percent')}").text
    erbil = text.split("<bdi>Erbil</bdi>")[1].split("</tr>")[0]
    assert "not covered" in erbil
    assert "0.0%" not in erbil


@pytest.mark.parametrize("language", ["ar", "ckb"])
def test_the_source_of_a_definition_is_in_the_readers_language(client_as, language):
    code = indicator_of("percent")
    source = load_indicators()[code].source
    text = client_as("ministry", language).get(f"/indicators/{code}").text
    assert source.in_language(language) in text
    assert source.en not in text


def test_a_unit_that_reported_and_has_nothing_to_divide_by_says_so(client_as, country):
    code = indicator_of("ratio")
    with country.begin() as connection:
        add_value(connection, code, "district", "IQG08Q01", 442, 0)
    text = client_as("ministry").get(f"/indicators/{code}?by=district").text
    words = {name: text.split(f"<bdi>{name}</bdi>")[1].split("</tr>")[0]
             for name in ("Karkh", "Rusafa")}  # fmt: skip
    assert "does not apply" in words["Karkh"]
    assert "not covered" in words["Rusafa"]  # no school there has reported


def test_grades_are_a_range_in_words(client_as):
    assert "to Grade" in client_as("ministry").get("/schools/S1").text


def test_a_directorate_sees_its_own_units_and_the_nation(client_as):
    client, code = client_as("department"), indicator_of("percent")
    by_district = client.get(f"/indicators/{code}?by=district").text
    assert "Karkh" in by_district
    assert "Rusafa" not in by_district
    assert "Iraq" in by_district
    by_department = client.get(f"/indicators/{code}?by=department").text
    assert "Mansour Department" in by_department
    assert "Kadhimiya Department" not in by_department


def test_a_breakdown_and_a_year_can_be_chosen(client_as, country):
    code = indicator_of("percent")
    with country.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM stats.indicator_value WHERE school_year = :year"),
            {"year": YEAR - 1},
        )
        connection.execute(sa.text(
            "INSERT INTO stats.indicator_value SELECT indicator, 2025, unit_level, unit_code,"
            " 'level=primary;sex=female', 90, 120, school_count, computed_at"
            " FROM stats.indicator_value WHERE indicator = :code AND breakdown = ''"
        ), {"code": code})  # fmt: skip
    text = client_as("ministry").get(f"/indicators/{code}?year=2025").text
    assert "75.0%" in text  # 90 / 120
    assert "Primary – Female" in text


@pytest.mark.parametrize(
    "query", ["year=9999", "year=x", "by=planet", "breakdown=no=such", "year=&by=&breakdown="]
)
def test_a_choice_that_does_not_exist_falls_back(client_as, query):
    answer = client_as("ministry").get(f"/indicators/{indicator_of('percent')}?{query}")
    assert answer.status_code == 200


def test_an_unknown_indicator_is_not_found(client_as):
    assert client_as("ministry").get("/indicators/no_such_thing").status_code == 404


def test_a_derived_figure_keeps_its_places(client_as, country):
    code = next(key for key, entry in load_indicators().items() if entry.unit == "ratio")
    with country.begin() as connection:
        add_value(connection, code, "nation", "IQ", "1.5", "2")
    text = client_as("ministry").get(f"/indicators/{code}").text
    assert "1.500" in text
    assert "0.750" in text  # 1.5 / 2


@pytest.mark.parametrize("path", ["/", "/indicators"])
def test_a_partner_is_told_that_nothing_is_released(client_as, path):
    text = client_as("partner").get(path).text
    assert "No release exists yet" in text
    assert "<table" not in text


def test_each_role_sees_its_part_of_the_country(client_as, country):
    expected = {"partner": "nothing", "general_directorate": "directorate",
                "department": "directorate", "supervisor": "directorate",
                "school_head": "school"}  # fmt: skip
    with country.connect() as connection:
        levels = {role: scope_of(find_user(connection, role)).level for role in ROLES}
    assert levels == {role: expected.get(role, "nation") for role in ROLES}
    assert scope_of(None).level == "nothing"


def test_a_scope_that_names_nothing_cannot_be_made():
    for level, code in (("directorate", None), ("school", ""), ("nation", "GD-A"), ("all", None)):
        with pytest.raises(ValueError, match="no such scope"):
            Scope(level, code)


@pytest.mark.parametrize("language", DIRECTIONS)
def test_a_language_can_be_chosen_before_and_after_signing_in(client_as, token_of, language):
    for login in (None, "help_desk"):
        client = client_as(login)
        path = "/sign-in" if login is None else "/account"
        token = token_of(client, path)
        client.post("/language", data={"language": language, "next": path, "csrf_token": token})
        assert f'<html lang="{language}"' in client.get(path).text


def test_a_language_that_we_do_not_speak_is_refused(client_as, token_of):
    client = client_as("ministry")
    token = token_of(client, "/account")
    assert client.post("/language", data={"language": "ku", "csrf_token": token}).status_code == 400


def test_arabic_months_are_those_of_iraq(client_as):
    text = client_as("ministry", "ar").get("/").text
    assert "تشرين الثاني" in text
    assert "نوفمبر" not in text


def test_the_jobs_page_says_why_work_waits(client_as):
    text = client_as("help_desk").get("/jobs").text
    _, slices, ready, tried_before, attempts, _, reason = cells_of(text, "Work that is due")
    assert (slices, ready, tried_before, attempts, reason) == ("1", "1", "1", "2", "deadlock")
    assert "Lost, taken up again" in text


def test_the_jobs_page_names_rules_that_cannot_run_and_xml_that_does_not_come(client_as, country):
    with country.connect() as connection:
        form_key, instance_id = connection.execute(
            sa.text("SELECT form_key, instance_id FROM raw.submission LIMIT 1")
        ).one()
        rule = connection.execute(sa.text("SELECT rule FROM quality.rule LIMIT 1")).scalar_one()
        connection.rollback()
    before = tables_of(client_as("help_desk").get("/jobs").text)
    with country.begin() as connection:
        save_trouble(connection, form_key, {instance_id: "[central-fault] It cannot."}, NOW)
        save_rule_gaps(
            connection, ["school_census"], {(rule, "school_census"): "school_census.gone"}, NOW
        )
    text = client_as("help_desk").get("/jobs").text
    with country.begin() as connection:
        clear_trouble(connection, form_key, [instance_id])
        save_rule_gaps(connection, ["school_census"], {}, NOW)
    assert set(tables_of(text)) - set(before) == {
        "Rules that cannot run",
        "Submissions whose XML does not come",
    }
    assert "school_census.gone" in text
    assert "[central-fault] It cannot." in text
