"""True schools that look false. No blocking rule may refuse one of them.

Each is a name, its line in the registry, and what it answers in one of the two forms. Where the
form asks for a reason, the school gives it: a reason is asked, never a change of the figures.
"""

from dataclasses import dataclass

from tests.forms.answers import SESSION_ROOMS, census, facility, grade
from tests.forms.media import HOST_SAID, School

REASON = "كذلك هو واقع المدرسة"


@dataclass(frozen=True)
class OddSchool:
    name: str
    form_id: str
    school: School
    answers: dict


def _census(name: str, school: School, *grades: dict, **more) -> OddSchool:
    return OddSchool(name, "school_census", school, census(school, *grades, **more))


def _facility(name: str, school: School, **changes) -> OddSchool:
    return OddSchool(name, "facility_return", school, facility(school, **changes))


def _primary(**counts) -> list[dict]:
    """Six ordinary grades, a few pupils each."""
    return [grade(number, **counts) for number in range(1, 7)]


FEW = {"age_0": 9, "age_1": 2, "age_2": 1}

ODD_SCHOOLS = (
    _facility(
        "the third shift of a building, a guest",
        School("ODD01", building_role="guest", level="secondary", lowest_grade=7, highest_grade=12),
    ),
    _facility(
        "a guest that disputes what the host reported",
        School("ODD02", building_role="guest", **HOST_SAID),
        building_confirmed="no",
        building_dispute="لا ماء في دوامنا",
    ),
    _facility(
        "a school without a toilet",
        School("ODD03"),
        rooms={
            "classrooms": 6,
            "classrooms_usable": 6,
            **SESSION_ROOMS,
            "toilets_used_in_session": 0,
        },
        sanitation={"toilet_type": "none"},
        access={"ramp": "no", "adapted_materials": "no"},
    ),
    _facility(
        "a camp school in tents, with water from a tanker and no power",
        School("ODD04"),
        structure={"built_as_school": "no", "material": "tent", "condition": "major_repair"},
        rooms={
            "classrooms": 0,
            "classrooms_usable": 0,
            **SESSION_ROOMS,
            "reason_rooms": "خيم",
        },
        water={"source": "tanker_cart", "available": "no"},
        hygiene={"handwashing": "no"},
        power={"sources": ["none"]},
        ict={"computers_pupils": 0, "internet": "none"},
    ),
    _facility(
        "a school without any source of water, where no satellite is seen",
        School("ODD05"),
        water={"source": "none"},
        location={"reason_gps": "بناية بين جبال"},
    ),
    _facility(
        "a school none of whose rooms or toilets is usable, which teaches all the same",
        School("ODD06"),
        rooms={"classrooms": 6, "classrooms_usable": 0, **SESSION_ROOMS, "reason_rooms": REASON},
        sanitation={
            "toilet_type": "pit_without_slab",
            "toilets": 2,
            "girls_usable": 0,
            "boys_usable": 0,
            "common_usable": 0,
            "reason_toilets": REASON,
        },
    ),
    _census(
        "a grade of one pupil",
        School("ODD07"),
        *_primary(girls=FEW, boys=FEW)[:5],
        grade(6, boys={"age_3": 1}),
    ),
    _census(
        "girls in a rural boys' school",
        School("ODD08", sex="boys"),
        *_primary(girls={"age_0": 2}, boys=FEW),
        has_other_sex="yes",
    ),
    _census(
        "boys in the lower grades of a girls' school",
        School("ODD09", sex="girls"),
        grade(1, FEW, {"age_0": 3}),
        *_primary(girls=FEW)[1:],
        has_other_sex="yes",
    ),
    _census(
        "grades 7 to 9 attached to a primary school",
        School("ODD10", highest_grade=9),
        *(grade(number, FEW, FEW) for number in range(1, 10)),
    ),
    _census(
        "an evening school with women of twenty-five and over",
        School("ODD11", level="secondary", sex="girls", lowest_grade=7, highest_grade=12),
        *(grade(number, {"age_5": 3, "age_6": 30}) for number in range(7, 13)),
    ),
    _census(
        "a basic school of grades 1 to 9 in the Kurdistan Region",
        School(
            "ODD12",
            ministry="krg",
            governorate="IQG11",
            district="IQG11Q02",
            level="basic",
            highest_grade=9,
        ),
        *(grade(number, FEW, FEW, sections=2) for number in range(1, 10)),
    ),
    _census(
        "a camp school that opened this year and took in everyone from elsewhere",
        School("ODD13"),
        *(
            grade(number, {"age_1": 9, "transferred_in": 9}, FEW | {"transferred_in": 12})
            for number in range(1, 7)
        ),
    ),
    _census(
        "a federal representation among displaced people in Duhok",
        School("ODD14", ministry="federal", governorate="IQG09", district="IQG09Q02"),
        *_primary(girls=FEW, boys=FEW),
    ),
    _census(
        "a school that answers the round of the other ministry",
        School("ODD15", ministry="krg", governorate="IQG15", district="IQG15Q07"),
        *_primary(girls=FEW, boys=FEW),
        round="C2026",
        reason_round="لجنة مشتركة",
    ),
    _census(
        "a school of one teacher, all six grades in one section",
        School("ODD16"),
        grade(1, {"age_0": 2}, {"age_0": 1}, sections=1, combined="yes"),
        *(
            grade(number, {"age_0": 1}, {"age_1": 2}, sections=0, combined="yes")
            for number in range(2, 7)
        ),
    ),
    _census(
        "a kindergarten that has only the second year",
        School("ODD17", level="kindergarten", lowest_grade=0, highest_grade=0),
        grade(0, {"age_0": 12}, {"age_0": 11, "age_m1": 1}),
    ),
    _census(
        "a school with an empty grade between two full ones",
        School("ODD18"),
        *_primary(girls=FEW, boys=FEW)[:3],
        grade(4, sections=0, reason_sections=REASON),
        *_primary(girls=FEW, boys=FEW)[4:],
    ),
    _census(
        "ninety-five pupils in one section",
        School("ODD19"),
        grade(1, {"age_0": 50}, {"age_0": 45}, reason_sections=REASON),
        *_primary(girls=FEW, boys=FEW)[1:],
    ),
    _census(
        "a school that doubled when displaced families came",
        School("ODD20", pupils_last_year="70"),
        *_primary(girls=FEW, boys=FEW),
        reason_change="عائلات نازحة",
    ),
    _census(
        "a grade in which no year of birth is known and most repeat",
        School("ODD21"),
        grade(1, {"age_unknown": 12, "repeaters": 11}, reason_ages=REASON, reason_flow=REASON),
        *_primary(girls=FEW, boys=FEW)[1:],
    ),
    _census(
        "an institute of five years after grade 9",
        School("ODD22", level="institute", sex="girls", lowest_grade=10, highest_grade=14),
        *(grade(number, {"age_0": 20, "age_1": 5}) for number in range(10, 15)),
    ),
    _census(
        "a primary that takes in pupils of grade 1 whom it calls neither new nor old",
        School("ODD23"),
        grade(1, {"age_0": 5}, entrants={"girls_age_0": 3}, reason_flow=REASON),
        *_primary(girls=FEW, boys=FEW)[1:],
    ),
)
