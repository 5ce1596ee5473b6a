"""Forms of any name, depth and width, and a form that becomes another: from Central to the tables.

What `tests/land` shows of landing alone is shown here with what Central makes of such forms.
"""

import uuid

import pytest

from bridge.changes import FormKey
from tests.bridge.conftest import Form
from tests.conformance.xforms import fill, write_form
from tests.mirror.test_pulling import require_equal

XML = {"Content-Type": "application/xml"}
LONG = "x" * 199
# Some fall together in Central's feed, some in SQL, some are kept by PostgreSQL or by us.
NAMES = [
    *(f"{LONG}y", f"{LONG}z", "عدد_التلاميذ", "نوع", "a.b", "a-b", "a_b", "A_b"),
    *("select", "Select", "user", "xmin", "form_key", "instance_id"),
]
DEPTH, WIDTH = 20, 2000


@pytest.fixture
def publish(manager, tmp_path):
    """publish(form_id, fields, version="1", **more): more as write_form takes it."""

    def publish(form_id: str, fields: list, version: str = "1", **more) -> Form:
        xform = write_form(form_id, version, fields, **more).encode()
        path, ignoring = manager.path("forms"), "ignoreWarnings=true"
        if version == "1":
            path = f"{path}?publish=true&{ignoring}"
            manager.request("POST", path, data=xform, headers=XML)
        else:
            draft = manager.path("forms", form_id, "draft")
            manager.request("POST", f"{draft}?{ignoring}", data=xform, headers=XML)
            manager.request("POST", f"{draft}/publish")
        record = manager.get_json(manager.path("forms", form_id))
        key = FormKey(manager.name, manager.project, form_id, record["createdAt"])
        return Form(manager, key, version, tmp_path)

    return publish


def new_name(text: str = "any") -> str:
    return f"{text}_{uuid.uuid4().hex[:8]}"


def send(form: Form, instance_id: str, inside: str) -> None:
    form._post("POST", (), fill(form.id, form.version, instance_id, inside).encode())


def mirrored(mirror):
    """The mirror, with all that Central has, each row held to its XML."""
    mirror.settle()
    mirror.verify()
    require_equal(mirror)
    return mirror


def place_of(mirror, path: str) -> tuple[str, str]:
    """Table and column of a question."""
    [(table, [column])] = mirror.rows(
        "SELECT table_name, column_names FROM raw.form_field"
        f" WHERE form_key = {mirror.form_key} AND path = :path",
        path=path,
    )
    return table, column


def answers(mirror, path: str) -> list:
    """What `survey` holds of a question, in the order of submissions and rows."""
    table, column = place_of(mirror, path)
    is_repeat = mirror.rows(
        "SELECT FROM information_schema.columns WHERE table_schema = 'survey'"
        " AND table_name = :table AND column_name = '_row_number'",
        table=table,
    )
    order = "instance_id, _row_number" if is_repeat else "instance_id"
    rows = mirror.rows(
        f'SELECT "{column}" FROM survey."{table}" WHERE form_key = {mirror.form_key}'
        f" ORDER BY {order}"
    )
    return [value for (value,) in rows]


def test_names_of_any_kind_land(publish, mirror_of):
    deep, inside_deep = [("leaf", "string")], "<leaf>deep</leaf>"
    for number in range(DEPTH):
        deep, inside_deep = [(f"g{number}", tuple(deep))], f"<g{number}>{inside_deep}</g{number}>"
    order = [("x", "string"), ("order", [("x", "string"), ("order", [("x", "string")])])]
    inside_order = (
        "<order><x>1</x><order><x>1.1</x><order><x>1.1.1</x></order><order><x>1.1.2</x></order>"
        "</order></order><order><x>2</x><order><x>2.1</x></order></order>"
    )
    form = publish(new_name(), [*((name, "string") for name in NAMES), *deep, ("order", order)])
    inside = "".join(f"<{name}>answer {n}</{name}>" for n, name in enumerate(NAMES))
    send(form, "uuid:a", inside + inside_deep + inside_order)
    mirror = mirrored(mirror_of(form))
    found = {name: answers(mirror, f"/{name}") for name in NAMES}
    assert found == {name: [f"answer {n}"] for n, name in enumerate(NAMES)}
    groups = "".join(f"/g{number}" for number in reversed(range(DEPTH)))
    assert answers(mirror, f"{groups}/leaf") == ["deep"]
    assert answers(mirror, "/order/x") == ["1", "2"]
    assert answers(mirror, "/order/order/x") == ["1.1", "2.1"]
    assert answers(mirror, "/order/order/order/x") == ["1.1.1", "1.1.2"]


def test_two_thousand_answered_texts_land(publish, mirror_of):
    form = publish(new_name(), [(f"q{n}", "string") for n in range(WIDTH)])
    for name in ("uuid:a", "uuid:b"):
        inside = "".join(f"<q{n}>{name} says {n}</q{n}>" for n in range(WIDTH))
        send(form, name, inside)
    mirror = mirrored(mirror_of(form))
    for n in (0, 777, WIDTH - 1):
        assert answers(mirror, f"/q{n}") == [f"uuid:a says {n}", f"uuid:b says {n}"]
    [(tables, fields)] = mirror.rows(
        "SELECT count(DISTINCT table_name), count(*) FROM raw.form_field"
        f" WHERE form_key = {mirror.form_key} AND path LIKE '/q%'"
    )
    assert (tables > 1, fields) == (True, WIDTH)


def test_forms_whose_names_clash_in_sql_land_apart(publish, mirror_of):
    name = new_name()
    ids = [name, name.upper(), f"{name}!", f"{name} ", f"{name}__view2", f"{name}_kids"]
    mirrors = []
    for form_id in ids:
        form = publish(form_id, [("a", "string"), ("kids", [("k", "string")])])
        send(form, "uuid:a", f"<a>of {form_id}</a><kids><k>kid of {form_id}</k></kids>")
        mirrors.append(mirrored(mirror_of(form)))
    assert [answers(mirror, "/a") for mirror in mirrors] == [[f"of {each}"] for each in ids]
    assert [answers(mirror, "/kids/k") for mirror in mirrors] == [
        [f"kid of {each}"] for each in ids
    ]
    assert len({place_of(mirror, path) for mirror in mirrors for path in ("/a", "/kids/k")}) == 12


def power(*codes: str) -> str:
    """The question about power, with these choices."""
    items = "".join(f"<item><label>{code}</label><value>{code}</value></item>" for code in codes)
    return f'<select1 ref="/data/power"><label>Power</label>{items}</select1>'


def test_a_second_version_widens_and_rows_of_both_stay_readable(publish, mirror_of):
    """A question added, removed, renamed, retyped; a longer list; a repeat that was not there."""
    form_id, kept = new_name(), [("name", "string"), ("power", "string")]
    first = publish(
        form_id,
        [*kept, ("age", "int"), ("gone", "string"), ("town", "string")],
        extra_body=power("grid"),
    )
    send(first, "uuid:a", "<name>Ada</name><power>grid</power><age>9</age><gone>was</gone>"
         "<town>Erbil</town>")  # fmt: skip
    mirror = mirrored(mirror_of(first))
    second = publish(
        form_id,
        [*kept, ("age", "string"), ("place", "string"), ("rooms", "int"),
         ("pets", [("pet", "string")])],
        "2",
        extra_body=power("grid", "solar"),
    )  # fmt: skip
    send(second, "uuid:b", "<name>Bea</name><power>solar</power><age>ten</age><place>Basra</place>"
         "<rooms>4</rooms><pets><pet>cat</pet></pets>")  # fmt: skip
    send(first, "uuid:c", "<name>Cia</name><power>grid</power><age>7</age><gone>too</gone>"
         "<town>Mosul</town>")  # fmt: skip
    mirrored(mirror)
    assert {path: answers(mirror, f"/{path}") for path in SECOND} == SECOND
    assert answers(mirror, "/pets/pet") == ["cat"]
    told = mirror.rows(
        f"SELECT what, path FROM ops.form_event WHERE form_key = {mirror.form_key} AND what <> :it",
        it="form-added",
    )
    assert set(told) == {
        ("version-published", ""),
        ("question-retyped", "/age"),
        ("question-removed", "/gone"),
        ("question-removed", "/town"),
        ("question-added", "/place"),
        ("question-added", "/rooms"),
        ("question-added", "/pets"),
        ("question-added", "/pets/pet"),
        ("choices-added", "/power"),
    }


SECOND = {
    "name": ["Ada", "Bea", "Cia"],
    "power": ["grid", "solar", "grid"],
    "age": ["9", "ten", "7"],
    "gone": ["was", None, "too"],
    "town": ["Erbil", None, "Mosul"],
    "place": [None, "Basra", None],
    "rooms": [None, 4, None],
}
