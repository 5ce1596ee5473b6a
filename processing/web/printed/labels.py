"""The form's own words for its questions and answers, of the version that was filled."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from flask_babel import gettext

from bridge.xform_model import SHOWN_ANSWER, FormModel, Question
from config.words import COMMAS
from processing.web.i18n import MARK, show_date, show_number
from processing.web.printed.answers import ROOT, Answers, Row, as_number

# The day or the month of a return stands in the page's head: it need not follow each label.
AS_OF = re.compile(r"\s*[–-]?\s*\$\{(as_of|month)_\w+\}\s*$")
LONGEST_TEXT_CHARACTERS = 160
SHORTENED = "…"


class FormWords:
    """is_shortened: was a text longer than the page has room for?"""

    def __init__(self, model: FormModel, answers: Answers, language: str):
        self.model, self.answers, self.language = model, answers, language
        self.by_path = {question.path: question for question in model.questions}
        self.repeats = [item.path for item in model.questions if item.kind == "repeat"]
        self.is_shortened = False

    def repeat_of(self, path: str) -> str:
        """The innermost repeat around a question; `` for the return itself."""
        around = [repeat for repeat in self.repeats if path.startswith(f"{repeat}/")]
        return max(around, key=len, default=ROOT)

    def label(self, question: Question, row: Row | None = None) -> str:
        """Other answers stand in it as in `row`, then as in the return itself."""
        text = self._filled(AS_OF.sub("", self._label(question)), row)
        return text.strip(" –-:") or question.name

    def statement(self, question: Question) -> str:
        """The label whole, with the day that it speaks of."""
        return self._filled(self._label(question), None).strip()

    def heading(self, path: str) -> str:
        question = self.by_path.get(path)
        return self.label(question) if question else ""

    def said(self, question: Question, row: Row) -> str:
        """The answer in words; nothing where there is none."""
        value = row.values.get(question.path)
        if value in (None, "", []):
            return ""
        if question.list_name:
            return self._chosen(question, codes_of(value))
        if question.kind in ("int", "decimal"):
            number = as_number(value)
            return str(value) if number is None else number_words(number)
        if isinstance(value, date):
            return show_date(value)
        if question.kind == "geopoint":
            return gettext("recorded")
        return gettext("attached") if question.kind == "binary" else self.text(str(value))

    def choice(self, question: Question, code: str) -> str:
        """A code that the version does not offer shows as itself."""
        labels = (each.labels for each in self.model.lists[question.list_name]
                  if each.code == code)  # fmt: skip
        found = next(labels, {})
        return found.get(self.language) or next(iter(found.values()), code)

    def text(self, text: str) -> str:
        text = " ".join(text.split())
        if len(text) <= LONGEST_TEXT_CHARACTERS:
            return text
        self.is_shortened = True
        return f"{text[:LONGEST_TEXT_CHARACTERS].rstrip()}{SHORTENED}"

    def _label(self, question: Question) -> str:
        return self.model.words(question, "label", self.language)

    def _filled(self, text: str, row: Row | None) -> str:
        known = self.answers.root.named() | (row.named() if row else {})
        return SHOWN_ANSWER.sub(lambda found: _shown(known.get(found[1])), text)

    def _chosen(self, question: Question, codes: Sequence[str]) -> str:
        """Who was chosen from a list of people is counted: their codes say nothing."""
        if question.list_name not in self.model.lists:
            return str(len(codes)) if question.is_select_multiple else codes[0]
        return COMMAS[self.language].join(self.choice(question, code) for code in codes)


def codes_of(value) -> list[str]:
    return [str(code) for code in value] if isinstance(value, list) else [str(value)]


def number_words(number: int | Decimal) -> str:
    """With the decimals that it has; a minus stays before it between right-to-left words."""
    exponent = Decimal(number).normalize().as_tuple().exponent
    said = show_number(number, max(0, -exponent))
    return f"{MARK}{said}" if number < 0 else said


def _shown(value) -> str:
    return "" if value is None else str(value)
