"""What the tablets are given: the list of schools and the list of open rounds.

In: a registry, rounds. Out: rows for the entity lists `schools` and `rounds`, every value a
string, as Central's entities hold them.
"""

from dataclasses import dataclass
from datetime import date

from bridge.simulation.registry import Registry
from config.places import read_areas


@dataclass(frozen=True)
class Round:
    """Fields equal to the columns of emis.round. `ministry_code` None: every ministry."""

    round_code: str
    form_id: str
    ministry_code: str | None
    school_year: int
    name_ar: str
    name_ckb: str
    name_en: str
    reference_date: date
    opens_on: date
    due_on: date
    closes_on: date


def default_rounds(school_year: int = 2026) -> tuple[Round, ...]:
    """The census and the facility return of a school year, as of the first of November."""
    years = f"{school_year}/{school_year + 1}"
    days = (
        date(school_year, 11, 1),
        date(school_year, 11, 1),
        date(school_year, 11, 30),
        # A simulated survey may be sent on any day: its round never closes.
        date(school_year + 50, 12, 31),
    )
    return (
        Round(
            f"census-{school_year}",
            "school_census",
            None,
            school_year,
            f"التعداد المدرسي {years} (تجريبي)",
            f"ئاماری قوتابخانە {years} (تاقیکاری)",
            f"School census {years} (simulated)",
            *days,
        ),
        Round(
            f"facility-{school_year}",
            "facility_return",
            None,
            school_year,
            f"استمارة مرافق البناية {years} (تجريبية)",
            f"فۆڕمی خزمەتگوزارییەکانی بینا {years} (تاقیکاری)",
            f"Facility return {years} (simulated)",
            *days,
        ),
    )


def entity_rows(registry: Registry) -> list[dict[str, str]]:
    """One row a school for the entity list `schools`; key: school_code, label: the Arabic name."""
    buildings = {building.building_code: building for building in registry.buildings}
    governorates = {area.area_code: area.parent_code for area in read_areas()}
    return [
        {
            "label": school.name_ar,
            "school_code": school.school_code,
            "governorate": governorates[school.area_code],
            "district": school.area_code,
            "directorate": school.directorate_code,
            "ministry": school.ministry_code,
            "level": school.level_code,
            "sex": school.sex_code,
            "lowest_grade": str(school.lowest_grade),
            "highest_grade": str(school.highest_grade),
            "building_code": school.building_code,
            "building_role": school.building_role_code,
            "latitude": f"{buildings[school.building_code].latitude:.6f}",
            "longitude": f"{buildings[school.building_code].longitude:.6f}",
            "pupils_last_year": str(school.pupil_count_last_year),
        }
        for school in registry.schools
    ]


def round_rows(rounds: tuple[Round, ...]) -> list[dict[str, str]]:
    """One row a round for the entity list `rounds`; key: round_code, label: the Arabic name."""
    return [
        {
            "label": item.name_ar,
            "round_code": item.round_code,
            "form_id": item.form_id,
            "ministry": item.ministry_code or "",
            "school_year": str(item.school_year),
            "reference_date": item.reference_date.isoformat(),
            "opens_on": item.opens_on.isoformat(),
            "due_on": item.due_on.isoformat(),
            "closes_on": item.closes_on.isoformat(),
        }
        for item in rounds
    ]
