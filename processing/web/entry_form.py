"""A form as it opens in the browser of a department: for one school and one round.

In: the form's published version, the school, the round. Out: the same form in the reader's
language, with the school and the round already answered; the lists that it reads, limited to them.
"""

from pathlib import Path

from flask_babel import gettext

from bridge.authoring_media import find_media_file
from bridge.xform import media_names, opened_with
from config.forms import FormEntry, load_catalogue
from processing.web.webforms.engine import list_csv
from processing.web.webforms.words import engine_words

# Answers to correction tasks are taken on the page of calls.
CORRECTIONS = "corrections"


def entered_forms() -> list[str]:
    """The forms that a department may enter: those that schools fill, one a round."""
    return [
        form_id for form_id, form in load_catalogue().items()
        if "school" in form.filled_by and form_id != CORRECTIONS
    ]  # fmt: skip


def opened_form(xform: str, form: FormEntry, school, round_code: str, language: str) -> str:
    """The form, asking again neither for the school nor for the round."""
    group = form.school_path.rpartition("/")[0]
    answers = {
        f"{group}/governorate": school["governorate_code"] or "",
        f"{group}/district": school["area_code"],
        f"{group}/school": school["school_code"],
        form.school_path: school["school_code"],
        form.period_path: round_code,
    }
    return opened_with(xform, language, answers)


def list_of(xform: str, name: str) -> str | None:
    """The entity list that the form reads as this file; None where it reads no such file."""
    if name not in media_names(xform) or not name.endswith(".csv"):
        return None
    return name.removesuffix(".csv")


def media_file(xform: str, form_id: str, name: str) -> Path | None:
    """The picture, sound or film of that name which lies beside the form; None where none does."""
    if name not in media_names(xform) or name.endswith(".csv"):
        return None
    return find_media_file(load_catalogue()[form_id].xlsx.parent, name)


def list_text(found: tuple[list[str], list[dict]]) -> str:
    """A list of `web_entry.find_list` as Central serves it."""
    properties, rows = found
    return list_csv(rows, properties)


def words_of_script() -> dict[str, str | dict[str, str]]:
    """What the page's script says, and what it puts in place of the words of ODK Web Forms."""
    return engine_words(gettext) | {
        "signed_out": gettext(
            "You are signed out. Sign in in another tab of this browser, then press Send here "
            "again: nothing is lost."
        ),
        "unreachable": gettext(
            "The return could not be sent: the network or the server does not answer. Leave this "
            "page open and press Send again."
        ),
        "too_large": gettext("The photos are too large to be sent together. Choose fewer."),
        "refused": gettext("The return was not taken. Leave this page open and press Send again."),
        "not_opened": gettext("The form could not be opened in this browser. Load the page anew."),
    }
