"""What a form would ask of one school, before anything is answered.

In: an XForm, the lists of the tablet, the answers that are known beforehand (school, round and what
hangs on them). Out: `Asked`: the values that the form calculates from these, and every question
that it could still ask.

A question may wait for another answer: soap, for handwashing. So the rest is answered in many ways,
drawn from a fixed seed, and a question counts where any of them meets it. What depends on the known
answers alone, grades and sexes, comes out the same each time.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from bridge.simulation.filling import Form, Lists
from bridge.simulation.xpath import compile_formula
from bridge.xform import XF, parse_xform
from bridge.xform_model import FormModel, Question

DRAWS, SEED = 60, 1
NUMBERS = ("", 0, 1, 2, 5, 20, 100)
# A repeat that an answer counts, or nothing does, is printed once, to be copied.
OPEN_ROWS = 1
ROW = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class Asked:
    """values: path with row numbers, `/grades[1]/grade`, -> what is known there, "" if nothing.

    A key that is missing is a question that this school is never asked.
    """

    values: dict[str, object] = field(repr=False)

    def rows(self, path: str) -> int:
        """How many rows a repeat has."""
        numbers = (key[len(path) + 1 :].partition("]")[0] for key in self.values
                   if key.startswith(f"{path}["))  # fmt: skip
        return max((int(number) for number in numbers), default=0)


def find_asked(xform: str, model: FormModel, lists: dict, known: dict[str, str]) -> Asked:
    """known: path -> answer, of questions outside repeats."""
    form = Form(_only_understood(xform), Lists(lists))
    tree = _Tree(model, known)
    blank = form.blank(tree.answers(lambda question: None, {}))
    draw = random.Random(SEED)  # noqa: S311  a sample, no secret
    counts = {path: len(rows) for path, rows in _repeats(blank, "")}
    found = dict.fromkeys(key for key, _ in _leaves(blank, ""))
    for _ in range(DRAWS):
        answers = tree.answers(lambda question: _any_answer(draw, question, model), counts)
        found |= dict.fromkeys(key for key, _ in _leaves(form.blank(answers), ""))
    held = dict(_leaves(blank, ""))
    printed = (key for key in found if _is_printed(key, counts))
    return Asked({key: "" if held.get(key) is None else held[key] for key in printed})


def _is_printed(key: str, counts: dict[str, int]) -> bool:
    """A repeat whose rows an answer counts has as many as that says: one is printed."""
    base = ""
    for part, number in ROW.findall(key):
        base += part
        if number and int(number) > max(counts.get(base, 0), OPEN_ROWS):
            return False
    return True


def _any_answer(draw: random.Random, question: Question, model: FormModel):
    if question.list_name:
        return draw.choice([*model.lists.get(question.list_name, {}), ""])
    return draw.choice(NUMBERS) if question.kind in ("int", "decimal") else draw.choice(["", "x"])


class _Tree:
    """The form's questions by the path of what holds them."""

    def __init__(self, model: FormModel, known: dict[str, str]):
        self.known, self.children = known, {}
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
                rows = counts.get(below, 0 if "repeat_count" in question.logic else OPEN_ROWS)
                found[question.name] = [self.answers(answer, counts, below) for _ in range(rows)]
            elif question.kind == "structure":
                found[question.name] = self.answers(answer, counts, below)
            elif question.path in self.known:
                found[question.name] = self.known[question.path]
            elif question.control and "calculation" not in question.logic:
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


def _only_understood(xform: str) -> str:
    """The form without constraints, and without formulas that only a tablet's engine knows.

    A question whose condition is not understood is printed; one too many does less harm than one
    that is missing.
    """
    root = parse_xform(xform)
    for bind in root.iter(f"{XF}bind"):
        bind.attrib.pop("constraint", None)
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
