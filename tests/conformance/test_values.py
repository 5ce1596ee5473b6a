"""How answers come out of OData: what JavaScript and a lenient XML reader make of them."""

import json

import pytest

from tests.conformance.central_api import new_id
from tests.conformance.xforms import fill

KINDS = ("int", "decimal", "string", "date", "time", "dateTime", "geopoint", "geotrace", "geoshape")


def _value(make_form, kind: str, text: str, **query):
    form = make_form([("x", kind)])
    form.add(fill(form.form_id, "1", new_id(), f"<x>{text}</x>"))
    return form.rows(**query)[0]["x"]


@pytest.fixture(scope="module")
def forms_by_kind(central):
    return {}


@pytest.fixture
def show(make_form, forms_by_kind):
    """show(kind, text, **query) gives the JSON text of the value; one form a kind."""

    def read(kind: str, text: str, **query) -> str:
        form = forms_by_kind.get(kind)
        if form is None:
            form = forms_by_kind[kind] = make_form([("x", kind)])
        instance_id = form.add(fill(form.form_id, "1", new_id(), f"<x>{text}</x>"))
        answer = form.api.get(
            form.feed,
            params={"$filter": f"__id eq '{instance_id}'"}
            | {f"${name}": value for name, value in query.items()},
        )
        start = answer.text.index('"x":') + 4
        return answer.text[start : answer.text.index(',"meta"')]

    return read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7", "7"),
        (" 007 ", "7"),
        ("-3", "-3"),
        ("+5", "5"),
        ("12abc", "12"),
        ("12.9", "12"),
        ("1e3", "1"),
        ("0x10", "0"),
        ("abc", "null"),
        ("", "null"),
        ("٧", "null"),
        ("9007199254740992", "9007199254740992"),
        ("9007199254740993", "9007199254740992"),
        ("12345678901234567890", "12345678901234567000"),
        ("9223372036854775807", "9223372036854776000"),
        ("9223372036854775808", "9223372036854776000"),
        ("-9223372036854775809", "-9223372036854776000"),
        ("18446744073709551616", "18446744073709552000"),
        ("99999999999999999999", "100000000000000000000"),
        ("123456789012345678901", "123456789012345680000"),
        ("999999999999999934463", "999999999999999900000"),
        ("1" + "0" * 21, "1e+21"),
        ("1" * 400, "null"),
    ],
)
def test_integers(show, text, shown):
    assert show("int", text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.50", "1.5"),
        ("7", "7"),
        ("7.0", "7"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("1e3", "1000"),
        ("1.5kg", "1.5"),
        ("1,5", "1"),
        ("1e400", "null"),
        ("Infinity", "null"),
        ("NaN", "null"),
        ("0.1", "0.1"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("123456789012345680000", "123456789012345680000"),
        ("1234567890123456789012", "1.2345678901234568e+21"),
        ("0.00001234", "0.00001234"),
        ("-0.00000012345", "-1.2345e-7"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("x", "null"),
    ],
)
def test_decimals(show, text, shown):
    assert show("decimal", text) == shown


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "a &lt; b &amp; &quot;c&quot; &#65;&#x42;", 'a < b & "c" AB'),
        ("string", "<![CDATA[a < b]]>", "a < b"),
        ("string", "  kept  ", "  kept  "),
        ("string", "a\n\tb", "a\n\tb"),
        ("string", "\x07\x1f", "\x07\x1f"),
        ("string", "one<!-- c -->two", "onetwo"),
        ("string", "a<b>c</b>d", "ad"),
        ("string", "مرحبا \U0001f600", "مرحبا \U0001f600"),
        ("string", "&nbsp; &unknown;", "&nbsp; &unknown;"),
        ("string", "\u2028\u007f\\/", "\u2028\u007f\\/"),
        ("date", "2026-11-23", "2026-11-23"),
        ("date", "yesterday", "yesterday"),
        ("time", "07:05:00.000+03:00", "07:05:00.000+03:00"),
        ("dateTime", "2026-11-23T07:05:00.000+03", "2026-11-23T07:05:00.000+03:00"),
        ("dateTime", " 2026-11-23T07:05:00.000+03:00 ", "2026-11-23T07:05:00.000+03:00"),
        ("dateTime", "soon", "soon"),
    ],
)
def test_texts(show, kind, text, value):
    assert json.loads(show(kind, text)) == value


@pytest.mark.parametrize("kind", KINDS)
def test_empty_is_null(show, kind):
    assert show(kind, "") == "null"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (
            "geopoint",
            "36.19 44.01 420.5 7",
            {"type": "Point", "coordinates": [44.01, 36.19, 420.5], "properties": {"accuracy": 7}},
        ),
        ("geopoint", "36.19 44.01", {"type": "Point", "coordinates": [44.01, 36.19]}),
        (
            "geopoint",
            "36 44 0 0",
            {"type": "Point", "coordinates": [44, 36, 0], "properties": {"accuracy": 0}},
        ),
        ("geopoint", "36.19", None),
        ("geopoint", "here", None),
        ("geopoint", " 36 44", None),
        (
            "geotrace",
            "1 2 3 4; 5 6 7 8;",
            {
                "type": "LineString",
                "coordinates": [[2, 1, 3], [6, 5, 7]],
                "properties": {"accuracies": [4, 8]},
            },
        ),
        ("geotrace", "1 2;3 4", {"type": "LineString", "coordinates": [[2, 1], [4, 3]]}),
        (
            "geoshape",
            "1 2 0 0; 3 4 0 0; 1 2 0 0",
            {"type": "Polygon", "coordinates": [[[2, 1, 0], [4, 3, 0], [2, 1, 0]]]},
        ),
        ("geotrace", "x", None),
    ],
)
def test_places(show, kind, text, value):
    assert json.loads(show(kind, text)) == value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("geopoint", "36.8 -1.25 1600.5 2", "POINT (-1.25 36.8 1600.5)"),
        ("geotrace", "1 2;3 4", "LINESTRING (2 1,4 3)"),
        ("geoshape", "1 2 0 0;3 4 0 0", "POLYGON ((2 1 0,4 3 0))"),
    ],
)
def test_places_as_text(show, kind, text, value):
    assert json.loads(show(kind, text, wkt="true")) == value


def test_many_answers_stay_one_text(make_form):
    form = make_form([("tags", "select")])
    form.add(fill(form.form_id, "1", new_id(), "<tags>a b  c</tags>"))
    assert form.rows()[0]["tags"] == "a b  c"


def test_a_number_in_pieces_is_its_last_piece(show):
    assert show("int", "1&#50;") == "2"


def test_every_field_is_there_in_the_forms_order(make_form):
    fields = [("b", "string"), ("a", "int"), ("g", (("z", "string"), ("y", (("x", "int"),))))]
    form = make_form(fields)
    form.add(fill(form.form_id, "1", new_id(), "<unknown>1</unknown><a>5</a>"))
    (row,) = form.rows()
    assert list(row) == ["b", "a", "g", "meta", "__id", "__system"]
    assert (row["b"], row["a"], row["g"]) == (None, 5, {"z": None, "y": {"x": None}})


def test_names_that_odata_cannot_carry(make_form):
    form = make_form([("a.b", "string"), ("_c-d", "string")])
    form.add(fill(form.form_id, "1", new_id(), "<a.b>1</a.b><_c-d>2</_c-d>"))
    (row,) = form.rows()
    assert (row["a_b"], row["_c_d"]) == ("1", "2")


def test_namespaces_of_elements_are_passed_over(make_form):
    form = make_form([("name", "string")])
    instance_id = new_id()
    form.add(
        f'<h:data xmlns:h="http://h" id="{form.form_id}" version="1"><h:name>Ada</h:name>'
        f"<orx:meta><orx:instanceID>{instance_id}</orx:instanceID></orx:meta></h:data>"
    )
    (row,) = form.rows()
    assert (row["__id"], row["name"]) == (instance_id, "Ada")
    assert row["meta"] == {"instanceID": instance_id}


def test_answers_of_ten_megabytes(make_form):
    form = make_form([("name", "string")])
    form.add(fill(form.form_id, "1", new_id(), f"<name>{'ب' * 5_000_000}</name>"))
    assert len(form.rows()[0]["name"]) == 5_000_000
