"""Sheets of one school, made from the forms as they are and from what its tablet would know."""

from functools import cache

from bridge.compile import convert_form
from bridge.xform_model import read_model
from config.forms import load_catalogue
from processing.command.forms_worksheet import known_answers, tablet_lists
from processing.command.worksheet.asked import find_asked
from processing.command.worksheet.sheet import SheetMaker
from tests.forms.media import Round, School


def rows_of(*records) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in vars(record).items()} for record in records]


@cache
def prepared(form_id: str, school: School, has_other_sex: bool, more: tuple = ()):
    """(model, what is asked, what is known, rows of lists) of a form for a school."""
    entry = load_catalogue()[form_id]
    xform = convert_form(entry.xlsx)
    model, (row,) = read_model(xform), rows_of(school)
    given = {name: rows_of(*records) for name, records in more}
    lists = tablet_lists(row, rows_of(Round("R2026", form_id)), given.get("staff", []))
    known = known_answers(model, entry, row, "R2026", has_other_sex)
    return model, find_asked(xform, model, lists, known), known, given


def make_screens(form_id, school, language="en", has_other_sex=False, lists=()):
    """[Screen, ...] of a form for a school, without figures of an earlier return."""
    model, asked, known, given = prepared(form_id, school, has_other_sex, lists)
    return SheetMaker(model, asked, known, language, lambda *_: "", given).screens()


def headings(screens) -> list[str]:
    return [screen.heading.partition(" – ")[0] for screen in screens]


def labels(screens) -> list[str]:
    return [line.label for screen in screens for line in screen.lines]
