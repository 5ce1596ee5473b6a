"""`emis forms worksheet`: what one school is asked, in the form's order, and nothing else.

The sheets are kept in the test's temporary folder: `pytest --basetemp=DIR`.
"""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.changes import FormKey, FormSchema, FormVersion
from bridge.compile import convert_form
from bridge.simulation.lists import default_rounds
from bridge.simulation.people import make_staff
from bridge.simulation.registry import make_registry
from bridge.xform_model import read_model
from config.corrections import FORM_ID as CORRECTIONS
from config.errors import OperatorError
from config.forms import load_catalogue
from processing.command import forms_worksheet
from processing.command.forms_worksheet import make_worksheet
from processing.command.worksheet import words
from processing.command.worksheet.asked import Asked
from processing.command.worksheet.earlier import EarlierReturn, read_earlier
from processing.db.engine import open_engine
from processing.db.queries import entity_rows
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.land.schema import prepare_form
from tests.command.sheets import headings, labels, make_screens
from tests.forms.media import Person, School

TODAY = dt.date(2026, 11, 5)
NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
INSTRUMENTS = sorted(load_catalogue().keys() - {CORRECTIONS})


@pytest.fixture(scope="module")
def sheet():
    """sheet(form_id, School(...)) -> [Screen, ...]."""
    return make_screens


def test_each_grade_of_the_school_has_its_tables_in_the_forms_order(sheet):
    found = headings(sheet("school_census", School("S", lowest_grade=6, highest_grade=7)))
    assert found == [
        "Grade 6: sections", "Grade 6: girls by year of birth", "Grade 6: boys by year of birth",
        "Grade 6: where the pupils came from",
        "Grade 7: sections", "Grade 7: girls by year of birth", "Grade 7: boys by year of birth",
        "Grade 7: where the pupils came from", "Totals of the school",
        "Questions asked only where they apply", "Who has left since the last census: girls",
        "Who has left since the last census: boys",
        "Primary (1–6): a lot of difficulty in functioning", "Primary (1–6): displaced pupils",
        "Intermediate (7–9): a lot of difficulty in functioning",
        "Intermediate (7–9): displaced pupils", "Declaration",
    ]  # fmt: skip


def test_difficulties_and_displacement_have_a_table_a_level_and_sex(sheet):
    by_heading = {screen.heading.partition(" – ")[0]: [line.label for line in screen.lines]
                  for screen in sheet("school_census", School("S", highest_grade=9))}  # fmt: skip
    for level in ("Primary (1–6)", "Intermediate (7–9)"):
        difficulties = by_heading[f"{level}: a lot of difficulty in functioning"]
        assert len(difficulties) == 6 + 6
        assert difficulties[0] == "Girls: Seeing, even with glasses"
        assert difficulties[-1] == "Boys: Behaviour, feelings or relations"
        assert by_heading[f"{level}: displaced pupils"] == ["Displaced girls", "Displaced boys"]
    girls = headings(sheet("school_census", School("S", sex="girls", highest_grade=6)))
    assert "Who has left since the last census: girls" in girls
    assert "Who has left since the last census: boys" not in girls


def test_an_exam_is_asked_of_the_grades_that_sit_one(sheet):
    found = headings(sheet("year_end_results", School("S", lowest_grade=6, highest_grade=9)))
    exams = [heading for heading in found if "exam" in heading]
    assert exams == [f"Grade {grade}: ministerial exam, {sex}"
                     for grade in (6, 9) for sex in ("girls", "boys")]  # fmt: skip


def test_rows_that_are_not_known_beforehand_are_one_block_to_be_copied(sheet):
    people = tuple(Person(f"P{n}", "S") for n in range(30))
    for form_id, copied, lists in [
        ("connectivity_readiness", {"Device …… of ……"}, ()),
        ("inspection_visit", {"Class …… of ……", "Lesson …… of ……", "Action …… of ……"}, ()),
        (
            "staff_return",
            {"……", "……: periods, line ……", "New person …… of …… "},
            (("staff", people),),
        ),
    ]:
        screens = sheet(form_id, School("S"), lists=lists)
        found = [
            screen.heading.partition("– ")[0].strip() for screen in screens if screen.is_copied
        ]
        assert {heading.strip() for heading in copied} <= set(found)
        assert not any(screen.is_copied for screen in screens if "……" not in screen.heading)


def test_the_staff_that_is_known_is_listed_with_its_facts_and_a_box_for_each(sheet):
    people = tuple(Person(f"P{n}", "S", f"شخص{n} – معلم – 24", f"{1000 + n}") for n in range(1, 21))
    screens = sheet("staff_return", School("S"), lists=(("staff", people),))
    lines = {line.label: line for screen in screens for line in screen.lines}
    listed = lines["People on the list"]
    assert listed.kind == "list"
    assert listed.choices[0] == "شخص1 – معلم – 24 · 1001 · class teacher, permanent"
    assert len(listed.choices) == len(people), "however many they are"
    for label in ("Whose facts have changed, or who has left?", "Who took part?"):
        assert lines[label].kind == "many"
        assert lines[label].choices == tuple(f"شخص{n}" for n in range(1, 21))
    in_arabic = sheet("staff_return", School("S"), "ar", lists=(("staff", people),))
    listed = [line for screen in in_arabic for line in screen.lines if line.kind == "list"]
    assert listed[0].choices[0].endswith("معلم، ملاك دائم")


def test_a_school_without_known_staff_is_asked_who_works_there(sheet):
    lines = [line for screen in sheet("staff_return", School("S")) for line in screen.lines]
    assert not [line for line in lines if line.kind == "list"]
    assert "People who work at the school and are not on the list" in [line.label for line in lines]


@pytest.mark.parametrize(
    ("sex", "own", "other"), [("boys", "boys", "girls"), ("girls", "girls", "boys")]
)
def test_a_school_of_one_sex_gets_the_tables_of_that_sex(sheet, sex, own, other):
    screens = sheet("school_census", School("S", sex=sex, highest_grade=2))
    tables = [heading for heading in headings(screens) if "by year of birth" in heading]
    assert tables == [f"Grade {grade}: {own} by year of birth" for grade in (1, 2)]
    asked = labels([screen for screen in screens if screen.heading.startswith("Grade")])
    assert not any(label.startswith(other.capitalize()) for label in asked)
    both = headings(sheet("school_census", School("S", sex=sex), has_other_sex=True))
    assert f"Grade 1: {other} by year of birth" in both


def test_a_label_shows_what_the_school_and_the_round_decide(sheet):
    asked = labels(sheet("school_census", School("S", lowest_grade=3, highest_grade=3)))
    assert "Girls born in 2018" in asked
    assert "Boys born in 2012 or earlier" in asked
    assert not any("$" in label or "……" in label for label in asked)


def test_what_waits_for_another_answer_is_printed_and_reasons_are_not(sheet):
    asked = labels(sheet("facility_return", School("S")))
    assert "Are soap and water available there now?" in asked
    assert "Is power regularly and readily available during lessons?" in asked
    assert not any("Where are t" in label or "not recorded" in label for label in asked)


def test_a_guest_is_asked_for_its_own_rooms_alone(sheet):
    asked = labels(sheet("facility_return", School("S", building_role="guest")))
    assert "Classrooms that your school uses in its session" in asked
    assert "Classrooms in the building" not in asked
    assert "All toilets" not in asked


def test_a_month_on_paper_has_its_columns_in_every_grade(sheet):
    """A tablet opens boxes of those who joined and left for the grades that the head names."""
    screens = sheet("monthly_return", School("S"))
    assert "Who joined and who left" in headings(screens)
    grades = [screen for screen in screens if screen.heading.startswith("Grade")]
    boxes = ["at the start of the month", "who joined in the month", "who left in the month"]
    for screen in grades:
        asked = [line.label for line in screen.lines if line.kind == "number"]
        for sex in ("Girls", "Boys"):
            expected = [f"{sex} {box}" for box in boxes]
            assert [label for label in asked if label.startswith(sex)] == expected
    assert len(grades) == 6


def test_choices_are_boxes_and_sums_are_shaded(sheet):
    lines = {line.label: line for screen in sheet("facility_return", School("S"))
             for line in screen.lines}  # fmt: skip
    assert lines["Are there handwashing facilities?"].choices == ("Yes", "No")
    assert lines["What are the sources of electric power of the school?"].kind == "many"
    assert lines["All usable toilets"].kind == "total"
    assert lines["All toilets"].kind == "number"


@pytest.mark.parametrize("form_id", INSTRUMENTS)
def test_a_sheet_is_made_in_every_language(sheet, form_id):
    asked = {code: labels(sheet(form_id, School("S"), code)) for code in ("ar", "ckb", "en")}
    assert len(asked["ar"]) == len(asked["ckb"]) == len(asked["en"]) > 10
    assert len({tuple(found) for found in asked.values()}) == 3


@pytest.fixture(scope="module")
def registry(database):
    """Twelve simulated schools and their rounds, and a census of the year before."""
    schools, rounds = make_registry(12, 3), list(default_rounds())
    others = set(INSTRUMENTS) - {one.form_id for one in rounds}
    rounds += [replace(rounds[0], round_code=form_id, form_id=form_id) for form_id in others]
    year_before = [
        replace(one, round_code=f"{one.form_id}-2025", school_year=2025,
                reference_date=dt.date(2025, 11, 1), opens_on=dt.date(2025, 11, 1),
                due_on=dt.date(2025, 11, 30), closes_on=dt.date(2025, 12, 31))
        for one in rounds
    ]  # fmt: skip
    engine = open_engine(database, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        replace_registry(connection, buildings=schools.buildings, schools=schools.schools,
                         staff=make_staff(schools, 3), rounds=[*rounds, *year_before],
                         now=NOW)  # fmt: skip
    yield engine, schools.schools
    engine.dispose()


@pytest.fixture
def connection(registry):
    engine, _ = registry
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def report(connection, school_code: str, period: str, figures: dict[int, int], instance="uuid:1"):
    """A census of the school: girls of the intended age by grade."""
    model = read_model(convert_form(load_catalogue()["school_census"].xlsx))
    key = FormKey("central", 1, "school_census", "2025-10-01T06:00:00.000Z")
    version = FormVersion("1", "h", None, "<h:html/>")
    landed = prepare_form(
        connection, FormSchema(key, "c", "open", version, model.fields(), ()), NOW
    )
    connection.execute(
        sa.text(
            "INSERT INTO survey.school_census (form_key, instance_id, _submission_date,"
            " _school_code, _period, totals_girls) VALUES (:key, :id, :now, :school, :period, 7)"
        ),
        {"key": landed.form_key, "id": instance, "now": NOW, "school": school_code,
         "period": period},
    )  # fmt: skip
    for number, (grade, girls) in enumerate(figures.items(), start=1):
        connection.execute(
            sa.text(
                "INSERT INTO survey.school_census_grades (form_key, instance_id, _row_number,"
                " _parent_row_number, _position, grade, girls_age_0)"
                " VALUES (:key, :id, :n, 0, :n, :grade, :girls)"
            ),
            {"key": landed.form_key, "id": instance, "n": number, "grade": grade, "girls": girls},
        )


def test_figures_of_the_year_before_stand_beside_the_same_grade(connection):
    report(connection, "S", "school_census-2025", {2: 22, 1: 11})
    earlier = read_earlier(connection, "school_census", "S", dt.date(2026, 11, 1))
    assert earlier.reference_date == dt.date(2025, 11, 1)

    asked = Asked({f"/grades[{row}]/grade": row for row in (1, 2, 3)})
    read = earlier.reader(asked)
    shown = [read("/grades/girls/age_0", f"/grades[{row}]") for row in (1, 2, 3)]
    assert shown == ["11", "22", ""]
    assert read("/totals/girls", "") == "7"


def test_figures_of_a_level_are_found_by_its_name():
    rows = [{"/levels/stage": stage, "/levels/displacement/girls_displaced": count}
            for stage, count in (("primary", "3"), ("intermediate", "5"))]  # fmt: skip
    earlier = EarlierReturn(TODAY, rows={"/levels": rows})
    asked = Asked({"/levels[1]/stage": "intermediate", "/levels[2]/stage": "preparatory"})
    read = earlier.reader(asked)
    path = "/levels/displacement/girls_displaced"
    assert [read(path, "/levels[1]"), read(path, "/levels[2]")] == ["5", ""]


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ("", True),
        ("_review_state = 'approved'", True),
        ("_review_state = 'rejected'", False),
        ("_deleted_at = now()", False),
        ("_period = 'census-2026'", False),
        ("_school_code = 'T'", False),
    ],
)
def test_only_a_return_that_counts_is_shown(connection, change, is_found):
    report(connection, "S", "school_census-2025", {1: 11})
    if change:
        connection.execute(sa.text(f"UPDATE survey.school_census SET {change}"))
    found = read_earlier(connection, "school_census", "S", dt.date(2026, 11, 1))
    assert bool(found.rows) == is_found


@pytest.mark.parametrize("form_id", INSTRUMENTS)
def test_a_school_of_the_registry_gets_its_pdf(connection, registry, tmp_path, form_id):
    _, schools = registry
    entry = load_catalogue()[form_id]
    pdf = make_worksheet(connection, entry, schools[0].school_code, TODAY)
    (tmp_path / f"{form_id}.pdf").write_bytes(pdf)
    assert pdf.startswith(b"%PDF-")
    if form_id == "school_census":
        assert pdf == make_worksheet(connection, entry, schools[0].school_code, TODAY)


def test_the_printed_staff_return_names_the_staff_of_the_registry(
    connection, registry, monkeypatch
):
    code = registry[1][0].school_code
    printed = []
    monkeypatch.setattr(forms_worksheet, "make_pdf", lambda _, data: printed.append(data) or b"")
    make_worksheet(connection, load_catalogue()["staff_return"], code, TODAY)
    lists = [line["choices"] for screen in printed[0]["screens"] for line in screen["lines"]
             if line["kind"] == "list"]  # fmt: skip
    known = entity_rows.list_staff_rows(connection, [code])
    assert [row["label"] for row in known] == [text.partition(" · ")[0] for text in lists[0]]
    assert known


@pytest.mark.parametrize(
    ("school_code", "round_code", "code"),
    [("nowhere", None, "school-unknown"), (None, "no-round", "round-unknown")],
)
def test_what_is_not_there_is_told(connection, registry, school_code, round_code, code):
    school_code = school_code or registry[1][0].school_code
    with pytest.raises(OperatorError) as error:
        make_worksheet(connection, load_catalogue()["school_census"], school_code, TODAY,
                       round_code=round_code)  # fmt: skip
    assert error.value.code == code
    assert error.value.remedy


def test_a_sheet_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OperatorError) as error:
        forms_worksheet.save_sheet(tmp_path / "no-such-folder" / "sheet.pdf", b"%PDF-")
    assert error.value.code == "file-unwritable"
    forms_worksheet.save_sheet(tmp_path / "sheet.pdf", b"%PDF-")
    assert (tmp_path / "sheet.pdf").read_bytes() == b"%PDF-"


def test_a_closed_school_gets_no_sheet(connection, registry):
    school = registry[1][0].school_code
    connection.execute(
        sa.text("UPDATE emis.school_history SET is_open = false WHERE school_code = :code"),
        {"code": school},
    )
    with pytest.raises(OperatorError, match="no open school"):
        make_worksheet(connection, load_catalogue()["school_census"], school, TODAY)


def test_the_words_of_the_sheet_are_written_with_each_languages_letters():
    for name, text in vars(words).items():
        if name.isupper():
            assert not set("ەێۆڕڵپچگ") & set(text.ar), name
            assert not set("كيةىؤ") & set(text.ckb), name
