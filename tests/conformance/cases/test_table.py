"""The table of cases is whole, and the document made from it is current."""

from tests.conformance.cases.table import COUNT, FILE, document, list_cases


def test_every_case_has_a_test():
    assert {case.number for case in list_cases()} == set(range(1, COUNT + 1))


def test_only_a_future_limit_is_shown_on_the_sandbox_alone():
    assert {case.number for case in list_cases() if case.is_sandbox_only} == {31}


def test_the_document_is_current():
    assert FILE.read_text() == document(), "run python -m tests.conformance.cases.table"
