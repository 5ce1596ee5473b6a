"""The formulas of an XForm, as functions.

In: an expression as pyxform writes it: paths from the root or from the node, the operators and
the functions that our forms use, and `instance('list')/root/item[column = key]/column`. Out: a
function of a node (see bridge.simulation.filling) that gives a string, a number or a truth value.
Promised: the same result as JavaRosa gives, to which tests hold every formula of our forms; what
is not understood is a ValueError that quotes the formula.
"""

import math
import operator
import re
from collections.abc import Callable

from bridge.simulation.xpath_values import FUNCTIONS, equal, number, text, truth

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<name>[^\W\d][\w.-]*)|(?P<sign>\.\.|!=|<=|>=|[/.()\[\],=<>+*-]))"
)
BINARY = {
    "or": (1, lambda left, right: lambda node: truth(left(node)) or truth(right(node))),
    "and": (2, lambda left, right: lambda node: truth(left(node)) and truth(right(node))),
    "=": (3, lambda left, right: lambda node: equal(left(node), right(node))),
    "!=": (3, lambda left, right: lambda node: not equal(left(node), right(node))),
}


def _on_numbers(calculate: Callable) -> Callable:
    def build(left, right):
        return lambda node: calculate(number(left(node)), number(right(node)))

    return build


BINARY |= {
    sign: (level, _on_numbers(calculate))
    for sign, level, calculate in (
        ("<", 4, operator.lt),
        ("<=", 4, operator.le),
        (">", 4, operator.gt),
        (">=", 4, operator.ge),
        ("+", 5, operator.add),
        ("-", 5, operator.sub),
        ("*", 6, operator.mul),
        ("div", 6, lambda left, right: left / right if right else math.nan),
        ("mod", 6, lambda left, right: math.fmod(left, right) if right else math.nan),
    )
}


def compile_formula(formula: str) -> Callable:
    """A function of the node that the formula is bound to."""
    parser = _Parser(formula)
    compiled = parser.expression(0)
    parser.expect_end()
    return compiled


class _Parser:
    def __init__(self, formula: str):
        self.formula, self.at = formula, 0
        self.tokens = self._split()

    def _split(self) -> list[tuple[str, str]]:
        tokens, start, end = [], 0, len(self.formula.rstrip())
        while start < end:
            found = TOKEN.match(self.formula, start)
            if not found:
                raise self._not_understood()
            tokens.append((found.lastgroup, found[found.lastgroup]))
            start = found.end()
        return tokens

    def expression(self, level: int) -> Callable:
        left = self._unary()
        while (binding := BINARY.get(self._peek())) and binding[0] > level:
            self.at += 1
            left = binding[1](left, self.expression(binding[0]))
        return left

    def expect_end(self) -> None:
        if self.at < len(self.tokens):
            raise self._not_understood()

    def _unary(self) -> Callable:
        if self._take("-"):
            inner = self._unary()
            return lambda node: -number(inner(node))
        return self._primary()

    def _primary(self) -> Callable:
        kind, token = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind in ("number", "string"):
            self.at += 1
            value = token[1:-1] if kind == "string" else number(token)
            return lambda node: value
        if self._take("("):
            inner = self.expression(0)
            self._expect(")")
            return inner
        if kind == "name" and self._peek(1) == "(":
            return self._call(token)
        return self._path().value

    def _call(self, name: str) -> Callable:
        self.at += 2
        if name == "instance":
            return self._lookup()
        if name == "join":
            return self._join()
        if name in ("sum", "count", "position"):
            return self._over_nodes(name)
        arguments = self._arguments()
        if name == "if":
            test, then, otherwise = arguments
            return lambda node: then(node) if truth(test(node)) else otherwise(node)
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._not_understood()
        return lambda node: function(*[argument(node) for argument in arguments])

    def _arguments(self) -> list[Callable]:
        arguments = []
        while not self._take(")"):
            arguments.append(self.expression(0))
            if self._peek() != ")":
                self._expect(",")
        return arguments

    def _join(self) -> Callable:
        separator = self.expression(0)
        self._expect(",")
        if self._peek() == "instance":
            values = self._listed()
        else:
            path = self._path()
            values = lambda node: [one.value() for one in path.nodes(node)]  # noqa: E731
        self._expect(")")
        return lambda node: text(separator(node)).join(text(value) for value in values(node))

    def _over_nodes(self, name: str) -> Callable:
        if name == "count" and self._peek() == "instance":
            rows = self._listed()
            self._expect(")")
            return lambda node: len(rows(node))
        path = self._path()
        self._expect(")")
        if name == "position":
            return lambda node: path.nodes(node)[0].position
        if name == "count":
            return lambda node: len(path.nodes(node))
        return lambda node: sum(number(one.value()) for one in path.nodes(node))

    def _lookup(self) -> Callable:
        """`instance('list')/root/item[column = key]/column`: a cell of a list, by index."""
        list_name, key_column, key = self._rows_of_list()
        self._expect("/")
        column = self._next("name")
        return lambda node: node.cell(list_name, key_column, text(key(node)), column)

    def _listed(self) -> Callable:
        """The same, of every row that has the key; without a column, the keys themselves."""
        self._expect("instance")
        self._expect("(")
        list_name, key_column, key = self._rows_of_list()
        column = self._next("name") if self._take("/") else key_column
        return lambda node: node.cells(list_name, key_column, text(key(node)), column)

    def _rows_of_list(self) -> tuple[str, str, Callable]:
        """List, column, key: what stands after `instance(`."""
        list_name = self._next("string")[1:-1]
        for sign in (")", "/", "root", "/", "item", "["):
            self._expect(sign)
        key_column = self._next("name")
        self._expect("=")
        key = self.expression(0)
        self._expect("]")
        return list_name, key_column, key

    def _path(self) -> "_Path":
        is_absolute, steps = self._take("/"), []
        while True:
            kind, step = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            if kind != "name" and step not in (".", ".."):
                raise self._not_understood()
            self.at += 1
            steps += [step] if step != "." else []
            if not self._take("/"):
                return _Path(is_absolute, steps)

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        kind, token = self.tokens[place] if place < len(self.tokens) else ("", "")
        return "" if kind == "string" else token

    def _take(self, token: str) -> bool:
        found = self._peek() == token
        self.at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._not_understood()

    def _next(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise self._not_understood()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _not_understood(self) -> ValueError:
        return ValueError(f"the simulation does not understand the formula {self.formula!r}")


class _Path:
    """`/data/a/b`, `../a`, `.`: up, then down."""

    def __init__(self, is_absolute: bool, steps: list[str]):
        self.is_absolute = is_absolute
        self.ups = steps.count("..")
        self.names = tuple(steps[self.ups + is_absolute :])

    def value(self, node):
        """The value of the one node, or of the first of several."""
        node = self._start(node)
        for name in self.names:
            node = node.child(name)
        return node.value()

    def nodes(self, node) -> list:
        """Every node that is there: one for each row where the path enters a repeat."""
        found = [self._start(node)]
        for name in self.names:
            found = [child for one in found for child in one.rows(name)]
        return [one for one in found if one.is_relevant()]

    def _start(self, node):
        if self.is_absolute:
            return node.root
        for _ in range(self.ups):
            node = node.parent
        return node
