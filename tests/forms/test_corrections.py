"""The form `corrections`, filled as a tablet fills it: what is asked, shown, refused and sent."""

import pytest
from lxml import etree

from bridge.compile import compile_form
from config.corrections import NUMBERS_MAX, load_screens
from config.forms import load_catalogue
from config.settings import LANGUAGES
from processing.db.queries.returns import find_source
from tests.forms import test_sources
from tests.forms.corrections import FLOW, answer_to, task, write_corrections
from tests.forms.engine import NotAsked, NotOffered, OdkForm, Rejected
from tests.forms.media import School
from tests.forms.refusals import assert_refused, required_paths, row_of
from tests.forms.source import BUTTONS, read_survey
from tests.forms.source import LANGUAGES as NAMES
from tests.forms.submission import read_values
from tests.forms.test_prefill import LOOKUP

SCHOOL, OTHER = School("S1"), School("S2")
TEN = {f"number {n}": str(n) for n in range(1, NUMBERS_MAX + 1)}
IN_EACH_LANGUAGE = {
    f"number_{n}_{language}": f"number {n} {language}"
    for n in range(1, NUMBERS_MAX + 1)
    for language in LANGUAGES
}
TASKS = [
    task("a1-1", "S1", FLOW),
    task("b2-1", "S1", {}),
    task("c3-1", "S1", TEN, **IN_EACH_LANGUAGE),
    task("d4-1", "S2", FLOW),
    task("e5-1", "S1", FLOW, open_for=""),
]


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    write_corrections(folder, [SCHOOL, OTHER], TASKS)
    return OdkForm(compile_form(load_catalogue()["corrections"].xlsx).xform, folder)


@pytest.fixture
def fill(form):
    return lambda answers, language="en": form.new(NAMES[language]).fill(answers)


@pytest.mark.parametrize(
    "holds",
    [
        test_sources.test_the_choices_equal_the_code_lists_in_three_languages,
        test_sources.test_a_district_hangs_in_the_governorate_that_the_areas_give,
        test_sources.test_every_text_stands_in_all_three_languages,
        test_sources.test_the_three_languages_show_the_same_values,
        test_sources.test_arabic_and_kurdish_are_each_written_with_their_own_letters,
        test_sources.test_whatever_a_person_meets_has_a_label,
        test_sources.test_a_required_question_says_so_in_words_and_a_constraint_says_what_is_right,
        test_sources.test_no_expression_asks_the_tablet_for_the_time_or_works_in_collect_alone,
        test_sources.test_each_filter_of_a_long_list_is_one_equality,
        test_sources.test_the_workbook_is_ready_to_be_read_and_edited,
    ],
    ids=lambda test: test.__name__,
)
def test_what_holds_for_every_workbook_holds_for_this_one(holds):
    holds("corrections")


def test_the_form_compiles_without_a_warning_and_its_entry_speaks_of_it():
    compiled = compile_form(load_catalogue()["corrections"].xlsx)
    assert compiled.findings == ()
    entry, paths = (
        load_catalogue()["corrections"],
        {f"/{r.path}" for r in read_survey("corrections")},
    )
    assert {entry.school_path, entry.period_path, *entry.personal_paths} <= paths


def test_a_school_sees_its_own_open_tasks(fill):
    place = answer_to(SCHOOL, "a1-1", "confirmed")["identification"]
    filling = fill({"identification": {k: v for k, v in place.items() if k != "task"}})
    assert list(filling.choices("identification/task")) == ["a1-1", "b2-1", "c3-1"]


def test_a_task_of_another_school_is_not_offered(fill):
    with pytest.raises(NotOffered):
        fill(answer_to(SCHOOL, "d4-1", "confirmed"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tablet_shows_what_was_sent_and_why_it_is_doubted(fill, language):
    filling = fill(answer_to(SCHOOL, "a1-1", "corrected", value_2=1), language)
    assert f"why {language}" in filling.label("question/doubt")
    assert "girls_repeaters: 11" in filling.label("question/sent")
    assert filling.label("numbers/value_2").startswith("girls_repeaters")
    assert filling.label("numbers/value_2").endswith("11")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_screen_says_which_button_sends(fill, language):
    hint = fill(answer_to(SCHOOL, "a1-1", "confirmed"), language).hint("declaration/confirmed")
    places = [hint.find(button) for button in BUTTONS[language]]
    assert -1 < places[0] < places[1] < places[2]


def test_a_corrected_number_is_sent_with_its_reason_and_the_task_leaves_the_list(fill):
    xml = fill(answer_to(SCHOOL, "a1-1", "corrected", "miscopied", value_2=1)).finalize()
    values = read_values(xml)
    assert values["identification/task"] == "a1-1"
    assert values["identification/round"] == "C2026"
    assert values["question/reason"] == "miscopied"
    assert (values["numbers/value_1"], values["numbers/value_2"]) == ("", "1")
    (entity,) = etree.fromstring(xml).iter("{*}entity")
    assert (entity.get("dataset"), entity.get("update")) == ("corrections", "1")
    assert entity.get("id") == "00000000-0000-4000-8000-000000000001"
    assert values["declaration/still_open_for"] == ""


def test_a_confirmation_asks_for_no_number(fill):
    filling = fill(answer_to(SCHOOL, "a1-1", "confirmed"))
    assert not any(path.startswith("numbers/") for path in filling.asked())
    assert read_values(filling.finalize())["question/answer"] == "confirmed"


@pytest.mark.parametrize("answer", ["confirmed", "corrected"])
def test_no_answer_without_a_reason(fill, answer):
    values = {"value_1": 3} if answer == "corrected" else {}
    with pytest.raises(Rejected, match="question/reason: required"):
        fill(answer_to(SCHOOL, "a1-1", answer, None, **values))


@pytest.mark.parametrize("language", LANGUAGES)
def test_corrected_without_a_number_is_refused(fill, language):
    with pytest.raises(Rejected) as refused:
        fill(answer_to(SCHOOL, "a1-1", "corrected"), language)
    expected = next(r for r in read_survey("corrections") if r.path == "declaration/confirmed")
    assert refused.value.message == expected.text("constraint_message", language)


def test_where_no_number_can_be_corrected_the_way_is_the_return_itself(fill):
    filling = fill(answer_to(SCHOOL, "b2-1", "confirmed"))
    assert "question/sent" not in filling.screens()[1].shown, "there is nothing to be shown"
    row = row_of("corrections", "question/answer")
    assert_refused(filling, row.path, "corrected", "constraint", row)
    assert "edit the return itself" in row.text("constraint_message", "en")
    filling.finalize()


@pytest.mark.parametrize("number", range(1, NUMBERS_MAX + 1))
def test_each_number_is_a_count(fill, number):
    filling = fill(answer_to(SCHOOL, "c3-1", "corrected", **{f"value_{number}": 1}))
    row = row_of("corrections", f"numbers/value_{number}")
    for value in (-1, 30001):
        assert_refused(filling, row.path, value, "constraint", row)
    for value in (0, 30000):
        filling.answer(row.path, value)
        assert read_values(filling.finalize())[row.path] == str(value)


@pytest.mark.parametrize("path", required_paths("corrections"))
def test_a_question_that_must_be_answered_says_so(fill, path):
    filling = fill(answer_to(SCHOOL, "a1-1", "confirmed"))
    assert_refused(filling, path, None, "required", row_of("corrections", path))


def test_what_the_task_says_is_taken_from_the_list(fill):
    values = read_values(fill(answer_to(SCHOOL, "c3-1", "corrected", value_1=3)).finalize())
    said = TASKS[2] | {"name": "00000000-0000-4000-8000-000000000003"}
    known = {
        row.path: LOOKUP.fullmatch(row.cells["calculation"])[4]
        for row in read_survey("corrections")
        if row.cells.get("calculation", "").startswith("instance('corrections')")
    }
    assert len(known) == 5 + 3 * 3 + NUMBERS_MAX * (3 + 1)
    assert {path: values[path] for path in known} == {
        path: said[name] for path, name in known.items()
    }


def test_as_many_boxes_as_numbers_and_no_screen_with_more_than_twelve_inputs(fill):
    filling = fill(answer_to(SCHOOL, "c3-1", "corrected", value_10=3))
    assert max(len(screen.inputs) for screen in filling.screens()) == NUMBERS_MAX
    with pytest.raises(NotAsked):
        fill(answer_to(SCHOOL, "a1-1", "corrected", value_1=3, value_4=3))


@pytest.mark.parametrize(
    "screen", load_screens().values(), ids=lambda one: f"{one.form_id}{one.path}"
)
def test_the_numbers_of_a_screen_are_those_of_its_form_in_its_words(screen):
    rows = {f"/{row.path}": row for row in read_survey(screen.form_id)}
    source = find_source(screen.form_id, screen.path)
    for number in screen.numbers:
        row = rows[f"{screen.path}/{number.path}"]
        assert row.kind == "integer"
        # With a trigger it is filled, and can be answered; without one it is a total.
        assert "trigger" in row.cells or "calculation" not in row.cells
        assert source.columns[source.column_of(f"{screen.path}/{number.path}")] == "count"
        for language in LANGUAGES:
            said = number.words.in_language(language)
            shown = row.text("label", language)
            assert said.partition("{born}")[0] == shown.partition("${")[0], row.path
    assert all(
        screen.name.in_language(one) in rows[screen.path].text("label", one) for one in LANGUAGES
    )


def test_what_was_said_of_one_task_is_not_said_of_another(fill):
    filling = fill(answer_to(SCHOOL, "a1-1", "corrected", value_1=12))
    filling.answer("identification/task", "c3-1")
    for part in ("question/answer", "question/reason"):
        assert filling.value(part) is None
    filling.answer("question/answer", "corrected")
    assert filling.value("numbers/value_1") is None
