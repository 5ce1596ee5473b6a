"""Charts and the map: percentages share a scale that starts at 0 and tells units apart."""

from decimal import Decimal

import pytest

from processing.exports.table import Column, Marker, Table
from processing.web.charts import draw_bars, draw_map


def table_of(values: dict[str, str], kind: str = "percent") -> Table:
    return Table(
        name="share",
        caption="Share",
        columns=(Column("name", "Unit"), Column("code", "Code"), Column("value", "Value", kind, 1)),
        rows=tuple(
            {"name": code, "code": code, "value": Decimal(value)} for code, value in values.items()
        ),
    )


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("largest", "end"),
    [("0", 5), ("4.9", 5), ("10.6", 20), ("20", 20), ("37.5", 50), ("68", 100), ("130", 130)],
)
def test_a_scale_of_percentages_is_the_smallest_round_one_that_holds_all(largest, end):
    bar = draw_bars(table_of({"IQG08": largest}))[0]
    assert bar.width_pct == pytest.approx(100 * float(largest) / end, abs=0.1)


def test_governorates_a_few_points_apart_have_shades_of_their_own():
    drawing = draw_map(table_of({"IQG04": "7.4", "IQG12": "10.6"}))
    shades = {shape.title.split(":")[0]: shape.shade for shape in drawing.shapes if shape.title}
    assert shades == {"IQG04": 2, "IQG12": 3}  # of 0–20: 4 to 8, 8 to 12
    assert [words for _, words in drawing.legend][0] == "0.0% – 4.0%"


def test_what_has_no_figure_has_no_bar():
    table = table_of({"IQG08": "10"})
    row = table.rows[0] | {"value": Marker.NOT_APPLICABLE}
    bar = draw_bars(Table(table.name, table.caption, table.columns, (row,)))[0]
    assert (bar.width_pct, bar.label) in ((None, "does not apply"), (None, "لا ينطبق"))
