"""Answers as JavaScript reads and prints them: `VALUES[type](text, wkt)` gives the OData value.

The mapping itself stands for "no value, leave what is there" (a point that cannot be read).
"""

import re

import orjson

INTEGER = re.compile(r"\s*([+-]?\d+)", re.ASCII)
DECIMAL = re.compile(r"\s*([+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))", re.ASCII)
ZONE_HOURS = re.compile(r"[+-]\d\d$", re.ASCII)
EXACT_INTEGERS_END = 2**53
PLAIN_FROM, PLAIN_TO = 1e-4, 1e15


def js_number(value: float):
    """A number for orjson that comes out as JavaScript prints it; None where JSON has none."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    if value == int(value) and abs(value) < EXACT_INTEGERS_END:
        return int(value)
    if PLAIN_FROM <= abs(value) < PLAIN_TO:
        return value
    return orjson.Fragment(_js_text(value))


def _js_text(value: float) -> str:
    mantissa, _, exponent = f"{value!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, rest = mantissa.lstrip("-").partition(".")
    rest = "" if rest == "0" else rest
    digits = (whole + rest).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + rest) - len(digits))
    digits = digits.rstrip("0") or "0"
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _float(text: str) -> float | None:
    match = DECIMAL.match(text)
    return float(match[1].replace("Infinity", "inf")) if match else None


def _integer(text: str, wkt: bool):
    match = INTEGER.match(text)
    if not match:
        return None
    try:
        return js_number(float(int(match[1])))
    except OverflowError:
        return None


def _decimal(text: str, wkt: bool):
    value = _float(text)
    return None if value is None else js_number(value)


def _coordinates(text: str) -> list[float | None]:
    return [_float(part) for part in re.split(r"\s+", text)]


def _point(text: str, wkt: bool):
    latitude, longitude, altitude, accuracy = (_coordinates(text) + [None] * 4)[:4]
    if latitude is None or longitude is None:
        return VALUES
    numbers = [longitude, latitude, *([altitude] if altitude is not None else [])]
    coordinates = [js_number(number) for number in numbers]
    if wkt:
        return f"POINT ({' '.join(_text(number) for number in numbers)})"
    point = {"type": "Point", "coordinates": coordinates}
    if accuracy is not None:
        point["properties"] = {"accuracy": js_number(accuracy)}
    return point


def _line(text: str, wkt: bool, kind: str):
    pieces = re.split(r"; ?", text)
    points, accuracies = [], []
    for piece in pieces:
        parts = _coordinates(piece)
        if len(parts) < 2 and len(pieces) == 1:
            return VALUES
        latitude, longitude, altitude, accuracy = (parts + [None] * 4)[:4]
        if latitude is None or (longitude is None and len(parts) > 1):
            continue
        numbers = [longitude, latitude, *([altitude] if altitude is not None else [])]
        points.append(numbers)
        accuracies.append(js_number(accuracy) if accuracy else None)
    if wkt:
        inner = ",".join(" ".join(_text(n) for n in point) for point in points)
        return f"LINESTRING ({inner})" if kind == "geotrace" else f"POLYGON (({inner}))"
    lists = [[None if n is None else js_number(n) for n in point] for point in points]
    shape = (
        {"type": "LineString", "coordinates": lists}
        if kind == "geotrace"
        else {"type": "Polygon", "coordinates": [lists]}
    )
    if any(accuracy is not None for accuracy in accuracies):
        shape["properties"] = {"accuracies": accuracies}
    return shape


def _text(number: float | None) -> str:
    return "undefined" if number is None else orjson.dumps(js_number(number)).decode()


def _moment(text: str, wkt: bool) -> str:
    # Collect may write the zone as +03, where most specifications require +03:00.
    trimmed = text.strip()
    return f"{trimmed}:00" if ZONE_HOURS.search(trimmed) else trimmed


VALUES = {
    "int": _integer,
    "decimal": _decimal,
    "geopoint": _point,
    "geotrace": lambda text, wkt: _line(text, wkt, "geotrace"),
    "geoshape": lambda text, wkt: _line(text, wkt, "geoshape"),
    "dateTime": _moment,
}
