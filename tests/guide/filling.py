"""What the school of the guide's pictures answers, on the screens that the pictures show."""

from config.places import read_areas
from tests.guide.form_page import FormPage
from tests.guide.lists import SCHOOL, schools_of

REASON = {
    "ar": "قدمت عائلات إلى الحي الجديد.",
    "ckb": "خێزان هاتنە گەڕەکە نوێیەکە.",
    "en": "Families have moved into the new quarter.",
}
MISCOPIED = {
    "ar": "خطأ في النقل من السجل.",
    "ckb": "هەڵە لە گواستنەوە لە تۆمارەوە.",
    "en": "Miscopied from the register.",
}


def _name(form: FormPage) -> str:
    return schools_of(form.language)[0].label


def fill_place(form: FormPage) -> None:
    names = {area.area_code: getattr(area, f"name_{form.language}") for area in read_areas()}
    form.pick("governorate", names[SCHOOL.governorate])
    form.pick("district", names[SCHOOL.district])


def fill_month(form: FormPage) -> None:
    """November in a school of two grades: 31 and 28 boys at its start, 1 and 9 joined.

    Two women and three men teach, as before.
    """
    fill_place(form)
    form.pick("school", _name(form))
    form.choose("round", "R2026")
    form.choose("has_other_sex", "no")
    form.write("days_held", 21)
    form.choose("lost_reasons", "weather")
    form.write("weather", 1)
    form.choose("start_differs", "none")
    form.choose("moved", "1_boys_joined", "2_boys_joined")
    for at, (joined, absent_days) in enumerate([(1, 18), (9, 22)]):
        form.write("boys_joined", joined, at)
        form.write("boys_absent_days", absent_days, at)
    form.write("reason_moves", REASON[form.language])
    form.choose("as_known", "yes")
    form.choose("absence_reasons", "sick")
    form.write("female_sick", 2)
    form.write("male_sick", 0)
    form.write("water_days", 1)
    form.write("power_days", 4)
    form.confirm("confirmed")


def fill_building(form: FormPage) -> None:
    """A host whose water comes by tanker."""
    fill_place(form)
    form.pick("school", _name(form))
    form.choose("round", "F2026")
    form.choose("source", "tanker_cart")


def fill_correction(form: FormPage) -> None:
    """Two sections, not one."""
    fill_place(form)
    form.pick("school", _name(form))
    form.choose("task", "a1-1")
    form.choose("answer", "corrected")
    form.write("reason", MISCOPIED[form.language])
    form.write("value_1", 2)


def fill_count(form: FormPage) -> None:
    """As far as the heads of two classes."""
    fill_place(form)
    form.pick("visit", _name(form))
    form.choose("round", "V2026")
    form.write_today("visit_date")
    form.choose("has_other_sex", "no")
    form.choose("is_open", "yes")
    form.write("class_count", 2)
    form.choose("all_counted", "yes")
    for at, (registered, present) in enumerate([(31, 29), (28, 27)]):
        form.write("boys_register", registered, at)
        form.write("boys_present", present, at)
