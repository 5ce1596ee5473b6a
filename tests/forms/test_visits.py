"""The inspection visit, filled as a tablet fills it: what was counted, seen, agreed and signed."""

import pytest

from config.entity_lists import (
    AGREED_ACTION_PROPERTIES,
    DIRECTORATE_SCHOOL_PROPERTIES,
    VISIT_PLAN_PROPERTIES,
)
from tests.forms.engine import NotAsked, OdkForm, Rejected
from tests.forms.media import (
    ACTIONS,
    Action,
    DirectorateSchool,
    Visit,
    write_list,
    write_media,
)
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values
from tests.forms.visits import (
    ACTION,
    STAFF_DUE,
    WASH,
    closed_school,
    eventful_visit,
    first_screen,
    klass,
    lesson,
    unplanned_visit,
    visit,
)

FORM = "inspection_visit"
# The due days of the school's two actions, 2026-10-15 and 2027-01-05.
DUE = {
    "ar": ["15 تشرين الأول 2026", "5 كانون الثاني 2027"],
    "ckb": ["15ی تشرینی یەکەمی 2026", "5ی کانوونی دووەمی 2027"],
    "en": ["15 October 2026", "5 January 2027"],
}


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers, language="en": forms[FORM].new(LANGUAGES[language]).fill(answers)


def test_the_lists_have_the_properties_that_central_is_given():
    assert set(Visit.__dataclass_fields__) == {"label", *VISIT_PLAN_PROPERTIES}
    assert set(Action.__dataclass_fields__) == {"label", *AGREED_ACTION_PROPERTIES}
    listed = {"label", *DIRECTORATE_SCHOOL_PROPERTIES}
    assert set(DirectorateSchool.__dataclass_fields__) == listed


def test_the_school_comes_from_the_plan_of_visits_and_is_not_asked_again(fill, schools):
    filling = fill({"identification": first_screen(schools["MIXED"])})
    assert "V-ELSEWHERE" not in filling.choices("identification/visit")
    values = read_values(fill(visit(schools["MIXED"])).finalize())
    assert values["identification/school"] == "MIXED"
    assert values["identification/supervisor_code"] == "SUP-1"
    assert values["identification/school_name"] == schools["MIXED"].label


def test_a_school_in_no_plan_is_chosen_among_those_of_the_directorate(fill, schools):
    """Its facts are known all the same; who visits it, the account tells that sends."""
    school = schools["UNPLANNED"]
    filling = fill(unplanned_visit(school))
    assert "V-UNPLANNED" not in filling.choices("identification/visit")
    offered = filling.choices("identification/other_school")
    assert "UNPLANNED" in offered
    assert "ELSEWHERE" not in offered
    assert filling.value("head_count/census") == str(30 + 28)
    assert filling.value("location/distance_m") == "0"
    values = read_values(filling.finalize())
    assert values["identification/school"] == "UNPLANNED"
    assert values["identification/school_name"] == school.label
    assert not values.get("identification/supervisor_code")


def test_a_visit_in_the_plan_is_not_asked_for_the_school_twice(fill, schools):
    assert "identification/other_school" not in fill(visit(schools["MIXED"])).asked()
    both = first_screen(schools["MIXED"]) | {"other_school": "UNPLANNED"}
    with pytest.raises(NotAsked, match="other_school"):
        fill({"identification": both})


def test_a_plan_line_chosen_afterwards_counts_and_the_other_school_is_gone(fill, schools):
    filling = fill(unplanned_visit(schools["UNPLANNED"]))
    filling.answer("identification/visit", "V-TO7")
    filling.answer("arrival/session_visited", "evening")
    values = read_values(filling.finalize())
    assert values["identification/school"] == "TO7"
    assert values["identification/supervisor_code"] == "SUP-1"
    assert "identification/other_school" not in values


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_without_a_school_is_refused(fill, schools, language):
    first = first_screen(schools["UNPLANNED"])
    del first["visit"]
    refused = fill({"identification": first}, language).violation()
    assert (refused.path, refused.kind) == ("identification/other_school", "required")


@pytest.fixture
def fill_with_plan(compiled, schools, tmp_path):
    """Fill with a plan of two schools, of which some lines say that lessons may be observed."""

    def fill(answers, certified, *, is_empty=False):
        known = [schools[code] for code in ("MIXED", "BOYS", "UNPLANNED")]
        write_media(tmp_path, known, certified=certified)
        if is_empty:
            plan = tmp_path / "visit_plan.csv"
            plan.write_text(plan.read_text(encoding="utf-8").splitlines()[0] + "\n")
        return OdkForm(compiled[FORM].xform, tmp_path).new(LANGUAGES["en"]).fill(answers)

    return fill


def test_a_certified_supervisor_observes_lessons_outside_the_plan_too(fill_with_plan, schools):
    """The plan on the tablet is the supervisor's own: any line of it tells who is certified."""
    answers = unplanned_visit(
        schools["UNPLANNED"], observing={"lesson_count": 1}, lessons=[lesson(feedback=5)]
    )
    values = read_values(fill_with_plan(answers, ("MIXED", "BOYS")).finalize())
    assert values["identification/is_certified"] == "yes"
    assert values["lessons/lesson/feedback"] == "5"


def test_a_certified_supervisor_whose_plan_names_no_school_observes_lessons(
    compiled, schools, tmp_path
):
    """The one row of the tablet's plan says who is certified; no question offers it."""
    write_media(tmp_path, [schools["MIXED"]])
    nobody = dict.fromkeys(Visit.__dataclass_fields__, "")
    own = {"visit_code": "V0", "label": "مشرف", "supervisor_code": "SUP-1", "district": "-"}
    write_list(tmp_path / "visit_plan.csv", [nobody | own | {"is_certified": "yes"}])
    filling = OdkForm(compiled[FORM].xform, tmp_path).new()
    assert filling.choices("identification/visit") == {}
    answers = unplanned_visit(
        schools["MIXED"], observing={"lesson_count": 1}, lessons=[lesson(feedback=5)]
    )
    filling.fill(answers)
    assert filling.choices("identification/visit") == {}
    values = read_values(filling.finalize())
    assert values["lessons/lesson/feedback"] == "5"


@pytest.mark.parametrize(
    ("certified", "is_empty"),
    [
        pytest.param((), False, id="not certified"),
        pytest.param(("MIXED",), False, id="the plans of several, as an older Central gives them"),
        pytest.param((), True, id="no plan"),
    ],
)
def test_who_is_not_known_to_be_certified_observes_no_lesson_outside_the_plan(
    fill_with_plan, schools, certified, is_empty
):
    filling = fill_with_plan(unplanned_visit(schools["UNPLANNED"]), certified, is_empty=is_empty)
    assert "observing/lesson_count" not in filling.asked()
    assert read_values(filling.finalize())["identification/is_certified"] == "no"


def test_heads_are_held_against_the_registers_and_the_census(fill, schools):
    filling = fill(visit(schools["MIXED"]))
    shown = {name: filling.value(f"head_count/{name}") for name in
             ("present", "register", "census", "present_pct")}  # fmt: skip
    assert shown == {
        "present": str(2 * (14 + 13)),
        "register": str(2 * (15 + 14)),
        "census": str(30 + 28),
        "present_pct": "93",  # 54 of 58
    }


@pytest.mark.parametrize(("present", "is_asked"), [(12, False), (11, True)])
def test_a_class_that_is_not_there_asks_for_a_reason(fill, schools, present, is_asked):
    """Three quarters of 16."""
    one = klass(schools["GIRLS"], girls_register=16, girls_present=present)
    asked = fill(visit(schools["GIRLS"], one, counting=_counted(1))).asked()
    assert ("head_count/reason_presence" in asked) is is_asked


def _counted(count: int, all_counted: str = "no") -> dict:
    return {"class_count": count, "all_counted": all_counted}


@pytest.mark.parametrize(
    ("register", "all_counted", "is_asked"),
    [(180, "yes", False), (179, "yes", True), (220, "yes", False), (221, "yes", True),
     (100, "no", False)],
)  # fmt: skip
def test_registers_unlike_the_census_ask_for_a_reason(
    fill, schools, register, all_counted, is_asked
):
    """The census has 200 girls; a tenth more or less is usual."""
    half = register // 2
    classes = [
        klass(schools["GIRLS"], girls_register=count, girls_present=count)
        for count in (half, register - half)
    ]
    answers = visit(schools["GIRLS"], *classes, counting=_counted(2, all_counted))
    assert ("head_count/reason_census" in fill(answers).asked()) is is_asked


@pytest.mark.parametrize(
    ("more", "reason", "is_asked"),
    [
        ({"girls_present": 15}, "reason_present", False),
        ({"girls_present": 16}, "reason_present", True),
        ({"class_grade": 6}, "reason_grade", False),
        ({"class_grade": 7}, "reason_grade", True),
        ({"class_grade": 0}, "reason_grade", True),
    ],
)
def test_an_unusual_class_asks_for_a_reason(fill, schools, more, reason, is_asked):
    filling = fill(visit(schools["MIXED"], klass(schools["MIXED"], **more)))
    assert (f"classes/class/{reason}" in filling.asked()) is is_asked


def test_a_boys_school_is_asked_about_girls_only_if_it_has_some(fill, schools):
    asked = fill(visit(schools["BOYS"])).asked()
    assert not [path for path in asked if path.startswith("classes") and "girls" in path]
    mixed = klass(schools["MIXED"])
    first = first_screen(schools["BOYS"], has_other_sex="yes")
    values = read_values(fill(visit(schools["BOYS"], mixed, identification=first)).finalize())
    assert values["classes/class_present"] == str(14 + 13)


def _first_outside_the_plan(school) -> dict:
    return unplanned_visit(school)["identification"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OTHERS", "yes"),  # a boys' school whose census has girls
        ("GIRLS", "no"),
        ("BOYS", None),  # no census
    ],
)
@pytest.mark.parametrize("first", [first_screen, _first_outside_the_plan])
def test_whether_the_other_sex_is_there_is_taken_from_the_census(fill, schools, first, code, said):
    answers = first(schools[code])
    del answers["has_other_sex"]
    filling = fill({"identification": answers})
    assert filling.value("identification/has_other_sex") == said
    filling.answer("identification/has_other_sex", "yes")
    assert filling.value("identification/has_other_sex") == "yes"


@pytest.mark.parametrize(
    ("first", "code", "said"),
    [
        (first_screen, "GIRLS", "evening"),
        (_first_outside_the_plan, "UNPLANNED", "noon"),
        (first_screen, "MIXED", None),  # the list does not say
    ],
)
def test_the_session_is_the_school_s_and_can_be_changed(fill, schools, first, code, said):
    filling = fill({"identification": first(schools[code])})
    assert filling.value("arrival/session_visited") == said
    filling.answer("arrival/session_visited", "morning")
    assert filling.value("arrival/session_visited") == "morning"


def test_who_is_here_is_asked_of_those_who_should_be(fill, schools):
    """More here than should be is no answer to it, and is refused."""
    filling = fill(visit(schools["MIXED"]))
    for name, those in (("female_here", "Of these women"), ("male_here", "Of these men")):
        assert filling.label(f"staff/{name}").startswith(those)


def test_no_class_counted_asks_for_a_reason(fill, schools):
    counting = {"class_count": 0, "reason_no_count": "x"}
    values = read_values(fill(visit(schools["MIXED"], counting=counting, classes=None)).finalize())
    assert not [path for path in values if path.startswith(("classes", "head_count"))]


def test_a_closed_school_is_asked_for_its_buildings_alone(fill, schools):
    filling = fill(closed_school(schools["MIXED"]))
    groups = {path.split("/")[0].split("[")[0] for path in filling.asked()}
    assert groups == {
        "identification", "arrival", "location", "safety", "wash", "earlier_actions", "agreeing",
        "head", "declaration",
    }  # fmt: skip
    filling.finalize()


@pytest.mark.parametrize(
    ("latitude", "metres", "is_asked"),
    [(33.35, 0, False), (33.354, 445, False), (33.36, 1112, True)],
)
def test_the_distance_from_the_registered_place_is_shown(fill, schools, latitude, metres, is_asked):
    """A thousandth of a degree of latitude is 111 m."""
    filling = fill(visit(schools["MIXED"], location={"gps": (latitude, 43.78, 50, 6)}))
    assert int(filling.value("location/distance_m")) == pytest.approx(metres, abs=5)
    assert ("location/reason_distance" in filling.asked()) is is_asked


def test_a_place_that_was_not_read_asks_for_a_reason(fill, schools):
    with pytest.raises(Rejected) as refused:
        fill(visit(schools["MIXED"], location=None)).finalize()
    assert refused.value.path == "location/reason_gps"


@pytest.mark.parametrize(
    ("answers", "name", "is_asked"),
    [
        (STAFF_DUE, "absence_reasons", False),
        (STAFF_DUE | {"male_here": 2}, "absence_reasons", True),
        (STAFF_DUE, "reason_staff", False),  # 8 of the 9 on the list
        (STAFF_DUE | {"female_due": 7}, "reason_staff", True),
    ],
)
def test_staff_who_are_not_there_or_too_many_are_asked_about(
    fill, schools, answers, name, is_asked
):
    first = {"identification": first_screen(schools["MIXED"])}
    arrival = {"arrival": {"session_visited": "morning", "is_open": "yes"}}
    asked = fill(first | arrival | {"staff": answers}).asked()
    assert (f"staff/{name}" in asked) is is_asked


def test_only_a_certified_observer_scores_lessons(fill, schools):
    assert "observing/lesson_count" not in fill(visit(schools["GIRLS"])).asked()
    answers = visit(
        schools["MIXED"],
        observing={"lesson_count": 2},
        lessons=[lesson(), lesson(feedback=5)],
    )
    values = read_values(fill(answers).finalize())
    assert values["lessons[2]/lesson/feedback"] == "5"
    with pytest.raises(NotAsked, match="observing"):
        fill(visit(schools["GIRLS"], observing={"lesson_count": 1}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_agreed_before_is_read_out_with_its_owner_and_its_day(fill, schools, language):
    filling = fill(visit(schools["MIXED"]), language)
    screens = [one for one in filling.screens() if one.path.endswith("/earlier_action")]
    assert [ACTIONS[at].label in screen.title for at, screen in enumerate(screens)] == [True, True]
    hint = filling.hint("earlier_actions/earlier_action/action_state")
    assert getattr(ACTIONS[0], f"owner_{language}") in hint
    assert hint.endswith(f": {DUE[language][0]}")
    assert ACTIONS[0].due_date not in hint


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_due_day_is_written_out_as_the_form_writes_days(fill, schools, language):
    """An ISO date falls apart among words written from right to left."""
    values = read_values(fill(visit(schools["MIXED"])).finalize())
    said = [values[f"earlier_actions{at}/due_{language}"] for at in ("", "[2]")]
    assert said == DUE[language]


def test_an_action_without_a_due_day_shows_a_dash(fill, schools):
    filling = fill(visit(schools["GUEST"]))
    assert filling.hint("earlier_actions/earlier_action/action_state").endswith("Due: –")


def test_each_earlier_action_is_a_row_with_its_code(fill, schools):
    values = read_values(fill(visit(schools["MIXED"])).finalize())
    assert [values[f"earlier_actions{at}/action_code"] for at in ("", "[2]")] == ["A1", "A2"]
    values = read_values(fill(visit(schools["BOYS"])).finalize())
    assert not [path for path in values if path.startswith("earlier_actions")]


def test_new_actions_have_an_owner_and_a_day(fill, schools):
    values = read_values(fill(eventful_visit(schools["MIXED"])).finalize())
    assert {name: values[f"actions/action/{name}"] for name in ACTION} == ACTION


@pytest.mark.parametrize(("signature", "is_asked"), [("s.png", False), (None, True)])
def test_a_head_who_does_not_sign_asks_for_a_reason(fill, schools, signature, is_asked):
    filling = fill(visit(schools["MIXED"], head={"head_name": "م", "signature": signature}))
    assert ("head/reason_signature" in filling.asked()) is is_asked


@pytest.mark.parametrize(("common", "is_asked"), [(1, False), (0, True)])
def test_a_school_without_a_usable_toilet_asks_for_a_word(fill, schools, common, is_asked):
    wash = WASH | {"girls_toilets": 0, "boys_toilets": 0, "common_toilets": common}
    asked = fill(visit(schools["MIXED"], wash=wash)).asked()
    assert ("wash/reason_toilets" in asked) is is_asked


def test_a_photo_is_asked_only_of_a_danger_that_was_seen(fill, schools):
    assert "safety/safety_photo" not in fill(visit(schools["MIXED"])).asked()
    filling = fill(visit(schools["MIXED"], safety={"hazards": ["fire"]}))
    assert "safety/safety_photo" in filling.asked()
    filling.answer("safety/safety_photo", "fire.jpg")
    assert read_values(filling.finalize())["safety/safety_photo"] == "fire.jpg"
