"""The stage `indicators`: from the facts of a school year to numerators and denominators.

In: school years, and the schools whose facts changed (None: all). Out: stats.indicator_value for
those schools, and for every district, governorate, directorate and the nation above them.
Promised: sums, never averages of rates; twice is the same as once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from processing.db.queries import stats
from processing.indicators import pupils, resources, services  # register every indicator
from processing.indicators.catalogue import DERIVED_QUERIES, INDICATOR_QUERIES

MODULES = (pupils, resources, services)


@dataclass(frozen=True)
class IndicatorReport:
    """school_count: schools computed; unit_value_count: values above schools that changed."""

    school_count: int = 0
    school_value_count: int = 0
    unit_value_count: int = 0

    @property
    def value_count(self) -> int:
        return self.school_value_count + self.unit_value_count

    def __add__(self, other: "IndicatorReport") -> "IndicatorReport":
        return IndicatorReport(
            self.school_count + other.school_count,
            self.school_value_count + other.school_value_count,
            self.unit_value_count + other.unit_value_count,
        )


def compute_indicators(
    connection: sa.Connection,
    school_years: Iterable[int],
    school_codes: Iterable[str] | None,
    now: datetime,
) -> IndicatorReport:
    """Make the values of these years anew, for these schools or (None) for all."""
    codes = None if school_codes is None else list(school_codes)
    reports = [_compute_year(connection, year, codes, now) for year in sorted(set(school_years))]
    return sum(reports, IndicatorReport())


def compute_due(connection: sa.Connection, pairs: Iterable[tuple[str, int]], now: datetime) -> int:
    """The same for marks: (school_code, school_year); an empty code stands for every school.

    Returns how many values were written.
    """
    years = defaultdict(set)
    for school_code, school_year in pairs:
        years[school_year].add(school_code)
    reports = [
        compute_indicators(connection, [year], None if "" in codes else codes, now)
        for year, codes in sorted(years.items())
    ]
    return sum(report.value_count for report in reports)


def _compute_year(
    connection: sa.Connection, school_year: int, codes: list[str] | None, now: datetime
) -> IndicatorReport:
    stats.lock_year(connection, school_year)
    school_count = stats.load_schools(connection, school_year, codes)
    stats.clear_school_values(connection, school_year)
    value_count = sum(
        stats.save_school_values(connection, code, query(), school_year, now)
        for code, query in INDICATOR_QUERIES.items()
    )
    derived = {code: (base, formula()) for code, (base, formula) in DERIVED_QUERIES.items()}
    value_count += sum(
        stats.derive_school_values(connection, code, base, formula, school_year, now)
        for code, (base, formula) in derived.items()
    )
    return IndicatorReport(
        school_count, value_count, stats.sum_up(connection, school_year, derived, now)
    )
