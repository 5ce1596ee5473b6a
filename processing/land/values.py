"""Values: from Central's JSON or a submission's XML to typed values, or a reason why not.

Both readers give the same Python value for the same answer, so that a row landed from the feed
can be compared with its XML. A value that cannot be typed becomes null and a `Misfit` that
quotes it: bad data is a value here, never an exception.

    kind             SQL columns                            value
    int              bigint                                 int
    decimal          double precision                       float
    date             date                                   ISO text
    dateTime         timestamptz                            ISO text with zone
    time             time, smallint (minutes east of UTC)   (ISO text, minutes or None)
    geopoint         double precision x 4                   latitude, longitude, altitude, accuracy
    select_multiple  text[]                                 tuple of codes, as picked
    all others       text                                   str
"""

import datetime as dt
import math
import re
from dataclasses import dataclass

import orjson

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")
INT_TEXT = re.compile(r"[+-]?\d+\Z", re.ASCII)
DECIMAL_TEXT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
TIME_TEXT = re.compile(
    r"(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?\d*)?(Z|[+-]\d{2}(?::?\d{2})?)?\Z", re.ASCII
)
QUOTE_LENGTH = 200

COLUMN_TYPES = {
    "int": ("bigint",),
    "decimal": ("double precision",),
    "date": ("date",),
    "dateTime": ("timestamp with time zone",),
    "time": ("time without time zone", "smallint"),
    "geopoint": ("double precision",) * 4,
    "select_multiple": ("text[]",),
}


@dataclass(frozen=True)
class Misfit:
    """An answer that its column cannot hold as it stands. rule: which issue it becomes."""

    value: str
    rule: str = "value_fits_its_type"


class _NotTyped(Exception):  # noqa: N818  a signal to this module's callers, no error
    pass


NOT_TYPED = (
    _NotTyped,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
)


def column_types(kind: str) -> tuple[str, ...]:
    """The SQL type of each column of a field."""
    return COLUMN_TYPES.get(kind, ("text",))


def odata_reader(kind: str):
    """The function from a value of the feed to its typed value; it raises one of NOT_TYPED."""
    return _ODATA.get(kind, _text)


def read_odata(kind: str, value):
    """(typed value or None, Misfit or None) for a value of the OData feed."""
    if value is None:
        return None, None
    try:
        return odata_reader(kind)(value), None
    except NOT_TYPED:
        is_text = isinstance(value, str) and odata_reader(kind) is _text
        return _clean_text(value) if is_text else (None, Misfit(_quote(value)))


def read_xml(kind: str, text: str | None):
    """(typed value or None, Misfit or None) for the text of an XML node; '' is no answer.

    A number in Arabic-Indic digits or with spaces around is read, and said to be so.
    """
    if text is None or text == "":
        return None, None
    reader = _XML.get(kind)
    if reader is None:
        return _clean_text(text)
    try:
        return reader(text), None
    except NOT_TYPED:
        return _second_reading(reader, text)


def _second_reading(reader, text: str):
    western = text.translate(DIGITS).strip()
    if western == text:
        return None, Misfit(_quote(text))
    try:
        rule = "number_is_trimmed" if western == text.strip() else "digits_are_western"
        return (reader(western), Misfit(_quote(text), rule)) if western else (None, None)
    except NOT_TYPED:
        return None, Misfit(_quote(text))


def _quote(value) -> str:
    """As people see it in an issue; PostgreSQL has no place for a NUL, in JSON neither."""
    text = str(value).replace("\x00", "\\0")
    return text if len(text) <= QUOTE_LENGTH else text[:QUOTE_LENGTH] + "…"


def _clean_text(value: str):
    if "\x00" in value:
        return value.replace("\x00", "\ufffd"), Misfit(_quote(value))
    return value, None


def _text(value) -> str:
    if isinstance(value, str):
        if "\x00" in value:
            raise _NotTyped
        return value
    if isinstance(value, (dict, list)):
        return _json_text(value)
    return str(value)


def _json_text(value) -> str:
    return orjson.dumps(value).decode()


def _int(value) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not INT_MIN <= value <= INT_MAX:
        raise _NotTyped
    return value


def _int_text(text: str) -> int:
    if not INT_TEXT.match(text):
        raise _NotTyped
    return _int(int(text))


def _decimal(value) -> float:
    number = float(value)
    if isinstance(value, (bool, str)) or not math.isfinite(number):
        raise _NotTyped
    return number


def _decimal_text(text: str) -> float:
    if not DECIMAL_TEXT.match(text):
        raise _NotTyped
    return _decimal(float(text))


def _date(value: str) -> str:
    # Weeks and dates without hyphens are ISO 8601 too, but no tablet writes them.
    if not DATE_TEXT.match(value):
        raise _NotTyped
    return dt.date.fromisoformat(value).isoformat()


def _datetime(value: str) -> str:
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise _NotTyped
    return moment.astimezone(dt.UTC).isoformat()


def _time(value: str):
    found = TIME_TEXT.match(value)
    if not found:
        raise _NotTyped
    hour, minute, second, fraction, zone = found.groups()
    moment = dt.time(int(hour), int(minute), int(second or 0)).isoformat() + (fraction or "")
    return moment, _offset_minutes(zone)


def _offset_minutes(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def _point(latitude, longitude, altitude, accuracy):
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _NotTyped
    return latitude, longitude, altitude, accuracy


def _geopoint(value: dict):
    longitude, latitude, *rest = (float(part) for part in value["coordinates"])
    accuracy = (value.get("properties") or {}).get("accuracy")
    return _point(latitude, longitude, rest[0] if rest else None, _optional(accuracy))


def _geopoint_text(text: str):
    parts = [_decimal_text(part) for part in text.split()]
    if not 2 <= len(parts) <= 4:
        raise _NotTyped
    latitude, longitude, *rest = parts
    altitude = rest[0] if rest else None
    return _point(latitude, longitude, altitude, rest[1] if len(rest) > 1 else None)


def _optional(value) -> float | None:
    return None if value is None else float(value)


def _codes(value: str) -> tuple[str, ...]:
    if "\x00" in value:
        raise _NotTyped
    return tuple(value.split())


_ODATA = {
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _datetime,
    "time": _time,
    "geopoint": _geopoint,
    "select_multiple": _codes,
}
_XML = _ODATA | {"int": _int_text, "decimal": _decimal_text, "geopoint": _geopoint_text}
