"""One return of a school as a page of paper, for signature and stamp.

Who sees the school's page sees it; names, as of the head, only who works for the school. A return
that the school's page does not list is not there: 404. Each look leaves an entry in the audit
trail.
"""

from functools import lru_cache

from flask import Blueprint, abort, g, render_template

from bridge.xform_model import FormModel, read_model
from config.forms import load_catalogue
from processing.db.queries.web_audit import record
from processing.db.queries.web_returns import (
    find_return,
    find_version_xform,
    list_staff_sexes,
)
from processing.db.queries.web_schools import find_school
from processing.web.access import Permission, may, permission, scope_of
from processing.web.clock import now
from processing.web.database import reading, writing
from processing.web.i18n import language
from processing.web.printed.answers import read_answers
from processing.web.printed.design import design_of
from processing.web.printed.fit import fitting
from processing.web.printed.labels import FormWords
from processing.web.printed.sheet import make_sheet
from processing.web.printed.staff import staff_grid
from processing.web.words import code_name, form_title, review_state_name

blueprint = Blueprint("printed", __name__)
# Of a form a model is some MB; a directorate prints returns of one version one after the other.
MODELS_KEPT = 8
SHORT_ID_CHARACTERS = 8


@blueprint.get("/schools/<school_code>/returns/<instance_id>")
@permission(Permission.SCHOOLS)
def show_return(school_code: str, instance_id: str):
    scope = scope_of(g.account)
    school = find_school(reading(), scope, language(), school_code) or abort(404)
    found = find_return(reading(), scope, language(), school_code, instance_id) or abort(404)
    xform = find_version_xform(reading(), found["form_key"], found["form_version"])
    if xform is None or found["form_id"] not in load_catalogue():
        abort(404)
    sheet = _sheet(school_code, found, read_kept_model(xform))
    with writing() as connection:
        record(
            connection, now(), g.account.login, "return_printed", school_code,
            instance_id=instance_id,
        )  # fmt: skip
    return render_template(
        "printed.html",
        school=school,
        ministry=code_name("ministry", school["ministry_code"]),
        found=found,
        title=form_title(found["form_id"]),
        number=short_id(instance_id),
        review=review_state_name(found["review_state"]),
        source=code_name("entry_source", found["source_code"]),
        sheet=sheet,
        density=fitting(sheet).name,
    )


@lru_cache(maxsize=MODELS_KEPT)
def read_kept_model(xform: str) -> FormModel:
    return read_model(xform)


def short_id(instance_id: str) -> str:
    """uuid:1f3a9c2e-… → 1f3a9c2e: enough to find the return by, short enough to be read out."""
    return instance_id.removeprefix("uuid:")[:SHORT_ID_CHARACTERS]


def _sheet(school_code: str, found, model: FormModel):
    key = found["form_key"], found["instance_id"]
    try:
        answers = read_answers(reading(), *key, with_names=may(g.account, Permission.NAMES))
    except LookupError:
        abort(404)
    design = design_of(found["form_id"])
    staff = None
    if design.has_staff:
        staff = staff_grid(answers, list_staff_sexes(reading(), school_code))
    return make_sheet(FormWords(model, answers, language()), design, staff)
