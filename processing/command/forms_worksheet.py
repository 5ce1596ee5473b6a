"""`emis forms worksheet`: a form's tables for one school, to be counted on paper."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import click
import sqlalchemy as sa

from bridge.compile import compile_form
from bridge.xform_model import FormModel, read_model
from config.clock import day_of
from config.errors import OperatorError
from config.forms import FormEntry, load_catalogue
from processing.command.context import console, ready_settings, worker_connection
from processing.command.forms_sources import unknown_form
from processing.command.pdf import make_pdf
from processing.command.worksheet import words
from processing.command.worksheet.asked import find_asked
from processing.command.worksheet.earlier import read_earlier
from processing.command.worksheet.sheet import SheetMaker
from processing.db.queries import entity_rows, round_rows
from processing.db.queries import worksheet as queries
from processing.feedback.school_rows import list_school_rows

TEMPLATE = Path(__file__).parent / "worksheet" / "sheet.typ"
LANGUAGES = ("ar", "ckb", "en")
RIGHT_TO_LEFT = ("ar", "ckb")
# The census asks it of a school of one sex; its answer decides which tables the sheet has.
OTHER_SEX = "has_other_sex"
# Lists out of which a form's school is chosen.
SCHOOL_LISTS = ("schools", "visit_plan")


@click.command()
@click.argument("form_id", metavar="FORM")
@click.option("--school", "school_code", required=True, help="The school's code.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Default: the school's.")
@click.option("--round", "round_code", help="Default: the newest round that is not closed.")
@click.option("--other-sex", is_flag=True, help="Tables for both sexes in a school of one sex.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Default: FORM-SCHOOL.pdf here.")  # fmt: skip
def worksheet(
    form_id: str,
    school_code: str,
    language: str | None,
    round_code: str | None,
    other_sex: bool,
    output: Path | None,
) -> None:
    """Print what a form will ask of one school, as a PDF for counting on paper.

    Only the grades and sexes of this school are printed, in the form's order, with the figures of
    its return in an earlier round where there is one, the staff that its list holds, and what the
    tablet shows of the school beside a question: last month's pupils, what the host has answered.

    Example: emis forms worksheet school_census --school S1042 -o s1042.pdf
    """
    entry = load_catalogue().get(form_id)
    if entry is None:
        raise unknown_form(form_id)
    with ready_settings() as settings, worker_connection(settings) as connection:
        pdf = make_worksheet(
            connection, entry, school_code, day_of(dt.datetime.now(dt.UTC)),
            language=language, round_code=round_code, has_other_sex=other_sex,
        )  # fmt: skip
    # A code of the registry may be anything; a name of a file may not.
    target = output or Path(quote(f"{form_id}-{school_code}.pdf", safe=" "))
    save_sheet(target, pdf)
    console.print(f"{target}", markup=False)


def save_sheet(path: Path, pdf: bytes) -> None:
    """Raises OperatorError `file-unwritable`."""
    try:
        path.write_bytes(pdf)
    except OSError as error:
        raise OperatorError(
            "file-unwritable",
            f"The sheet cannot be written to {path} ({error.strerror}).",
            "Name a file in a folder of your own with --output.",
        ) from None


def make_worksheet(
    connection: sa.Connection,
    entry: FormEntry,
    school_code: str,
    today: dt.date,
    language: str | None = None,
    round_code: str | None = None,
    has_other_sex: bool = False,
) -> bytes:
    """The PDF. Raises OperatorError: school-unknown, round-unknown, and those of compiling."""
    school = _school(connection, school_code)
    language = language or (school.language_code if school.language_code in LANGUAGES else "ar")
    chosen = _round(connection, entry.form_id, school_code, round_code, today)
    codes = [school_code]
    (row,) = list_school_rows(connection, codes)
    staff = entity_rows.list_staff_rows(connection, codes)
    lists = tablet_lists(row, round_rows.list_round_rows(connection), staff)
    xform = compile_form(entry.xlsx).xform
    model = read_model(xform)
    known = known_answers(model, entry, row, chosen.round_code, has_other_sex)
    asked = find_asked(xform, model, lists, known)
    earlier = read_earlier(connection, entry.form_id, school_code, chosen.reference_date)
    maker = SheetMaker(
        model, asked, known, language, earlier.reader(asked), {"staff": lists["staff"]}
    )
    data = {
        "lang": language, "is_rtl": language in RIGHT_TO_LEFT, "title": entry.title(language),
        "round": getattr(chosen, f"name_{language}"),
        "school": {"name": getattr(school, f"name_{language}"), "code": school.school_code},
        "pupils_last_year": lists["schools"][0]["pupils_last_year"],
        "words": _words(language, earlier.reference_date),
        "screens": [asdict(screen) for screen in maker.screens()],
    }  # fmt: skip
    return make_pdf(TEMPLATE, data)


def _school(connection: sa.Connection, school_code: str) -> sa.Row:
    found = queries.find_school(connection, school_code)
    if found is None:
        raise OperatorError(
            "school-unknown",
            f"The registry has no open school with the code {school_code}.",
            "Look it up on the page Schools; `emis registry load` brings new ones.",
        )
    return found


def _round(connection, form_id: str, school_code: str, wanted: str | None, today: dt.date):
    """The round that was named, or the newest that is not closed, or the newest."""
    rounds = queries.list_rounds(connection, form_id, school_code)
    named = [item for item in rounds if wanted in (None, item.round_code)]
    if not named:
        raise OperatorError(
            "round-unknown",
            f"There is no round {wanted or ''} of {form_id} that this school owes.",
            f"Rounds: {', '.join(item.round_code for item in rounds) or 'none'}.",
        )
    open_ones = [item for item in named if item.closes_on >= today]
    return (open_ones or named)[0]


def tablet_lists(school: dict, rounds: list[dict], staff: list[dict]) -> dict[str, list[dict]]:
    """The lists of this school's tablet, and of a supervisor's who visits it."""
    visit = {**school, "visit_code": school["school_code"], "school_name": school["label"],
             "is_certified": "yes"}  # fmt: skip
    return {
        "schools": [school], "rounds": rounds, "visit_plan": [visit], "staff": staff,
        "directorate_schools": [school],
    }  # fmt: skip


def known_answers(
    model: FormModel, entry: FormEntry, school: dict, round_code: str, has_other_sex: bool
) -> dict[str, str]:
    """What the tablet will know or be told first: the school, its place, the round."""
    known = {entry.school_path: school["school_code"], entry.period_path: round_code}
    group = entry.school_path.rpartition("/")[0]
    for question in model.questions:
        base, _, name = question.path.rpartition("/")
        if question.list_name in SCHOOL_LISTS:
            known[question.path] = school["school_code"]
        if base == group and question.list_name and name in school:
            known.setdefault(question.path, school[name])
        if name == OTHER_SEX:
            known[question.path] = "yes" if has_other_sex else "no"
    return known


def _words(language: str, earlier: dt.date | None) -> dict[str, str]:
    said = {name.lower(): text.in_language(language)
            for name, text in vars(words).items() if name.isupper()}  # fmt: skip
    date = f"{earlier.day}/{earlier.month}/{earlier.year}" if earlier else ""
    return {**said, "earlier": said["earlier"].format(date=date) if earlier else ""}
