"""Fills a form in memory: what is hidden is left out, what is calculated is calculated.

In: an XForm, the lists that it reads, and answers by the names of its nodes (a list of dicts for a
repeat). Out: the same with every calculated value, without what the form would not ask. Promised:
what JavaRosa, the engine of ODK Collect, makes of the same answers.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from bridge.simulation.xpath import compile_formula
from bridge.simulation.xpath_values import number, text, truth
from bridge.xform import XF, parse_xform

UNSET = object()


@dataclass
class _Question:
    """One node of the form's definition."""

    name: str
    path: str
    kind: str = "string"
    default: str = ""
    calculate: Callable | None = None
    relevant: Callable | None = None
    constraint: Callable | None = None
    is_required: bool = False
    is_typed: bool = False
    is_repeat: bool = False
    repeat_count: Callable | None = None
    children: dict[str, "_Question"] = field(default_factory=dict)


class Lists:
    """The lists on the tablet, each found by any column at once: name -> rows."""

    def __init__(self, rows: Mapping[str, list[dict[str, str]]]):
        self.rows = rows
        self._indexes: dict[tuple[str, str], dict[str, dict]] = {}

    def cell(self, list_name: str, key_column: str, key: str, column: str) -> str:
        """Empty where no row has the key: a list that a tablet lacks is an empty one."""
        index = self._indexes.get((list_name, key_column))
        if index is None:
            rows = reversed(self.rows.get(list_name, ()))
            index = {row[key_column]: row for row in rows}
            self._indexes[list_name, key_column] = index
        return index.get(key, {}).get(column, "")

    def cells(self, list_name: str, key_column: str, key: str, column: str) -> list[str]:
        """Of every row that has the key, in the order of the list."""
        rows = self.rows.get(list_name, ())
        return [row.get(column, "") for row in rows if row.get(key_column) == key]


class Form:
    """One version of a form, ready to be filled many times, by several threads."""

    def __init__(self, xform: str, lists: Lists):
        self.lists = lists
        self._root = _read_definition(parse_xform(xform))

    def fill(self, answers: dict, otherwise: str | None = None) -> dict:
        """The submission's values. Answers to what is not asked are dropped.

        otherwise: the answer to a required question in words that `answers` does not hold.
        Raises ValueError for a name that the form does not have, and where a repeat that the form
        counts has another number of rows.
        """
        root = _Node(self._root, None, answers, lists=self.lists, otherwise=otherwise)
        return root.collect()

    def blank(self, answers: dict) -> dict:
        """The form before it is finished: repeats that it counts have their rows, the missing
        ones empty.

        A question that the form does not ask is missing; one that waits for its answer is None.
        """
        return _Node(self._root, None, answers, lists=self.lists, is_blank=True).collect()

    def faults(self, answers: dict, otherwise: str | None = None) -> list[str]:
        """Paths of what the form would refuse: required but empty, or outside its constraint."""
        root = _Node(self._root, None, answers, lists=self.lists, otherwise=otherwise)
        return [node.question.path for node in root.walk() if node.is_refused()]


class _Node:
    """One node of one filling; the functions that bridge.simulation.xpath makes walk on it."""

    __slots__ = ("question", "parent", "root", "position", "_answer", "_value", "_relevant",
                 "_children", "_lists", "_otherwise", "_is_blank")  # fmt: skip

    def __init__(
        self, question, parent, answer, position=1, lists=None, otherwise=None, is_blank=False
    ):
        self.question, self.parent, self.position = question, parent, position
        self.root = parent.root if parent else self
        self._answer, self._value, self._relevant = answer, UNSET, None
        self._lists, self._otherwise, self._is_blank = lists, otherwise, is_blank
        self._children = _children(self) if question.children else {}

    def child(self, name: str) -> "_Node":
        return self._children[name][0]

    def rows(self, name: str) -> list["_Node"]:
        return self._children[name]

    def cell(self, list_name: str, key_column: str, key: str, column: str) -> str:
        return self.root._lists.cell(list_name, key_column, key, column)

    def cells(self, list_name: str, key_column: str, key: str, column: str) -> list[str]:
        return self.root._lists.cells(list_name, key_column, key, column)

    def is_relevant(self) -> bool:
        if self._relevant is None:
            own = self.question.relevant
            above = self.parent is None or self.parent.is_relevant()
            self._relevant = above and (own is None or truth(own(self)))
        return self._relevant

    def value(self):
        """Empty where the form does not ask: formulas see no answer there."""
        if not self.is_relevant():
            return ""
        if self._value is UNSET:
            self._value = self._calculated() if self.question.calculate else self._given()
        return self._value

    def collect(self):
        """Everything below, as it is sent."""
        if not self.question.children:
            value = self.value()
            return None if value == "" else value
        collected = {}
        for name, nodes in self._children.items():
            there = [node.collect() for node in nodes if node.is_relevant()]
            if self.question.children[name].is_repeat:
                collected[name] = there
            elif there:
                collected[name] = there[0]
        return collected

    def walk(self) -> Iterator["_Node"]:
        yield self
        for nodes in self._children.values():
            for node in nodes:
                yield from node.walk()

    def is_refused(self) -> bool:
        question = self.question
        if question.children or question.calculate or not self.is_relevant():
            return False
        if self.value() == "":
            return question.is_required
        return question.constraint is not None and not truth(question.constraint(self))

    def _calculated(self):
        value = self.question.calculate(self)
        if self.question.kind == "int":
            whole = number(value)
            return "" if math.isnan(whole) else int(whole)
        return text(value)

    def _given(self):
        answer = self._answer
        if answer is None:
            answer = self.question.default or None
        if answer is None and self.question.is_required and self.question.is_typed:
            answer = self.root._otherwise
        return "" if answer is None else answer


class _Place:
    """Where rows will be: the path of their count begins there."""

    def __init__(self, parent: _Node):
        self.parent, self.root = parent, parent.root


def _children(node: _Node) -> dict[str, list[_Node]]:
    answers = node._answer or {}
    if not answers.keys() <= node.question.children.keys():
        unknown = ", ".join(sorted(answers.keys() - node.question.children.keys()))
        raise ValueError(f"the form has no {unknown} in {node.question.path}")
    node._children = children = {}
    for name, question in node.question.children.items():
        answer = answers.get(name)
        if question.is_repeat:
            children[name] = _rows(node, question, answer or [])
        else:
            children[name] = [_Node(question, node, answer)]
    return children


def _rows(node: _Node, question: _Question, answers: list[dict]) -> list[_Node]:
    expected = (
        number(question.repeat_count(_Place(node))) if question.repeat_count else len(answers)
    )
    if node.root._is_blank and question.repeat_count:
        expected = 0 if math.isnan(expected) else max(int(expected), 0)
        answers = [*answers[:expected], *({} for _ in range(expected - len(answers)))]
    if expected != len(answers):
        raise ValueError(f"{question.path} has {len(answers)} rows, the form counts {expected}")
    return [_Node(question, node, row, position) for position, row in enumerate(answers, start=1)]


def _read_definition(root: etree._Element) -> _Question:
    binds = {bind.get("nodeset"): bind for bind in root.iter(f"{XF}bind")}
    typed = {control.get("ref") for control in root.iter(f"{XF}input")}
    repeats = {
        repeat.get("nodeset"): repeat.get("{http://openrosa.org/javarosa}count")
        for repeat in root.iter(f"{XF}repeat")
    }
    instance = root.find(f".//{XF}instance")[0]
    return _question(instance, f"/{etree.QName(instance).localname}", binds, typed, repeats)


def _question(element, path: str, binds: dict, typed: set, repeats: dict) -> _Question:
    bind = binds.get(path, {})
    question = _Question(
        name=etree.QName(element).localname,
        path=path,
        kind=bind.get("type", "string"),
        default=element.text or "" if len(element) == 0 else "",
        calculate=_compiled(bind.get("calculate")),
        relevant=_compiled(bind.get("relevant")),
        constraint=_compiled(bind.get("constraint")),
        is_required=bind.get("required") == "true()",
        is_typed=path in typed,
        is_repeat=path in repeats,
        repeat_count=_compiled(repeats.get(path)),
    )
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        if name not in question.children:
            below = _question(child, f"{path}/{name}", binds, typed, repeats)
            question.children[name] = below
    return question


def _compiled(formula: str | None) -> Callable | None:
    return compile_formula(formula) if formula else None
