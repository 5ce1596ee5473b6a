"""What stands in the workbooks: the codes, the languages, the expressions, the looks."""

import re
from collections import Counter

import openpyxl
import pytest

from config.codes import read_codes, read_table
from config.forms import load_catalogue
from tests.forms.source import (
    FORM_IDS,
    LANGUAGES,
    OWN_SCHOOL_FORMS,
    TEXTS,
    read_sheet,
    read_survey,
)

AREA_LISTS = ("governorate", "district")
VISIBLE = re.compile(r"integer|text|geopoint|acknowledge|select_|begin ")
QUOTED = re.compile("«[^»]*»")
LONG = 100
"""Choices. A scan of 25,000 takes 50 ms: of a shorter list, such as the 65 moves of pupils, nothing
that a hand would notice."""
# Buttons by their names; Kurdish tablets have Arabic menus.
FORBIDDEN = ("pulldata(", "today()", "now()", "uuid(", "random(")

# The textbook return leaves kindergarten out. A visit is of its own day and of a school in the
# plan; a change is of its own day, and a new school stands on no list.
OWN_WAY = {
    "textbook_return": {"grades/grade", "identification/grade_count"},
    "inspection_visit": {
        f"identification/{name}"
        for name in (
            "school_name", "school_sex", "lowest_grade", "highest_grade", "school_ministry",
            "as_of_ar", "as_of_ckb", "as_of_en",
        )
    },
    "school_update": {
        f"identification/{name}"
        for name in ("school_name", "school_ministry", "as_of_ar", "as_of_ckb", "as_of_en")
    },
}  # fmt: skip
# form_id -> (group, code list whose codes its boxes stand for, how a box is named after a code)
BOXES = {
    "school_census": (
        ("leavers_girls", "leaver_reason", ("{}",)),
        ("leavers_boys", "leaver_reason", ("{}",)),
        ("levels/difficulties", "disability_domain", ("girls_{}", "boys_{}")),
    ),
    "year_end_results": (
        ("leavers_girls", "leaver_reason", ("{}",)),
        ("leavers_boys", "leaver_reason", ("{}",)),
        ("grades/girls", "year_end_outcome", ("{}",)),
        ("grades/boys", "year_end_outcome", ("{}",)),
        ("grades/girls_exam", "exam_round", ("sat_{}", "passed_{}")),
        ("grades/boys_exam", "exam_round", ("sat_{}", "passed_{}")),
    ),
    "monthly_return": (
        ("lost_days", "closure_reason", ("{}",)),
        ("teacher_absences", "teacher_absence", ("female_{}",)),
    ),
    "textbook_return": (("grades", "subject", ("{}_copies", "{}_needed")),),
    "inspection_visit": (("lessons/lesson", "observation_element", ("{}",)),),
    "connectivity_readiness": (
        ("signal", "mobile_operator", ("{}_network", "{}_dbm")),
        ("power", "power_source", ("{}_hours",)),
    ),
}

pytestmark = pytest.mark.parametrize("form_id", FORM_IDS)


def test_a_form_compiles_without_a_warning(form_id, compiled):
    assert compiled[form_id].findings == ()
    assert compiled[form_id].form_id == form_id


def test_the_choices_equal_the_code_lists_in_three_languages(form_id):
    choices, used = {}, {row.kind.split()[1] for row in read_survey(form_id) if _has_choices(row)}
    for line in read_sheet(form_id, "choices"):
        names = tuple(line[f"label::{language}"] for language in LANGUAGES.values())
        choices.setdefault(line["list_name"], []).append((line["name"], *names))
    assert set(choices) == used
    for list_name, lines in choices.items():
        assert lines == _expected_choices(list_name), list_name


def test_a_district_hangs_in_the_governorate_that_the_areas_give(form_id):
    lines = read_sheet(form_id, "choices")
    parents = {line["name"]: line["governorate"] for line in lines if "governorate" in line}
    areas = [area for area in read_table("areas") if area["area_level"] == "district"]
    assert parents == {area["area_code"]: area["parent_code"] for area in areas}


def test_every_text_stands_in_all_three_languages(form_id):
    for row in read_survey(form_id):
        for column in TEXTS:
            texts = [row.text(column, language) for language in LANGUAGES]
            assert all(texts) or not any(texts), f"row {row.number} {column}"
            assert not any(texts) or len(set(texts)) == len(texts), f"row {row.number} {column}"


def test_the_three_languages_show_the_same_values(form_id):
    """A label that shows a total in one language shows it in the others."""
    for row in read_survey(form_id):
        for column in TEXTS:
            shown = [_references(row.text(column, language), language) for language in LANGUAGES]
            assert shown[0] == shown[1] == shown[2], f"row {row.number} {column}"


def test_arabic_and_kurdish_are_each_written_with_their_own_letters(form_id):
    for row in read_survey(form_id):
        for column in TEXTS:
            assert not set("ەێۆڕڵپچگ") & set(row.text(column, "ar")), f"row {row.number}"
            kurdish = QUOTED.sub("", row.text(column, "ckb"))
            assert not set("كيةىؤ") & set(kurdish), f"row {row.number}"


def test_whatever_a_person_meets_has_a_label(form_id):
    for row in read_survey(form_id):
        is_hidden = "calculation" in row.cells and not {"read_only", "trigger"} & row.cells.keys()
        if VISIBLE.match(row.kind) and not is_hidden:
            assert row.text("label", "ar"), f"row {row.number}"


def test_a_required_question_says_so_in_words_and_a_constraint_says_what_is_right(form_id):
    for row in read_survey(form_id):
        assert ("required" in row.cells) == bool(row.text("required_message", "ar")), row.path
        assert ("constraint" in row.cells) == bool(row.text("constraint_message", "ar")), row.path


def test_no_expression_asks_the_tablet_for_the_time_or_works_in_collect_alone(form_id):
    for row in read_survey(form_id):
        for column in (
            "calculation", "relevant", "constraint", "choice_filter", "repeat_count", "default",
        ):  # fmt: skip
            text = row.cells.get(column, "")
            assert not any(name in text for name in FORBIDDEN), f"row {row.number} {column}"


def test_each_filter_of_a_long_list_is_one_equality(form_id):
    sizes = Counter(line["list_name"] for line in read_sheet(form_id, "choices"))
    rows = [row for row in read_survey(form_id) if _is_filtered(row)]
    filters = [
        row.cells["choice_filter"] for row in rows if sizes.get(row.kind.split()[1], LONG) >= LONG
    ]
    assert len(filters) >= 3
    assert all(re.fullmatch(r"\w+=\$\{\w+\}", one) for one in filters)


def test_the_form_keeps_what_the_tablet_notes_beside_the_answers(form_id):
    meta = {row.name: row for row in read_survey(form_id) if row.kind == row.name}
    assert set(meta) - {"username"} == {"start", "end", "deviceid", "audit"}
    assert ("username" in meta) or form_id not in OWN_SCHOOL_FORMS
    assert meta["audit"].cells["parameters"] == "track-changes=true"


def test_settings_name_the_language_the_pages_and_the_instance(form_id):
    (settings,) = read_sheet(form_id, "settings")
    assert settings["form_id"] == form_id
    assert settings["default_language"] == LANGUAGES["ar"]
    assert settings["style"] == "pages"
    assert settings["client_editable"] == "yes"
    assert "${school_name}" in settings["instance_name"]


def test_the_workbook_is_ready_to_be_read_and_edited(form_id):
    """A frozen heading, columns from left to right, wrapped cells, a colour a kind of row."""
    book = openpyxl.load_workbook(load_catalogue()[form_id].xlsx)
    survey = book["survey"]
    assert survey.freeze_panes == "C2"
    assert not survey.sheet_view.rightToLeft
    assert all(cell.alignment.wrap_text for cell in survey[2])
    assert len({line[0].fill.fgColor.rgb for line in survey.iter_rows(min_row=2)}) >= 5
    legend = [[cell.value for cell in line] for line in book["_legend"].iter_rows()]
    assert all(all(line[1:]) for line in legend)


def test_facts_of_the_school_the_round_and_the_grade_are_read_as_the_census_reads_them(form_id):
    """One way to name a grade and a day, one way to look a school up."""
    alike, rows = _calculations("school_census"), _calculations(form_id)
    shared = set(alike) & set(rows) - {"identification/form_id", *OWN_WAY.get(form_id, ())}
    assert len(shared) >= 3
    assert {path: rows[path] for path in shared} == {path: alike[path] for path in shared}


def test_boxes_that_stand_for_a_code_list_stand_for_all_of_it_in_its_words(form_id):
    for group, list_name, endings in BOXES.get(form_id, ()):
        rows = [row for row in read_survey(form_id) if row.path.startswith(f"{group}/")]
        labels = {row.name: row.text("label", "en").lower() for row in rows}
        codes = [code for code in read_codes(list_name) if code.code != "none"]
        for code, ending in ((code, ending) for code in codes for ending in endings):
            name = ending.format(code.code)
            assert name in labels, f"{group}/{name}"
            assert code.name_en.lower() in labels[name], labels[name]


def _calculations(form_id: str) -> dict[str, str]:
    rows = [row for row in read_survey(form_id) if "calculation" in row.cells]
    parts = ("identification/", "grades/grade")
    return {row.path: row.cells["calculation"] for row in rows if row.path.startswith(parts)}


def _has_choices(row) -> bool:
    return row.kind.startswith(("select_one ", "select_multiple "))


def _is_filtered(row) -> bool:
    return "choice_filter" in row.cells


def _expected_choices(list_name: str) -> list[tuple[str, str, str, str]]:
    if list_name in AREA_LISTS:
        columns = ("area_code", "name_ar", "name_ckb", "name_en")
        areas = [area for area in read_table("areas") if area["area_level"] == list_name]
        return [tuple(area[column] for column in columns) for area in areas]
    return [(one.code, one.name_ar, one.name_ckb, one.name_en) for one in read_codes(list_name)]


def _references(text: str, language: str) -> set[str]:
    """`${grade_ar}` in Arabic is `${grade_ckb}` in Kurdish."""
    return {name.removesuffix(f"_{language}") for name in re.findall(r"\$\{(\w+)\}", text)}
