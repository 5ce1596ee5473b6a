"""Every form, compiled and parsed once, with all schools of these tests on the tablet."""

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from tests.forms.engine import OdkForm
from tests.forms.media import HELD, LAST_RETURN, School, write_media
from tests.forms.odd_returns import ODD_RETURNS
from tests.forms.odd_schools import ODD_SCHOOLS
from tests.forms.source import FORM_IDS

SCHOOLS = {
    school.school_code: school
    for school in (
        School("MIXED"),
        School("BOYS", sex="boys"),
        School("GIRLS", sex="girls"),
        School("TO7", highest_grade=7),
        School("KG", level="kindergarten", lowest_grade=-1, highest_grade=0),
        School("BASIC", level="basic", highest_grade=9, ministry="krg", curriculum="krg"),
        School("ALL", lowest_grade=-1, highest_grade=14),
        School("LAST80", pupils_last_year="80"),
        School("LAST40", pupils_last_year="40"),
        School("GUEST", building_role="guest"),
        School("VOCATIONAL", level="vocational", highest_grade=12, curriculum=""),
        School("KRG", ministry="krg", curriculum="krg", level="basic", highest_grade=12),
        School("KURDISH", curriculum="krg", level="basic", highest_grade=9),
        School("UNTOLD", curriculum="", level="basic", highest_grade=9),
        School("KNOWN", sex="boys", last_month="2026-10", last_month_boys="30 31 32 33 34 35",
               teachers_on_duty="5 3"),
        School("BOTH", last_month="2026-10", last_month_girls="30 31 32 33 34 35",
               last_month_boys="30 31 32 33 34 35", teachers_on_duty="5 3"),
        School("STAFFED", teachers_on_duty="5 3"),
        School("LATER", sex="boys", last_month="2026-12", last_month_boys="30 31 32 33 34 35",
               teachers_on_duty="5 3"),
        School("FEWER", sex="boys", last_month="2026-10", last_month_boys="30 31 32"),
        School("SPRING", sex="boys", last_month="2026-05", last_month_boys="30 31 32 33 34 35"),
        School("ONESEX", last_month="2026-10", last_month_boys="30 31 32 33 34 35"),
        School("ONE", lowest_grade=1, highest_grade=1),
        School("SENT", received="التعداد: وصلت في 12 تشرين الثاني 2026، عدد التلاميذ 412"),
        School("HELD", **HELD),
        School("HELDGIRLS", sex="girls", **HELD),
        School("HELDBEFORE", **HELD | {"pupils_held_year": "2025"}),
        School("UNPLANNED"),
        School("RETURNED", **LAST_RETURN),
        School("HEADED", head_name="هدى كريم علي", device_kinds="tablet - laptop",
               device_serials="R52T-100 R52T-101 -"),
        School("OTHERS", sex="boys", last_month="2027-05", last_month_girls="0 2 0 0 10 0",
               last_month_boys="30 31 32 33 34 35"),
        School("ELSEWHERE", governorate="IQG02", district="IQG02Q02"),
    )
}  # fmt: skip


@pytest.fixture(scope="session")
def compiled():
    """form_id -> what the compiler and ODK Validate gave."""
    return {form_id: compile_form(load_catalogue()[form_id].xlsx) for form_id in FORM_IDS}


@pytest.fixture(scope="session")
def forms(compiled, tmp_path_factory):
    """form_id -> the parsed form."""
    folder = tmp_path_factory.mktemp("media")
    write_media(folder, [*SCHOOLS.values(), *(odd.school for odd in (*ODD_SCHOOLS, *ODD_RETURNS))])
    return {form_id: OdkForm(result.xform, folder) for form_id, result in compiled.items()}


@pytest.fixture(scope="session")
def schools():
    return SCHOOLS
