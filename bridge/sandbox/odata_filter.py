"""OData's $filter as SQL: a parser for the part of the grammar that Central takes.

`compile_filter(text, columns)` gives the parsed tree and (sql, values). Values are bound, never
written into the SQL. Refusals: 400.18 what cannot be parsed, 501.5 an unknown field, 501.4 an
unknown function. Where PostgreSQL fails on a value (`'x'` as a time), Central answers 500.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.sandbox.problems import InternalFault, problem

TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))"
    r"|(?P<time>\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2}))?"
    r"(?![\w:.+-]))"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w:.-]))"
    r"|(?P<name>[$A-Za-z_][\w$]*(?:/[\w$]+)*)"
    r"|(?P<sign>[(),])"
    r")"
)
COMPARISONS = {"eq": "IS", "ne": "IS NOT", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
UNSUPPORTED = ("add", "sub", "mul", "div", "mod", "has")
BOOLEAN_FUNCTIONS = ("contains", "startswith", "endswith")
EXTRACT = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%f"}
KNOWN_FUNCTIONS = {
    *("contains", "startswith", "endswith", "length", "indexof", "substring", "tolower", "toupper"),
    *("trim", "concat", "date", "time", "totaloffsetminutes", "mindatetime", "maxdatetime"),
    *("totalseconds", "fractionalseconds", "round", "floor", "ceiling", "cast", "isof"),
}
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$"
)


@dataclass(frozen=True)
class Node:
    """op: and, or, not, a comparison, call, field, literal."""

    op: str
    text: str
    parts: tuple["Node", ...] = ()


class _Parser:
    def __init__(self, text: str):
        self.tokens: list[tuple[str, str, int]] = []
        if text[:1].isspace():
            raise problem(400.18, reason="Fail at 0")
        place = 0
        while place < len(text.rstrip()):
            match = TOKEN.match(text, place)
            if not match:
                raise problem(400.18, reason=f"Unexpected character at {place}")
            self.tokens.append((match.lastgroup, match[match.lastgroup], match.start()))
            place = match.end()
        self.place = 0

    def peek(self) -> tuple[str | None, str]:
        if self.place >= len(self.tokens):
            return None, ""
        kind, text, _ = self.tokens[self.place]
        return kind, text

    def take(self) -> tuple[str | None, str]:
        token = self.peek()
        self.place += 1
        return token

    def expect(self, sign: str) -> None:
        if self.take() != ("sign", sign):
            raise problem(400.18, reason=f"Expected {sign}")

    def whole(self) -> Node:
        node = self.either()
        if self.peek()[0] is not None:
            raise problem(400.18, reason="Unexpected end of the expression")
        return node

    def either(self) -> Node:
        node = self.both()
        while self.peek() == ("name", "or"):
            self.take()
            node = Node("or", "or", (node, self.both()))
        return node

    def both(self) -> Node:
        node = self.single()
        while self.peek() == ("name", "and"):
            self.take()
            node = Node("and", "and", (node, self.single()))
        return node

    def single(self) -> Node:
        if self.peek() == ("name", "not"):
            self.take()
            return Node("not", "not", (self.single(),))
        node = self.operand()
        kind, text = self.peek()
        if kind == "name" and text in UNSUPPORTED:
            raise problem(501.4, at=0, type=f"{text.capitalize()}Expression", text=text)
        if kind == "name" and text in COMPARISONS:
            if node.op == "call" and node.text in BOOLEAN_FUNCTIONS:
                raise problem(400.18, reason=f"Unexpected {text} after {node.text}")
            self.take()
            return Node(text, text, (node, self.operand()))
        return node

    def operand(self) -> Node:
        kind, text = self.take()
        if (kind, text) == ("sign", "("):
            node = self.either()
            self.expect(")")
            return node
        if kind in ("text", "time", "number", "guid"):
            return Node("literal", text)
        if kind != "name" or text in ("and", "or", "in"):
            raise problem(400.18, reason=f"Unexpected {text or 'end'}")
        if self.peek() == ("sign", "("):
            return self.call(text)
        return Node("literal" if text in ("null", "true", "false") else "field", text)

    def call(self, name: str) -> Node:
        if name not in EXTRACT and name != "now" and name not in KNOWN_FUNCTIONS:
            raise problem(400.18, reason=f"There is no function {name}")
        self.expect("(")
        parts: list[Node] = []
        while self.peek() != ("sign", ")"):
            parts.append(self.operand())
            if self.peek() == ("sign", ","):
                self.take()
        self.expect(")")
        if (name in EXTRACT and len(parts) != 1) or (name == "now" and parts):
            raise problem(400.18, reason=f"{name} does not take so many arguments")
        return Node("call", name, tuple(parts))


def compile_filter(text: str, columns: dict) -> tuple[Node, tuple[str, tuple]]:
    node = _Parser(text).whole()
    sql, values = _condition(node, columns)
    return node, (sql, tuple(values))


def names_deleted_at(node: Node) -> bool:
    """Does the filter speak of deletedAt? A function without an argument on the way there stops
    Central with a 500, unless deletedAt stands to its left."""
    if node.op == "field":
        return node.text in ("__system/deletedAt", "$root/Submissions/__system/deletedAt")
    if node.op == "call":
        if not node.parts:
            raise InternalFault("a function without an argument before any deletedAt")
        return names_deleted_at(node.parts[0])
    return any(names_deleted_at(part) for part in node.parts)


def _condition(node: Node, columns: dict) -> tuple[str, list]:
    if node.op in ("and", "or"):
        left, left_values = _condition(node.parts[0], columns)
        right, right_values = _condition(node.parts[1], columns)
        return f"({left} {node.op.upper()} {right})", left_values + right_values
    if node.op == "not":
        sql, values = _condition(node.parts[0], columns)
        return f"(NOT {sql})", values
    if node.op in COMPARISONS:
        return _comparison(node, columns)
    if node.op == "call":
        sql, values, _ = _value(node, columns, None)
        return sql, values
    raise problem(501.4, at=0, type="CommonExpression", text=node.text)


def _comparison(node: Node, columns: dict) -> tuple[str, list]:
    left, right = node.parts
    kind = _kind(left, columns) or _kind(right, columns)
    left_sql, left_values, left_null = _value(left, columns, kind)
    right_sql, right_values, right_null = _value(right, columns, kind)
    sign = COMPARISONS[node.op]
    if (left_null or right_null) and node.op not in ("eq", "ne"):
        return "NULL", []
    return f"({left_sql} {sign} {right_sql})", left_values + right_values


def _kind(node: Node, columns: dict) -> str | None:
    if node.op == "field" and node.text in columns:
        return columns[node.text][1]
    if node.op == "call":
        return "time" if node.text == "now" else "number"
    return None


def _value(node: Node, columns: dict, kind: str | None) -> tuple[str, list, bool]:
    """(sql, values, is it null?) of one side of a comparison."""
    if node.op == "field":
        if node.text not in columns:
            raise problem(501.5, text=node.text)
        return columns[node.text][0], [], False
    if node.op == "literal":
        if node.text == "null":
            return "NULL", [], True
        return "?", [_literal(node.text, kind)], False
    if node.op == "call" and node.text == "now":
        return "?", [datetime.now(UTC).timestamp() * 1000], False
    if node.op == "call" and node.text in EXTRACT:
        if _kind(node.parts[0], columns) != "time" or node.parts[0].text == "now":
            raise InternalFault("a part of a time is asked of something else")
        sql, values, _ = _value(node.parts[0], columns, "time")
        pattern = EXTRACT[node.text]
        return (
            f"CAST(strftime('{pattern}', {sql} / 1000.0, 'unixepoch') AS REAL)",
            values,
            False,
        )
    if node.op == "call":
        raise problem(501.4, at=0, type="MethodCallExpression", text=node.text)
    sql, values = _condition(node, columns)
    return sql, values, False


def _literal(text: str, kind: str | None):
    quoted = text.startswith("'")
    plain = text[1:-1] if quoted else text
    if kind == "time":
        return _moment(plain)
    if kind == "integer":
        if not re.fullmatch(r"\s*[+-]?\d+\s*", plain):
            raise problem(400.11, value=plain, expected="integer")
        return int(plain)
    if kind == "number":
        try:
            return float(plain)
        except ValueError:
            raise problem(400.11, value=plain, expected="numeric") from None
    return plain


def _moment(text: str) -> float:
    """Milliseconds since 1970, fractions of them kept: the database compares microseconds."""
    match = TIME.match(text.strip())
    if not match:
        raise InternalFault("a literal is not a time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = (zone or "Z").replace(":", "").replace("Z", "+0000")
    try:
        moment = datetime.strptime(
            f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}",
            "%Y-%m-%dT%H:%M:%S%z",
        )
    except ValueError:
        raise InternalFault("a literal is not a time") from None
    return int(moment.timestamp()) * 1000 + round(float(fraction or 0), 6) * 1000
