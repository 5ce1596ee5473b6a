"""A fourth language is more columns in the workbook, and nothing else."""

from shutil import copytree

import openpyxl
import pytest

from bridge.authoring import check_form
from bridge.compile import compile_form
from config.forms import load_catalogue
from tests.forms.engine import OdkForm
from tests.forms.source import LANGUAGES

BADINI = "کورمانجی (kmr)"
MARK = "بادینی "


def add_language(source, target) -> None:
    """What translators do: a column beside each text of the form, filled where the others are."""
    book = openpyxl.load_workbook(source)
    for sheet in (book["survey"], book["choices"]):
        for column in [cell for cell in sheet[1] if str(cell.value).endswith(LANGUAGES["ckb"])]:
            added = sheet.max_column + 1
            sheet.cell(1, added, column.value.replace(LANGUAGES["ckb"], BADINI))
            mark = "" if column.value.startswith("image::") else MARK
            for row in range(2, sheet.max_row + 1):
                if text := sheet.cell(row, column.column).value:
                    sheet.cell(row, added, mark + text)
    book.save(target)


@pytest.mark.parametrize("form_id", load_catalogue())
def test_a_language_that_translators_add_is_offered_and_shown(forms, form_id, tmp_path):
    path = tmp_path / f"{form_id}.xlsx"
    source = load_catalogue()[form_id].xlsx
    add_language(source, path)
    if (media := source.parent / "media").is_dir():
        copytree(media, tmp_path / "media")
    assert check_form(path) == []
    compiled = compile_form(path)
    assert compiled.findings == ()
    form = OdkForm(compiled.xform, _media(forms))
    assert set(form.languages()) == {*LANGUAGES.values(), BADINI}
    filling = form.new(BADINI)
    first = filling.asked()[0]
    assert filling.label(first).startswith(MARK)
    assert all(name.startswith(MARK) for name in filling.choices(first).values())


def _media(forms):
    return next(iter(forms.values())).media
