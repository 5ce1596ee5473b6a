"""Where the properties of tablets' lists are at home: what may be taken over from Central, and why
the rest may not.

| list | may be taken over | it becomes |
|---|---|---|
| schools | what the registry holds of a school (`EDITED`) | the school or its building |
| staff | the facts of a person of a file, of whom no return speaks yet | emis.staff_member |
| visit_plan | planned_date | emis.visit_plan |
| agreed_actions | the label, due_date | quality.action_change |
| rounds, corrections, directorate_schools | nothing | |
"""

import datetime as dt
from collections.abc import Callable, Mapping

from config.codes import known_codes
from config.entity_lists import LIST_PROPERTIES
from processing.db.queries.entity_homes import STAFF_COLUMNS
from processing.feedback.conflicts import EDITED, LABEL

SCHOOLS, ROUNDS, STAFF = "schools", "rounds", "staff"
VISITS, ACTIONS = "visit_plan", "agreed_actions"
TASKS, DIRECTORATE_SCHOOLS = "corrections", "directorate_schools"
# Why only our own value may be chosen.
COMPUTED, REGISTRY, RETURN, ROUND = "computed", "registry", "return", "round"
WHY = {
    SCHOOLS: COMPUTED,
    ROUNDS: ROUND,
    TASKS: COMPUTED,
    STAFF: COMPUTED,
    VISITS: REGISTRY,
    ACTIONS: COMPUTED,
    DIRECTORATE_SCHOOLS: REGISTRY,
}
# What names a row, or says whose it is, comes from the registry in every list.
NAMING = ("staff_number", "school_code", "supervisor_code")

STAFF_CODES = {
    "post": "staff_job",
    "work": "staff_job",
    "attachment": "staff_attachment",
    "contract": "contract_kind",
    "qualification": "qualification",
    "institution": "institution_kind",
    "pedagogical": "yes_no",
}
HOMES = {
    SCHOOLS: frozenset(EDITED),
    STAFF: frozenset(STAFF_COLUMNS),
    VISITS: frozenset(["planned_date"]),
    ACTIONS: frozenset([LABEL, "due_date"]),
}
DAYS = ("planned_date", "due_date")
# More than a week has hours: a longer number is a slip.
MOST_PERIODS = 168

FindReason = Callable[[str], str | None]


def reason_finder(list_name: str, is_of_return: bool) -> FindReason:
    """Property -> why it may not be taken over; None: it may. is_of_return: of a person, does a
    staff return say who it is?
    """

    def find_reason(name: str) -> str | None:
        if list_name not in WHY:
            return None
        if list_name == STAFF and is_of_return and name in STAFF_COLUMNS:
            return RETURN
        if name in HOMES.get(list_name, ()):
            return None
        return REGISTRY if name in NAMING and list_name != ROUNDS else WHY[list_name]

    return find_reason


def is_kept(list_name: str, name: str) -> bool:
    """Is the property, or the label, one that we write?"""
    return list_name in LIST_PROPERTIES and name in (LABEL, *LIST_PROPERTIES[list_name])


def find_value_fault(list_name: str, taken: Mapping[str, str]) -> str | None:
    """Why a home cannot hold what was taken over, as a fault of config/updates.toml. Not of
    schools: see `processing.feedback.conflicts.find_choice_fault`.
    """
    if taken.get(LABEL, "-").strip() == "":
        return "value_invalid"
    if not all(map(_is_day, (taken.get(name, "") for name in DAYS))):
        return "value_invalid"
    if list_name != STAFF:
        return None
    if not _is_periods(taken.get("weekly_periods", "")):
        return "value_invalid"
    known = {name: {"", *known_codes(of)} for name, of in STAFF_CODES.items()}
    if taken.get("work", "-") == "":
        return "code_unknown"
    return None if all(taken.get(name, "") in known[name] for name in known) else "code_unknown"


def staff_values(taken: Mapping[str, str]) -> dict:
    """Columns of emis.staff_member; values that have no fault."""
    values = {
        column: taken[name] or None for name, column in STAFF_COLUMNS.items() if name in taken
    }
    if values.get("has_pedagogical_training"):
        values["has_pedagogical_training"] = values["has_pedagogical_training"] == "yes"
    if values.get("weekly_period_count"):
        values["weekly_period_count"] = int(values["weekly_period_count"])
    return values


def _is_day(text: str) -> bool:
    if not text:
        return True
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_periods(text: str) -> bool:
    if not text:
        return True
    return len(text) <= 3 and text.isascii() and text.isdigit() and int(text) <= MOST_PERIODS
