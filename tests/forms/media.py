"""The two lists that a tablet carries: schools and open rounds, as Central serves them."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class School:
    """A line of schools.csv; the defaults make an ordinary mixed primary school of one shift."""

    school_code: str
    label: str = "مدرسة الفرات (تجريبية)"
    governorate: str = "IQG01"
    district: str = "IQG01Q01"
    directorate: str = "D1"
    ministry: str = "federal"
    level: str = "primary"
    sex: str = "mixed"
    lowest_grade: int = 1
    highest_grade: int = 6
    building_code: str = "B1"
    building_role: str = "host"
    latitude: str = "33.35"
    longitude: str = "43.78"
    pupils_last_year: str = ""
    last_month: str = ""
    last_month_girls: str = ""
    last_month_boys: str = ""


@dataclass(frozen=True)
class Round:
    """A line of rounds.csv."""

    round_code: str
    form_id: str
    label: str = "2026"
    ministry: str = "federal"
    school_year: int = 2026
    reference_date: str = "2026-11-01"
    opens_on: str = "2026-11-02"
    due_on: str = "2026-11-30"
    closes_on: str = "2026-12-31"


ROUNDS = (
    Round("C2026", "school_census"),
    Round("C2026K", "school_census", ministry="krg"),
    Round("F2026", "facility_return"),
    Round("F2026K", "facility_return", ministry="krg"),
    Round("Y2026", "year_end_results", reference_date="2027-09-15"),
    Round("Y2026K", "year_end_results", ministry="krg", reference_date="2027-09-15"),
    Round("R2026", "monthly_return", reference_date="2026-11-30"),
    Round("R2026K", "monthly_return", ministry="krg", reference_date="2026-11-30"),
    Round("R2027F", "monthly_return", reference_date="2027-02-28"),
    Round("R2027L", "monthly_return", school_year=2027, reference_date="2028-02-29"),
    Round("T2026", "textbook_return"),
    Round("T2026K", "textbook_return", ministry="krg"),
    Round("X2026", "connectivity_readiness"),
    Round("X2026K", "connectivity_readiness", ministry="krg"),
    *(
        Round(f"M{month}", "school_census", reference_date=f"2027-{month:02}-15")
        for month in range(1, 13)
    ),
)


def write_media(folder: Path, schools: Iterable[School], without: tuple[str, ...] = ()) -> None:
    """schools.csv and rounds.csv, with the columns that Central puts before the properties.

    without: properties that this Central's list of schools does not keep.
    """
    rows = [asdict(school) for school in schools]
    kept = [{name: value for name, value in row.items() if name not in without} for row in rows]
    _write(folder / "schools.csv", kept)
    _write(folder / "rounds.csv", [asdict(one) for one in ROUNDS])


def _write(path: Path, rows: list[dict]) -> None:
    properties = [name for name in rows[0] if name != "label"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "label", "__version", *properties])
        writer.writeheader()
        for number, row in enumerate(rows):
            writer.writerow({"name": f"uuid-{number}", "__version": 1, **row})
