"""What a form would ask of one school, before anything is answered.

In: an XForm, the lists of the tablet, the answers that are known beforehand (school, round and what
hangs on them). Out: `Asked`: the values that the form calculates from these, and every question
that it could still ask.

A question may wait for another answer: soap, for handwashing. So the rest is answered in many ways,
drawn from a fixed seed, and a question counts where any of them meets it. What depends on the known
answers alone, grades, levels and sexes, comes out the same each time.

| a repeat's rows                                | printed                     |
|------------------------------------------------|-----------------------------|
| as many as the known answers say: grades       | each, with what it is about |
| as many as somebody will answer: devices       | once, to be copied          |
| asked of those alone that are chosen: people   | once, to be copied          |
| asked something anyway, more if chosen: grades | each, with what it is about |
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from lxml import etree

from bridge.simulation.filling import Form, Lists
from bridge.simulation.xpath import compile_formula
from bridge.xform import XF, parse_xform
from bridge.xform_model import FormModel, Question

DRAWS, UNCHOSEN_DRAWS, SEED, HALF = 60, 12, 1, 0.5
KEYS = {"staff": "assignment_code"}
NUMBERS = ("", 0, 1, 2, 5, 20, 100)
# A repeat that an answer counts, or nothing does, is printed once, to be copied.
OPEN_ROWS = 1
ROW = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class Asked:
    """values: path with row numbers, `/grades[1]/grade`, -> what is known there, "" if nothing.

    A key that is missing is a question that this school is never asked. copied: repeats of which
    one row stands for as many as there will be.
    """

    values: dict[str, object] = field(repr=False)
    copied: frozenset[str] = frozenset()

    def rows(self, path: str) -> int:
        """How many rows a repeat has."""
        numbers = (key[len(path) + 1 :].partition("]")[0] for key in self.values
                   if key.startswith(f"{path}["))  # fmt: skip
        return max((int(number) for number in numbers), default=0)


def find_asked(xform: str, model: FormModel, lists: dict, known: dict[str, str]) -> Asked:
    """known: path -> answer, of questions outside repeats."""
    form = Form(_only_understood(xform, "constraint"), Lists(lists))
    # With every question shown, what hangs on the known answers alone is there without a draw.
    whole = Form(_only_understood(xform, "constraint", "relevant"), Lists(lists))
    tree = _Tree(model, known)
    nothing = tree.answers(lambda question: None, {})
    blanks = [whole.blank(nothing), form.blank(nothing)]
    counts = {path: len(rows) for path, rows in _repeats(blanks[0], "") if rows}
    choices = _choices(model, lists)
    draw = random.Random(SEED)  # noqa: S311  a sample, no secret
    any_answer = partial(_any_answer, draw, choices)
    drawn = [form.blank(tree.answers(any_answer, counts)) for _ in range(DRAWS)]
    unchosen = [
        form.blank(tree.answers(partial(any_answer, may_choose=False), counts))
        for _ in range(UNCHOSEN_DRAWS)
    ]
    for path in _chosen_repeats(drawn, unchosen, tree.asked):
        counts.pop(path, None)
    held = {key: value for blank in blanks for key, value in _leaves(blank, "")}
    met = dict(_leaves(blanks[1], ""))
    for key, value in (leaf for filled in drawn for leaf in _leaves(filled, "")):
        met.setdefault(key, value)
        if value != held.get(key):
            held[key] = None
    values, copied = {}, set()
    for key in met:
        above = _uncounted(key, counts)
        copied |= set(above)
        known_value = None if above else held.get(key)
        values[_printed(key, counts)] = "" if known_value is None else known_value
    return Asked(values, frozenset(copied))


def _printed(key: str, counts: dict[str, int]) -> str:
    """The key as it is printed: rows that are not known beforehand stand for the first of them."""
    base, printed = "", ""
    for part, number in ROW.findall(key):
        base += part
        row = number if base in counts else OPEN_ROWS
        printed += f"{part}[{row}]" if number else part
    return printed


def _uncounted(key: str, counts: dict[str, int]) -> list[str]:
    """The repeats around a question whose rows are not known beforehand."""
    base, found = "", []
    for part, number in ROW.findall(key):
        base += part
        found += [base] if number and base not in counts else []
    return found


def _chosen_repeats(drawn: list[dict], unchosen: list[dict], asked: set[str]) -> set[str]:
    """Repeats of whose rows now these, now those are asked anything, and none if none is chosen.

    Not those that ask something whatever is chosen, as days of absence of each grade in a month:
    that more waits for a choice, as who joined, leaves each row on the sheet.
    """
    met: dict[str, set[tuple[int, ...]]] = {}
    for path, numbers in _asking_rows(drawn, asked):
        met.setdefault(path, set()).add(numbers)
    always = {path for path, _ in _asking_rows(unchosen, asked)}
    return {path for path, sets in met.items() if len(sets) > 1} - always


def _asking_rows(drawn: list[dict], asked: set[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each repeat of several rows, with the numbers of the rows that are asked anything."""
    for filled in drawn:
        for path, rows in _repeats(filled, ""):
            keys = [{key for key, _ in _leaves(row, path)} for row in rows]
            numbers = tuple(number for number, found in enumerate(keys, start=1) if found & asked)
            if len(rows) > 1 and numbers:
                yield path, numbers


def _choices(model: FormModel, lists: dict) -> dict[str, list[str]]:
    """What can be chosen, of the form's own lists and of the tablet's."""
    own = {name: [each.code for each in choices] for name, choices in model.lists.items()}
    given = {name: [row[KEYS[name]] for row in rows] for name, rows in lists.items()
             if name in KEYS}  # fmt: skip
    return own | given


def _any_answer(
    draw: random.Random, choices: dict[str, list[str]], question: Question, may_choose: bool = True
):
    """may_choose: False leaves questions of which several can be chosen without a choice."""
    if question.list_name:
        offered = choices.get(question.list_name, ())
        if question.is_select_multiple:
            return " ".join(one for one in offered if may_choose and draw.random() < HALF)
        return draw.choice([*offered, ""])
    return draw.choice(NUMBERS) if question.kind in ("int", "decimal") else draw.choice(["", "x"])


class _Tree:
    """The form's questions by the path of what holds them."""

    def __init__(self, model: FormModel, known: dict[str, str]):
        self.known, self.children = known, {}
        self.asked = {question.path for question in model.questions
                      if question.control and not question.is_computed}  # fmt: skip
        for question in model.questions:
            self.children.setdefault(question.path.rpartition("/")[0], []).append(question)

    def answers(self, answer: Callable, counts: dict[str, int], base: str = "") -> dict:
        """Nested answers: what is known, and `answer(question)` for the rest.

        counts: rows of each repeat; those that the form counts itself are left out.
        """
        found = {}
        for question in self.children.get(base, ()):
            below = question.path
            if question.kind == "repeat":
                rows = counts.get(below, OPEN_ROWS)
                found[question.name] = [self.answers(answer, counts, below) for _ in range(rows)]
            elif question.kind == "structure":
                found[question.name] = self.answers(answer, counts, below)
            elif question.path in self.known:
                found[question.name] = self.known[question.path]
            elif question.path in self.asked:
                found[question.name] = answer(question)
        return found


def _leaves(values: dict, base: str) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{base}/{name}")
        elif isinstance(value, list):
            for number, row in enumerate(value, start=1):
                yield from _leaves(row, f"{base}/{name}[{number}]")
        else:
            yield f"{base}/{name}", value


def _repeats(values: dict, base: str) -> Iterator[tuple[str, list]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _repeats(value, f"{base}/{name}")
        elif isinstance(value, list):
            yield f"{base}/{name}", value
            if value:
                yield from _repeats(value[0], f"{base}/{name}")


def _only_understood(xform: str, *without: str) -> str:
    """The form without these conditions, and without formulas that only a tablet's engine knows.

    A question whose condition is not understood is printed; one too many does less harm than one
    that is missing.
    """
    root = parse_xform(xform)
    for bind in root.iter(f"{XF}bind"):
        for name in without:
            bind.attrib.pop(name, None)
        for name in ("relevant", "calculate"):
            if bind.get(name) and not _is_understood(bind.get(name)):
                del bind.attrib[name]
    return etree.tostring(root, encoding="unicode")


def _is_understood(formula: str) -> bool:
    try:
        compile_formula(formula)
    except ValueError:
        return False
    return True
