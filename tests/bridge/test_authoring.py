"""Faults in a workbook that nothing else finds: where they are, and what to do."""

import pytest

from bridge.authoring import check_form
from config.paths import FORMS_DIR
from tests.bridge.workbooks import write_xlsform


@pytest.fixture
def found(tmp_path):
    """Writes a workbook; gives (sheet, row, column, code, severity) of each finding."""

    def check(**sheets: str) -> list[tuple]:
        xlsx = write_xlsform(tmp_path / "visit.xlsx", **sheets)
        findings = check_form(xlsx)
        assert all(item.message and item.remedy for item in findings)
        return [(f.sheet, f.row, f.column, f.code, f.severity) for f in findings]

    return check


def test_a_form_without_fault_has_no_findings(found):
    assert found(survey="""
        type | name | label::العربية (ar) | label::English (en) | relevant
        integer | age | العمر | Age |
        select_one yes | sure | متأكد | Sure | ${age} > 3
    """, choices="""
        list_name | name | label::العربية (ar) | label::English (en)
        yes | y | نعم | yes
    """) == []  # fmt: skip


@pytest.mark.parametrize(
    "header", ["relevent", "constraint message", "Required", "calculations", "choice filter"]
)
def test_a_column_counts_by_its_name_and_not_by_its_spelling(found, header):
    survey = f"type | name | label | {header}\ninteger | age | Age | 1"
    known = header in ("constraint message", "Required", "choice filter")
    expected = [] if known else [("survey", 1, header, "column-misspelt", "error")]
    assert found(survey=survey) == expected


def test_a_misspelt_column_is_found_on_each_sheet(found):
    codes = found(
        survey="type | name | lable::English (en)\ninteger | age | Age",
        choices="list_name | nam | label\nyes | y | Yes",
        settings="form_id | verison\nvisit | 3",
    )
    assert codes == [
        ("survey", 1, "lable::English (en)", "column-misspelt", "error"),
        ("choices", 1, "nam", "column-misspelt", "error"),
        ("settings", 1, "verison", "column-misspelt", "error"),
    ]


def test_a_column_that_means_nothing_is_a_warning_and_notes_are_free(found):
    codes = found(survey="type | name | label | zzz | notes\ninteger | age | Age | 1 | ask twice")
    assert codes == [("survey", 1, "zzz", "column-unknown", "warning")]


def test_a_language_stands_after_two_colons(found):
    codes = found(survey="type | name | label | hint:English (en)\ninteger | age | Age | In years")
    assert codes == [("survey", 1, "hint:English (en)", "column-misspelt", "error")]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("bind::relevent", "column-misspelt"),
        ("bind::relevant", None),
        ("bind::jr:preload", None),
        ("body::appearence", "column-misspelt"),
    ],
)
def test_a_column_written_as_the_xform_has_it_counts_as_well(found, header, code):
    codes = found(survey=f"type | name | label | {header}\ninteger | age | Age | 1")
    assert [item[2:4] for item in codes] == ([(header, code)] if code else [])


def test_columns_of_choices_that_a_filter_names_are_the_authors_own(found):
    codes = found(
        survey="type | name | label | choice_filter\nselect_one d | d | D | names = 'x'",
        choices="list_name | name | label | names | other\nd | 1 | One | x | y",
    )
    assert codes == []


def test_a_name_in_arabic_letters_is_told_where_it_stands(found):
    codes = found(
        survey="type | name | label\nbegin group | صف | G\ninteger | عدد | N\nend group | صف |"
    )
    assert codes == [("survey", row, "name", "name-not-latin", "error") for row in (2, 3)]


def test_a_language_needs_its_code(found):
    codes = found(survey="type | name | label::Arabic | label::English (en)\ninteger | a | أ | A")
    assert codes == [("survey", 1, "label::Arabic", "language-without-code", "error")]


def test_kurdish_is_never_ku(found):
    codes = found(survey="type | name | label::Kurdî (ku) | label::English (en)\ntext | a | A | A")
    assert codes == [("survey", 1, "label::Kurdî (ku)", "language-code-wrong", "error")]


def test_a_language_has_one_name(found):
    codes = found(
        survey="type | name | label::العربية (ar)\nselect_one d | a | أ",
        choices="list_name | name | label::Arabic (ar) | label::العربية (ar)\nd | x | أ | أ",
    )
    assert ("choices", 1, "label::Arabic (ar)", "language-twice", "error") in codes


def test_a_misspelt_language_is_told_once_and_not_as_missing_translations(found):
    codes = found(survey="""
        type | name | label::العربية (ar) | label::کوردی (ckp) | hint::کوردی (ckb)
        integer | a | أ | ئا |
        integer | b | ب | بێ |
    """, choices="""
        list_name | name | label::العربية (ar) | label::کوردی (ckb)
        yes | y | نعم | بەڵێ
    """)  # fmt: skip
    assert codes == [("survey", 1, "label::کوردی (ckp)", "language-misspelt", "error")]


def test_two_languages_alike_that_stand_side_by_side_are_two(found):
    survey = "type | name | label::کوردی (ckb) | label::کوردی (kmr)\ninteger | a | ئا | ئا"
    assert found(survey=survey) == []


def test_the_default_language_is_one_of_the_forms(found):
    codes = found(
        survey="type | name | label::English (en)\ninteger | a | A",
        settings="form_id | default_language\nvisit | English",
    )
    assert codes == [("settings", 2, "default_language", "default-language-unknown", "error")]


def test_a_missing_translation_is_found_by_row_and_language(found):
    codes = found(survey="""
        type | name | label::العربية (ar) | label::English (en) | hint::العربية (ar)
        integer | a | أ | A |
        integer | b | ب | |
        integer | c | ج | C | تلميح
    """, choices="""
        list_name | name | label::العربية (ar) | label::English (en)
        yes | y | نعم |
    """)  # fmt: skip
    assert codes == [
        ("survey", 3, "label::English (en)", "translation-missing", "error"),
        ("survey", 4, "hint::English (en)", "translation-missing", "error"),
        ("choices", 2, "label::English (en)", "translation-missing", "error"),
    ]


def test_words_without_a_language_in_a_form_with_languages(found):
    codes = found(survey="""
        type | name | label::العربية (ar) | constraint_message
        integer | a | أ | Too much
    """)  # fmt: skip
    assert codes == [
        ("survey", 2, "constraint_message::العربية (ar)", "translation-missing", "error")
    ]


def screen(inputs: str, appearance: str = "field-list") -> str:
    return f"""
        type | name | label | appearance | relevant | calculation | read_only | trigger
        begin group | page | Page | {appearance} | | | |
        {inputs}
        end group | | | | | | |
    """


UNTYPED = """
    note | n | N | | | |
    calculate | c | | | | 1 + 1 |
    integer | hidden | | | | ${q0} * 2 |
    integer | total | All | | | ${q0} + ${q1} | yes
    text | shown | Shown | | | | true()
    calculate | looked_up | | | | ${q0} + 1 | | ${q0}
    integer | set_and_shown | Set | | | ${q0} + 1 | yes | ${q0}
"""
"""Rows on a screen into which nobody types anything."""
SET_ONCE = "integer | filled | Filled | | | ${q0} + 1 | | ${q0}"
"""Filled by another answer, and open to whoever holds the tablet."""


def questions(count: int, relevant: str = "", prefix: str = "q") -> str:
    return "\n".join(f"integer | {prefix}{n} | Q | | {relevant}" for n in range(count))


@pytest.mark.parametrize(
    ("survey", "severity"),
    [
        (screen(questions(12)), None),
        (screen(questions(13)), "error"),
        (screen(questions(13), appearance=""), None),
        (screen(questions(13), appearance="Field-List"), "error"),
        (screen(questions(12) + UNTYPED), None),
        (screen(questions(13) + UNTYPED), "error"),
        (screen(f"{questions(11)}\n{SET_ONCE}"), None),
        (screen(f"{questions(12)}\n{SET_ONCE}"), "error"),
        (screen(questions(10) + "\n" + questions(3, "${q0} = 1", "r")), "warning"),
        (screen(questions(13)).replace("| appearance", "| body::appearance"), "error"),
    ],
)
def test_a_screen_has_no_more_than_twelve_inputs(found, survey, severity):
    expected = [("survey", 2, "appearance", "screen-too-long", severity)] if severity else []
    assert found(survey=survey) == expected


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("begin group | a | A\ntext | b_c | X\nend group | |\ntext | a_b_c | Y", "name-clash"),
        ("text | Age | X\ntext | age | Y", "name-clash"),
        ("text | a-b | X\ntext | a_b | Y", "name-clash name-clash-in-feed"),
        (
            "text | عمر | X\ntext | سنة | Y",
            "name-not-latin name-clash-in-feed name-not-latin",
        ),
        ("note | a_b | X\nbegin group | a | A\ntext | b | Y\nend group | |", "name-clash"),
        ("time | t | X\ninteger | t_offset_minutes | Y", "name-clash"),
        ("text | meta_instanceid | X", "name-clash"),
        ("text | instance_id | X", "name-clash"),
        ("geopoint | gps | X\ntext | gps_latitude | Y", "name-clash"),
        ("text | _mine | X", "name-reserved"),
        ("begin repeat | r | R\ntext | a | X\nend repeat | |\ntext | a | Y", None),
        ("begin repeat | r | R\ntext | a_b | X\nend repeat | |\ntext | r_a_b | Y", None),
    ],
)
def test_each_question_has_a_column_of_its_own(found, rows, code):
    codes = [finding[3] for finding in found(survey=f"type | name | label\n{rows}")]
    assert codes == (code.split() if code else [])


@pytest.mark.parametrize(
    ("choice_filter", "scans"),
    [
        ("district = ${district}", False),
        ("${district}=district", False),
        ("form_id = 'census'", False),
        ("district = ${district} and open = 'yes'", True),
        ("selected(${districts}, district)", True),
        ("district != ${district}", True),
    ],
)
def test_a_filter_over_a_file_is_one_equality(found, choice_filter, scans):
    survey = f"""
        type | name | label | choice_filter
        text | district | D |
        select_one_from_file schools.csv | school | S | {choice_filter}
    """
    expected = [("survey", 3, "choice_filter", "filter-scans", "warning")] if scans else []
    assert found(survey=survey) == expected


@pytest.mark.parametrize(
    ("condition", "scans"),
    [
        ("school_code = ${school}", False),
        ("school_code = current()/../school", False),
        ("number = 7", False),
        ("district = ${district} and open = 'yes'", True),
        ("contains(label, ${school})", True),
        ("number = count(${visit}[1])", True),
    ],
)
@pytest.mark.parametrize(
    ("reading", "is_file"),
    [
        ("select_one_from_file schools.csv | s", True),
        ("csv-external | schools", True),
        ("select_one schools | s", False),
    ],
)
def test_a_formula_looks_one_row_of_a_file_up_by_one_equality(
    found, condition, scans, reading, is_file
):
    survey = f"""
        type | name | label | calculation
        {reading} | S |
        calculate | sex | | instance('schools')/root/item[{condition}]/sex
    """
    expected = [("survey", 3, "calculation", "filter-scans", "warning")]
    assert found(survey=survey) == (expected if scans and is_file else [])


@pytest.mark.parametrize(
    "path",
    [
        "instance('schools')/root/item[{}]/sex",
        "instance( 'schools' ) / root / item [ {} ] / sex",
        "instance('schools')//item[{}]/sex",
        "instance('schools')/root/*[{}]/sex",
    ],
)
def test_a_formula_is_read_however_its_path_is_written(found, path):
    def codes(condition: str) -> list[str]:
        survey = f"""
            type | name | label | calculation
            select_one_from_file schools.csv | s | S |
            calculate | sex | | {path.format(condition)}
        """
        return [code for _, _, _, code, _ in found(survey=survey)]

    assert codes("school_code = ${s}") == []
    assert codes("school_code = ${s} and open = 'yes'") == ["filter-scans"]


@pytest.mark.parametrize(
    ("row", "is_found"),
    [
        ("image | p | P | | ", True),
        ("image | p | P | max-pixels=1024 | ", False),
        ("image | p | P | app=x max-pixels=640 | ", False),
        ("image | p | P | max-pixels=4000 | ", True),
        ("image | p | P | | signature", False),
        ("audio | p | P | | ", False),
    ],
)
def test_a_photo_is_made_smaller_before_it_is_sent(found, row, is_found):
    survey = f"type | name | label | parameters | appearance\n{row}"
    expected = [("survey", 2, "parameters", "image-without-max-pixels", "warning")]
    assert found(survey=survey) == (expected if is_found else [])


def test_pulldata_is_for_collect_alone(found):
    codes = found(survey="type | name | label | calculation\ncalculate | c | | pulldata('a','b')")
    assert ("survey", 2, "calculation", "pulldata-used", "warning") in codes


def test_the_forms_id_is_its_files_name(found):
    codes = found(survey="type | name | label\ntext | a | A", settings="form_id\nother")
    assert codes == [("settings", 2, "form_id", "form-id-differs", "error")]


def test_our_own_forms_have_no_findings():
    forms = sorted(FORMS_DIR.glob("*/*.xlsx"))
    assert forms
    for xlsx in forms:
        assert [str(finding) for finding in check_form(xlsx)] == []
