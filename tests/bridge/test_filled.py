"""What the XML of a submission says of itself, and how a form opens with answers in it."""

import pytest

from bridge.filled import read_filled
from bridge.submitting import openrosa_message
from bridge.xform import opened_with, primary_instance
from config.errors import OperatorError
from tests.web.entries import XFORM

XFORMS = "http://www.w3.org/2002/xforms"


def test_a_submission_names_its_form_and_answers_in_any_namespace():
    xml = (
        f'<data xmlns="{XFORMS}" xmlns:orx="http://openrosa.org/xforms" id="census" version="3">'
        "<a><school> S1 </school><!-- note --></a>"
        "<orx:meta><orx:instanceID>uuid:1</orx:instanceID>"
        "<orx:deprecatedID>uuid:0</orx:deprecatedID></orx:meta></data>"
    )
    filled = read_filled(xml.encode())
    assert (filled.form_id, filled.version) == ("census", "3")
    assert (filled.instance_id, filled.deprecated_id) == ("uuid:1", "uuid:0")
    assert filled.value("/a/school") == "S1"
    assert filled.value("/a/round") == filled.value("/b/school") == ""
    assert "S1" not in repr(filled)


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"{}", b"<data", b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>',
        b"<!DOCTYPE d><d/>", b"<d>\x00</d>",
    ],
)  # fmt: skip
def test_what_is_not_a_submission_is_refused(xml):
    with pytest.raises(OperatorError) as raised:
        read_filled(xml)
    assert raised.value.code == "submission-invalid"


def test_a_form_opens_in_a_language_with_answers_in_it():
    opened = opened_with(XFORM, "en", {"/identification/school": "S1", "/books/none": "1"})
    assert '<translation lang="English (en)" default="true()"' in opened
    assert opened.count("default=") == 1
    root = primary_instance(opened)
    assert [node.text for node in root[0]] == [None, None, "S1", None]
    assert root.findtext(f"{{{XFORMS}}}books") == ""


def test_what_a_form_would_begin_with_gives_way_to_the_answer():
    default = '<setvalue event="odk-instance-first-load" ref="/data/identification/{}" value="1"/>'
    with_defaults = XFORM.replace(
        "</model>", f"{default.format('school')}{default.format('round')}</model>"
    )
    opened = opened_with(with_defaults, "en", {"/identification/school": "S1"})
    assert opened.count("<setvalue") == 1
    assert 'ref="/data/identification/round"' in opened


def test_a_form_without_that_language_opens_in_its_own():
    assert '(ar)" default="true()"' in opened_with(XFORM, "kmr", {})


def test_a_group_is_not_overwritten_by_an_answer():
    assert len(primary_instance(opened_with(XFORM, "ar", {"/identification": "x"}))[0]) == 4


def test_what_an_openrosa_answer_says():
    said = b'<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>No\n form</message></OpenRosaResponse>'  # noqa: E501
    assert openrosa_message(said) == "No form"
    assert openrosa_message(b"<html") == openrosa_message(b"<a/>") == "no reason given."
