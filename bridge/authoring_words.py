"""One difference between two forms, and the words in which it is told.

Comes in: a question, a language, the values before and after. Goes out: a Change, and its words.
"""

from dataclasses import dataclass

from pyxform import constants

from bridge.authoring_central import kind_in_words
from bridge.xform_model import Question

LANGUAGE_NAMES = {"ar": "Arabic", "ckb": "Kurdish (Sorani)", "kmr": "Kurmanji", "en": "English"}
COLUMN_WORDS = {
    "guidance_hint": "guidance hint", "constraint_message": "constraint message",
    "required_message": "required message", "choice_filter": "choice filter",
    "repeat_count": "number of rows", "read_only": "read-only", "image": "picture",
    "big-image": "large picture", "audio": "sound",
}  # fmt: skip
# What stands in the column `parameters`.
PARAMETERS = {
    str(parameter.value)
    for name, kind in vars(constants).items()
    if name.startswith("Parameters")
    for parameter in kind
}
# Types that are one to Central, by what tells them apart (bridge.xform_logic).
SOURCE_WORDS = {
    "image": "picture", "audio": "sound", "video": "video", "application": "file",
    "osm": "feature of the map", "start": "time of the start", "end": "time of the end",
    "today": "date of today", "deviceid": "device id", "username": "name of the user",
    "phonenumber": "phone number of the device", "email": "e-mail address of the user",
    "uid": "new id", "setgeopoint": "place that is taken in silence",
    "recordaudio": "recording in the background",
}  # fmt: skip
CONTROL_WORDS = {
    "select": "select multiple", "select1": "select one", "rank": "rank", "trigger": "acknowledge"
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One difference. what: a stable word such as `question-added`. path: the question or list.

    column, language: of the text, file or condition that differs. before, after: None where there
    was, or will be, nothing. code: of the choice, where it is about one. file: its name, where its
    content is other; before and after are then MD5s.
    """

    what: str
    path: str
    words: str
    column: str | None = None
    language: str | None = None
    before: str | None = None
    after: str | None = None
    code: str | None = None
    file: str | None = None


def describe_kind(question: Question) -> str:
    """A type as authors know it."""
    if question.source:
        return SOURCE_WORDS.get(question.source, question.source)
    if question.control in CONTROL_WORDS:
        return CONTROL_WORDS[question.control]
    if question.kind == "string" and "calculation" in question.logic and not question.control:
        return "calculation"
    return kind_in_words(question.kind)


def language_name(code: str) -> str:
    return LANGUAGE_NAMES.get(code, code or "the form's one language")


def column_name(column: str) -> str:
    return COLUMN_WORDS.get(column, column)


def column_or_parameter(column: str) -> str:
    kind = "parameter" if column in PARAMETERS else "column"
    return f"the {kind} {column_name(column)}"


def became(before: str | None, after: str | None) -> str:
    if not before:
        return f"is new: “{after}”"
    if not after:
        return f"is gone; it was “{before}”"
    return f"was “{before}” and is “{after}”"
