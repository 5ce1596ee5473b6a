"""What formulas of an XForm calculate with: strings, numbers, truth values, as XPath 1.0 and ODK
define them. A node without an answer is the empty string; what is no number is NaN.
"""

import math

Value = str | int | float | bool


def text(value: Value) -> str:
    """Whole numbers without a decimal point, as JavaRosa writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return str(value)


def number(value: Value) -> int | float:
    if isinstance(value, int | float):
        return value
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return math.nan


def truth(value: Value) -> bool:
    if isinstance(value, str):
        return value != ""
    return bool(value) and value == value  # NaN is not true


def equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return truth(left) == truth(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return number(left) == number(right)


def _selected_at(value: Value, place: Value) -> str:
    choices, at = text(value).split(), number(place)
    at = 0 if at != at else int(at)  # what is no number is the first place, as in JavaRosa
    return choices[at] if 0 <= at < len(choices) else ""


def _substr(value: Value, start: Value, end: Value) -> str:
    return text(value)[int(number(start)) : int(number(end))]


def _translate(value: Value, of: Value, to: Value) -> str:
    of, to = text(of), text(to)
    table = {ord(letter): to[at] if at < len(to) else None for at, letter in enumerate(of)}
    return text(value).translate(table)


FUNCTIONS = {
    "coalesce": lambda first, second: first if text(first) != "" else second,
    "concat": lambda *parts: "".join(text(part) for part in parts),
    "count-selected": lambda value: len(text(value).split()),
    "false": lambda: False,
    "not": lambda value: not truth(value),
    "number": number,
    # Of a form that is filled for the first time: nothing stands there yet.
    "once": lambda value: value,
    "selected": lambda value, choice: text(choice) in text(value).split(),
    "selected-at": _selected_at,
    "starts-with": lambda value, start: text(value).startswith(text(start)),
    "string": text,
    "string-length": lambda value: len(text(value)),
    "substr": _substr,
    "translate": _translate,
    "true": lambda: True,
}
