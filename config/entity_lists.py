"""The entity lists that tablets get: the properties of each, in their order.

A form reads them as columns of `<list>.csv`; every value is text.
"""

from config.codes import read_codes
from config.corrections import NUMBERS_MAX
from config.settings import LANGUAGES

HOST_PROPERTIES = (
    "host_year", *(f"host_said_{language}" for language in LANGUAGES), "building_facts"
)  # fmt: skip
DEVICE_PROPERTIES = ("device_kinds", "device_serials")
HELD_PROPERTIES = (
    "pupils_held_year",
    *(f"pupils_held_{language}" for language in LANGUAGES),
)
# What follows from facts, not from the registry: told as returns land.
TOLD_PROPERTIES = (
    "pupils_last_year",
    "last_month",
    "last_month_girls",
    "last_month_boys",
    "teachers_on_duty",
    *HOST_PROPERTIES,
    "head_name",
    *DEVICE_PROPERTIES,
    *HELD_PROPERTIES,
    "received",
)
SCHOOL_PROPERTIES = (
    "school_code",
    "governorate",
    "district",
    "directorate",
    "ministry",
    "curriculum",
    "level",
    "sex",
    "lowest_grade",
    "highest_grade",
    "building_code",
    "building_role",
    "latitude",
    "longitude",
    *TOLD_PROPERTIES,
)
"""`pupils_last_year`: of the census before the one that is asked now; `last_month…`: pupils at the
end of the newest month of which it is known, a number a grade (docs/decisions/last-month.md);
`teachers_on_duty`: women and men, `5 3`, as the newest month says, else as the staff on record;
`host_said_…`: of a guest, what the host of its building answered last, in words, for the school
year `host_year`; of a host what it answered itself before the year that is asked, and there
`building_facts`, by code (config.building_words.LASTING; docs/decisions/last-building.md);
`head_name`: empty where the staff on record have no head, or more than one;
`device_…`: of each device of the newest connectivity return, with a space between (`tablet laptop`,
`R52T-100 -`), `-` for what is not known; `pupils_held_…`: where the record of the school's pupils
is kept elsewhere, what is held there for the school year `pupils_held_year`, in words.
"""
# Whom a round asks, one after the other: its ministries, or the general directorates where it asks
# some alone. What asks more of them than these goes to their ministries.
ASKED = tuple(f"asked_{n}" for n in range(1, 13))
ASKED_MINISTRIES = ASKED[: len(read_codes("ministry"))]
ROUND_PROPERTIES = (
    "round_code",
    "form_id",
    "ministry",
    "school_year",
    "reference_date",
    "opens_on",
    "due_on",
    "closes_on",
    *ASKED,
)

# What a tablet is limited by: a property of its app user and, of the same name, of the lists.
HOLDER_PROPERTIES = {"school": "school_code", "supervisor": "supervisor_code"}
# Beside it an account names the general directorate and the ministry of the school, or of the post.
GENERAL_DIRECTORATE, MINISTRY = "general_code", "ministry"


def _same(name: str) -> tuple[tuple[str, str], ...]:
    return ((name, name),)


# List -> (a property of it, a property of app users): Central gives a tablet the entities in which
# one of these pairs is equal. A tablet that has none of the properties receives nothing.
ACCESS_FILTERS = {
    "schools": _same("school_code"),
    "staff": _same("school_code"),
    "corrections": _same("school_code"),
    "visit_plan": _same("supervisor_code"),
    "agreed_actions": _same("supervisor_code"),
    "directorate_schools": _same(GENERAL_DIRECTORATE),
    "rounds": (
        *((name, MINISTRY) for name in ASKED_MINISTRIES),
        *((name, GENERAL_DIRECTORATE) for name in ASKED),
    ),
}
ACTOR_PROPERTIES = (*HOLDER_PROPERTIES.values(), GENERAL_DIRECTORATE, MINISTRY)
STAFF_PROPERTIES = (
    "assignment_code",
    "staff_number",
    "school_code",
    "post",
    "work",
    "attachment",
    "contract",
    "qualification",
    "institution",
    "pedagogical",
    "weekly_periods",
    "facts_ar",
    "facts_ckb",
    "facts_en",
)
"""One row a person and school; who works at two schools has two. `assignment_code` has no space.

The label is the name, the work and the weekly periods; `facts_…` say the rest in words, with what
the person teaches at which level. Never a national id or a telephone number: tablets keep this in
clear text.
"""
VISITED_SCHOOL_PROPERTIES = (
    "district",
    "ministry",
    "sex",
    "lowest_grade",
    "highest_grade",
    "latitude",
    "longitude",
    "session",
    "girls_census",
    "boys_census",
    "staff_listed",
)
"""What a supervisor's tablet knows of a school, planned or not; counts are the census's."""
VISIT_PLAN_PROPERTIES = (
    "visit_code",
    "supervisor_code",
    "school_code",
    "school_name",
    *VISITED_SCHOOL_PROPERTIES,
    "is_certified",
    "planned_date",
)
"""One row a supervisor and school, with the facts for the visit; the label is the school's name.

Central gives a supervisor's tablet its own rows (`supervisor_code`). A Central that cannot filter
gives all rows: then the label also names the supervisor. `is_certified`: may observe lessons; where
all rows on the tablet say so, outside the plan as well. A certified supervisor without a planned
visit has a row without a school, in no district, which no form offers.
"""
DIRECTORATE_SCHOOL_PROPERTIES = (
    "school_code",
    GENERAL_DIRECTORATE,
    *VISITED_SCHOOL_PROPERTIES,
)
"""One row an open school, with the facts for a visit; the label is its name.

A supervisor's tablet gets those of its general directorate, for a visit outside the plan.
"""
AGREED_ACTION_PROPERTIES = (
    "action_code",
    "supervisor_code",
    "school_code",
    "due_date",
    "owner_ar",
    "owner_ckb",
    "owner_en",
)
"""What was agreed at earlier visits and is not done; the label says what. Code without a space.

One row an action and the supervisor who follows it, whose tablet alone gets it.
"""
CORRECTION_PROPERTIES = (
    "task_code",
    "school_code",
    "open_for",
    "form_id",
    "round",
    "due_on",
    *(f"title_{language}" for language in LANGUAGES),
    *(f"why_{language}" for language in LANGUAGES),
    *(f"reported_{language}" for language in LANGUAGES),
    "number_count",
    *(f"number_{n}_{language}" for n in range(1, NUMBERS_MAX + 1) for language in LANGUAGES),
    *(f"reported_{n}" for n in range(1, NUMBERS_MAX + 1)),
)
"""One row a correction task that is on the tablet. `open_for`: the school's code until the tablet
has answered, then nothing, so that an answered task leaves the list at once, also offline.
"""

LIST_PROPERTIES = {
    "schools": SCHOOL_PROPERTIES,
    "rounds": ROUND_PROPERTIES,
    "corrections": CORRECTION_PROPERTIES,
    "staff": STAFF_PROPERTIES,
    "visit_plan": VISIT_PLAN_PROPERTIES,
    "agreed_actions": AGREED_ACTION_PROPERTIES,
    "directorate_schools": DIRECTORATE_SCHOOL_PROPERTIES,
}
# What an answer empties on the tablet and at Central, before the answer has been pulled.
EMPTIED = {"corrections": ("open_for",)}
