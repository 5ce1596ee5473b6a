"""The lines of a worksheet, in the form's order.

In: a form's model, what it asks of a school (`asked`), figures of an earlier return, a language,
rows of entity lists. Out: screens with their lines, as plain records for the page. Left out: what
is known already, what cannot be written on paper (photos, places, signatures), and reasons, which a
tablet asks only where a figure is unusual.

| of what the tablet shows                     | printed                                     |
|----------------------------------------------|---------------------------------------------|
| a text or a note of facts that are known     | in its place: "On duty: women 5, men 3"     |
| a hint of facts that are known               | below its question: what the host has said  |
| anything of which a fact is not known yet    | not                                         |

| of an entity list            | printed                                   |
|------------------------------|-------------------------------------------|
| a text that joins its labels | each row: label, number, the facts        |
| a choice out of it           | a box for each row, with the person's name |
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bridge.xform_model import SHOWN_ANSWER, FormModel, Question
from config.forms import REASON
from config.staff_words import SEPARATOR
from processing.command.worksheet.asked import Asked

WRITTEN = {"int", "decimal", "string", "date", "time"}
# A list that is longer than this is not printed: its answer is written.
MOST_PRINTED_CHOICES = 16
UNKNOWN = "……"
# A question that shows the labels of a list, such as the people on the staff.
JOINED = re.compile(r"join\(.*instance\('(\w+)'\).*/label\)")
Earlier = Callable[[str, str], str]
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Line:
    """kind: number, total (the tablet adds up), text, one or many (boxes to tick), list (rows that
    are known, in `choices`), known (nothing to answer). known: facts that the tablet shows here."""

    label: str
    kind: str
    choices: tuple[str, ...] = ()
    earlier: str = ""
    known: str = ""


@dataclass(frozen=True)
class Screen:
    """is_copied: it stands for as many as there are: devices, people."""

    heading: str
    lines: tuple[Line, ...]
    is_copied: bool = False


class SheetMaker:
    """earlier: (path, key of the row it stands in) -> the figure of the return before, or "".

    listed: name of an entity list -> its rows, which are printed.
    """

    def __init__(
        self,
        model: FormModel,
        asked: Asked,
        known: dict[str, str],
        language: str,
        earlier: Earlier,
        listed: Mapping[str, Rows] | None = None,
    ):
        self.model, self.asked, self.known = model, asked, known
        self.listed = listed or {}
        self.language, self.earlier = language, earlier
        self.children: dict[str, list[Question]] = {}
        for question in model.questions:
            self.children.setdefault(question.path.rpartition("/")[0], []).append(question)

    def screens(self) -> list[Screen]:
        return [screen for screen in self._group("", "", "", "") if screen.lines]

    def _group(self, path: str, key: str, heading: str, row: str) -> Iterator[Screen]:
        """A group's own lines are one screen; groups inside it follow, each at its place."""
        lines: list[Line] = []
        is_copied = any(path == repeat or path.startswith(f"{repeat}/")
                        for repeat in self.asked.copied)  # fmt: skip
        for question in self.children.get(path, ()):
            inner = f"{key}/{question.name}"
            if not question.is_group:
                lines += self._line(question, inner, row)
                continue
            yield Screen(heading, tuple(lines), is_copied)
            lines = []
            if question.kind == "repeat":
                for number in range(1, self.asked.rows(inner) + 1):
                    below = f"{inner}[{number}]"
                    title = self._text(question, "label", below)
                    yield from self._group(question.path, below, title, below)
            else:
                title = self._text(question, "label", row or key)
                yield from self._group(question.path, inner, title, row)
        yield Screen(heading, tuple(lines), is_copied)

    def _line(self, question: Question, key: str, row: str) -> list[Line]:
        label = self._text(question, "label", row)
        if not label or key not in self.asked.values or question.path in self.known:
            return []
        kind = "known" if self._shows_known(question, key, row) else self._kind(question)
        if kind is None:
            return []
        choices = self._choices(question) if kind in ("one", "many") else ()
        choices = self._facts(question) if kind == "list" else choices
        earlier = self.earlier(question.path, row) if kind in ("number", "total") else ""
        return [Line(label, kind, choices, earlier, self._known(question, key, row))]

    def _kind(self, question: Question) -> str | None:
        if question.kind not in WRITTEN or question.control in ("", "trigger", "upload", "rank"):
            return None
        if self._joined_list(question):
            return "list"
        if question.is_computed:
            return "total" if question.kind in ("int", "decimal") else None
        if question.list_name:
            most = MOST_PRINTED_CHOICES if question.list_name not in self.listed else math.inf
            is_short = 0 < len(self._choices(question)) <= most
            return ("many" if question.is_select_multiple else "one") if is_short else "text"
        if question.kind in ("int", "decimal"):
            return "number"
        is_reason = question.name.startswith(REASON)
        is_note = "read_only" in question.logic
        return None if is_reason or is_note else "text"

    def _shows_known(self, question: Question, key: str, row: str) -> bool:
        """Is it a text to be read on the tablet, of which everything is known?"""
        if question.kind != "string" or "read_only" not in question.logic:
            return False
        if question.is_computed:
            return self.asked.values[key] != "" and not self._joined_list(question)
        return self._is_of_known(question, "label", row)

    def _known(self, question: Question, key: str, row: str) -> str:
        if self._joined_list(question):
            return ""
        if question.is_computed and question.kind == "string":
            return str(self.asked.values[key])
        return self._text(question, "hint", row) if self._is_of_known(question, "hint", row) else ""

    def _is_of_known(self, question: Question, column: str, row: str) -> bool:
        """Does the text show facts, and is each of them known?"""
        names = SHOWN_ANSWER.findall(self._said(question, column))
        return bool(names) and UNKNOWN not in (self._value(name, row) for name in names)

    def _joined_list(self, question: Question) -> str | None:
        found = JOINED.search(question.logic.get("calculation", ""))
        return found[1] if found and self.listed.get(found[1]) else None

    def _facts(self, question: Question) -> tuple[str, ...]:
        """Each row of the list that the question joins, with what is known of it."""
        rows = self.listed[self._joined_list(question)]
        parts = ((row["label"], row.get("staff_number"), row.get(f"facts_{self.language}"))
                 for row in rows)  # fmt: skip
        return tuple(" · ".join(part for part in each if part) for each in parts)

    def _choices(self, question: Question) -> tuple[str, ...]:
        if question.list_name in self.listed:
            rows = self.listed[question.list_name]
            return tuple(row["label"].partition(SEPARATOR)[0] for row in rows)
        choices = self.model.lists.get(question.list_name, ())
        # `Other`, which a filter offers in every district, is one box.
        return tuple(dict.fromkeys(self._in_language(each.labels) for each in choices))

    def _in_language(self, labels: dict[str, str]) -> str:
        return labels.get(self.language) or next(iter(labels.values()), "")

    def _text(self, question: Question, column: str, row: str) -> str:
        text = self._said(question, column)
        shown = SHOWN_ANSWER.sub(lambda found: self._value(found[1], row), text)
        return shown.strip().removesuffix(f"– {UNKNOWN}").strip(" –-")

    def _said(self, question: Question, column: str) -> str:
        return self.model.words(question, column, self.language)

    def _value(self, name: str, row: str) -> str:
        """The nearest answer of that name: in the row first, then anywhere outside rows."""
        for base in (row, ""):
            for key, value in self.asked.values.items():
                is_inside = key.startswith(f"{base}/") and "[" not in key[len(base) :]
                if is_inside and key.rpartition("/")[2] == name:
                    return str(value) if value != "" else UNKNOWN
        return UNKNOWN
