"""The names that authors are warned with are those that the survey tables get."""

import string

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from bridge.changes import FormField
from bridge.sqlnames import name_clashes, planned_columns
from bridge.xform_model import read_model
from bridge.xlsform import read_xlsform
from processing.land.plan import plan_form
from tests.bridge.workbooks import write_xlsform

# Few letters, so that names fall together; long ones, so that they are cut.
HOSTILE = st.one_of(
    st.sampled_from(["a", "b", "a_b", "b_c", "A", "_a", "a-b", "a.b", "form_key", "instance_id",
                     "عمر", "سنة", "ناو", "gps", "gps_latitude", "t", "t_offset_minutes",
                     "meta_instanceid", "x" * 47, "x" * 48, "ع" * 30, "select", "A_B"]),
    st.text(string.ascii_lowercase + "_-.١é", min_size=1, max_size=70).map(lambda s: f"n{s}"),
)  # fmt: skip
KINDS = st.sampled_from(["text", "integer", "geopoint", "time", "note", "select_multiple y",
                         "dateTime", "calculate", "image"])  # fmt: skip
FORM_ID = "visit"


@st.composite
def surveys(draw) -> list[str]:
    """Lines of a survey sheet: questions within groups and repeats of hostile names."""
    lines, depth = [], draw(st.lists(st.sampled_from(["group", "repeat"]), max_size=3))

    def questions():
        for name in draw(st.lists(HOSTILE, min_size=1, max_size=5, unique_by=str.lower)):
            lines.append(f"{draw(KINDS)} | {name} | Label | 1")

    questions()
    for block in depth:
        lines.append(f"begin {block} | {draw(HOSTILE)} | Block |")
        questions()
    for block in reversed(depth):
        lines.append(f"end {block} | | |")
        questions()
    return lines


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(lines=surveys())
def test_hostile_names_are_foretold_as_they_will_be(tmp_path_factory, lines):
    survey = "\n".join(["type | name | label | calculation", *lines])
    choices = "list_name | name | label\ny | a | A"
    path = tmp_path_factory.getbasetemp() / f"{FORM_ID}.xlsx"
    form = read_xlsform(write_xlsform(path, survey=survey, choices=choices))
    try:
        xform = convert(str(path), validate=False).xform
    except PyXFormError:
        assume(False)  # a name that no form can have
    plan = plan_form(FORM_ID, read_model(xform).fields(), {}, ())
    planned = {
        item.path: (item.table, tuple(column.name for column in item.columns))
        for table in plan.tables
        for item in table.fields
    }
    assert planned_columns(form) == planned
    moved = {
        path for path, (_, names) in planned.items()
        if any(clash.message.startswith(f"{path} and ") for clash in name_clashes(form))
    }  # fmt: skip
    hashed = _hashed_though_short(planned, plan)
    assert hashed <= moved


def _hashed_though_short(planned: dict, plan) -> set[str]:
    """Paths whose columns carry a hash for no other reason than that another has the name."""
    alone = {}
    for table in plan.tables:
        for item in table.fields:
            one = plan_form(FORM_ID, (_field(item),), {}, ())
            alone[item.path] = tuple(c.name for c in one.root.fields[0].columns)
    return {path for path, (table, names) in planned.items()
            if table == FORM_ID and names != alone[path]}  # fmt: skip


def _field(item):
    kind = "string" if item.kind == "select_multiple" else item.kind
    name = item.path.rpartition("/")[2]
    return FormField(item.path, name, kind, False, item.kind == "select_multiple")
