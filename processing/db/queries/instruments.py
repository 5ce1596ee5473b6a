"""What the other instruments than census and facility return sent, as sources of facts.

In: `submission_now` and the survey tables, as in `processing.db.queries.returns`. A repeat's name
ends its table's: `people` is survey.staff_return_people.
"""

from config.codes import read_codes
from processing.db.queries.returns import (
    IDENTIFICATION,
    ROOTS,
    SEX_WORDS,
    SOURCES,
    Source,
    kinds,
)

LEAVER_REASONS = tuple(code.code for code in read_codes("leaver_reason"))
DOMAINS = tuple(code.code for code in read_codes("disability_domain"))
OUTCOMES = tuple(code.code for code in read_codes("year_end_outcome"))
EXAM_ROUNDS = tuple(code.code for code in read_codes("exam_round") if code.code != "none")
CLOSURE_REASONS = tuple(code.code for code in read_codes("closure_reason") if code.code != "none")
SUBJECTS = {code.code: code.extra["textbook_screen"] for code in read_codes("subject")}
SUBJECT_GROUPS = {"1": "core", "2": "further", "3": "more"}
# The screens of the textbook return.
OPERATORS = tuple(code.code for code in read_codes("mobile_operator"))
ELEMENTS = tuple(code.code for code in read_codes("observation_element"))
HOURED_SOURCES = ("grid", "private_generator", "community_generator", "solar")
ABSENCES = {
    sex: tuple(
        code.code
        for code in read_codes("teacher_absence")
        if code.code != "none" and (sex, code.code) != ("male", "maternity")
    )
    for sex in SEX_WORDS
}
MOVES = ("start", "joined", "left", "end", "absent_days")


def _repeat(form_id: str, name: str, path: str, **columns: str) -> Source:
    table = f"{form_id}{path}".replace("/", "_")
    return Source(name, table, kinds(**columns), path)


def _by_sex(pattern: str, codes) -> str:
    return " ".join(pattern.format(w, c) for w in SEX_WORDS.values() for c in codes)


CENSUS_SPECIAL = Source(
    "special",
    "school_census",
    kinds(count=_by_sex("leavers_{}_{}", LEAVER_REASONS), words="special_special_groups"),
)
CENSUS_LEVEL = _repeat(
    "school_census",
    "level_row",
    "/levels",
    word="stage",
    count=_by_sex("difficulties_{}_{}", DOMAINS)
    + " displacement_girls_displaced displacement_boys_displaced",
)

RESULTS = Source(
    "results", "year_end_results", kinds(count=_by_sex("leavers_{}_{}", LEAVER_REASONS))
)
RESULT_ROW = _repeat(
    "year_end_results",
    "result_row",
    "/grades",
    count="grade "
    + _by_sex("{}_{}", ("enrolled", *OUTCOMES))
    + " "
    + _by_sex("{}_exam_{}", [f"{did}_{n}" for n in EXAM_ROUNDS for did in ("sat", "passed")]),
)

MONTH = Source(
    "month_return",
    "monthly_return",
    kinds(
        words="moves_moved",
        count="has_girls has_boys days_days_held teachers_female_on_duty teachers_male_on_duty"
        " outages_water_days outages_power_days "
        + " ".join(f"lost_days_{reason}" for reason in CLOSURE_REASONS)
        + " "
        + " ".join(f"teacher_absences_{s}_{reason}" for s in SEX_WORDS for reason in ABSENCES[s]),
    ),
)
MONTH_ROW = _repeat(
    "monthly_return", "month_row", "/grades", count="grade " + _by_sex("pupils_{}_{}", MOVES)
)

BOOK_ROW = _repeat(
    "textbook_return",
    "book_row",
    "/grades",
    count="grade "
    + " ".join(
        f"{SUBJECT_GROUPS[screen]}_{subject}_{what}"
        for subject, screen in SUBJECTS.items()
        for what in ("copies", "needed")
    ),
)

CONNECTIVITY = Source(
    "readiness",
    "connectivity_readiness",
    kinds(
        word="internet_connection internet_provider internet_payer speed_speed_measured"
        " place_storage people_has_focal_person people_focal_job "
        + " ".join(f"signal_{operator}_network" for operator in OPERATORS),
        count="internet_monthly_cost_iqd speed_latency_ms power_lesson_hours place_sockets"
        " people_staff_trained "
        + " ".join(f"power_{source}_hours" for source in HOURED_SOURCES)
        + " "
        + " ".join(f"signal_{operator}_dbm" for operator in OPERATORS),
        real="speed_download_mbps speed_upload_mbps",
        words="power_sources people_training_topics",
        day="people_last_training",
    ),
)
DEVICE_ROW = _repeat(
    "connectivity_readiness",
    "device_row",
    "/devices",
    word="device_kind device_serial device_state",
    count="device_android_version",
)

PEOPLE = _repeat(
    "staff_return",
    "people",
    "/people",
    word="assignment_code state change_left_how post_now work_now attachment_now contract_now"
    " qualification_now institution_now pedagogical_now",
    count="periods_now is_here is_teacher is_trained",
    words="training_training_kinds",
)
TEACHING = _repeat(
    "staff_return",
    "teaching",
    "/people/teaching",
    word="line_line_level line_line_subject",
    count="line_line_periods",
)
NEWCOMERS = _repeat(
    "staff_return",
    "newcomers",
    "/newcomers",
    word="newcomer_name newcomer_staff_number newcomer_sex newcomer_joined_how newcomer_post"
    " newcomer_work newcomer_attachment newcomer_contract background_qualification"
    " background_institution background_pedagogical",
    count="newcomer_birth_year newcomer_periods newcomer_is_here newcomer_is_teacher",
    words="background_in_service_kinds",
)
LESSONS = _repeat(
    "staff_return",
    "taught",
    "/newcomers/lessons",
    word="lesson_lesson_level lesson_lesson_subject",
    count="lesson_lesson_periods",
)

VISIT = Source(
    "visit",
    "inspection_visit",
    kinds(
        word=f"{IDENTIFICATION} identification_supervisor_code identification_is_announced"
        " arrival_session_visited arrival_is_open arrival_closure_reason arrival_head_present"
        " counting_all_counted wash_water_now wash_soap_water_now",
        count="location_distance_m staff_female_due staff_female_here staff_male_due"
        " staff_male_here wash_girls_toilets wash_boys_toilets wash_common_toilets",
        real="location_gps_latitude location_gps_longitude",
        words="staff_absence_reasons safety_hazards",
        day="identification_visit_date",
    ),
)
CLASS_ROW = _repeat(
    "inspection_visit",
    "class_row",
    "/classes",
    word="class_class_grade",
    count="class_girls_register class_girls_present class_boys_register class_boys_present",
)
LESSON_ROW = _repeat(
    "inspection_visit",
    "lesson_row",
    "/lessons",
    word="lesson_lesson_grade lesson_lesson_subject "
    + " ".join(f"lesson_{element}" for element in ELEMENTS),
)
ACTION_ROW = _repeat(
    "inspection_visit",
    "action_row",
    "/actions",
    word="action_what action_owner",
    day="action_due_date",
)
EARLIER_ROW = _repeat(
    "inspection_visit",
    "earlier_row",
    "/earlier_actions",
    word="action_code earlier_action_action_state",
)

INSTRUMENTS = (
    CENSUS_SPECIAL, CENSUS_LEVEL, RESULTS, RESULT_ROW, MONTH, MONTH_ROW, BOOK_ROW, CONNECTIVITY,
    DEVICE_ROW, PEOPLE, TEACHING, NEWCOMERS, LESSONS, VISIT, CLASS_ROW, LESSON_ROW, ACTION_ROW,
    EARLIER_ROW,
)  # fmt: skip
# Every source by its name, and the tables of all.
EVERY_SOURCE = {**SOURCES, **{source.name: source for source in INSTRUMENTS}}
TABLES = sorted({*ROOTS, *(source.table for source in EVERY_SOURCE.values())})
