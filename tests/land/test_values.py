"""Values: the same answer gives the same value from the feed and from the XML."""

import pytest

from processing.land.values import Misfit, read_odata, read_xml


@pytest.mark.parametrize(
    ("kind", "odata", "xml", "value"),
    [
        ("int", 41, "41", 41),
        ("int", -3, "-3", -3),
        ("decimal", 2.5, "2.5", 2.5),
        ("decimal", 3, "3", 3.0),
        ("date", "2026-11-01", "2026-11-01", "2026-11-01"),
        (
            "dateTime",
            "2026-11-01T09:30:00.000+03:00",
            "2026-11-01T09:30:00.000+03:00",
            "2026-11-01T06:30:00+00:00",
        ),
        ("time", "07:05:00.000+03:00", "07:05:00.000+03:00", ("07:05:00.000", 180)),
        ("time", "07:05:00.000", "07:05:00.000", ("07:05:00.000", None)),
        ("time", "07:05:00.000-0330", "07:05:00.000-0330", ("07:05:00.000", -210)),
        ("select_multiple", "grid solar", "grid solar", ("grid", "solar")),
        ("string", "مدرسة دجلة", "مدرسة دجلة", "مدرسة دجلة"),
        ("string", "", "", None),
    ],
)
def test_feed_and_xml_agree(kind, odata, xml, value):
    assert read_xml(kind, xml) == (value, None)
    assert read_odata(kind, odata or None) == (value, None)


def test_a_point_is_latitude_longitude_altitude_accuracy():
    geojson = {
        "type": "Point",
        "coordinates": [44.4, 33.3, 34.0],
        "properties": {"accuracy": 4.5},
    }
    assert read_odata("geopoint", geojson) == ((33.3, 44.4, 34.0, 4.5), None)
    assert read_xml("geopoint", "33.3 44.4 34.0 4.5") == ((33.3, 44.4, 34.0, 4.5), None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "notint"),
        ("int", "12abc"),
        ("int", "4.0"),
        ("int", "9223372036854775808"),
        ("decimal", "1e400"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("date", "soon"),
        ("date", "2026-13-01"),
        ("date", "2026-W01-1"),
        ("date", "20261101"),
        ("dateTime", "2026-11-01T09:30:00"),
        ("dateTime", "0001-01-01T00:00:00.000+03:00"),
        ("dateTime", "9999-12-31T23:59:59.000-03:00"),
        ("time", "25:00:00"),
        ("geopoint", "33.3"),
        ("geopoint", "133 44 0 0"),
    ],
)
def test_what_cannot_be_typed_is_null_and_quoted(kind, text):
    assert read_xml(kind, text) == (None, Misfit(text))


def test_arabic_indic_digits_are_read_and_said():
    assert read_xml("int", "٤٥") == (45, Misfit("٤٥", "digits_are_western"))
    assert read_xml("decimal", "۳٫۵") == (3.5, Misfit("۳٫۵", "digits_are_western"))
    assert read_xml("int", " 45 ") == (45, Misfit(" 45 ", "number_is_trimmed"))


def test_an_integer_past_2_to_the_53_keeps_its_digits_from_the_xml():
    assert read_xml("int", "9007199254740993") == (9007199254740993, None)


def test_a_long_value_is_quoted_in_part():
    _, misfit = read_xml("int", "x" * 10_000)
    assert len(misfit.value) == 201


@pytest.mark.parametrize("value", [True, "7", 1e300, 2**63, [1], {"a": 1}])
def test_json_of_another_type_is_no_integer(value):
    assert read_odata("int", value) == (None, Misfit(str(value)))
