"""Facts of a school and its building as pairs of a label and words, in the reader's language.

In: a row of the registry or of emis.facility. Out: only the pairs that have a value, so that a
page shows no empty lines.
"""

from collections.abc import Iterable, Mapping

from flask_babel import gettext

from config.codes import read_codes
from config.forms import form_of_topic
from config.held_words import told_of_held
from processing.db.queries.held import THIS_COLLECTION
from processing.web.i18n import language, show_number
from processing.web.words import code_name

Fact = tuple[str, str]


def registry_facts(school) -> list[Fact]:
    """Who the school is, whom it belongs to and where it lies: each independent of the others."""
    return _present(
        (gettext("Code"), school["school_code"]),
        (gettext("Level"), code_name("level", school["level_code"])),
        (gettext("Grades"), grade_range(school["lowest_grade"], school["highest_grade"])),
        (gettext("Pupils are"), code_name("school_sex", school["sex_code"])),
        (gettext("Session"), code_name("session", school["session_code"])),
        (gettext("Ownership"), code_name("ownership", school["ownership_code"])),
        (gettext("Language of teaching"), code_name("language", school["language_code"])),
        (gettext("Curriculum"), code_name("curriculum", school["curriculum_code"])),
        (gettext("Ministry"), code_name("ministry", school["ministry_code"])),
        (gettext("General directorate"), school["general_name"]),
        (gettext("Directorate"), school["directorate_name"]),
        (gettext("Governorate"), school["governorate_name"]),
        (gettext("District"), school["district_name"]),
        (gettext("Locality"), code_name("locality", school["locality_code"])),
        (gettext("In its building"), code_name("building_role", school["building_role_code"])),
        (gettext("Schools in the building"), _number(school["building_school_count"])),
        (gettext("Pupils last year"), _number(school["pupil_count_last_year"])),
    )


def source_facts(sources: Mapping[str, str], figures: Iterable[Mapping]) -> list[Fact]:
    """Where the record of each topic is kept, and what is held there if it is not here.

    sources: topic -> source, of those that the registry names. figures: what is held of each.
    """
    held = {figure["topic_code"]: told_of_held(figure, language()) for figure in figures}
    return [
        (
            f"{topic.name(language())} ({form_of_topic(topic.code).title(language())})",
            held.get(topic.code)
            or code_name("record_source", sources.get(topic.code, THIS_COLLECTION)),
        )
        for topic in read_codes("record_topic")
    ]


def grade_range(lowest: int, highest: int) -> str:
    """In words, since names of grades hold dashes of their own."""
    names = code_name("grade", lowest), code_name("grade", highest)
    if lowest == highest:
        return names[0]
    return gettext("%(lowest)s to %(highest)s", lowest=names[0], highest=names[1])


def facility_facts(facility) -> list[Fact]:
    """What the building has, as its host school answered."""
    return _present(
        (gettext("Built as a school"), _yes_no(facility["is_built_as_school"])),
        (gettext("Built of"), code_name("building_material", facility["material_code"])),
        (
            gettext("State of the building"),
            code_name("building_condition", facility["condition_code"]),
        ),
        (gettext("Classrooms"), _number(facility["classroom_count"])),
        (gettext("Usable classrooms"), _number(facility["classroom_usable_count"])),
        (gettext("Drinking water"), code_name("water_source", facility["water_source_code"])),
        (gettext("Water available"), _yes_no(facility["is_water_available"])),
        (gettext("Kind of toilets"), code_name("toilet_type", facility["toilet_type_code"])),
        (gettext("Number of toilets"), _number(facility["toilet_count"])),
        (gettext("Usable toilets, girls"), _number(facility["toilet_girls_usable_count"])),
        (gettext("Usable toilets, boys"), _number(facility["toilet_boys_usable_count"])),
        (gettext("Usable toilets, common"), _number(facility["toilet_common_usable_count"])),
        (gettext("Handwashing"), _yes_no(facility["has_handwashing"])),
        (gettext("Soap and water"), code_name("soap_water", facility["soap_water_code"])),
        (gettext("Electricity"), _joined("power_source", facility["power_source_codes"])),
        (gettext("Electricity during lessons"), _yes_no(facility["is_power_available_in_lessons"])),
        (gettext("Computers for pupils"), _number(facility["computer_pupil_count"])),
        (gettext("Internet"), code_name("internet", facility["internet_code"])),
        (gettext("Ramp"), _yes_no(facility["has_ramp"])),
        (gettext("Accessible toilet"), _yes_no(facility["has_accessible_toilet"])),
        (gettext("Adapted materials"), _yes_no(facility["has_adapted_materials"])),
    )


def _present(*facts: tuple[str, str | None]) -> list[Fact]:
    return [(label, words) for label, words in facts if words]


def _number(count: int | None) -> str | None:
    return None if count is None else show_number(count)


def _yes_no(answer: bool | None) -> str | None:
    return None if answer is None else code_name("yes_no", "yes" if answer else "no")


def _joined(code_list: str, codes: list[str] | None) -> str | None:
    return " – ".join(code_name(code_list, code) for code in codes or ()) or None
