"""The columns that rules and facts read are those that the instruments give."""

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from config.paths import FORMS_DIR
from config.sqlnames import column_suffixes, sql_name
from processing.db.queries.returns import SOURCES

KINDS = {
    "count": {"int"},
    "word": {"string", "date", "binary"},
    "words": {"string"},
    "real": {"geopoint"},
}


def columns_of(form_id: str) -> dict[str, str]:
    """Column -> kind of every field, with those of the repeat named from the repeat on."""
    xform = convert(str(FORMS_DIR / form_id / f"{form_id}.xlsx"), validate=False).xform
    columns = {}
    for bind in etree.fromstring(xform.encode()).iter("{*}bind"):
        path = bind.get("nodeset").removeprefix("/data").removeprefix("/grades")
        for suffix in column_suffixes(bind.get("type")):
            columns[sql_name(path) + suffix] = bind.get("type")
    return columns


@pytest.mark.parametrize("name", SOURCES)
def test_every_column_that_is_read_is_a_field_of_the_form(name):
    source = SOURCES[name]
    columns = columns_of(source.table.removesuffix("_grades"))
    missing = [column for column in source.columns if column not in columns]
    assert missing == []
    for column, kind in source.columns.items():
        assert columns[column] in KINDS[kind], column
