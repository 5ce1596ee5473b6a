"""The stage `normalize`: from the returns that count to the facts of the warehouse.

In: slices, after `validate`, with adjustments over the reported values. Out: emis.school_return and
the facts of each form (`emis`, `emis_instruments`, `emis_staff`, `emis_visits`), replaced by slice
in the caller's transaction. Promised: nothing stale is left behind; twice is the same as once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from processing.db.queries import emis
from processing.db.queries.emis_instruments import replace_instrument_facts
from processing.db.queries.emis_staff import replace_staff
from processing.db.queries.emis_visits import replace_visits
from processing.db.queries.instruments import TABLES
from processing.db.queries.returns import find_columns, load_submissions
from processing.db.slices import Slice, load_slices


@dataclass(frozen=True)
class NormalizeReport:
    """touched: (school_code, school_year) whose indicators are due, building mates included."""

    return_count: int
    fact_count: int
    touched: tuple[tuple[str, int], ...]


def normalize_slices(
    connection: sa.Connection, slices: Iterable[Slice], now: datetime
) -> NormalizeReport:
    """Replace the facts of the slices. `now` is not used: facts carry their return's own date."""
    load_slices(connection, slices)
    load_submissions(connection)
    return_count = emis.replace_returns(connection)
    emis.touch_buildings(connection)
    emis.lock_schools(connection)
    emis.choose_returns(connection)
    columns = find_columns(connection, TABLES)
    fact_count = emis.replace_census_facts(connection, columns)
    fact_count += emis.replace_facility_facts(connection, columns)
    fact_count += replace_instrument_facts(connection, columns)
    fact_count += replace_staff(connection, columns)
    fact_count += replace_visits(connection, columns)
    return NormalizeReport(return_count, fact_count, tuple(emis.list_touched(connection)))
