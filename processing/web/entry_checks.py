"""What is refused of an entry, in words: before the form opens, and when it comes back filled.

In: the school, the round that it owes, a request. Out: an Entry with its files, or EntryRefused.
Promised: what is taken is of that form, school and round, and new; the same one a second time is
known as such. Of an entry that is corrected the answers come back as an edit, and go on as new.
"""

from datetime import date, timedelta

from flask import Request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from bridge.filled import XML_FILE, Filled, read_filled, without_deprecated_id
from config.codes import known_codes
from config.errors import OperatorError
from config.forms import is_owed, load_catalogue
from processing.db.queries.entries import ANSWER, SHEET, Entry, EntryFile
from processing.web.typed import find_too_long

LONGEST_ID_CHARACTERS = 100
OLDEST_SHEET_DAYS = 366
MOST_XML_BYTES = 2 * 1024 * 1024
MOST_SHEETS = 12
MOST_SHEET_BYTES = 5 * 1024 * 1024
SHEET_KINDS = {
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"RIFF": ("webp", "image/webp"),
}


class EntryRefused(Exception):
    """words: for the officer. status: of the answer."""

    def __init__(self, words: str, status: int = 400):
        super().__init__(words)
        self.words, self.status = words, status


def find_hindrance(school, asked) -> str | None:
    """Why nothing can be entered of this school for this round; None if it can."""
    if not school["is_open"]:
        return gettext("This school is closed.")
    if asked["state"] == "closed":
        return gettext("This round is closed: no return is taken any more.")
    if asked["state"] == "planned":
        return gettext("This round has not opened yet.")
    # A school may report a second change in the same year.
    if asked["received_at"] is not None and is_owed(asked["form_id"]):
        return gettext(
            "A return of this school for this round is here already. What is wrong in it is "
            "corrected by the school, or by you after a call."
        )
    if asked["refused_id"] is not None:
        return gettext(
            "This return has been entered already, but ODK Central did not take it. Open the "
            "entry, and correct or withdraw it."
        )
    if asked["is_waiting"]:
        return gettext("This return has been entered already and is on its way.")
    if asked["form_key"] is None:
        return gettext("ODK Central takes no returns of this form at present.")
    return None


def written_by(account) -> str:
    """Who enters or withdraws: as it stands in the entry for good."""
    return f"{account.full_name} ({account.login})"


def read_entry(
    request: Request, school, asked, entered_by: str, today: date, corrected: str | None = None
) -> Entry:
    """The entry of a request, whether new or not. corrected: the id of the one that it replaces.

    Raises EntryRefused.
    """
    xml = _read_xml(request)
    filled = _read_filled(xml, corrected or "")
    if filled.deprecated_id:
        xml = without_deprecated_id(xml)
    _require_slice(filled, school, asked)
    given_by = request.form.get("given_by", "").strip()
    _require_source(request.form, given_by, today)
    return Entry(
        instance_id=filled.instance_id,
        form_key=asked["form_key"],
        form_version=filled.version,
        school_code=school["school_code"],
        period=asked["round_code"],
        source_code=request.form["source"],
        given_by=given_by,
        given_on=date.fromisoformat(request.form["given_on"]),
        entered_by=entered_by,
        xml=xml,
    )


def read_files(request: Request, xml: bytes) -> list[EntryFile]:
    """The photos of the sheet, and the files that the submission names. Raises EntryRefused."""
    sheets = [file for file in request.files.getlist("sheets") if file.filename]
    if len(sheets) > MOST_SHEETS:
        raise EntryRefused(gettext("Send at most %(count)s photos.", count=MOST_SHEETS))
    found = [_sheet(number, file) for number, file in enumerate(sheets, start=1)]
    for name, file in request.files.items():
        if name not in (XML_FILE, "sheets"):
            found.append(_answer(name, file, xml))
    return found


def _read_xml(request: Request) -> bytes:
    part = request.files.get(XML_FILE)
    xml = part.read(MOST_XML_BYTES + 1) if part else b""
    if not xml:
        raise EntryRefused(gettext("The form is missing. Load the page anew and fill it again."))
    if len(xml) > MOST_XML_BYTES:
        raise EntryRefused(gettext("The form is larger than any that schools fill."), 413)
    return xml


def _read_filled(xml: bytes, corrected: str) -> Filled:
    try:
        filled = read_filled(xml)
    except OperatorError:
        raise EntryRefused(
            gettext("The form cannot be read. Load the page anew and fill it again.")
        ) from None
    if (
        filled.deprecated_id not in ("", corrected)
        or not 0 < len(filled.instance_id) <= LONGEST_ID_CHARACTERS
    ):
        raise EntryRefused(
            gettext("The form cannot be read. Load the page anew and fill it again.")
        )
    return filled


def _require_slice(filled: Filled, school, asked) -> None:
    form = load_catalogue()[asked["form_id"]]
    if filled.form_id != form.form_id:
        raise EntryRefused(gettext("This is another form than the one of this page."))
    if filled.value(form.school_path) != school["school_code"]:
        raise EntryRefused(gettext("In the form another school is chosen than on this page."))
    if filled.value(form.period_path) != asked["round_code"]:
        raise EntryRefused(gettext("In the form another round is chosen than on this page."))


def _require_source(given, given_by: str, today: date) -> None:
    if given.get("source") not in known_codes("entry_source"):
        raise EntryRefused(gettext("Choose what you enter from."))
    if not given_by:
        raise EntryRefused(gettext("Write who signed the sheet or gave the answers."))
    if too_long := find_too_long((gettext("Who signed or said it? Name and post"), given_by)):
        raise EntryRefused(too_long)
    if not _is_recent(given.get("given_on", ""), today):
        raise EntryRefused(gettext("Give the day; it cannot be in the future or long ago."))


def _is_recent(text: str, today: date) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return today - timedelta(days=OLDEST_SHEET_DAYS) <= day <= today


def _sheet(number: int, file: FileStorage) -> EntryFile:
    content = file.read(MOST_SHEET_BYTES + 1)
    if len(content) > MOST_SHEET_BYTES:
        raise EntryRefused(gettext("A photo is larger than 5 MB. Take a smaller one."), 413)
    for start, (extension, media_type) in SHEET_KINDS.items():
        if content.startswith(start):
            return EntryFile(SHEET, f"{number}.{extension}", media_type, content)
    raise EntryRefused(gettext("A photo of the sheet is a JPEG, PNG or WebP image."))


def _answer(name: str, file: FileStorage, xml: bytes) -> EntryFile:
    """A file under a name that stands in the submission; Central would pass over any other."""
    if not name or f">{name}<".encode() not in xml:
        raise EntryRefused(gettext("A file came with the form that the form does not ask for."))
    return EntryFile(ANSWER, name, file.mimetype or "application/octet-stream", file.read())
