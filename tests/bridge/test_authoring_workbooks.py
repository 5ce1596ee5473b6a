"""Files that are no form: each gets one clear word about what it is and what to do."""

import zipfile

import openpyxl
import pytest

from bridge import workbook
from bridge.authoring import check_form
from bridge.compile import compile_form
from bridge.findings import FormInvalid
from config.errors import OperatorError
from tests.bridge.workbooks import write_xlsform

SURVEY = "type | name | label\ntext | a | A\ntext | b | B"
OLD = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.fixture
def visit(tmp_path):
    return write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY)


def rewrite(path, change):
    """Each part of a workbook passes through `change(name, content)`."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))
    return path


def refusal(path) -> OperatorError:
    with pytest.raises(OperatorError) as checked:
        check_form(path)
    with pytest.raises(OperatorError) as compiled:
        compile_form(path)
    assert str(checked.value) == str(compiled.value)
    assert checked.value.remedy
    assert path.name in checked.value.message
    assert str(path.parent) not in str(checked.value)
    return checked.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "form-invalid"),
        (b"type,name,label", "form-invalid"),
        (b"PK\x03\x04 broken", "form-invalid"),
        (OLD + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "workbook-locked"),
        (OLD + b"\0" * 600 + "Workbook".encode("utf-16-le"), "workbook-old"),
    ],
)
def test_a_file_that_is_no_workbook_is_told(tmp_path, content, code):
    path = tmp_path / "visit.xlsx"
    path.write_bytes(content)
    assert refusal(path).code == code


def test_a_zip_of_something_else_is_no_workbook(tmp_path):
    path = tmp_path / "visit.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(path).code == "form-invalid"


def test_a_part_of_the_workbook_that_is_broken_is_told(visit):
    broken = rewrite(
        visit, lambda name, content: content[:50] if "workbook.xml" in name else content
    )
    assert refusal(broken).code == "form-invalid"


def test_a_workbook_with_macros_is_refused_by_its_type_and_by_its_code(tmp_path):
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    xlsm = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    path = write_xlsform(tmp_path / "more" / "visit.xlsx", survey=SURVEY)
    assert (
        refusal(rewrite(path, lambda _, c: c.replace(plain, xlsm))).code == "workbook-with-macros"
    )
    path = write_xlsform(tmp_path / "code" / "visit.xlsx", survey=SURVEY)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0")
    assert refusal(path).code == "workbook-with-macros"


def test_a_workbook_that_unpacks_to_something_huge_is_refused_unread(visit, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1_000)
    assert refusal(visit).code == "workbook-too-large"


def test_a_workbook_without_a_survey_is_told(tmp_path):
    path = write_xlsform(tmp_path / "visit.xlsx", questions=SURVEY)
    assert "no sheet named survey" in refusal(path).message


def test_a_survey_with_a_space_around_its_name_is_not_read(tmp_path):
    path = write_xlsform(tmp_path / "visit.xlsx", **{"survey ": SURVEY})
    assert "spaces" in refusal(path).remedy


@pytest.mark.parametrize("other", ["Survey", " survey", "SURVEY "])
def test_two_sheets_called_survey_are_one_error(tmp_path, other):
    path = write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY)
    # openpyxl itself would rename the second sheet, as Excel would refuse it.
    book = openpyxl.load_workbook(path)
    book.create_sheet("SECOND").append(["type", "name"])
    book.save(path)
    rewrite(path, lambda _, content: content.replace(b'name="SECOND"', f'name="{other}"'.encode()))
    with pytest.raises(FormInvalid) as error:
        compile_form(path)
    codes = [(item.sheet, item.row, item.code) for item in error.value.findings]
    assert ("survey", None, "sheet-twice") in codes
    assert repr(other) in str([str(item) for item in error.value.findings])


@pytest.mark.parametrize(("sheet", "is_found"), [("survey", True), ("notes", False)])
def test_merged_cells_are_found_where_they_are_read(tmp_path, sheet, is_found):
    path = write_xlsform(tmp_path / "visit.xlsx", survey=SURVEY, notes="to | read")
    book = openpyxl.load_workbook(path)
    book[sheet].merge_cells("A2:A3")
    book.save(path)
    found = [(f.sheet, f.row, f.severity) for f in check_form(path) if f.code == "cells-merged"]
    assert found == ([("survey", 2, "error")] if is_found else [])
