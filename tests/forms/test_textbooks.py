"""The textbook return, filled as a tablet fills it: which subjects it asks in which grade."""

import pytest

from config.codes import Code, read_codes
from tests.forms.engine import NotAsked, OdkForm
from tests.forms.media import School, write_media
from tests.forms.returns import BOOKS, textbooks
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "textbook_return"


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


def _is_taught(
    subject: Code, grade: int, school: School, curriculum: str, languages: list[str]
) -> bool:
    """As the code list says it."""
    lowest, highest = (subject.extra[f"{curriculum}_{edge}"] for edge in ("lowest", "highest"))
    if subject.extra["is_vocational"] == "yes" and school.level not in ("vocational", "institute"):
        return False
    is_of_all = curriculum == "krg" and subject.code == "kurdish"
    if subject.extra["is_further_language"] == "yes" and not is_of_all:
        return subject.code in languages and int(lowest) <= grade <= int(highest)
    return int(lowest) <= grade <= int(highest)


def _asked_subjects(asked: list[str], position: int) -> set[str]:
    prefix = "grades/" if position == 1 else f"grades[{position}]/"
    boxes = (path for path in asked if path.startswith(prefix) and "reason" not in path)
    return {path.split("/")[-1].rsplit("_", 1)[0] for path in boxes}


@pytest.mark.parametrize("languages", [["none"], ["kurdish", "turkmen", "syriac", "french"]])
@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("VOCATIONAL", "federal"),
        ("KRG", None),
        ("ALL", None),
        ("KURDISH", None),  # of the federal ministry, with the Region's curriculum
        ("UNTOLD", "krg"),  # the registry does not say
        ("UNTOLD", "federal"),
    ],
)
def test_each_grade_is_asked_about_the_subjects_that_the_code_list_gives_its_curriculum(
    fill, schools, code, typed, languages
):
    school, first = schools[code], textbooks(schools[code])["identification"]
    said = {"languages": languages} | ({"curriculum_typed": typed} if typed else {})
    filling = fill({"identification": first, "subjects": said})
    curriculum = school.curriculum or typed
    asked = filling.asked()
    for position, grade in enumerate(range(1, school.highest_grade + 1), start=1):
        expected = {
            one.code
            for one in read_codes("subject")
            if _is_taught(one, grade, school, curriculum, languages)
        }
        assert _asked_subjects(asked, position) == expected, grade


@pytest.mark.parametrize(("code", "is_asked"), [("KURDISH", False), ("UNTOLD", True)])
def test_the_curriculum_is_asked_where_the_registry_does_not_say(fill, schools, code, is_asked):
    """Before the answer no box of a subject is open that not every curriculum has."""
    filling = fill({"identification": textbooks(schools[code])["identification"]})
    asked = filling.asked()
    assert ("subjects/curriculum_typed" in asked) is is_asked
    assert any(path.endswith("arabic_copies") for path in asked) is not is_asked


def test_a_head_chooses_among_the_curricula_of_the_code_list(fill, schools):
    filling = fill({"identification": textbooks(schools["UNTOLD"])["identification"]})
    offered = filling.choices("subjects/curriculum_typed")
    assert list(offered) == [one.code for one in read_codes("curriculum")]


def test_a_list_of_an_earlier_release_does_not_say_the_curriculum(compiled, tmp_path):
    school = School("OLD", curriculum="")
    write_media(tmp_path, [school], without=["curriculum"])
    values = read_values(
        OdkForm(compiled[FORM].xform, tmp_path).new().fill(textbooks(school)).finalize()
    )
    assert values["curriculum"] == "federal"


def test_copies_and_needs_are_added_up_as_they_are_typed(fill, schools):
    filling = fill(textbooks(schools["MIXED"]))
    assert "112 usable copies, 8 still needed" in filling.label("grades/core/core_sum")
    filling.answer("grades/core/science_copies", 30)
    assert "142 usable copies" in filling.label("grades/core/core_sum")
    values = read_values(filling.finalize())
    assert values["totals/copies_in_hand"] == str(6 * 4 * 28 + 30)
    assert values["totals/copies_needed"] == str(6 * 4 * 2)


def test_a_kindergarten_has_no_books_to_count(fill, schools):
    values = read_values(fill(textbooks(schools["KG"], grades=None)).finalize())
    assert not [path for path in values if path.startswith("grades")]
    assert values["totals/copies_in_hand"] == "0"


def test_the_years_of_kindergarten_are_left_out_of_a_school_that_has_both(fill, schools):
    filling = fill({"identification": textbooks(schools["ALL"])["identification"]})
    assert "Grade 1: main books" in filling.screens()[2].title
    assert filling.screens()[2].path == "grades/core"


@pytest.mark.parametrize(
    ("books", "reason", "is_asked"),
    [
        (BOOKS, "reason_books", False),
        ({}, "reason_books", True),
        ({"english_needed": 19}, "reason_needed", False),  # too few to be unusual
        ({"english_copies": 10, "english_needed": 20}, "reason_needed", False),
        ({"english_copies": 10, "english_needed": 21}, "reason_needed", True),
    ],
)
def test_unusual_books_ask_for_a_reason(fill, schools, books, reason, is_asked):
    filling = fill(textbooks(schools["ONE"], {"core": books}))
    assert (f"grades/{reason}" in filling.asked()) is is_asked


def test_a_language_that_is_not_taught_cannot_be_answered(fill, schools):
    with pytest.raises(NotAsked, match="french_copies"):
        fill(textbooks(schools["ONE"], {"core": BOOKS, "more": {"french_copies": 1}}))
