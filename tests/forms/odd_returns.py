"""True schools that look false, in all returns but the census and the facility return."""

from tests.forms.media import School
from tests.forms.odd_schools import REASON, OddSchool
from tests.forms.returns import (
    BOOKS,
    connectivity,
    month_of,
    monthly,
    results,
    teachers,
    textbooks,
    year_end,
)
from tests.forms.staff import newcomer, people, staff
from tests.forms.updates import PARTS, update
from tests.forms.visits import STAFF_DUE, WASH, closed_school, klass, visit

LONG_DAYS = {"enrolled": 40, "passed": 10, "failed": 25, "struck_off": 5}
ONE_PUPIL = {"enrolled": 1, "passed": 1}
CLOSED = {"days_held": 0, "lost_reasons": ["security"]}


def _odd(name: str, form_id: str, school: School, answers: dict) -> OddSchool:
    return OddSchool(name, form_id, school, answers)


def _year(name: str, school: School, *grades: dict, **changes) -> OddSchool:
    return _odd(name, "year_end_results", school, year_end(school, *grades, **changes))


def _month(name: str, school: School, *grades: dict, **changes) -> OddSchool:
    return _odd(name, "monthly_return", school, monthly(school, *grades, **changes))


EVENING = School("ODD31", level="secondary", sex="girls", lowest_grade=7, highest_grade=12)
RURAL_BOYS = School("ODD32", sex="boys")
KRG_BASIC = School(
    "ODD33",
    ministry="krg",
    governorate="IQG11",
    district="IQG11Q02",
    level="basic",
    highest_grade=9,
)
INSTITUTE = School("ODD34", level="institute", sex="girls", lowest_grade=10, highest_grade=14)
EMPTY = School("ODD35", highest_grade=2)
ONE_TEACHER = School("ODD36", highest_grade=3)
CAMP = School("ODD37", highest_grade=2)
SHUT = School("ODD38", highest_grade=2)
THIRD_SHIFT = School("ODD39", building_role="guest", lowest_grade=7, highest_grade=9)
SUMMER = School("ODD40", highest_grade=1)
NO_BOOKS = School("ODD41", highest_grade=2)
TURKMEN = School("ODD42", governorate="IQG13", district="IQG13Q04", highest_grade=1)
OFFLINE = School("ODD43", building_role="guest")
CLONES = School("ODD44")
ONE_PUPIL_GRADE = School("ODD45", highest_grade=2)
CARRIED = School(
    "ODD46", highest_grade=2, last_month="2026-09", last_month_girls="9 0", last_month_boys="8 7",
    teachers_on_duty="0 1",
)  # fmt: skip

ALONE = School("ODD47", highest_grade=3)
HEADLESS = School("ODD48", highest_grade=3)
VOLUNTEERS = School("ODD49", level="secondary", lowest_grade=7, highest_grade=9)
CROWDED = School("ODD50", highest_grade=9)
LOCKED = School("ODD51")
NOWHERE = School("ODD52", latitude="", longitude="", highest_grade=3)
ATTACHED = School("ODD53")
CAMP_CLOSED = School("ODD54")

NO_GIRLS_EXAM = {"girls_exam": {"rounds": ["none"]}}
NO_EXAM = NO_GIRLS_EXAM | {"boys_exam": {"rounds": ["none"]}}
CLONE = {"kind": "tablet", "serial": "0123456789ABCDEF", "state": "working"}

ODD_RETURNS = (
    _year(
        "an evening school where most fail or are struck off",
        EVENING,
        *(
            results(
                grade,
                EVENING,
                LONG_DAYS,
                reason_failed=REASON,
                **(NO_GIRLS_EXAM if grade in (9, 12) else {}),
            )
            for grade in range(7, 13)
        ),
        leavers_girls={"married": 12, "working": 10, "struck_off": 8},
    ),
    _year(
        "girls in a rural boys' school sit the ministerial exam",
        RURAL_BOYS,
        *(results(grade, RURAL_BOYS, girls=ONE_PUPIL) for grade in range(1, 6)),
        results(
            6,
            RURAL_BOYS,
            girls=ONE_PUPIL,
            girls_exam={"rounds": ["first"], "sat_first": 1, "passed_first": 1},
        ),
        has_other_sex="yes",
    ),
    _year(
        "a basic school of the Kurdistan Region without a ministerial exam in grade 6",
        KRG_BASIC,
        *(results(grade, KRG_BASIC, **(NO_EXAM if grade == 6 else {})) for grade in range(1, 10)),
    ),
    _year(
        "an institute whose third year has an exam of its own",
        INSTITUTE,
        *(
            results(
                grade, INSTITUTE, **({"girls_exam": {"rounds": ["none"]}} if grade == 12 else {})
            )
            for grade in range(10, 15)
        ),
    ),
    _year(
        "a school that lost all its pupils in the year",
        EMPTY,
        *(results(grade, EMPTY, {"enrolled": 0}) for grade in (1, 2)),
    ),
    _year(
        "a grade of one pupil, and one whose results never came",
        ONE_PUPIL_GRADE,
        results(1, ONE_PUPIL_GRADE, ONE_PUPIL),
        results(2, ONE_PUPIL_GRADE, {"enrolled": 12}, reason_outcomes=REASON),
    ),
    _month(
        "a school of one teacher, who was ill for most of the month",
        ONE_TEACHER,
        teachers=teachers(ONE_TEACHER, 0, 1, ["sick"]),
        teacher_absences={"male_sick": 15},
        reason_teachers=REASON,
    ),
    _month(
        "a camp school into which many came in one month",
        CAMP,
        *(
            month_of(CAMP, 12, girls_joined=40, boys_joined=38) | {"reason_moves": REASON}
            for _ in (1, 2)
        ),
    ),
    _month(
        "a school that stayed shut and has no teacher",
        SHUT,
        *(month_of(SHUT, absent_days=None) for _ in (1, 2)),
        days=CLOSED,
        lost_days={"security": 26},
        teachers=teachers(SHUT, 0, 0),
        reason_teachers=REASON,
        outages=None,
    ),
    _month("the third shift of a building, a guest", THIRD_SHIFT),
    _month(
        "a month of holidays, with nobody there and nothing lost",
        SUMMER,
        {"pupils": {"girls_start_typed": 0, "boys_start_typed": 0}},
        days={"days_held": 0, "lost_reasons": ["none"]},
        reason_days=REASON,
        teachers={"female_on_duty_typed": 4, "male_on_duty_typed": 0},
        outages=None,
    ),
    _month(
        "a school that has left a month out, in which a boy went, with an empty grade of girls",
        CARRIED,
        month_of(CARRIED, joined=0, left=None, absent_days=0, boys_start_typed=7, boys_joined=1),
        month_of(CARRIED, joined=0, left=0, absent_days=0, girls_joined=3, girls_left=3),
    ),
    _odd(
        "a school without a single book, which asks for all",
        "textbook_return",
        NO_BOOKS,
        textbooks(
            NO_BOOKS,
            {"core": {"arabic_needed": 60, "science_needed": 60}, "reason_needed": REASON},
            {"core": {}, "reason_books": REASON},
        ),
    ),
    _odd(
        "a Turkmen school with more books than pupils",
        "textbook_return",
        TURKMEN,
        textbooks(
            TURKMEN,
            {"core": BOOKS, "further": {"turkmen_copies": 300}},
            subjects={"languages": ["kurdish", "turkmen"]},
        ),
    ),
    _odd(
        "a guest without power, signal, internet, device or anybody trained",
        "connectivity_readiness",
        OFFLINE,
        connectivity(
            OFFLINE,
            signal={f"{one}_network": "none" for one in ("zain", "asiacell", "korek")},
            internet={"connection": "none"},
            speed={"speed_measured": "no", "reason_speed": REASON},
            power={"sources": ["none"]},
            place={"sockets": 0, "storage": "none", "device_count": 0},
            devices=None,
            people={"has_focal_person": "no", "staff_trained": 0},
        ),
    ),
    _odd(
        "two cheap tablets that carry the same serial number",
        "connectivity_readiness",
        CLONES,
        connectivity(CLONES, CLONE, CLONE | {"reason_same_serial": REASON}),
    ),
    _odd(
        "a school of one teacher, who heads it and teaches 30 periods",
        "staff_return",
        ALONE,
        staff(ALONE),
    ),
    _odd(
        "a school that two people have left, and whom nobody has replaced",
        "staff_return",
        HEADLESS,
        staff(
            HEADLESS,
            roster={"has_changes": "yes", "changed_people": ["H1", "H2"], "new_count": 0},
            people=people(
                HEADLESS,
                H1={"change": {"changes": ["left"], "left_how": "left_teaching"}},
                H2={"change": {"changes": ["left"], "left_how": "leave"}},
            ),
            totals={"reason_heads": REASON, "reason_no_teacher": REASON},
        ),
    ),
    _odd(
        "a school of unpaid lecturers without staff numbers, one of whom heads it",
        "staff_return",
        VOLUNTEERS,
        staff(
            VOLUNTEERS,
            roster={"new_count": 3},
            newcomers=[
                newcomer(
                    f"محاضر {number}",
                    staff_number=None,
                    contract="unpaid_lecturer",
                    work="head" if number == 1 else "subject_teacher",
                    attachment="shared",
                )
                for number in (1, 2, 3)
            ],
        ),
    ),
    _odd(
        "a visit to a school with more pupils in class than in the register, and without a toilet",
        "inspection_visit",
        CROWDED,
        visit(
            CROWDED,
            klass(CROWDED, girls_present=90, reason_present=REASON),
            klass(CROWDED, class_grade=10, reason_grade=REASON),
            wash=WASH | {"girls_toilets": 0, "boys_toilets": 0, "reason_toilets": REASON},
            location={"gps": (33.5, 43.78, 50, 6), "reason_distance": REASON},
        ),
    ),
    _odd(
        "a visit to a school that was locked",
        "inspection_visit",
        LOCKED,
        closed_school(LOCKED),
    ),
    _odd(
        "a visit to a school of no known place, where one teacher came and the head does not sign",
        "inspection_visit",
        NOWHERE,
        visit(
            NOWHERE,
            klass(NOWHERE, girls_present=1, boys_present=0),
            staff=STAFF_DUE | {"female_here": 1, "male_here": 0, "absence_reasons": ["unexcused"]},
            head={"head_name": "المعاون", "reason_signature": REASON},
            head_count={"reason_presence": REASON},
        ),
    ),
    _odd(
        "a new third shift of grade 3 alone, in a building without a code or a place",
        "school_update",
        ATTACHED,
        update(
            ATTACHED,
            "opened",
            new_school=PARTS["opened"]["new_school"]
            | {"new_code": "ODD53", "lowest_grade": 3, "highest_grade": 3, "reason_code": REASON},
            building_now={"session_now": "evening", "building_role": "guest"},
            location={"reason_gps": REASON},
            order={"reason_order": REASON},
        ),
    ),
    _odd(
        "a camp school that closed years ago and of which nobody had told",
        "school_update",
        CAMP_CLOSED,
        update(
            CAMP_CLOSED,
            "closed",
            closing={"closing_reason": "return", "registers_are_at": "لا تُعرف"},
            order={"reason_order": REASON},
        ),
    ),
)
