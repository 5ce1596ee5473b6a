"""The content of the page: tables and labelled answers of one return, in the reader's language.

In: the form's words, its design, who works at the school where a return says that. Out: a `Sheet`.
Promised: each answer that the form asks for stands in a table, in a line or in a text, or is named
as left out; what is shortened ends in an ellipsis, and the page says so.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from flask_babel import gettext

from bridge.xform_model import Question
from config.forms import REASON
from processing.web.printed.answers import ROOT, Correction, Row, as_number
from processing.web.printed.design import Design
from processing.web.printed.grids import designed_grids, listed_grid, row_name, sum_of
from processing.web.printed.labels import FormWords, codes_of, number_words
from processing.web.printed.records import EMPTY, Block, Grid, Line, Sheet

# Of which school and round a return is, the page's head says.
PLACE_LISTS = (
    "schools", "directorate_schools", "visit_plan", "rounds", "governorate", "district",
)  # fmt: skip
IDENTIFICATION = "/identification/"
HEAD_NAME = "head_name"
MOST_CORRECTIONS = 12
MOST_TEXTS = 40


def make_sheet(words: FormWords, design: Design, staff: Grid | None = None) -> Sheet:
    _add_up(words, design)
    maker = _Maker(words, design)
    listed = {
        repeat: grid for repeat in words.repeats
        if (grid := listed_grid(repeat, maker.questions_of(repeat), design, words))
    }  # fmt: skip
    blocks = tuple(maker.blocks(listed))
    texts = list(maker.texts())
    corrections = [maker.correction(found) for found in words.answers.corrections]
    return Sheet(
        grids=(*designed_grids(design, words), *([staff] if staff else []), *listed.values()),
        blocks=blocks,
        texts=tuple(texts[:MOST_TEXTS]),
        more_texts=max(0, len(texts) - MOST_TEXTS),
        corrections=tuple(corrections[:MOST_CORRECTIONS]),
        more_corrections=max(0, len(corrections) - MOST_CORRECTIONS),
        declaration=maker.declaration(),
        head_name=maker.head_name(),
        left_out=maker.left_out(listed),
        is_shortened=words.is_shortened,
    )


def _add_up(words: FormWords, design: Design) -> None:
    """A number that the tablet has added up moves with its corrected parts."""
    root = words.answers.root
    for path, parts in design.sums.items():
        if root.corrected.intersection(parts):
            root.values[path] = sum_of(root, parts)
            root.corrected.add(path)


class _Maker:
    def __init__(self, words: FormWords, design: Design):
        self.words, self.design = words, design
        self.root = words.answers.root

    def questions_of(self, repeat: str) -> list[Question]:
        """What is printed of a repeat itself, not of one inside it."""
        return [
            one for one in self.words.model.questions
            if self.words.repeat_of(one.path) == repeat and self._is_printed(one)
            and not one.name.startswith(REASON)
        ]  # fmt: skip

    def blocks(self, listed: dict[str, Grid]) -> Iterator[Block]:
        """A group of the return is a block; so is what is counted of a repeat's rows."""
        found: dict[str, list[Line]] = {}
        for question in self.words.model.questions:
            repeat = self.words.repeat_of(question.path)
            if repeat in listed or not self._is_printed(question):
                continue
            line = self._line(question) if repeat == ROOT else self._counted(question, repeat)
            if line:
                place = repeat or question.path.rpartition("/")[0]
                found.setdefault(place, []).append(line)
        # What stands in no group comes first: it would seem to belong to the group before.
        for place in sorted(found, key=bool):
            yield Block(self.words.heading(place), tuple(found[place]))

    def texts(self) -> Iterator[str]:
        """Reasons that were written in rows, each with the name of its row."""
        for question in self.words.model.questions:
            repeat = self.words.repeat_of(question.path)
            if repeat != ROOT and question.name.startswith(REASON) and self._is_printed(question):
                for row in self.words.answers.rows.get(repeat, []):
                    if said := self.words.said(question, row):
                        yield f"{self._row_name(repeat, row)}: {said}"

    def declaration(self) -> str:
        """What was confirmed on the tablet; nothing where it was not."""
        said = (
            self.words.statement(question) for question in self.words.model.questions
            if question.control == "trigger" and self.root.values.get(question.path)
        )  # fmt: skip
        return next(said, "")

    def left_out(self, listed: dict[str, Grid]) -> str:
        """What of the return is condensed here."""
        designed = {grid.repeat for grid in self.design.grids} | self.design.counted
        is_counted = any(
            repeat not in designed and repeat not in listed and self._is_asked(repeat)
            for repeat in self.words.repeats
        )
        long = gettext("A long list is counted here; the return holds each line.")
        return f"{self.design.left_out} {long if is_counted else ''}".strip()

    def _is_asked(self, repeat: str) -> bool:
        """Is there any answer in its rows that would be printed?"""
        rows = self.words.answers.rows.get(repeat, [])
        questions = self.questions_of(repeat)
        return any(self.words.said(one, row) for one in questions for row in rows)

    def head_name(self) -> str:
        names = (value for path, value in self.root.values.items()
                 if path.endswith(f"/{HEAD_NAME}") and value)  # fmt: skip
        return self.words.text(str(next(names, "")))

    def correction(self, found: Correction) -> str:
        repeat = self.words.repeat_of(found.path)
        rows = self.words.answers.rows.get(repeat, [])
        row = next((row for row in rows if row.position == found.position), self.root)
        question = self.words.by_path.get(found.path)
        label = self.words.label(question, row) if question else found.path
        asked = label if repeat == ROOT else f"{self._row_name(repeat, row)}, {label}"
        return gettext(
            "%(question)s: sent %(sent)s, now %(now)s",
            question=asked,
            sent=EMPTY if found.reported is None else number_words(found.reported),
            now=number_words(found.value),
        )

    def _is_printed(self, question: Question) -> bool:
        """Does somebody see it on the tablet, and does it not stand elsewhere on the page?"""
        path = question.path
        if question.is_group or question.control in ("", "trigger") or question.name == HEAD_NAME:
            return False
        if path.startswith(self.design.covered):
            return False
        if path.startswith(IDENTIFICATION) and question.list_name in PLACE_LISTS:
            return False
        return not question.is_computed or question.kind in ("int", "decimal")

    def _line(self, question: Question) -> Line | None:
        said = self.words.said(question, self.root)
        is_corrected = question.path in self.root.corrected
        return Line(self.words.label(question), said, is_corrected) if said else None

    def _counted(self, question: Question, repeat: str) -> Line | None:
        """The answers of many rows in one: choices counted, numbers of a table's rows added up."""
        rows = self.words.answers.rows.get(repeat, [])
        values = [value for row in rows if (value := row.values.get(question.path))]
        if not values or question.name.startswith(REASON):
            return None
        is_added = any(grid.repeat == repeat for grid in self.design.grids)
        return Line(self.words.label(question), self._count(question, values, is_added))

    def _count(self, question: Question, values: Sequence, is_added: bool) -> str:
        if is_added and question.kind in ("int", "decimal"):
            numbers = [number for value in values if (number := as_number(value)) is not None]
            return number_words(sum(numbers))
        if question.list_name in self.words.model.lists:
            codes = Counter(code for value in values for code in codes_of(value))
            said = (f"{self.words.choice(question, code)}: {n}" for code, n in codes.items())
            return " · ".join(said)
        return gettext("answers: %(count)s", count=len(values))

    def _row_name(self, repeat: str, row: Row) -> str:
        for grid in self.design.grids:
            if grid.repeat == repeat:
                name = row_name(grid, row, self.words)
                return f"{grid.head} {name}" if grid.is_turned else name
        return f"{self.words.heading(repeat)} {row.position}"
