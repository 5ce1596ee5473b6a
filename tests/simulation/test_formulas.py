"""Formulas of an XForm: what they give, and what is refused rather than guessed."""

import math

import pytest

from bridge.simulation.filling import Form, Lists
from bridge.simulation.xml import SubmissionWriter
from bridge.simulation.xpath import compile_formula
from bridge.simulation.xpath_values import equal, number, text, truth

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa"><h:head><model><instance>
  <data id="small" version="3"><n/><why/><none/><seen>no</seen><group><x/></group>
    <row jr:template=""><place/><size/><double/></row><row><place/><size/><double/></row>
    <sum/><name/></data></instance>
  <bind nodeset="/data/n" type="int" required="true()" constraint=". &lt; 10"/>
  <bind nodeset="/data/why" type="string" relevant="/data/n &gt; 5" required="true()"/>
  <bind nodeset="/data/group" relevant="/data/n = 1"/>
  <bind nodeset="/data/row/place" type="int" calculate="position(..)"/>
  <bind nodeset="/data/row/double" type="int" calculate="../size * 2"/>
  <bind nodeset="/data/sum" type="int" calculate="sum(/data/row/double)"/>
  <bind nodeset="/data/name" type="string"
    calculate="instance('schools')/root/item[code = /data/n ]/label"/>
  </model></h:head><h:body><input ref="/data/n"/><input ref="/data/why"/>
  <group><repeat nodeset="/data/row" jr:count="/data/n"/></group></h:body></h:html>"""
LISTS = Lists({"schools": [{"code": "2", "label": "Two"}, {"code": "2", "label": "Again"}]})


class Nowhere:
    """A node for formulas that look at nothing."""


def result_of(formula: str):
    return compile_formula(formula)(Nowhere())


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("7 div 2", 3.5),
        ("7 mod 4", 3),
        ("-2 + 5", 3),
        ("1 < 2 and 2 < 1", False),
        ("1 > 2 or 2 >= 2", True),
        ("'a' != 'b'", True),
        ("'10' = 10", True),
        ("'' = 0", False),
        ("if(1 = 1, 'yes', 'no')", "yes"),
        ("coalesce('', 4)", 4),
        ("once(4)", 4),
        ("starts-with('S10 P1', 'S1 ')", False),
        ("starts-with('S1 P1', 'S1 ')", True),
        ("concat('A', 3, 2.0)", "A32"),
        ("selected('a bc d', 'b')", False),
        ("selected-at('a bc d', 1)", "bc"),
        ("selected-at('a', 4)", ""),
        ("selected-at('a b', 'x')", "a"),
        ("count-selected(' a  b ')", 2),
        ("substr('2026-11-01', 5, 7)", "11"),
        ("number('08')", 8),
        ("translate('a_b_c', '_', ' ')", "a b c"),
        ("not(false())", True),
        ('string-length("it\'s")', 4),
    ],
)
def test_a_formula_gives(formula, expected):
    assert result_of(formula) == expected


@pytest.mark.parametrize(
    "formula", ["today()", "1 +", "(1", "/data/n[1]", "a | b", "'open", "instance('x')/root", ""]
)
def test_what_is_not_understood_is_refused_and_quoted(formula):
    with pytest.raises(ValueError, match="does not understand the formula"):
        compile_formula(formula)


def test_values_are_those_of_xpath():
    assert math.isnan(number(""))
    assert not truth(math.nan)
    assert truth("false")
    assert equal(True, "x")
    assert [text(value) for value in (3.0, 3.5, math.nan, True)] == ["3", "3.5", "NaN", "true"]


def test_a_form_hides_counts_and_calculates():
    """n = 2: no reason asked, the group hidden, two rows, their doubles added up, a label found."""
    answers = {"n": 2, "why": "dropped", "group": {"x": 1}, "row": [{"size": 3}, {"size": 4}]}
    filled = Form(XFORM, LISTS).fill(answers)
    assert filled == {
        "n": 2,
        "none": None,
        "seen": "no",
        "row": [{"place": 1, "size": 3, "double": 6}, {"place": 2, "size": 4, "double": 8}],
        "sum": 6 + 8,
        "name": "Two",
    }


def test_rows_of_a_list_are_counted_and_joined():
    rows = [{"school": school, "code": code} for school, code in ("1a", "2b", "1c")]

    class Node:
        cells = staticmethod(Lists({"staff": rows}).cells)

    of_school_1 = "instance('staff')/root/item[school = 1]"
    assert compile_formula(f"count({of_school_1}) + 1")(Node()) == 2 + 1
    assert compile_formula(f"join(' · ', {of_school_1}/code)")(Node()) == "a · c"


def test_a_repeat_inside_a_repeat_is_counted_beside_itself():
    counted = """<group><repeat nodeset="/data/row/line" jr:count=" ../size "/></group>"""
    xform = XFORM.replace("<double/></row>", "<double/><line><v/></line></row>")
    form = Form(xform.replace("</h:body>", f"{counted}</h:body>"), LISTS)
    rows = [{"size": 1, "line": [{"v": 1}]}, {"size": 2, "line": [{}, {}]}]
    assert [len(row["line"]) for row in form.fill({"n": 2, "row": rows})["row"]] == [1, 2]


def test_a_required_question_in_words_gets_the_answer_for_all_others():
    rows = [{}] * 7
    form = Form(XFORM, LISTS)
    assert form.fill({"n": 7, "row": rows}, otherwise="so")["why"] == "so"
    assert form.faults({"n": 7, "row": rows}) == ["/data/why"]
    assert form.faults({"n": 7, "row": rows}, otherwise="so") == []


def test_answers_outside_the_constraint_or_missing_are_named():
    form = Form(XFORM, LISTS)
    assert form.faults({"n": 10, "row": [{}] * 10}, otherwise="so") == ["/data/n"]


def test_a_name_that_the_form_does_not_have_is_refused():
    with pytest.raises(ValueError, match="the form has no m in /data"):
        Form(XFORM, LISTS).fill({"n": 0, "m": 1})


def test_rows_that_the_form_does_not_count_are_refused():
    with pytest.raises(ValueError, match="/data/row has 1 rows, the form counts 2"):
        Form(XFORM, LISTS).fill({"n": 2, "row": [{}]})


def test_the_xml_holds_values_defaults_and_no_hidden_node():
    xml = SubmissionWriter(XFORM).write({"n": 1, "name": "a <b> & c", "group": {"x": None}})
    assert xml.startswith(b"<?xml version='1.0'")
    assert b'<data id="small" version="3"' in xml
    assert b"<n>1</n><none /><seen>no</seen><group><x /></group>" in xml
    assert b"<name>a &lt;b&gt; &amp; c</name>" in xml
    assert b"why" not in xml


def test_the_xml_of_another_form_is_refused():
    with pytest.raises(ValueError, match="the form has no other in /data"):
        SubmissionWriter(XFORM).write({"other": 1})
