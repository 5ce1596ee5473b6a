"""Columns of the registry and their values, in the reader's language."""

from flask_babel import gettext, lazy_gettext

from config.codes import SCHOOL_CODE_LISTS
from processing.db.queries.web_updates import find_area_name, find_directorate_name
from processing.web.database import reading
from processing.web.i18n import language
from processing.web.words import code_name

COLUMN_NAMES = {
    "name_ar": lazy_gettext("Name in Arabic"),
    "name_ckb": lazy_gettext("Name in Kurdish"),
    "name_en": lazy_gettext("Name in English"),
    "ministry_code": lazy_gettext("Ministry"),
    "directorate_code": lazy_gettext("Directorate"),
    "area_code": lazy_gettext("District"),
    "building_code": lazy_gettext("Building"),
    "building_role_code": lazy_gettext("In its building"),
    "level_code": lazy_gettext("Level"),
    "lowest_grade": lazy_gettext("Lowest grade"),
    "highest_grade": lazy_gettext("Highest grade"),
    "sex_code": lazy_gettext("Pupils are"),
    "ownership_code": lazy_gettext("Ownership"),
    "session_code": lazy_gettext("Session"),
    "locality_code": lazy_gettext("Locality"),
    "language_code": lazy_gettext("Language of teaching"),
    "curriculum_code": lazy_gettext("Curriculum"),
    "pupil_count_last_year": lazy_gettext("Pupils last year"),
    "is_open": lazy_gettext("Is it open?"),
    "latitude": lazy_gettext("Latitude"),
    "longitude": lazy_gettext("Longitude"),
}
CODE_LISTS = SCHOOL_CODE_LISTS | {"lowest_grade": "grade", "highest_grade": "grade"}


def column_name(column: str) -> str:
    return str(COLUMN_NAMES.get(column, column))


def value_words(column: str, value) -> str | None:
    """A value as the reader reads it; None where there is none."""
    if value is None or value == "":
        return None
    if column == "is_open":
        return gettext("yes") if value in (True, "true") else gettext("no")
    if column == "area_code":
        return find_area_name(reading(), language(), value) or str(value)
    if column == "directorate_code":
        return find_directorate_name(reading(), language(), value) or str(value)
    if column in CODE_LISTS:
        return code_name(CODE_LISTS[column], value)
    if column in ("latitude", "longitude"):
        return f"{float(value):.6f}"
    return str(value)
