"""The code lists: what they refuse, and what they hold."""

import pytest

from config import codes
from config.codes import list_code_lists, read_codes
from config.errors import OperatorError

EXPECTED_LISTS = {
    "action_owner", "action_state", "age_band", "building_condition", "building_material",
    "building_role", "building_topic", "closing_reason", "closure_reason",
    "connection_kind", "contract_kind", "correction_answer", "cost_payer", "curriculum",
    "device_kind",
    "device_state",
    "disability_domain", "exam_round", "focal_job", "further_language", "grade", "hazard",
    "held_answer",
    "inservice_kind", "institution_kind", "internet", "joined_how", "language", "leaver_reason",
    "left_how", "level", "locality", "ministry", "mobile_operator", "month", "network_type",
    "observation_element", "observation_score", "ownership", "power_source", "pupil_group",
    "pupil_move", "pupil_sex", "qualification", "record_source", "record_topic", "safe_storage",
    "school_change", "school_sex", "session", "shift", "soap_water",
    "special_group", "staff_attachment", "staff_change", "staff_job", "staff_sex",
    "subject", "taught_subject", "teacher_absence", "teaching_level", "toilet_type",
    "training_topic", "water_source", "year_end_outcome", "yes_no",
}  # fmt: skip
HEADING = "code,name_ar,name_ckb,name_en\n"


@pytest.fixture
def write_list(tmp_path, monkeypatch):
    """Write the list `mine` into a folder of its own."""
    monkeypatch.setattr(codes, "CODES_DIR", tmp_path)
    read_codes.cache_clear()
    codes.read_table.cache_clear()
    yield lambda text: (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    read_codes.cache_clear()
    codes.read_table.cache_clear()


def test_an_unknown_list_is_refused_and_the_known_ones_named():
    with pytest.raises(OperatorError) as refused:
        read_codes("../forms")
    assert refused.value.code == "code-list-unknown"
    assert "toilet_type" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("code,name_ar,name_en\na,ا,A\n", "columns"),
        (HEADING, "columns"),
        (HEADING + "a,ا,ئا,A\na,ب,ب,B\n", "'a' stands there twice"),
        (HEADING + "a,ا, ,A\n", "'a' lacks a name"),
        (HEADING + "a,ا,ئا\n", "the line of 'a'"),
        ("# why\n" + HEADING + "a,ا,ئا,A\nb,ا,ئا,A,more\n", "the line of 'b'"),
        (HEADING.replace(",", ";") + "a;ا;ئا;A\n", "not separated by commas"),
        (HEADING.replace(",", "\t") + "a\tا\tئا\tA\n", "not separated by commas"),
        ("# why\n" + HEADING + 'a,ا,ئا,"A" b\nb,ا,ئا,B\n', "'mine' .* line 3 "),
        ('"' + HEADING + "a,ا,ئا,A\n", "'mine' .* line 1 "),
        (HEADING + 'a,ا,ئا,A\n# why\nb,ا,ئا,"B\nc,ا,ئا,C\n', "'mine' .* line 4 "),
    ],
)
def test_a_broken_list_is_refused_with_its_fault(write_list, text, what):
    write_list(text)
    with pytest.raises(OperatorError, match=what) as refused:
        read_codes("mine")
    assert refused.value.code == "code-list-invalid"


def test_a_list_that_excel_saved_for_another_alphabet_is_refused(write_list, tmp_path):
    write_list("")
    (tmp_path / "mine.csv").write_bytes((HEADING + "a,ا,ا,A\n").encode("windows-1256"))
    with pytest.raises(OperatorError, match="UTF-8") as refused:
        read_codes("mine")
    assert "CSV UTF-8" in refused.value.remedy


def test_a_comment_stays_one_after_excel_has_saved_it(write_list):
    write_list('"# source: here, and there.",,,\n# 2026-11-27.,,,\n' + HEADING + "a,ا,ئا,A\n")
    assert [code.code for code in read_codes("mine")] == ["a"]


def test_codes_keep_the_order_and_the_further_columns_of_the_file(write_list):
    write_list("# source: here\ncode,name_ar,name_ckb,name_en,weight\nb,ب,بێ,B,2\na,ا,ئا,A,1\n")
    first, second = read_codes("mine")
    assert (first.code, second.code) == ("b", "a")
    assert (first.name("ar"), first.name("ckb"), first.name("en")) == ("ب", "بێ", "B")
    assert first.extra == {"weight": "2"}


def test_every_list_of_the_folder_is_sound():
    assert set(list_code_lists()) >= EXPECTED_LISTS
    assert all(read_codes(name) for name in list_code_lists())


@pytest.mark.parametrize("list_name", sorted(EXPECTED_LISTS))
def test_every_list_says_its_source_and_date(list_name):
    head = (codes.CODES_DIR / f"{list_name}.csv").read_text(encoding="utf-8").split("\ncode,")[0]
    assert "# source:" in head
    assert "2026-" in head


def test_arabic_names_use_arabic_letters_and_kurdish_ones_kurdish():
    """ك and ي belong to Arabic, ک and ی to Kurdish: a mixed-up name is not found by searching."""
    for name in list_code_lists():
        for code in read_codes(name):
            assert not set("کیەێۆ") & set(code.name_ar), f"{name}: {code.code}"
            assert not set("كيةىؤ") & set(code.name_ckb), f"{name}: {code.code}"


def test_intended_age_is_five_years_above_the_grade():
    ages = {int(grade.code): int(grade.extra["intended_age"]) for grade in read_codes("grade")}
    assert ages == {grade: 5 + grade for grade in range(-1, 15)}


def test_new_entrants_belong_to_the_first_grade_of_every_level():
    first = [int(g.code) for g in read_codes("grade") if g.extra["is_first_of_stage"] == "yes"]
    assert first == [-1, 1, 7, 10]


def test_bands_of_age_follow_each_other_without_a_gap():
    bands = [band.extra for band in read_codes("age_band") if band.code != "age_unknown"]
    edges = [(band["offset_from"], band["offset_to"]) for band in bands]
    assert edges[0] == ("", "-2")
    assert edges[-1] == ("6", "")
    assert [int(low) for low, _ in edges[1:]] == [int(high) + 1 for _, high in edges[:-1]]


def test_subjects_of_teachers_hold_all_subjects_that_have_a_textbook():
    taught = {one.code: one for one in read_codes("taught_subject")}
    for subject in read_codes("subject"):
        names = [subject.name(language) for language in ("ar", "ckb", "en")]
        assert [taught[subject.code].name(lang) for lang in ("ar", "ckb", "en")] == names


GROUPS = {
    "girls": {"ar": "الإناث", "ckb": "کچان", "en": "girls"},
    "boys": {"ar": "الذكور", "ckb": "کوڕان", "en": "boys"},
}
MOVED = {
    ("girls", "joined"): {"ar": "إناث ملتحقات", "ckb": "کچانی هاتوو", "en": "girls joined"},
    ("boys", "joined"): {"ar": "ذكور ملتحقون", "ckb": "کوڕانی هاتوو", "en": "boys joined"},
    ("girls", "left"): {"ar": "إناث مغادرات", "ckb": "کچانی ڕۆیشتوو", "en": "girls left"},
    ("boys", "left"): {"ar": "ذكور مغادرون", "ckb": "کوڕانی ڕۆیشتوو", "en": "boys left"},
}


@pytest.mark.parametrize(
    ("list_name", "kinds"),
    [
        ("pupil_group", {sex: (sex, names) for sex, names in GROUPS.items()}),
        ("pupil_move", {f"{sex}_{move}": (sex, names) for (sex, move), names in MOVED.items()}),
    ],
)
def test_girls_and_boys_of_each_grade_are_named_after_it_and_none_comes_last(list_name, kinds):
    *groups, none = read_codes(list_name)
    assert (none.code, none.extra) == ("none", {"grade": "", "sex": ""})
    expected = [
        (f"{grade.code}_{kind}", {"grade": grade.code, "sex": sex},
         {language: f"{grade.name(language)}: {words}" for language, words in names.items()})
        for grade in read_codes("grade")
        for kind, (sex, names) in kinds.items()
    ]  # fmt: skip
    found = [
        (one.code, one.extra, {language: one.name(language) for language in ("ar", "ckb", "en")})
        for one in groups
    ]
    assert found == expected


def test_levels_of_teaching_are_the_stages_of_the_grades():
    stages = dict.fromkeys(grade.extra["stage"] for grade in read_codes("grade"))
    assert [level.code for level in read_codes("teaching_level")] == list(stages)
