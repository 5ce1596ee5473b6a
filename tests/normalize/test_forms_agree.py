"""The columns that rules and facts read are those that the instruments give."""

from functools import cache

import pytest
from lxml import etree
from pyxform.xls2xform import convert

from config.paths import FORMS_DIR
from config.sqlnames import column_suffixes, sql_name
from processing.db.queries.instruments import INSTRUMENTS
from processing.db.queries.returns import SOURCES, Source

KINDS = {
    "count": {"int"},
    "word": {"string", "date", "binary"},
    "words": {"string"},
    "real": {"geopoint", "decimal"},
    "day": {"date"},
}
READ = {source.name: source for source in (*SOURCES.values(), *INSTRUMENTS)}


@cache
def binds_of(form_id: str) -> dict[str, str]:
    """Path -> type of every field of the form."""
    xform = convert(str(FORMS_DIR / form_id / f"{form_id}.xlsx"), validate=False).xform
    binds = etree.fromstring(xform.encode()).iter("{*}bind")
    return {bind.get("nodeset").removeprefix("/data"): bind.get("type") for bind in binds}


def columns_of(source: Source) -> dict[str, str]:
    """Column -> kind of the fields of the source's rows, as landing names them."""
    form_id = source.table.removesuffix(source.path.replace("/", "_"))
    below = f"{source.path}/"
    return {
        sql_name(path.removeprefix(below)) + suffix: kind
        for path, kind in binds_of(form_id).items()
        if path.startswith(below)
        for suffix in column_suffixes(kind)
    }


def test_no_two_sources_have_one_name():
    assert len(READ) == len(SOURCES) + len(INSTRUMENTS)


@pytest.mark.parametrize("name", READ)
def test_every_column_that_is_read_is_a_field_of_the_form(name):
    source, columns = READ[name], columns_of(READ[name])
    missing = [column for column in source.columns if column not in columns]
    assert missing == []
    for column, kind in source.columns.items():
        assert columns[column] in KINDS[kind], column
