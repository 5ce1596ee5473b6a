"""Rows of a repeat beyond its count: found where nothing empties them."""

import pytest

from bridge.authoring import check_form
from bridge.authoring_repeats import is_bounded
from bridge.compile import compile_form
from tests.bridge.workbooks import write_xlsform

HEAD = "type | name | label | repeat_count | relevant | calculation"
COUNTED = HEAD + """
    integer      | n      | N      |         |                                     |
    begin repeat | device | Device | {count} |                                     |
    note         | told   | Told   |         | {told}                              |
    calculate    | twice  |        |         | {twice}                             | ${{n}} * 2
    begin group  | facts  | Facts  |         | {facts}                             |
    integer      | age    | Age    |         |                                     |
    end group    |        |        |         |                                     |
    end repeat   |        |        |         |                                     |
    text         | remark | Remark |         |                                     |
"""  # fmt: skip
BOUND = "position(..) <= ${n}"


@pytest.fixture
def found(tmp_path):
    """Writes a workbook; gives its findings."""
    return lambda survey: check_form(write_xlsform(tmp_path / "visit.xlsx", survey=survey))


def counted(count="${n}", told=BOUND, twice=BOUND, facts=BOUND) -> str:
    return COUNTED.format(count=count, told=told, twice=twice, facts=facts)


def test_rows_that_the_count_bounds_are_no_finding_and_compile(tmp_path):
    path = write_xlsform(tmp_path / "visit.xlsx", survey=counted())
    assert compile_form(path).findings == ()


def test_a_repeat_is_found_once_at_its_first_row_that_nothing_empties(found):
    (finding,) = found(counted(twice="", facts="${n} > 1"))
    assert (finding.sheet, finding.row, finding.column) == ("survey", 5, "relevant")
    assert (finding.code, finding.severity) == ("row-outlives-count", "warning")
    assert "question twice and 1 more in the repeat device stay" in finding.message
    assert "when ${n} is lowered" in finding.message
    assert "position(..) <= ${n}" in finding.remedy
    assert "each" in finding.remedy


@pytest.mark.parametrize(
    ("bare", "row", "words"),
    [
        ("told", 4, "The question told in the repeat device stays and is sent"),
        ("twice", 5, "The question twice in the repeat device stays and is sent"),
        ("facts", 6, "The group facts in the repeat device stays and is sent"),
    ],
)
def test_notes_calculations_and_groups_count_as_much_as_questions(found, bare, row, words):
    (finding,) = found(counted(**{bare: ""}))
    assert finding.row == row
    assert words in finding.message
    assert "into its relevant" in finding.remedy


@pytest.mark.parametrize(
    ("count", "is_found"),
    [
        ("", False),
        ("3", False),
        ("2 * (1 + 3)", False),
        ("${n}", True),
        ("${n} + 1", True),
        ("count(instance('staff')/root/item)", True),
    ],
)
def test_a_number_that_nobody_can_lower_bounds_its_rows_itself(found, count, is_found):
    codes = [finding.code for finding in found(counted(count, told="", twice="", facts=""))]
    assert codes == (["row-outlives-count"] if is_found else [])


@pytest.mark.parametrize("header", ["jr:count", "bind::relevant"])
def test_a_column_counts_by_whichever_of_its_names(found, header):
    columns = {"jr:count": "repeat_count", "bind::relevant": "relevant"}
    named = HEAD.replace(columns[header], header)
    assert found(counted().replace(HEAD, named)) == []
    (finding,) = found(counted(told="").replace(HEAD, named))
    assert finding.column == ("bind::relevant" if header == "bind::relevant" else "relevant")


def test_a_form_without_the_column_relevant_is_told_its_name(found):
    survey = "type | name | label | repeat_count\ninteger | n | N\nbegin repeat | r | R | ${n}\n"
    (finding,) = found(f"{survey}text | a | A\nend repeat")
    assert finding.column == "relevant"


def test_files_that_a_repeat_declares_are_no_rows(found):
    survey = counted().replace(
        "    end repeat", "    csv-external | schools | | | |\n    end repeat"
    )
    assert found(survey) == []


NESTED = HEAD + """
    integer      | n      | N      |         |         |
    begin repeat | person | Person | ${{n}}  |         |
    integer      | m      | M      |         | {outer} |
    begin repeat | lesson | Lesson | ${{m}}  | {inner} |
    text         | topic  | Topic  |         | {topic} |
    end repeat   |        |        |         |         |
    end repeat   |        |        |         |         |
"""  # fmt: skip


@pytest.mark.parametrize(
    ("outer", "inner", "topic", "rows"),
    [
        (BOUND, BOUND, "position(..) <= ${m}", []),
        (BOUND, "", "position(..) <= ${m}", [(5, "The repeat lesson in the repeat person")]),
        (BOUND, BOUND, "", [(6, "The question topic in the repeat lesson")]),
        (BOUND, BOUND, BOUND, [(6, "The question topic in the repeat lesson")]),
        (
            "", "", "",
            [
                (4, "The question m and 1 more in the repeat person"),
                (6, "The question topic in the repeat lesson"),
            ],
        ),
    ],
)  # fmt: skip
def test_each_repeat_is_held_to_its_own_count(found, outer, inner, topic, rows):
    findings = found(NESTED.format(outer=outer, inner=inner, topic=topic))
    assert [finding.row for finding in findings] == [row for row, _ in rows]
    for finding, (_, words) in zip(findings, rows, strict=True):
        assert finding.message.startswith(words)


@pytest.mark.parametrize(
    ("condition", "is_empty"),
    [
        ("position(..) <= ${n}", True),
        ("position(..)<=${n}", True),
        ("( position( .. ) <= (${n}) )", True),
        ("${n} >= position(..)", True),
        ("${sex} = 'girls' and position(..) <= ${n}", True),
        ("position(..) <= ${n} and (${a} = 1 or ${b} = 1)", True),
        ("${a} = 1 and (${b} = 1 and position(..) <= ${n})", True),
        ("(${a} = 1 and position(..) <= ${n}) or (${n} >= position(..) and ${b} = 1)", True),
        ("${a-and-b} = ' or ' and position(..) <= ${n}", True),
        ("", False),
        ("${sex} = 'girls'", False),
        ("${a} = 1 or position(..) <= ${n}", False),
        ("${a} = 1 and position(..) <= ${n} or ${b} = 1", False),
        ("${a} = 1 and (${b} = 1 or position(..) <= ${n})", False),
        ("not(position(..) <= ${n})", False),
        ("'position(..) <= ${n}'", False),
        ("${a} = ' and position(..) <= ${n} and '", False),
        ("position(..) <= ${m}", False),
        ("position(..) >= ${n}", False),
        ("${n} <= position(..)", False),
        ("position(..) <= ${n} + 1", False),
        ("position(.) <= ${n}", False),
        ("position(../..) <= ${n}", False),
        ("(position(..) <= ${n}", False),
    ],
)
def test_a_condition_empties_a_row_only_where_it_holds_for_none_beyond_the_count(
    condition, is_empty
):
    assert is_bounded(condition, "${n}") is is_empty


def test_a_formula_is_a_count_as_it_stands():
    assert is_bounded("position(..) <= ${n}+1", "${n} + 1")
    assert is_bounded("position(..) <= (${n} + 1)", "${n} + 1")
    assert not is_bounded("position(..) <= ${n}", "${n} + 1")
